"""How snapshots turned out in the past: what their values are corrected by, and how far off they then were."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Floats

HALF_LIFE = 60.0
"""Windows after which a past one counts half."""
WARM_UP = 8
"""Past windows before the first of which an error is kept: a correction learned from fewer is mostly chance."""


@dataclass(frozen=True)
class Corrected:
    """The value after correction, the scale of its error, and the past's standardized errors."""

    value: float
    scale: float
    errors: Floats


def corrected(
    truth: Floats, value: Floats, sd: Floats, age: Floats, own: tuple[float, float], coverage: float
) -> Corrected:
    """From past windows' truth and snapshots, oldest first (`age` in windows before this one), and this one's own
    value and deviation.

    The miss is a ridge regression on a constant and the value's distance from its mean, shrunk to no correction by a
    prior as wide as the snapshots are vague. With few labels in (`coverage`, in [0, 1]) a constant miss belongs to the
    season that is past, with many to the way labels arrive, which stays: the prior of the constant widens with it.
    Each past error is that of a correction which knew only earlier windows.
    """
    # Never quite 0: where all labels are in nothing is vague, and nothing is left to correct.
    floor = max(0.1 * float(np.median(sd)) if len(sd) else 0.0, 1e-4 * abs(own[0]), 1e-9)
    scale = np.sqrt(sd**2 + floor**2)
    prior = np.diag([0.05 + 0.5 * coverage, 0.3])
    errors = [
        (truth[i] - _moved(truth[:i], value[:i], scale[:i], age[:i] - age[i], value[i], prior)) / scale[i]
        for i in range(WARM_UP, len(truth))
    ]
    centre = _moved(truth, value, scale, age, own[0], prior)
    return Corrected(centre, float(np.hypot(own[1], floor)), np.asarray(errors))


def _moved(truth: Floats, value: Floats, scale: Floats, age: Floats, own: float, prior: Floats) -> float:
    """This value plus the miss to expect of it."""
    if not len(truth):
        return own
    weight = 0.5 ** (age / HALF_LIFE) / scale**2
    middle = float(np.average(value, weights=weight))
    spread = max(float(np.sqrt(np.average((value - middle) ** 2, weights=weight))), 1e-9)
    design = np.column_stack([np.ones(len(value)), (value - middle) / spread])
    # `prior` holds standard deviations, in typical deviations of a snapshot.
    known = np.linalg.inv((prior * float(np.median(scale))) ** 2)
    moved = np.linalg.solve(
        (design * weight[:, None]).T @ design + known, (design * weight[:, None]).T @ (truth - value)
    )
    return own + float(moved[0] + moved[1] * np.clip((own - middle) / spread, -4, 4))
