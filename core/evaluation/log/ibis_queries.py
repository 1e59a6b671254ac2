"""The questions put to a scan, as Ibis expressions."""

from collections import defaultdict
from collections.abc import Sequence
from math import ceil, exp, floor
from typing import Any

from core.config.metric import Task
from core.evaluation.labels.settled import Wait
from core.evaluation.log.ibis_scan import Scan
from core.evaluation.log.prediction_log import (
    Counts,
    Delays,
    LoggedRow,
    Tallies,
    Value,
    VersionTally,
    Where,
)
from core.evaluation.plain import plain
from core.evaluation.summaries.ibis_slices import equals
from core.evaluation.summaries.ibis_windows import in_windows as windowed
from core.evaluation.windows import Window

FINENESS = 100


def count_outcomes(scan: Scan, windows: Sequence[Window], tracked: Sequence[Where]) -> Tallies:
    """One scan, grouped by version; a tracked slice's counts are the sum of those of its versions."""
    rows = _with_labels(scan, windows)
    names = [f"t{i}" for i in range(len(tracked))]
    inside = {name: _matches(scan, rows, where) for name, where in zip(names, tracked, strict=True)}
    cells = rows.select("w", "version", correct=rows.prediction == rows.label, **inside)
    asked = _counts(cells, "all")
    for name in names:
        asked |= _counts(cells, name, cells[name])
    tallies, sums = Tallies(), defaultdict[tuple[int, int], Counts](Counts)
    for row in rows_of(cells.group_by("w", "version").agg(**asked)):
        tallies.versions.append(VersionTally(row["w"], row["version"], _counted(row, "all")))
        for i, name in enumerate(names):
            sums[row["w"], i] += _counted(row, name)
    tallies.tracked.extend((window, i, counts) for (window, i), counts in sums.items() if counts.rows)
    return tallies


def _counts(cells: Any, name: str, where: Any = None) -> dict[str, Any]:
    """Of the cells `where` something holds the rows, those with a label, and those that were right."""
    right = cells.correct if where is None else cells.correct & where
    return {
        f"{name}_rows": cells.count(where=where),
        f"{name}_labels": cells.correct.count(where=where),
        f"{name}_right": right.sum().fill_null(0),
    }


def _counted(row: dict[str, Any], name: str) -> Counts:
    return Counts(row[f"{name}_rows"], row[f"{name}_labels"], row[f"{name}_right"])


def _matches(scan: Scan, rows: Any, where: Where) -> Any:
    import ibis

    matched = ibis.literal(True)
    for name, value in where.items():
        matched = matched & equals(rows[scan.feature(name)], value)
    return matched.fill_null(False)


def count_rows(scan: Scan, windows: Sequence[Window]) -> list[int]:
    """Predictions by window; their labels are not looked at."""
    rows = in_windows(scan, windows)
    found = {row["w"]: row["n"] for row in rows_of(rows.group_by("w").agg(n=rows.count()))}
    return [found.get(index, 0) for index in range(len(windows))]


def commonest_values(scan: Scan, name: str, windows: Sequence[Window], count: int) -> list[tuple[Value, int]]:
    """The values of a feature that most rows have, with their rows, the most first; a missing value is one."""
    import ibis

    rows = in_windows(scan, windows)
    found = rows.group_by(value=rows[scan.feature(name)]).agg(n=rows.count())
    ranked = found.order_by(ibis.desc("n"), "value").limit(count)
    return [(plain(row["value"]), row["n"]) for row in rows_of(ranked)]


def label_delays(scan: Scan, window: Window) -> Delays:
    rows = _with_labels(scan, [window])
    hours = (rows.label_at.epoch_seconds() - rows.predicted_at.epoch_seconds()) / 3600
    timed = rows.select(hours=hours)
    answer = rows_of(timed.agg(rows=timed.count(), labels=timed.hours.count(), longest=timed.hours.max()))[0]
    median, p90 = _quantiles(timed, "hours", answer["labels"], [0.5, 0.9])
    return Delays(answer["rows"], answer["labels"], median, p90, answer["longest"])


def _quantiles(table: Any, name: str, count: int, shares: Sequence[float]) -> list[float | None]:
    """Exact quantiles of a column with `count` values, between two values by their distance; None without any. Not
    every engine has a word for several."""
    import ibis

    if not count:
        return [None for _ in shares]
    places = [share * (count - 1) for share in shares]
    known = table.filter(table[name].notnull())
    ranked = known.mutate(rank=ibis.row_number().over(order_by=known[name]))
    wanted = sorted({rank for place in places for rank in (floor(place), ceil(place))})
    found = {row["rank"]: row[name] for row in rows_of(ranked.filter(ranked["rank"].isin(wanted)))}
    return [
        found[floor(place)] + (found[ceil(place)] - found[floor(place)]) * (place - floor(place))
        for place in places
    ]


def label_waits(scan: Scan, windows: Sequence[Window], until: float) -> list[list[Wait]]:
    """Counts by window and age; `until` (seconds since 1970) is the instant from which labels still missing are
    looked at. Ages are on a logarithmic scale of a hundredth, so there are at most some two thousand a window."""
    rows = _with_labels(scan, windows)
    known = rows.label_at.notnull()
    seconds = known.ifelse(rows.label_at.epoch_seconds(), int(until)) - rows.predicted_at.epoch_seconds()
    aged = rows.select(
        "w", known=known, age=((seconds.clip(lower=0) / 60 + 1).ln() * FINENESS).round().cast("int64")
    )
    found: list[list[Wait]] = [[] for _ in windows]
    for row in rows_of(aged.group_by("w", "known", "age").agg(n=aged.count()).order_by("w", "known", "age")):
        found[row["w"]].append(Wait((exp(row["age"] / FINENESS) - 1) / 60, row["known"], row["n"]))
    return found


def gravest_mistakes(scan: Scan, windows: Sequence[Window], each: int) -> list[LoggedRow]:
    """Of classes the wrong predictions, the most confident first; of numbers the largest errors."""
    import ibis

    rows = _with_labels(scan, windows)
    known = rows.filter(rows.label.notnull(), rows.prediction.notnull(), rows.label != rows.prediction)
    kind, gravity = _mistakes(known, scan.task)
    known = known.mutate(kind=kind, gravity=gravity)
    order = [known.gravity.desc(nulls_first=False), known.id]
    ranked = known.mutate(rank=ibis.row_number().over(group_by=[known.w, known.kind], order_by=order))
    picked = ranked.filter(ranked.rank < each).order_by("w", "kind", "rank")
    return [_logged(scan, row) for row in rows_of(picked)]


def _mistakes(rows: Any, task: Task) -> tuple[Any, Any]:
    """Which kind of mistake each row is, and how grave."""
    import ibis

    if task is Task.REGRESSION:
        return ibis.ifelse(rows.prediction > rows.label, 1, 0), (rows.prediction - rows.label).abs()
    if task is Task.BINARY:
        return rows.prediction, ibis.ifelse(rows.prediction == 1, rows.score, -rows.score)
    return rows.prediction, rows.score


def _logged(scan: Scan, row: dict[str, Any]) -> LoggedRow:
    meant = int if scan.task is Task.BINARY else float if scan.task is Task.REGRESSION else str
    return LoggedRow(
        id=row["id"],
        predicted_at=row["predicted_at"],
        version=row["version"],
        score=row["score"],
        prediction=meant(row["prediction"]),
        label=meant(row["label"]),
        features={name: plain(row[f"f{i}"]) for i, name in enumerate(scan.features)},
    )


def _with_labels(scan: Scan, windows: Sequence[Window]) -> Any:
    """Predictions of the windows, with `label` and `label_at` where they are known."""
    rows = in_windows(scan, windows)
    return rows.left_join(scan.labels, "id").drop("id_right")


def in_windows(scan: Scan, windows: Sequence[Window]) -> Any:
    """Predictions of the windows, with the index of theirs as `w`."""
    return windowed(scan.predictions, "predicted_at", windows).rename(w="w__").drop("part__")


def rows_of(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows
