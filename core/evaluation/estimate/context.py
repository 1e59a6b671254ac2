"""What a window is like as a whole, bad weather, a campaign, a weekend: the miss to expect of its snapshot, and how
far it lies from all that labels have told of.

Models of single rows learn slowly what all rows of a window share, for windows are few. A ridge regression from the
means of a window's features to the miss of its snapshot learns just that.
"""

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints

HALF_LIFE = 60.0
"""Windows after which a past one counts half."""
STRENGTHS = (0.0, 0.03, 0.1, 0.3)
"""How much of a miss the context may explain: variances, in those of a usual snapshot. Without a context that tells
anything the first, none at all, is believed."""
LEANS = 0.05
"""The same for a constant miss."""
FURTHEST = 2.0
"""For what is expected no window is taken for further from the usual than so many standard deviations."""
BEYOND = 30.0
"""The same for what cannot be known."""
UNSEEN = 0.1
"""The strength of a context that no label has told of yet: so much may hang on it, whatever the past says."""
MOST_DIRECTIONS = 20
"""Of many features that move together so many directions are looked at."""


def expected_misses(
    context: Floats, miss: Floats, scale: Floats, place: Floats, known: Ints, own: Floats, here: float
) -> tuple[Floats, float]:
    """Of each past window, from those before it that were known (the first `known[i]`); and of the present one.

    `context` (n x k) and `own` (k) hold the windows' means, NaN where there is none; `miss` what each snapshot was off
    by, `scale` its deviation, `place` where it lies, in windows. Several strengths of the context are tried; each
    counts by how likely it made the misses that followed (Bayes). A past window never sees what a later one says.
    """
    if not len(miss):
        return np.zeros(0), 0.0
    directions, mine = _directions(context, own, FURTHEST)
    sums = _sums(directions, miss, scale, place)
    # The present window stands behind the past ones: it knows all of them.
    every, at, seen = np.vstack([directions, mine]), np.append(place, here), np.append(known, len(miss))
    usual, found, belief = float(np.median(scale)), [], []
    for strength in STRENGTHS:
        mean, spread = _told(sums, _prior(strength, len(mine), usual), at, every, seen)
        off = scale**2 + spread[:-1]
        found.append(mean)
        belief.append(-0.5 * ((miss - mean[:-1]) ** 2 / off + np.log(off)))
    told, likely = np.column_stack(found), np.column_stack(belief)
    mixed = [_mixed(told[i], likely[:count], at[i] - place[:count]) for i, count in enumerate(seen)]
    return np.array(mixed[:-1]), mixed[-1]


def unfamiliar(
    context: Floats, scale: Floats, place: Floats, known: Ints, own: Floats, here: float
) -> tuple[Floats, float]:
    """The variance of each past window's miss, and of the present one's, that no label has spoken of yet.

    As in any regression what is told of a point far from all others is vague: its variance here, when UNSEEN is how
    much a miss may hang on the context. Next to nothing in windows like those that got their labels, and large after
    a sudden shift until its first labels are in. Arguments as in `expected_misses`.
    """
    if not len(scale):
        return np.zeros(0), 0.0
    directions, mine = _directions(context, own, BEYOND)
    sums = _sums(directions, np.zeros(len(scale)), scale, place)
    every, at, seen = np.vstack([directions, mine]), np.append(place, here), np.append(known, len(scale))
    _, variance = _told(sums, _prior(UNSEEN, len(mine), float(np.median(scale))), at, every, seen)
    return variance[:-1], float(variance[-1])


def _directions(context: Floats, own: Floats, furthest: float) -> tuple[Floats, Floats]:
    """Standardized by the past, and of many features the directions that move most; a constant comes first."""
    with np.errstate(invalid="ignore"):
        told = np.isfinite(context).any(axis=0)
        context, own = context[:, told], own[told]
        middle, spread = np.nanmean(context, axis=0), np.nanstd(context, axis=0)
    moves = spread > 1e-9 * np.maximum(np.abs(middle), 1e-9)
    middle, spread = middle[moves], spread[moves]
    past, mine = (
        np.clip(np.nan_to_num((each[..., moves] - middle) / spread), -furthest, furthest)
        for each in (context, own)
    )
    columns = max(past.shape[1], 1)
    if past.shape[1] > MOST_DIRECTIONS:
        _, _, axes = np.linalg.svd(past, full_matrices=False)
        past, mine = past @ axes[:MOST_DIRECTIONS].T, mine @ axes[:MOST_DIRECTIONS].T
    past, mine = past / np.sqrt(columns), mine / np.sqrt(columns)
    return np.column_stack([np.ones(len(past)), past]), np.append(1.0, mine)


def _prior(strength: float, size: int, usual: float) -> Floats:
    """The precision of each coefficient before anything is seen."""
    variance = np.full(size, max(strength, 1e-9))
    variance[0] = LEANS
    return 1 / (variance * usual**2)


def _sums(directions: Floats, miss: Floats, scale: Floats, place: Floats) -> tuple[Floats, Floats, Floats]:
    """Before each window and after the last: the sums that a regression needs, and the place that they are discounted
    to."""
    size = directions.shape[1]
    squares, products, at = [np.zeros((size, size))], [np.zeros(size)], [float(place[0])]
    for x, y, sd, here in zip(directions, miss, scale, place, strict=True):
        fade = 0.5 ** ((here - at[-1]) / HALF_LIFE)
        squares.append(squares[-1] * fade + np.outer(x, x) / sd**2)
        products.append(products[-1] * fade + x * y / sd**2)
        at.append(float(here))
    return np.array(squares), np.array(products), np.array(at)


def _told(
    sums: tuple[Floats, Floats, Floats], prior: Floats, here: Floats, every: Floats, seen: Ints
) -> tuple[Floats, Floats]:
    """The miss expected of each window by the so many that it has seen, and the variance of that."""
    squares, products, at = (each[seen] for each in sums)
    fade = 0.5 ** ((here - at) / HALF_LIFE)
    precision = squares * fade[:, None, None] + np.diag(prior)
    solved = np.linalg.solve(precision, np.stack([products * fade[:, None], every], axis=2))
    return (every[:, :, None] * solved).sum(axis=1)[:, 0], (every[:, :, None] * solved).sum(axis=1)[:, 1]


def _mixed(told: Floats, belief: Floats, age: Floats) -> float:
    """What the strengths say, each by its likelihood so far; at first by none more than another."""
    total = (belief * (0.5 ** (age / HALF_LIFE))[:, None]).sum(axis=0)
    weight = np.exp(total - total.max())
    return float(weight @ told / weight.sum())
