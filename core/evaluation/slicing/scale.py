"""What is learned from the past before a window can be counted: how to cut it, and what counts as a miss. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.config.metric import Metric
from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.cuts import Cut
from core.evaluation.slicing.losses import Loss, errors, learn_cutoff, went_wrong

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

SURENESS_BINS = 20
MISSED_QUANTILE = 0.8
"""A regression misses when its error is larger than this share of past errors was."""
MOST_COMBINED = {1: 0, 2: 24, 3: 12}
"""By depth: attributes that are combined with each other. Pairs and triples grow with its square and its cube."""


@dataclass(frozen=True)
class Scale:
    """What is learned from the past before rows can be counted: the cuts, the attributes that are combined (the others
    are only looked at alone), the edges between the bins of sureness (empty: there is no score), for REGRESSION the
    error that counts as a miss, and the score from which on a row is called positive (`losses.learn_cutoff`)."""

    cuts: tuple[Cut, ...]
    combined: frozenset[str] = frozenset()
    sureness: tuple[float, ...] = ()
    missed: float = 0.0
    cutoff: float | None = None

    def wrong(self, rows: Rows, loss: Loss) -> "Array":
        """1.0 where a row went wrong, else 0.0 (also where the label is unknown)."""
        return went_wrong(rows, loss, self.missed, self.cutoff)

    def bins(self, rows: Rows) -> "Array":
        """A bin of sureness for each row; without a score, one for each predicted class."""
        import numpy as np
        import pandas as pd

        if self.sureness and rows.score is not None:
            sure = np.nan_to_num(_sureness(rows), nan=0.0)
            return np.asarray(np.searchsorted(np.asarray(self.sureness), sure, side="right"))
        if rows.task is Task.REGRESSION:
            return np.zeros(len(rows), dtype=np.int64)
        return pd.factorize(rows.prediction, use_na_sentinel=False)[0]


def learn_scale(past: Rows, cuts: Sequence[Cut], depth: int = 2, metric: Metric = Metric.ACCURACY) -> Scale:
    """The scale by which windows are counted, from past rows; without labels nothing counts as a miss."""
    import numpy as np

    edges: tuple[float, ...] = ()
    if past.score is not None and past.score.notna().any():
        shares = np.linspace(0, 1, SURENESS_BINS + 1)[1:-1]
        edges = tuple(sorted({float(edge) for edge in np.nanquantile(_sureness(past), shares)}))
    sizes = np.abs(errors(past)) if past.task is Task.REGRESSION else np.empty(0)
    known = sizes[np.isfinite(sizes)]
    missed = float(np.quantile(known, MISSED_QUANTILE)) if known.size else 0.0
    scale = Scale(tuple(cuts), frozenset(), edges, missed, learn_cutoff(past, metric))
    return replace(scale, combined=_telling(past, scale, MOST_COMBINED[depth]))


def _telling(past: Rows, scale: Scale, most: int) -> frozenset[str]:
    """The attributes over whose values misses differed most: chi-squared beyond its degrees of freedom, per one."""
    import numpy as np

    if len(scale.cuts) <= most or not most:
        return frozenset(cut.attribute for cut in scale.cuts) if most else frozenset()
    known = past.labelled.to_numpy(dtype=bool)
    misses = scale.wrong(past, Loss.MISS)[known]
    usual = min(0.99, max(0.01, float(misses.mean()))) if misses.size else 0.5
    found = []
    for place, cut in enumerate(scale.cuts):
        codes = cut.of(past.features[cut.attribute])[0][known]
        rows, missed = np.bincount(codes), np.bincount(codes, weights=misses)
        rows, missed = rows[rows > 0], missed[rows > 0]
        squares = (missed - rows * usual) ** 2 / (rows * usual * (1 - usual))
        freedom = max(len(rows) - 1, 1)
        found.append((-(float(squares.sum()) - freedom) / freedom**0.5, place, cut.attribute))
    return frozenset(name for _, _, name in sorted(found)[:most])


def _sureness(rows: Rows) -> "Array":
    import numpy as np

    if rows.score is None:
        return np.zeros(len(rows))
    score = rows.score.to_numpy(dtype=float, na_value=np.nan)
    return np.abs(score - 0.5) if rows.task is Task.BINARY else score
