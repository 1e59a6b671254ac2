"""Summaries put together without their rows: a week from its days, or late rows into a window that is stored.

Counts, extremes and moments come out exactly as if all rows had been summarised at once. Quantiles are within .01 of
their rank and different values within 2% (or one; see `sketch`). What is only approximated: the commonest texts
where a window has more than TOP of them, the commonest number where none fills a piece, how columns go together or are
foretold, or what they come to (the mean of the parts, by rows), and rows that repeat a row of another part (not
counted; ids are). Traces and what lies along the clock are not kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np

from core.evaluation.summaries.plan import CLOCK
from core.evaluation.summaries.quantiles import quantiles
from core.evaluation.summaries.sketch import ColumnSketch, Different, WindowSketch, join, unite
from core.evaluation.summaries.summary import (
    PROFILE_PARTS,
    TOP,
    ColumnSummary,
    ForetoldSummary,
    FormulaSummary,
    JointSummary,
    PairSummary,
    ValueKind,
    WindowSummary,
)

FIGURES = (attrgetter("middle"), attrgetter("off"), attrgetter("far"))
"""What a summary says of a formula."""


class MergeError(ValueError):
    """Summaries that cannot be put together."""


def merge(parts: Sequence[WindowSummary]) -> WindowSummary:
    """The summary of all rows of these windows, in any order; it spans from the first start to the last end.

    All must be by one plan and carry sketches (`summarise(..., sketch=True)`); a column that a part has not is
    missing in its rows. MergeError when a part has no sketch, or when a column was read as another kind or on other
    bins.
    """
    if not parts:
        raise MergeError("there is nothing to merge")
    if any(part.sketch is None for part in parts):
        raise MergeError("a summary without its sketch cannot be merged")
    names = dict.fromkeys(name for part in parts for name in part.columns)
    merged = {name: _column(name, parts) for name in names}
    ids, count = _ids(parts)
    start, end = min(part.start for part in parts), max(part.end for part in parts)
    return WindowSummary(
        start,
        end,
        sum(part.rows for part in parts),
        count,
        sum(part.repeats for part in parts),
        _profile(parts, start.timestamp(), end.timestamp()),
        {name: summary for name, (summary, _) in merged.items()},
        _pairs(parts),
        _joint(parts),
        _foretold(parts),
        _formulas(parts),
        patterns=_patterns(parts),
        sketch=WindowSketch({name: sketch for name, (_, sketch) in merged.items()}, ids),
    )


def _ids(parts: Sequence[WindowSummary]) -> tuple[Different | None, int]:
    known = [part.sketch.ids for part in parts if part.sketch is not None and part.rows]
    if not known or any(each is None for each in known):
        return None, sum(part.ids for part in parts)
    ids = unite([each for each in known if each is not None])
    return ids, ids.count


def _profile(parts: Sequence[WindowSummary], start: float, end: float) -> tuple[int, ...]:
    """Rows by stretches of the whole; a part's stretch that lies in several of them is divided by its length."""
    edges = np.linspace(start, end, PROFILE_PARTS + 1)
    below = np.zeros(PROFILE_PARTS + 1)
    for part in parts:
        rows = part.profile or (0,) * PROFILE_PARTS  # those of an older summary are fewer
        own = np.linspace(part.start.timestamp(), part.end.timestamp(), len(rows) + 1)
        below += np.interp(edges, own, np.concatenate([[0], np.cumsum(rows)]))
    return tuple(int(n) for n in np.diff(np.round(below)))


def _column(name: str, parts: Sequence[WindowSummary]) -> tuple[ColumnSummary, ColumnSketch]:
    there = [
        (part.columns[name], part.sketch.columns[name]) for part in parts if part.sketch and name in part.columns
    ]
    summaries = [summary for summary, _ in there]
    _insist_alike(name, summaries)
    sketch = ColumnSketch(unite([s.different for _, s in there]), join([s.pieces for _, s in there]))
    absent = sum(part.rows for part in parts if name not in part.columns)
    last = summaries[-1]
    base = ColumnSummary(
        kind=last.kind,
        type=last.type,
        rows=absent + sum(each.rows for each in summaries),
        nulls=absent + sum(each.nulls for each in summaries),
        distinct=sketch.different.count,
        failures=sum(each.failures for each in summaries),
        infinite=sum(each.infinite for each in summaries),
    )
    held = [each for each in summaries if each.present > 0]
    if not held:
        return replace(base, distinct=max(each.distinct for each in summaries)), sketch
    base = replace(base, histogram=tuple(np.sum([each.histogram for each in held], axis=0).tolist()))
    filled = _numbers(base, held, sketch) if last.kind is ValueKind.NUMBER else _texts(base, held)
    return filled, sketch


def _insist_alike(name: str, summaries: Sequence[ColumnSummary]) -> None:
    if len({each.kind for each in summaries}) > 1 or len({len(each.histogram) for each in summaries} - {0}) > 1:
        raise MergeError(f"{name}: these summaries are not by one plan")


def _numbers(base: ColumnSummary, held: Sequence[ColumnSummary], sketch: ColumnSketch) -> ColumnSummary:
    low, high = min(each.low for each in held), max(each.high for each in held)  # type: ignore[type-var]
    mean, std = _moments(held)
    n, lows, highs = sketch.pieces.arrays()
    single = n[lows == highs]
    return replace(
        base,
        mean=mean,
        std=std,
        low=low,
        high=high,
        quantiles=tuple(quantiles(n, lows, highs)),
        shares=_shares(held)
        | {
            "lowest": _end_share(base.present, [each for each in held if each.low == low], "lowest"),
            "highest": _end_share(base.present, [each for each in held if each.high == high], "highest"),
        },
        mode=max(int(single.max(initial=1)), *(each.mode for each in held)),
        between=sum(each.between for each in held),
    )


def _moments(held: Sequence[ColumnSummary]) -> tuple[float, float | None]:
    """Mean and deviation of all, from those of the parts (Chan, Golub and LeVeque, 1979)."""
    count, mean, squares = 0, 0.0, 0.0
    for each in held:
        n, other = each.present, each.mean or 0.0
        gap = other - mean
        squares += (each.std or 0.0) ** 2 * (n - 1) + gap * gap * count * n / (count + n)
        mean += gap * n / (count + n)
        count += n
    return mean, (squares / (count - 1)) ** 0.5 if count > 1 else None


def _shares(held: Sequence[ColumnSummary]) -> dict[str, float]:
    """Shares are rounded to a millionth, so that the counts behind them are found again up to half a million rows."""
    present = sum(each.present for each in held)
    return {
        name: round(sum(round(each.shares[name] * each.present) for each in held) / present, 6)
        for name in held[-1].shares
        if all(name in each.shares for each in held)
    }


def _end_share(present: int, at_end: Sequence[ColumnSummary], name: str) -> float:
    return round(sum(round(each.shares[name] * each.present) for each in at_end) / present, 6)


def _texts(base: ColumnSummary, held: Sequence[ColumnSummary]) -> ColumnSummary:
    counts: Counter[str] = Counter()
    for each in held:
        counts.update(dict(each.top))
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return replace(
        base,
        mean=sum((each.mean or 0.0) * each.present for each in held) / base.present,
        shares=_shares(held),
        mode=top[0][1],
        top=tuple(top),
        unseen=sum(each.unseen for each in held),
    )


def _pairs(parts: Sequence[WindowSummary]) -> tuple[PairSummary, ...]:
    found: dict[tuple[str, str], list[PairSummary]] = {}
    for part in parts:
        for pair in part.pairs:
            found.setdefault((pair.first, pair.second), []).append(pair)
    return tuple(_pair(each) for each in found.values())


def _pair(each: Sequence[PairSummary]) -> PairSummary:
    first = each[0]
    rows = sum(pair.rows for pair in each)
    figures = {}
    for name in ("excess", "together", "first_by_second", "second_by_first", "correlation", "less", "equal"):
        known = [(getattr(pair, name), pair.rows) for pair in each if getattr(pair, name) is not None]
        weight = sum(n for _, n in known)
        figures[name] = sum(value * n for value, n in known) / weight if weight else None
    return PairSummary(first.first, first.second, rows, **figures)  # type: ignore[arg-type]


def _joint(parts: Sequence[WindowSummary]) -> tuple[JointSummary, ...]:
    found: dict[tuple[str, tuple[str, str]], list[JointSummary]] = {}
    for part in parts:
        for each in part.joint:
            found.setdefault((each.column, each.partners), []).append(each)
    return tuple(
        JointSummary(
            column,
            partners,
            *_mean([(one.rows, one.explained) for one in each]),
            _mean([(one.rows, one.agreeing) for one in each])[1],
        )
        for (column, partners), each in found.items()
    )


def _foretold(parts: Sequence[WindowSummary]) -> tuple[ForetoldSummary, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[ForetoldSummary]] = {}
    for part in parts:
        for each in part.foretold:
            found.setdefault((each.column, each.partners), []).append(each)
    return tuple(
        ForetoldSummary(column, partners, *_mean([(one.rows, one.share) for one in each]))
        for (column, partners), each in found.items()
    )


def _formulas(parts: Sequence[WindowSummary]) -> tuple[FormulaSummary, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[FormulaSummary]] = {}
    for part in parts:
        for each in (one for one in part.formulas if CLOCK not in one.partners):
            found.setdefault((each.column, each.partners), []).append(each)
    return tuple(
        FormulaSummary(
            column,
            partners,
            sum(one.rows for one in each),
            *(sum(figure(one) * one.rows for one in each) / sum(one.rows for one in each) for figure in FIGURES),
        )
        for (column, partners), each in found.items()
    )


def _patterns(parts: Sequence[WindowSummary]) -> dict[str, tuple[int, ...]]:
    """Rows by pattern of the parts that have any; of a column whose parts are not by the same patterns nothing."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for part in parts:
        for name, counts in part.patterns.items():
            found.setdefault(name, []).append(counts)
    return {
        name: tuple(int(n) for n in np.sum(each, axis=0))
        for name, each in found.items()
        if len({len(counts) for counts in each}) == 1
    }


def _mean(each: Sequence[tuple[int, float | None]]) -> tuple[int, float | None]:
    """All rows, and the mean by rows of the figures that are known."""
    known = [(value, rows) for rows, value in each if value is not None]
    weight = sum(rows for _, rows in known)
    mean = sum(value * rows for value, rows in known) / weight if weight else None
    return sum(rows for rows, _ in each), mean
