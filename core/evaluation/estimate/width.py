"""How large a miss is to be expected in one window rather than in another: what a snapshot says of its own deviation is
right on average, and often not where it matters, on the days that are bad."""

import numpy as np

from core.evaluation.estimate.arrays import Floats

STRENGTHS = (0.0, 0.1, 0.2, 0.4)
"""By how much a sign may change the logarithm of a miss, per deviation of the sign. Where signs tell nothing the first,
no change at all, is believed."""
FEWEST = 8
"""Misses below which nobody knows what they depend on."""
OF_CHANCE = 1.23
"""The variance of the logarithm of a normal miss's size (pi squared over 8)."""
NEARLY_NONE = 0.1
"""Smaller misses than this share of a usual one are taken for as large: how far below it they are is chance."""
FURTHEST = 2.0
"""No sign is taken for further from the usual than so many of its deviations: beyond them nobody has seen a miss."""


def widened(
    errors: Floats, scale: Floats, value: Floats, own_scale: float, own_value: float
) -> tuple[Floats, float]:
    """The scale of each past miss, and of the present one, in the metric's unit.

    `errors` (n) are the misses of past answers, oldest first; `scale` the deviations that were expected of them and
    `value` what was answered; `own_scale` and `own_value` the same of the present window. A regression of the size's
    logarithm on two signs, the deviation itself and how high or low the answer is, each of STRENGTHS counting by its
    marginal likelihood (Bayes). With fewer than FEWEST errors the scales as they are.
    """
    if len(errors) < FEWEST:
        return scale, own_scale
    signs, own = _signs(scale, value, own_scale, own_value)
    size = np.log(_held(errors) / scale)
    leaning = _coefficients(signs, size - size.mean())
    return scale * np.exp(signs @ leaning), own_scale * float(np.exp(own @ leaning))


def _held(errors: Floats) -> Floats:
    sizes = np.abs(errors)
    usual = max(float(np.median(sizes)), float(sizes.mean()) / 2, 1e-12)
    return np.asarray(np.maximum(sizes, NEARLY_NONE * usual))


def _signs(scale: Floats, value: Floats, own_scale: float, own_value: float) -> tuple[Floats, Floats]:
    """Both signs of past windows (n x 2) and of the present one, in deviations from the past's mean."""
    past = np.column_stack([np.log(scale), value])
    spread = np.maximum(past.std(axis=0), 1e-9)
    middle = np.array([float(past[:, 0].mean()), float(np.median(value))])
    own = np.array([np.log(own_scale), own_value])
    signs = np.clip((past - middle) / spread, -FURTHEST, FURTHEST)
    return signs - signs.mean(axis=0), np.clip((own - middle) / spread, -FURTHEST, FURTHEST) - signs.mean(axis=0)


def _coefficients(signs: Floats, size: Floats) -> Floats:
    """Of the regression, averaged over STRENGTHS by how likely each makes the sizes."""
    count = signs.shape[1]
    squares, products = signs.T @ signs / OF_CHANCE, signs.T @ size / OF_CHANCE
    found: list[Floats] = [np.zeros(count)]
    likely = [0.0]
    for strength in STRENGTHS[1:]:
        coefficients = np.asarray(np.linalg.solve(squares + np.eye(count) / strength**2, products), float)
        found.append(coefficients)
        _, volume = np.linalg.slogdet(squares * strength**2 + np.eye(count))
        likely.append(0.5 * float(products @ coefficients) - 0.5 * float(volume))
    weight = np.exp(np.array(likely) - max(likely))
    return np.asarray(weight @ np.array(found) / weight.sum())
