"""What a data check spoke of: its columns over the last windows, and rows that show it."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core.evaluation.checks.signals import OF_MISSING
from core.evaluation.finding import Finding
from core.evaluation.live.chosen import Slice
from core.evaluation.live.measured import inside
from core.evaluation.plain import plain
from core.evaluation.rows import Rows
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

SHOWN_COLUMNS, SHOWN_ROWS, SHOWN_WINDOWS = 3, 3, 29
LOW, MIDDLE, HIGH = (QUANTILES.index(q) for q in (0.05, 0.5, 0.95))
NEW = 0.01
"""From this share of texts never seen before on they are what is drawn of a column."""


def fired(
    findings: Sequence[Finding], past: Sequence[WindowSummary], now: WindowSummary, rows: Rows
) -> dict[str, Any]:
    """The first SHOWN_COLUMNS columns that findings name, window by window up to this one, and SHOWN_ROWS rows.

    `series` holds for each column its name (None: the whole window), `what` is drawn of it, and points with the start
    of a window, `value`, `low` and `high` (None where there is nothing to draw) and the share `missing` in [0, 1]:
    of numbers the median between the quantiles .05 and .95, of texts the share of the commonest value, or of those
    never seen before, of the whole window its rows; of a column of which only missing values were found their share.
    `rows` are from the begin, the middle and the end of the window, with the values of these columns. Plain values;
    nothing without findings.
    """
    names = list(dict.fromkeys(name for each in findings for name in each.columns))[:SHOWN_COLUMNS]
    windows = [*past[-SHOWN_WINDOWS + 1 :], now]
    series = [_column(name, windows, findings) for name in names if name in now.columns]
    if any(not each.columns for each in findings):
        series.insert(0, _counted(windows))
    if not findings or not series:
        return {}
    held = [name for name in names if name in now.columns and name in rows.features.columns]
    return {"series": series[:SHOWN_COLUMNS], "rows": list(_rows(rows, held, now, past)) if held else []}


def within(
    finding: Finding, slice: Slice, past: Sequence[WindowSummary], now: WindowSummary, rows: Rows
) -> dict[str, Any]:
    """The same for what a slice's checks found, from its own windows and rows; series say of which slice they are."""
    found = fired([finding], past, now, rows.where(inside(rows, slice.where)))
    return found | {"series": [each | {"slice": slice.name} for each in found.get("series", [])]}


def _counted(windows: Sequence[WindowSummary]) -> dict[str, Any]:
    points = [_point(each, (float(each.rows), None, None), 0.0) for each in windows]
    return {"column": None, "what": "rows", "points": points}


def _column(name: str, windows: Sequence[WindowSummary], findings: Sequence[Finding]) -> dict[str, Any]:
    now, points = windows[-1].columns[name], []
    share = all(each.check in OF_MISSING for each in findings if name in each.columns)
    for window in windows:
        column = window.columns.get(name)
        missing = None if column is None or not column.rows else 1 - column.present / column.rows
        values = (missing, None, None) if share else _values(column, now)
        points.append(_point(window, values, missing))
    return {"column": name, "what": "missing" if share else _what(now), "points": points}


def _point(
    window: WindowSummary, values: tuple[float | None, float | None, float | None], missing: float | None
) -> dict[str, Any]:
    value, low, high = values
    return {"start": window.start.isoformat(), "value": value, "low": low, "high": high, "missing": missing}


def _what(now: ColumnSummary) -> str:
    if now.kind is ValueKind.NUMBER:
        return "median"
    return "never seen before" if _new(now) else "the commonest value"


def _new(column: ColumnSummary) -> bool:
    return column.present > 0 and column.unseen >= NEW * column.present


def _values(column: ColumnSummary | None, now: ColumnSummary) -> tuple[float | None, float | None, float | None]:
    """What is drawn of a column in one window; nothing where it has another kind than now, or no values."""
    if column is None or column.kind is not now.kind or column.present <= 0:
        return None, None, None
    if column.kind is ValueKind.NUMBER:
        return (
            (column.quantiles[MIDDLE], column.quantiles[LOW], column.quantiles[HIGH])
            if column.quantiles
            else (None, None, None)
        )
    return (column.unseen if _new(now) else column.mode) / column.present, None, None


def _rows(
    rows: Rows, names: Sequence[str], now: WindowSummary, past: Sequence[WindowSummary]
) -> Iterator[dict[str, Any]]:
    """Rows that show it: without a value where more is missing than in any window before, with a text that is new
    where texts are, else with any value."""
    first = now.columns[names[0]]
    values = rows.features[names[0]]
    chosen = values.notna()
    before = [_missing(each.columns.get(names[0])) for each in past]
    if _missing(first) > max(before, default=0.0):
        chosen = values.isna()
    elif first.kind is ValueKind.TEXT and _new(first):
        known = {text for each in past if names[0] in each.columns for text, _ in each.columns[names[0]].top}
        chosen &= ~values.astype(str).isin(known)
    shown = rows.where(chosen) if chosen.any() else rows
    order = np.argsort(shown.at.to_numpy(), kind="stable")
    places = np.linspace(0, len(order) - 1, SHOWN_ROWS).round().astype(int) if len(order) else ()
    for place in dict.fromkeys(places):
        row = shown.features.iloc[int(order[place])]
        yield plain({"id": str(row.name), "values": {name: _told(row[name]) for name in names}})


def _missing(column: ColumnSummary | None) -> float:
    return 1 - column.present / column.rows if column is not None and column.rows else 0.0


def _told(value: Any) -> Any:
    """A value as Python has it, None where it is missing."""
    import pandas as pd

    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value
