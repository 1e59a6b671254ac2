"""What the checks watch: each window's summary as signals, short vectors that are compared with those of the past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import asinh, log, log1p
from typing import Any

import numpy as np

from core.evaluation.checks.others import others_of
from core.evaluation.summaries.plan import CLOCK, COARSE_TEXTS
from core.evaluation.summaries.summary import (
    CLOCK_PARTS,
    PROFILE_PARTS,
    ColumnSummary,
    PairSummary,
    ValueKind,
    WindowSummary,
)

Array = np.ndarray[Any, np.dtype[np.float64]]
Key = tuple[str, tuple[str, ...]]
"""A signal's name and its columns: one, the two of a pair, or none for the whole window."""

LASTING, LATELY = ("missing", "failures", "unseen", "between"), " lately"
OF_MISSING = ("missing", f"missing{LATELY}")
"""Shares of rows in which something is wrong, that a season hardly moves: they are followed over several windows, too,
and that signal is named with this mark (`lasting`)."""

TELLING = 4
"""Where nearly all values are the same, each other one tells as much about what the column goes along with as so many
rows of a column that is split evenly (of p (1 - p), the most is a quarter)."""
JUMPS = 2
"""Where a value jumps, so many instants lie off those around them."""
BLURRED = 0.05
"""So well it is known how much of a column others explain."""


@dataclass(frozen=True)
class Signal:
    """`values` is a vector of fixed length, `rows` how many rows it was computed from. It `hinges` on a few of
    them where nearly all values of a column are the same."""

    values: Array
    rows: int
    hinges: bool = False


def signals(window: WindowSummary, settled: frozenset[str] = frozenset()) -> dict[Key, Signal]:
    """All signals of a window; none when it is empty. Of `settled` columns, in which only chance makes a few values
    others, neither how many different ones there are nor how they go with other columns."""
    if not window.rows:
        return {}
    found = dict(_of_window(window))
    for name, column in window.columns.items():
        found.update(((check, (name,)), signal) for check, signal in _of_column(column))
        if name in settled:
            found.pop(("variety", (name,)), None)
    known = window.columns
    for pair in window.pairs:
        if settled & {pair.first, pair.second}:
            continue
        columns = tuple(name for name in (pair.first, pair.second) if name != CLOCK)
        suffix = "/clock" if CLOCK in (pair.first, pair.second) else ""
        telling = min((_telling(known[name]) for name in columns if name in known), default=pair.rows)
        found.update(((check + suffix, columns), signal) for check, signal in _of_pair(pair, telling))
    for each in window.joint:
        if each.explained is not None and each.column not in settled:
            columns = (each.column, *(name for name in each.partners if name != CLOCK))
            suffix = "/clock" if CLOCK in each.partners else ""
            rows = min(each.rows, _telling(known[each.column]))
            found["joint" + suffix, columns] = _share_explained(rows, max(0.0, each.explained))
        if each.agreeing is not None and each.column not in settled:
            found["agreement", (each.column, *each.partners)] = _signal(each.rows, each.agreeing)
    for told in window.foretold:
        if told.share is not None and told.column not in settled:
            columns = (told.column, *(name for name in told.partners if name != CLOCK))
            suffix = "/clock" if CLOCK in told.partners else ""
            rows = min(told.rows, _telling(known[told.column]))
            found["foretold" + suffix, columns] = _share_explained(rows, told.share)
    for formula in window.formulas:
        columns = (formula.column, *(name for name in formula.partners if name != CLOCK))
        suffix = "/clock" if CLOCK in formula.partners else ""
        apart = max(1, formula.rows // (JUMPS if suffix else 1))
        found["offset" + suffix, columns] = _signal(formula.rows, asinh(formula.middle))
        found["off" + suffix, columns] = _signal(apart, formula.off)
        found["far off" + suffix, columns] = _signal(apart, formula.far)
    for name, counts in window.patterns.items():
        if sum(counts) and name in known:
            found.update(((check, (name,)), signal) for check, signal in _of_patterns(known[name], counts))
    for name, trace in window.traces.items():
        if trace.flow is not None:
            found["flow", (name,)] = _signal(min(trace.instants, _in_turn(window.columns[name])), trace.flow)
        if trace.ties is not None:
            found["ties", (name,)] = _signal(window.columns[name].present, trace.ties)
    hinging = {name for name, column in known.items() if column.present and _telling(column) < column.present}
    found |= {key: replace(each, hinges=True) for key, each in found.items() if hinging & set(key[1])}
    return found


def _signal(rows: int, *values: float) -> Signal:
    return Signal(np.array(values, dtype=float), rows)


def _share_explained(rows: int, share: float) -> Signal:
    """A share, and beside it how little is left, as a logarithm: what follows from another without exception and
    then does with a few has changed as much as what went by half."""
    return _signal(rows, share, 0.5 * log(1 + BLURRED - min(1.0, share)))


def _of_window(window: WindowSummary) -> Iterator[tuple[Key, Signal]]:
    rows = window.rows
    yield ("rows", ()), _signal(rows, log(rows))
    yield ("repeats", ()), _signal(rows, window.repeats / rows)
    yield ("ids", ()), _signal(rows, 1 - window.ids / rows)
    if len(window.profile) == PROFILE_PARTS:
        parts = np.array(window.profile, dtype=float) / rows
        yield ("profile", ()), Signal(parts.reshape(CLOCK_PARTS, -1).sum(1), rows)
        yield ("clock", ()), Signal(np.cumsum(parts), rows)
        yield ("silence", ()), Signal(parts, rows)


def _of_column(column: ColumnSummary) -> Iterator[tuple[str, Signal]]:
    rows, present = column.rows, column.present
    yield "missing", _signal(rows, column.nulls / rows)
    yield "failures", _signal(rows, (column.failures + column.infinite) / rows)
    if present <= 0:
        return
    yield "variety", _signal(present, log(max(1, column.distinct)), log(present))
    yield "mode", _signal(present, column.mode / present)
    yield "constant", _signal(present, float(column.distinct == 1), column.mode / present, present)
    if column.kind is ValueKind.NUMBER:
        yield from _of_numbers(column, present)
    else:
        yield from _of_texts(column, present)


def _of_numbers(column: ColumnSummary, present: int) -> Iterator[tuple[str, Signal]]:
    shares, histogram = column.shares, np.array(column.histogram, dtype=float) / present
    quantiles = np.array(column.quantiles)
    yield "sign", _signal(present, shares["negative"], shares["zero"])
    yield "between", _signal(present, column.between / present)
    low, high = (quantiles[i] if end is None else end for i, end in ((0, column.low), (-1, column.high)))
    yield "reach", Signal(np.append(quantiles, (low, high, present)), present)
    yield "level", Signal(quantiles, present)
    yield "spread", Signal(quantiles, present)
    yield "shape", Signal(np.cumsum(histogram), present)
    yield "bins", Signal(histogram, present)
    yield (
        "grain",
        _signal(min(present, column.distinct), *(shares[name] for name in ("whole", "tenths", "hundredths"))),
    )
    yield from _of_rounding(column, present)
    few = others_of(column)
    if few is not None:
        yield "others", _signal(*few)
    yield "edges", _signal(present, shares["lowest"], shares["highest"], column.distinct / present)


def _of_rounding(column: ColumnSummary, present: int) -> Iterator[tuple[str, Signal]]:
    """Of whole numbers, the shares of what is not zero that are whole tens and hundreds: ten times as much is. They are
    told from as many rows as there are different values; none of a summary that was made before they were counted."""
    zero = column.shares["zero"]
    different = column.distinct - (zero > 0)
    if not different or column.shares["whole"] < 1:
        return
    for name in ("tens", "hundreds"):
        if name in column.shares:
            share = (column.shares[name] - zero) / (1 - zero)
            yield name, _signal(min(present, different), min(1.0, max(0.0, share)))


FORMS = ("upper", "lower", "padded", "empty", "digits", "symbols")


def _of_texts(column: ColumnSummary, present: int) -> Iterator[tuple[str, Signal]]:
    yield "categories", Signal(np.array(column.histogram, dtype=float) / present, present)
    yield "unseen", _signal(present, column.unseen / present)
    yield "form", _signal(present, *(column.shares[name] for name in FORMS))
    yield "length", _signal(present, log1p(column.mean or 0.0))


def _of_patterns(column: ColumnSummary, counts: Sequence[int]) -> Iterator[tuple[str, Signal]]:
    """How texts are written; told from as many rows as there are different values, since each has one pattern."""
    shares = np.array(counts, dtype=float) / sum(counts)
    rows = max(1, min(sum(counts), column.distinct))
    yield "pattern", Signal(shares[-1:], rows)
    yield "patterns", Signal(shares, rows)


def _telling(column: ColumnSummary) -> int:
    """How many rows say what a column goes along with; see TELLING. Texts beyond the reference's commonest are told
    apart from these only: of names that come once each, a few rows say all."""
    if column.kind is ValueKind.NUMBER:
        return _beside(column, column.mode)
    common = column.histogram[:-1][:COARSE_TEXTS]
    return _beside(column, max((*common, column.present - sum(common))))


def _beside(column: ColumnSummary, alike: int) -> int:
    """How many rows tell something, where so many are alike."""
    return max(1, min(column.present, TELLING * (column.present - alike)))


def _in_turn(column: ColumnSummary) -> int:
    """How many rows say how near neighbours are; a text is the commonest or it is not."""
    few = column.kind is not ValueKind.NUMBER and 2 * column.mode < column.present
    return TELLING * column.mode if few else _beside(column, column.mode)


def _of_pair(pair: PairSummary, telling: int) -> Iterator[tuple[str, Signal]]:
    rows = min(pair.rows, telling)
    yield "excess", _signal(pair.rows, pair.excess)
    for check, value in (
        ("together", pair.together),
        ("first by second", pair.first_by_second),
        ("second by first", pair.second_by_first),
        ("correlation", pair.correlation),
    ):
        if value is not None:
            yield check, _signal(rows, value)
    if pair.less is not None and pair.equal is not None:
        yield "order", _signal(pair.rows, pair.less, pair.equal)
    if pair.curve:
        yield "curve", _signal(pair.rows, *(np.nan if each is None else each for each in pair.curve))
