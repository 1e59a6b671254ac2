"""Bounds that people set by hand: what a column must keep, whatever its past has shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.config.bounds import ColumnBounds
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import ColumnSummary, ValueKind, WindowSummary

BOUND = "bound"
"""The check's name."""
SCORE = 99.0
"""A broken promise is no matter of degree."""
NAMED = 3
"""Values that a sentence names."""


@dataclass(frozen=True)
class _Broken:
    direction: str
    text: str
    magnitude: float
    kind: Kind = Kind.HARD


def judge_bounds(summary: WindowSummary, bounds: Mapping[str, ColumnBounds]) -> list[Finding]:
    """A finding for every bound that a window breaks, each with its bound in the sentence; none for an empty window.

    A column that is not there has no value in any row. A window of one row is judged like any other.
    """
    if not summary.rows:
        return []
    return [
        _finding(name, broken, summary)
        for name, each in bounds.items()
        for broken in _broken(name, summary.columns.get(name), each)
    ]


def _finding(name: str, broken: _Broken, summary: WindowSummary) -> Finding:
    usually = "what the bound was set against"
    about = broken.kind, SCORE, broken.text, broken.direction, broken.magnitude
    return Finding(BOUND, (name,), *about, summary.start, usually)


def _broken(name: str, column: ColumnSummary | None, bounds: ColumnBounds) -> Iterator[_Broken]:
    missing = 1.0 if column is None else column.nulls / column.rows
    if bounds.nulls is not None and missing > bounds.nulls:
        text = f"{name} is missing in {_percent(missing)} of rows; the bound is {_percent(bounds.nulls)}."
        yield _Broken("missing beyond its bound", text, missing, Kind.SOFT)
    if column is None or column.present <= 0:
        return
    if bounds.min is not None and column.low is not None and column.low < bounds.min:
        text = f"{name} goes down to {figure(column.low)}; the bound is at least {figure(bounds.min)}."
        yield _Broken("below its bound", text, bounds.min - column.low)
    if bounds.max is not None and column.high is not None and column.high > bounds.max:
        text = f"{name} goes up to {figure(column.high)}; the bound is at most {figure(bounds.max)}."
        yield _Broken("above its bound", text, column.high - bounds.max)
    if bounds.values is not None and column.kind is ValueKind.TEXT:
        yield from _others(name, column, bounds.values)


def _others(name: str, column: ColumnSummary, values: tuple[str, ...]) -> Iterator[_Broken]:
    """Texts that may not occur, among the commonest of the window (see TOP)."""
    others = [(value, n) for value, n in column.top if value not in values]
    if others:
        share = sum(n for _, n in others) / column.present
        named = ", ".join(f"“{value}”" for value, _ in others[:NAMED])
        text = f"{_percent(share)} of {name} are none of the {len(values)} values allowed, such as {named}."
        yield _Broken("not allowed", text, share)


def figure(value: float) -> str:
    """A bound or a value, in as many digits as it takes."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def _percent(share: float) -> str:
    return f"{share:.2%}" if 0 < share < 0.01 else f"{share:.0%}"
