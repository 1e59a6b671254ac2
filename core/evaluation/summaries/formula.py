"""What a number comes to by one or two others, learned once from the reference: a sum, a product, a curve.

Where values follow from others, a fault that leaves a column within all that it ever was still shows row by row: in
how far values lie from what they come to. Least squares, of the values or of their logarithms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import log
from typing import Any

import numpy as np

from core.evaluation.summaries.pairs import ROWS, Column
from core.evaluation.summaries.plan import CLOCK, ColumnPlan, Formula, FormulaPlan
from core.evaluation.summaries.summary import FormulaSummary
from core.evaluation.summaries.traces import Instants, around

Array = np.ndarray[Any, np.dtype[Any]]
Windows = Sequence[Mapping[str, Column]]
PARTNERS = 6
"""Nearest columns of numbers that a formula may be made of."""
FEWEST_VALUES = 8
"""A column of fewer different values is not followed."""
LEAST_ROWS = 100
"""Rows that a formula is learned from, and tried on, at least."""
TRIED_ON = 6
"""Windows of the reference that formulas are chosen by."""
RIDGE = 1e-9
"""What keeps terms that follow from each other apart."""
OUTLYING = 10.0
"""Rows with a value so many spreads off its middle, or so many usual misses off the formula, teach nothing."""
WORTH = 0.6
"""A formula must leave no more than this part of how far values lie from their middle, in windows that it was not
learned from."""
WORTH_TWO = 0.8
"""A second column must leave no more than this part of what one leaves."""
EXACT = 0.03
"""The usual miss is at least this part of how far values lie from their middle: a curve that was learned in spring is
only nearly right in summer."""
BEYOND = 0.99
"""Of a row whose others lie beyond so many of the reference's, less is known, and a miss counts for less."""
LARGEST = 1e9
"""Misses of more are as large as this."""
OFF, FAR = 4.0, 12.0
"""Rows that lie so many usual misses from the middle of the window's are off, and far off."""


def measure_formula(
    wanted: FormulaPlan,
    plans: Mapping[str, ColumnPlan],
    columns: Mapping[str, Column],
    instants: Instants | None = None,
) -> FormulaSummary | None:
    """How far a window's values lie from what they come to, and which of the two goes on more smoothly in time; None
    where a column is not there, or too few rows have all of them."""
    named = (wanted.column, *wanted.partners)
    if any(name not in columns or columns[name].values is None for name in named):
        return None
    target, terms = _read(wanted.formula, named, plans, columns)
    if len(target) < ROWS:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # what is huge lies off
        come_to = terms @ np.array(wanted.factors)
        off = (target - come_to) / wanted.miss
        off /= np.maximum(1.0, np.sqrt(np.square(terms @ np.array(wanted.reach)).sum(1)))
    found = told(wanted, off)
    if instants is None:
        return found
    there = _usable(wanted.formula, named, columns)
    return replace(found, rougher=_rougher(instants, there, target, come_to))


def _rougher(instants: Instants, there: Array, values: Array, come_to: Array) -> float | None:
    """The logarithm of how much farther values lie from those around them than what they come to lies from what those
    come to; None where instants are too few, or one of the two lies right between all of its neighbours."""
    with np.errstate(over="ignore", invalid="ignore"):
        steps = [np.abs(around(instants, there, each)[1]) for each in (values, come_to)]
        own, other = (float(each.mean()) if len(each) >= ROWS else 0.0 for each in steps)
    possible = 0 < own < np.inf and 0 < other < np.inf
    return round(log(own / other), 4) if possible else None


def told(wanted: FormulaPlan, off: Array) -> FormulaSummary:
    """What these misses, in usual ones, say; what is no number is far off."""
    off = np.nan_to_num(off, nan=LARGEST, posinf=LARGEST, neginf=-LARGEST)
    middle = float(np.median(off))
    apart = np.abs(off - middle)
    shares = (round(float(np.mean(apart > least)), 6) for least in (OFF, FAR))
    return FormulaSummary(wanted.column, wanted.partners, len(off), round(middle, 4), *shares)


def usual_miss(misses: Array, least: float) -> float:
    """A robust standard deviation, at least this and never 0."""
    return max(1.4826 * float(np.median(np.abs(misses))), least, 1e-12)


def choose_formulas(
    windows: Windows, plans: Mapping[str, ColumnPlan], near: Mapping[str, Sequence[str]]
) -> tuple[FormulaPlan, ...]:
    """The best formula of each column that has one; `near` are each one's partners, the nearest first."""
    found = []
    for name, partners in near.items():
        chosen = [p for p in partners if p != CLOCK and _counts(p, windows)][:PARTNERS]
        if chosen and followed(name, windows):
            best = _best(name, chosen, plans, windows)
            found += [best] if best is not None else []
    return tuple(found)


def _counts(name: str, windows: Windows) -> bool:
    return all(name not in window or window[name].values is not None for window in windows)


def followed(name: str, windows: Windows) -> bool:
    """Whether a column is one of numbers, of more than a few."""
    if not _counts(name, windows):
        return False
    values = [window[name].values[window[name].there] for window in windows if name in window]  # type: ignore[index]
    return bool(values) and len(np.unique(np.concatenate(values))) >= FEWEST_VALUES


def _best(
    name: str, partners: Sequence[str], plans: Mapping[str, ColumnPlan], windows: Windows
) -> FormulaPlan | None:
    """The formula that leaves least, if that is little enough."""
    tried = windows[:: max(1, len(windows) // TRIED_ON)][:TRIED_ON]
    best, least = None, WORTH
    for size in (1, 2):
        bound = least if best is None else least * WORTH_TWO
        for few in combinations(partners, size):
            for form in Formula.PLAIN, Formula.CURVED, Formula.PRODUCT:
                left = _left(form, (name, *few), plans, tried)
                if left < bound:
                    best, least, bound = (form, (name, *few)), left, left
    return None if best is None else _learned(*best, plans, windows)


def _left(form: Formula, named: tuple[str, ...], plans: Mapping[str, ColumnPlan], windows: Windows) -> float:
    """What part of how far values lie from their middle is left in every second window, after learning from the
    others; 1 at most, and where there are too few rows."""
    read = [_read(form, named, plans, window) for window in windows]
    rest = [each for each in read[1::2] if len(each[0]) >= ROWS]
    if min(sum(len(target) for target, _ in half) for half in (read[::2], rest)) < LEAST_ROWS:
        return 1.0
    factors = _fitted(read[::2])
    wide = [float(np.abs(target - np.median(target)).mean()) for target, _ in rest]
    with np.errstate(over="ignore", invalid="ignore"):
        miss = [float(np.abs(target - terms @ factors).mean()) for target, terms in rest]
    return float(np.mean([min(1.0, m / w) if w > 0 else 1.0 for m, w in zip(miss, wide, strict=True)]))


def _learned(
    form: Formula, named: tuple[str, ...], plans: Mapping[str, ColumnPlan], windows: Windows
) -> FormulaPlan:
    """The formula by all of these windows."""
    read = [_read(form, named, plans, window) for window in windows]
    factors = _fitted(read)
    target, terms = np.concatenate([t for t, _ in read]), np.concatenate([x for _, x in read])
    near = np.abs(terms).max(1) <= OUTLYING**2
    target, terms = target[near], terms[near]
    wide = float(np.abs(target - np.median(target)).mean())
    miss = usual_miss(target - terms @ factors, EXACT * wide)
    reach = tuple(tuple(map(_rounded, each)) for each in _reach(terms))
    return FormulaPlan(named[0], named[1:], form, tuple(map(_rounded, factors)), _rounded(miss), reach)


def _reach(terms: Array) -> Array:
    """What turns a row's terms into how far they lie from those of the reference (the root of their leverage): 1 at
    BEYOND of them."""
    square = terms.T @ terms
    turn: Array = np.linalg.inv(np.linalg.cholesky(square + RIDGE * np.diag(square.diagonal() + RIDGE))).T
    usual = float(np.quantile(np.sqrt(np.square(terms @ turn).sum(1)), BEYOND))
    found: Array = turn / max(usual, 1e-12)
    return found


def _rounded(factor: float) -> float:
    """To nine digits, so that the order of rows, which moves the last ones, says nothing."""
    return float(f"{factor:.9g}")


def _fitted(read: Sequence[tuple[Array, Array]]) -> Array:
    """Least squares, and again without what lies far off."""
    target, terms = np.concatenate([t for t, _ in read]), np.concatenate([x for _, x in read])
    kept = np.abs(terms).max(1) <= OUTLYING**2
    off = np.abs(target - terms @ _squares(target[kept], terms[kept]))
    kept &= off <= OUTLYING * max(float(np.median(off[kept])) if kept.any() else 0.0, 1e-12)
    return _squares(target[kept], terms[kept])


def _squares(target: Array, terms: Array) -> Array:
    square = terms.T @ terms
    found: Array = np.linalg.solve(square + RIDGE * np.diag(square.diagonal() + RIDGE), terms.T @ target)
    return found


def _usable(form: Formula, named: Sequence[str], columns: Mapping[str, Column]) -> Array:
    """Which rows have all values (of logarithms: positive ones)."""
    there: Array = np.logical_and.reduce([columns[name].there for name in named])
    logarithms = {Formula.PLAIN: 0, Formula.CURVED: 1}.get(form, len(named))
    for name in named[:logarithms]:
        there = there & (np.asarray(columns[name].values) > 0)
    return there


def _read(
    form: Formula, named: Sequence[str], plans: Mapping[str, ColumnPlan], columns: Mapping[str, Column]
) -> tuple[Array, Array]:
    """The target, and the terms of each usable row."""
    if any(name not in columns for name in named):
        return np.zeros(0), np.zeros((0, 1))
    there = _usable(form, named, columns)
    target, *others = (np.asarray(columns[name].values)[there] for name in named)
    if form is not Formula.PLAIN:
        target = np.log(target)
    if form is Formula.PRODUCT:
        parts = [np.log(each) for each in others]
    else:
        parts = [(e - plans[p].center) / plans[p].scale for e, p in zip(others, named[1:], strict=True)]
        with np.errstate(over="ignore"):
            parts += [one * other for i, one in enumerate(parts) for other in parts[i:]]
    return target, np.stack([np.ones(len(target)), *parts], 1)
