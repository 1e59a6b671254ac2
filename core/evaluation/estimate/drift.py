"""Windows of which nothing should have been said: those before them had missed by more than answers ever do.

What is doubted today would have been doubted on any past day that looked the same, so the misses of such days are no
miss of an answer: they say nothing of how far off today's may be, or of what the next drift is held against.
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Flags, Floats, Ints

FEW_IN = 0.2
"""With at least this share of its labels in, a window speaks for itself, whatever is odd about its features or its
past."""
BEYOND = {3: 1.0, 2: 1.5, 1: 3.0}
"""So many windows in a row that all missed to the same side, by so many times what almost none before did: the fewer
there are, the further out."""
LATEST = max(BEYOND)
LINGERS = 14
"""Windows that a drift stays news."""
RESTS = 2
"""A doubt ends when so many windows in a row lay where nearly all did before it."""
FEWEST_BEFORE = 20
"""Misses below which nobody knows their range."""
MATTERS = 0.005
"""Misses below this share of the metric itself are no drift, however rare: a metric that never moves is estimated to a
millionth, and would be called drifting for two."""


@dataclass(frozen=True)
class Doubted:
    """Whether the present window is doubted (`now`), and which past misses are of answers that were given (`given`):
    those of windows that were not, and those of a drift that had been going on for LINGERS windows and was no news."""

    now: bool
    given: Flags


def doubted(errors: Floats, known: Ints, trifle: Floats) -> Doubted:
    """From standardized errors (n), oldest first.

    `known` (n + 1) says how many of them, the oldest, were known when each window was answered, and last of all when
    the present one is; `trifle` (n + 1) is a miss that matters to nobody in the unit of an error. A window is doubted
    where the errors known by then had drifted, and from then on until RESTS in a row lie where they usually do. With
    fewer than FEWEST_BEFORE errors nothing is doubted.
    """
    given, doubt, since = np.ones(len(errors), bool), False, 0
    for place, (count, least) in enumerate(zip(known, trifle, strict=True)):
        given[since : max(since, place - LINGERS - LATEST)] = True
        seen = errors[:count]
        usual = _usual(seen, given[:count], float(least))
        doubt = _far_out(seen, usual) or (doubt and not _right_again(seen, usual))
        if not doubt:
            since = place + 1
        elif place < len(errors):
            given[place] = False
    return Doubted(doubt, given)


def drifted(errors: Floats, trifle: float = 0.0) -> bool:
    """Whether the latest standardized errors all lie on one side of nearly all that came before them, beyond the
    estimate's own deviation (1) and beyond `trifle`, a miss that matters to nobody in the same unit.

    What came before ends LINGERS windows ago where the past is long enough, so that the doubt stays until answers are
    right again. False with fewer than FEWEST_BEFORE of them.
    """
    return _far_out(errors, _usual(errors, np.ones(len(errors), bool), trifle))


def _usual(errors: Floats, given: Flags, trifle: float) -> tuple[float, float]:
    """Where nearly all errors of answers that were `given` lay before the latest; anywhere, of too few."""
    apart = LATEST + LINGERS if len(errors) >= FEWEST_BEFORE + LATEST + LINGERS else LATEST
    before = errors[:-apart][given[:-apart]]
    if len(before) < FEWEST_BEFORE:
        return -np.inf, np.inf
    low, high = np.quantile(before, [0.01, 0.99])
    least = max(1.0, trifle)
    return min(float(low), -least), max(float(high), least)


def _far_out(errors: Floats, usual: tuple[float, float]) -> bool:
    low, high = usual
    runs = ((errors[-windows:], times) for windows, times in BEYOND.items())
    return any(bool((run < times * low).all() or (run > times * high).all()) for run, times in runs if len(run))


def _right_again(errors: Floats, usual: tuple[float, float]) -> bool:
    latest = errors[-RESTS:]
    return bool(((latest >= usual[0]) & (latest <= usual[1])).all())
