"""How snapshots turned out in the past: what their values are corrected by, and how far off they then were."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.blend import blended

HALF_LIFE = 60.0
"""Windows after which a past one counts half for the correction."""
WARM_UP, LEAST = 8, 2
"""Past windows before the first of which an error is kept: a correction learned from fewer is mostly chance. Where
labels take so long that hardly any window has as many, the fewer."""
RECENT = 7
"""Windows whose mean, and whose mean miss, stand beside the correction."""
MOST_REPLAYED = 250
"""Of a long past so many windows are looked at."""
ENOUGH = 19
"""Errors from which on they are the interval by themselves; fewer are padded with a normal spread of their size."""
GAUSSIAN = np.array([-1.645, -1.282, -0.842, -0.524, -0.253, 0, 0.253, 0.524, 0.842, 1.282, 1.645])
"""A normal spread: deciles, and the ends of 90%."""


@dataclass(frozen=True)
class Past:
    """Past windows, oldest first: the metric that each turned out to have, what its snapshot said as long after its
    start, and with what deviation, and where it lies in time (`place`, in windows)."""

    truth: Floats
    value: Floats
    sd: Floats
    place: Floats


@dataclass(frozen=True)
class Corrected:
    """The value after correction, the scale of its error, and the past's standardized errors."""

    value: float
    scale: float
    errors: Floats


def corrected(past: Past, here: float, own: tuple[float, float], coverage: float) -> Corrected:
    """From past windows and this one's place, value and deviation; `coverage` in [0, 1] is its share of labels.

    The snapshot's miss is a ridge regression (`_moved`). Beside what that gives stand the mean of the newest known
    windows, and the snapshot with their mean miss; how much each counts is learned from how they did (`blended`), so
    where the features mislead the recent past takes over. Every past error is that of an answer which knew only the
    windows that were known as long before: labels that take weeks cost it as many windows.
    """
    past = Past(*(getattr(past, name)[-MOST_REPLAYED:] for name in ("truth", "value", "sd", "place")))
    # Never quite 0: where all labels are in nothing is vague, and nothing is left to correct.
    floor = max(0.1 * float(np.median(past.sd)) if len(past.sd) else 0.0, 1e-4 * abs(own[0]), 1e-9)
    past = Past(past.truth, past.value, np.sqrt(past.sd**2 + floor**2), past.place)
    scale, prior = float(np.hypot(own[1], floor)), np.diag([0.05 + 0.5 * coverage, 0.3])
    known = _known(past.place, here)
    ways = [
        _ways(_first(past, k), at, value, prior)
        for k, at, value in zip(known, past.place, past.value, strict=True)
    ]
    every = np.array(ways).reshape(len(known), 3)
    now = np.array(_ways(past, here, own[0], prior))
    usable = np.flatnonzero(known > 0)
    value = blended(every, past.truth, past.sd, past.place, usable, here, now)
    errors = [
        (
            past.truth[i]
            - blended(every, past.truth, past.sd, past.place, usable[usable < known[i]], past.place[i], every[i])
        )
        / past.sd[i]
        for i in np.flatnonzero(known >= (WARM_UP if (known >= WARM_UP).sum() >= WARM_UP else LEAST))
    ]
    return Corrected(value, scale, _padded(np.asarray(errors), past))


def _known(place: Floats, here: float) -> Ints:
    """Of each past window how many earlier ones were known when it was where this one is now."""
    lag = max(here - place[-1], 1.0) if len(place) else 1.0
    return np.searchsorted(place, place - lag + 1e-6, side="right").astype(np.int64)


def _first(past: Past, count: int) -> Past:
    return Past(past.truth[:count], past.value[:count], past.sd[:count], past.place[:count])


def _padded(errors: Floats, past: Past) -> Floats:
    """A short past's errors, and as many as are missing of a normal spread as wide as they or the raw misses are."""
    if len(errors) >= ENOUGH or not len(past.truth):
        return errors
    seen = errors if len(errors) >= WARM_UP else (past.truth - past.value) / past.sd
    width = max(1.0, float(np.sqrt(np.mean(seen**2)))) * (1 + 1 / len(seen))
    return np.concatenate([GAUSSIAN * width, errors])


def _ways(past: Past, here: float, own: float, prior: Floats) -> tuple[float, float, float]:
    """Three answers: the corrected snapshot, the newest windows' mean, and the snapshot with their mean miss."""
    if not len(past.truth):
        return own, own, own
    miss = (past.truth - past.value)[-RECENT:]
    return (
        _moved(past, here, own, prior),
        float(past.truth[-RECENT:].mean()),
        own + float(miss.sum() / (len(miss) + 1)),
    )


def _moved(past: Past, here: float, own: float, prior: Floats) -> float:
    """This value plus the miss to expect of it: a ridge regression on a constant and the value's distance from its
    mean, shrunk to no correction by a prior as wide as the snapshots are vague.

    With few labels in, a constant miss belongs to the season that is past, with many to the way labels arrive, which
    stays: the prior of the constant widens with their share.
    """
    truth, value, scale = past.truth, past.value, past.sd
    weight = 0.5 ** ((here - past.place) / HALF_LIFE) / scale**2
    middle = float(np.average(value, weights=weight))
    spread = max(float(np.sqrt(np.average((value - middle) ** 2, weights=weight))), 1e-9)
    design = np.column_stack([np.ones(len(value)), (value - middle) / spread])
    # `prior` holds standard deviations, in typical deviations of a snapshot.
    known = np.linalg.inv((prior * float(np.median(scale))) ** 2)
    moved = np.linalg.solve(
        (design * weight[:, None]).T @ design + known, (design * weight[:, None]).T @ (truth - value)
    )
    return own + float(moved[0] + moved[1] * np.clip((own - middle) / spread, -4, 4))
