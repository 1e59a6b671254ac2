"""What estimates said of misses, held against what came: which were told, and whether a stated chance of one comes true
as often as it says."""

from collections.abc import Sequence

import numpy as np

from bench.estimate_walk import Walked

EDGES = (0.0, 0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98, 1.0)
"""Where the classes of stated chances begin, and the end of the last."""


def reliability(stated: Sequence[float], missed: Sequence[bool]) -> list[str]:
    """A line for each class that has windows: how many, the mean chance that was stated, the share that missed and its
    standard error; then the Brier score. Windows without a stated chance (NaN) are left out; none give no lines."""
    chance, came = np.asarray(stated, float), np.asarray(missed, float)
    chance, came = chance[~np.isnan(chance)], came[~np.isnan(chance)]
    if not len(chance):
        return []
    place = np.clip(np.searchsorted(EDGES, chance, side="right") - 1, 0, len(EDGES) - 2)
    lines = [_line(number, chance[place == number], came[place == number]) for number in np.unique(place)]
    return [*lines, f"Brier score {np.mean((chance - came) ** 2):.4f} over {len(chance):,} windows"]


def _line(number: int, chance: "np.ndarray[tuple[int], np.dtype[np.float64]]", came: object) -> str:
    share = np.asarray(came, float)
    error = float(np.sqrt(share.mean() * (1 - share.mean()) / len(share)))
    return (
        f"stated {EDGES[number]:.2f} to {EDGES[number + 1]:.2f}  {len(share):5} windows  mean {chance.mean():.3f}  "
        f"came true {share.mean():.3f} ± {error:.3f}"
    )


def told_of(pooled: list[Walked]) -> str:
    """Of the windows that missed the objective how many were told, and how many were told in all."""
    told = np.concatenate([each.told for each in pooled]).astype(bool)
    missed = np.concatenate([each.missed for each in pooled]).astype(bool)
    return f"told {(told & missed).sum()} of {missed.sum()} misses, {(told & ~missed).sum()} wrongly"


def causes(pooled: list[Walked]) -> str:
    """Why windows have no estimate, with how many each."""
    unknown = [cause for each in pooled for cause in each.unknown]
    return ", ".join(f"{unknown.count(cause)} {cause}" for cause in sorted(set(unknown)))
