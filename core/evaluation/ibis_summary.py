"""Every feature column of a window, summarised by the engine that holds it."""

from typing import Any

from core.evaluation.ibis_queries import in_windows, rows_of
from core.evaluation.ibis_scan import Scan
from core.evaluation.prediction_log import QUANTILES, TOP_VALUES, ColumnSummary, Summary
from core.evaluation.windows import Window

HUGE = 1e150
"""Beyond this the square of a number overflows; such values are counted as infinite."""


def describe_columns(scan: Scan, window: Window) -> Summary:
    """All columns in one aggregation, and the commonest values of the texts in a second."""
    rows = in_windows(scan, [window])
    texts = [name for name in scan.features if not _is_number(rows[scan.feature(name)])]
    parts: dict[str, Any] = {"rows": rows.count(), "ids": rows.id.nunique()}
    for name in scan.features:
        column = rows[scan.feature(name)]
        measures = _text_measures(column) if name in texts else _number_measures(column.cast("float64"))
        parts |= {f"{scan.feature(name)}_{key}": value for key, value in measures.items()}
    found = rows_of(rows.agg(**parts))[0]
    top = _top_values(scan, rows, texts)
    columns = {
        name: _column_summary(found, scan.feature(name), top.get(name) if name in texts else None)
        for name in scan.features
    }
    return Summary(found["rows"], found["ids"], columns if found["rows"] else {})


def _is_number(column: Any) -> bool:
    kind = column.type()
    return bool(kind.is_numeric() or kind.is_boolean())


def _text_measures(column: Any) -> dict[str, Any]:
    text = column.cast("string")
    return {"nulls": text.isnull().sum(), "distinct": text.nunique()}


def _number_measures(number: Any) -> dict[str, Any]:
    missing = number.isnull() | number.isnan()
    finite = ~missing & (number.abs() < HUGE)
    return {
        "nulls": missing.sum(),
        "infinite": (~missing & ~finite).sum(),
        "distinct": number.nunique(where=~missing),
        "mean": number.mean(where=finite),
        "std": number.std(where=finite, how="sample"),
        "low": number.min(where=finite),
        "high": number.max(where=finite),
        "quantiles": number.quantile(list(QUANTILES), where=finite),
    }


def _column_summary(found: dict[str, Any], prefix: str, top: list[tuple[str, int]] | None) -> ColumnSummary:

    def value(key: str) -> Any:
        return found.get(f"{prefix}_{key}")

    quantiles = value("quantiles")
    return ColumnSummary(
        rows=found["rows"],
        nulls=value("nulls") or 0,
        distinct=value("distinct") or 0,
        infinite=value("infinite") or 0,
        mean=value("mean"),
        std=value("std"),
        low=value("low"),
        high=value("high"),
        quantiles=tuple(quantiles) if quantiles else None,
        top=None if top is None else tuple(top),
    )


def _top_values(scan: Scan, rows: Any, texts: list[str]) -> dict[str, list[tuple[str, int]]]:
    import ibis

    found: dict[str, list[tuple[str, int]]] = {name: [] for name in texts}
    if not texts:
        return found
    parts = []
    for name in texts:
        named = rows.select(column=ibis.literal(name), value=rows[scan.feature(name)].cast("string"))
        present = named.filter(named.value.notnull())
        counted = present.group_by("column", "value").agg(n=present.count())
        parts.append(counted.order_by(counted.n.desc(), counted.value).limit(TOP_VALUES))
    together = parts[0] if len(parts) == 1 else ibis.union(*parts)
    for row in rows_of(together):
        found[row["column"]].append((row["value"], row["n"]))
    return {name: sorted(values, key=lambda pair: (-pair[1], pair[0])) for name, values in found.items()}
