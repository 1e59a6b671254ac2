"""A scan's rows for the estimate, and its summaries for the data checks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.evaluation.log.ibis_queries import in_windows
from core.evaluation.log.ibis_scan import Scan
from core.evaluation.log.prediction_log import Where, one_in
from core.evaluation.rows import Rows, Task
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_portable import hashed
from core.evaluation.summaries.ibis_summaries import summarise, summarise_slices
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

if TYPE_CHECKING:
    import pandas as pd

AT, ID = "goldilocks_at", "goldilocks_id"
"""Under these names features cannot be mistaken for the log's own columns."""


def plan_of(scan: Scan, reference: Sequence[Window]) -> Plan:
    """A plan of the log's features from the rows of these windows."""
    return make_plan(_features(scan), list(scan.features), at=AT, windows=reference)


def summaries_of(
    scan: Scan, plan: Plan, windows: Sequence[Window], *, sketch: bool = False
) -> list[WindowSummary]:
    """The summary of each window by a plan."""
    return summarise(_features(scan), plan, at=AT, windows=windows, id=ID, sketch=sketch)


def slices_of(
    scan: Scan, plan: Plan, windows: Sequence[Window], slices: Sequence[Where]
) -> list[list[WindowSummary]]:
    """Of each slice the summary of each window by a plan."""
    return summarise_slices(_features(scan), plan, at=AT, windows=windows, slices=slices, id=ID)


def _features(scan: Scan) -> Any:
    """The predictions with their features under their own names, and AT without a zone (in UTC)."""
    table = scan.predictions
    named = {name: table[scan.feature(name)] for name in scan.features}
    return table.select(**{AT: table.predicted_at, ID: table.id}, **named)


def rows_as_known(scan: Scan, window: Window, most: int | None = None) -> Rows:
    """The window's predictions, about `most` of them, with their labels; the scan has only those that were known."""
    rows = in_windows(scan, [window])
    step = 1 if most is None else one_in(int(rows.count().execute()), most)
    if step > 1:
        rows = rows.filter(hashed(rows.id) % step == 0)
    joined = rows.left_join(scan.labels, rows.id == scan.labels.id)
    columns = {name: joined[scan.feature(name)] for name in scan.features}
    frame = joined.select(
        key=rows.id,
        at=rows.predicted_at,
        prediction=rows.prediction,
        score=rows.score,
        label=scan.labels.label,
        label_at=scan.labels.label_at,
        **{f"f{i}": column for i, column in enumerate(columns.values())},
    ).to_pandas()
    frame = frame.sort_values(["at", "key"], kind="stable").drop_duplicates("key", keep="last").set_index("key")
    return _as_rows(frame, scan.features, scan.task, scored=scan.scored)


def _as_rows(frame: "pd.DataFrame", features: Sequence[str], task: Task, *, scored: bool = True) -> Rows:
    import pandas as pd

    values = frame[[f"f{i}" for i in range(len(features))]]
    values.columns = pd.Index(list(features))
    utc = {name: pd.to_datetime(frame[name], utc=True) for name in ("at", "label_at")}
    kind = object if task is Task.MULTICLASS else float
    prediction, label = frame["prediction"].astype(kind), frame["label"].astype(kind)
    score = frame["score"].astype(float) if scored else None
    return Rows(task, utc["at"], prediction, label, utc["label_at"], values, score)


def no_rows(features: Sequence[str], task: Task, *, scored: bool) -> Rows:
    """What is read where nothing was logged."""
    import pandas as pd

    columns = ["at", "prediction", "score", "label", "label_at", *(f"f{i}" for i in range(len(features)))]
    frame = pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    return _as_rows(frame, features, task, scored=scored)
