"""The questions put to a scan, as Ibis expressions."""

from collections.abc import Sequence
from math import exp
from typing import Any

from core.evaluation.ibis_scan import Scan
from core.evaluation.labels.settled import Wait
from core.evaluation.plain import plain
from core.evaluation.prediction_log import (
    Counts,
    Delays,
    LoggedRow,
    Tallies,
    Value,
    VersionTally,
    Where,
)
from core.evaluation.summaries.ibis_slices import equals
from core.evaluation.windows import Window

FINENESS = 100


def count_outcomes(scan: Scan, windows: Sequence[Window], tracked: Sequence[Where]) -> Tallies:
    """One scan, grouped by version and by each tracked slice."""
    names = [f"t{i}" for i in range(len(tracked))]
    rows = _with_labels(scan, windows)
    matches = {name: _matches(scan, rows, where) for name, where in zip(names, tracked, strict=True)}
    cells = rows.select("w", "version", outcome=rows.prediction * 2 + rows.label, **matches)
    tallies = Tallies()
    for row in rows_of(cells.alias("cells").sql(_grouped(names), dialect="duckdb")):
        _sort_in(tallies, row, names)
    return tallies


def _grouped(names: Sequence[str]) -> str:
    """Grouping sets over `cells`. Names are our own (t0, t1), so nothing from outside enters the text."""
    sets = ", ".join(f"(w, {name})" for name in ["version", *names])
    counts = ", ".join(f"COUNT(CASE WHEN outcome = {code} THEN 1 END) AS o{code}" for code in range(4))
    keys = ", ".join(["version", *names])
    return f"SELECT w, {keys}, COUNT(*) AS n, {counts} FROM cells GROUP BY GROUPING SETS ({sets})"  # noqa: S608 - made of our own names only


def _sort_in(tallies: Tallies, row: dict[str, Any], names: Sequence[str]) -> None:
    counts = Counts(row["n"], row["o3"], row["o2"], row["o1"], row["o0"])
    asked = next((i for i, name in enumerate(names) if row[name] is not None), None)
    if asked is None:
        tallies.versions.append(VersionTally(row["w"], row["version"], counts))
    elif row[names[asked]]:
        tallies.tracked.append((row["w"], asked, counts))


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


def score_bins(scan: Scan, windows: Sequence[Window], bins: int) -> list[dict[int, tuple[int, int]]]:
    """Labels by bin of the score; scores outside [0, 1] count as its ends."""
    rows = _with_labels(scan, windows)
    rows = rows.filter(rows.label.notnull(), rows.score.notnull(), ~rows.score.isnan())
    binned = rows.select("w", "label", bin=(rows.score.clip(0, 1) * bins).floor().cast("int64").clip(0, bins - 1))
    counted = binned.group_by("w", "bin").agg(
        negatives=(binned.label == 0).sum(), positives=(binned.label == 1).sum()
    )
    histograms: list[dict[int, tuple[int, int]]] = [{} for _ in windows]
    for row in rows_of(counted):
        histograms[row["w"]][row["bin"]] = (row["negatives"], row["positives"])
    return histograms


def label_delays(scan: Scan, window: Window) -> Delays:
    rows = _with_labels(scan, [window])
    hours = (rows.label_at.epoch_seconds() - rows.predicted_at.epoch_seconds()) / 3600
    answer = rows_of(
        rows.agg(rows=rows.count(), labels=rows.label.count(), q=hours.quantile([0.5, 0.9]), longest=hours.max())
    )[0]
    median, p90 = answer["q"] or (None, None)
    return Delays(answer["rows"], answer["labels"], median, p90, answer["longest"])


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


def most_confident_wrong(scan: Scan, windows: Sequence[Window], each: int) -> list[LoggedRow]:
    import ibis

    rows = _with_labels(scan, windows)
    wrong = rows.filter(rows.label.notnull(), rows.label != rows.prediction)
    confidence = ibis.ifelse(wrong.prediction == 1, wrong.score, -wrong.score)
    order = [confidence.desc(), wrong.id]
    ranked = wrong.mutate(rank=ibis.row_number().over(group_by=[wrong.w, wrong.prediction], order_by=order))
    picked = ranked.filter(ranked.rank < each).order_by("w", "prediction", "rank")
    return [
        LoggedRow(
            id=row["id"],
            predicted_at=row["predicted_at"],
            version=row["version"],
            score=row["score"],
            prediction=row["prediction"],
            label=row["label"],
            features={name: plain(row[f"f{i}"]) for i, name in enumerate(scan.features)},
        )
        for row in rows_of(picked)
    ]


def _with_labels(scan: Scan, windows: Sequence[Window]) -> Any:
    """Predictions of the windows, with `label` and `label_at` where they are known."""
    rows = in_windows(scan, windows)
    return rows.left_join(scan.labels, "id").drop("id_right")


def in_windows(scan: Scan, windows: Sequence[Window]) -> Any:
    """Predictions of the windows, with the index of theirs as `w`.

    Few windows are told apart by a join with a small table: a CASE over them takes longer to compile than the
    scan takes to run.
    """
    import pyarrow as pa

    instants = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "w": pa.array(range(len(windows)), pa.int64()),
            "start_at": pa.array([window.start for window in windows], instants),
            "end_at": pa.array([window.end for window in windows], instants),
        }
    )
    known = scan.connection.create_table("windows", table, temp=True, overwrite=True)
    made = scan.predictions
    joined = made.inner_join(known, [made.predicted_at >= known.start_at, made.predicted_at < known.end_at])
    return joined.drop("start_at", "end_at")


def rows_of(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows
