"""A window's metric from the labels that are in."""

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.rows import Rows


def measured(rows: Rows, measure: Measure) -> float | None:
    """The metric over the rows whose label is known; None when it is not defined (no label, AUC of one class)."""
    known = rows.where(rows.labelled)
    if not len(known):
        return None
    if measure is Measure.AUC:
        return _auc(known)
    if measure is Measure.ACCURACY:
        return float((known.label == known.prediction).mean())
    error = known.prediction.to_numpy(float) - known.label.to_numpy(float)
    return float(np.abs(error).mean()) if measure is Measure.MAE else float(np.sqrt((error**2).mean()))


def _auc(known: Rows) -> float | None:
    from scipy.stats import rankdata

    score = known.score if known.score is not None else known.prediction
    ranks, positive = rankdata(score.to_numpy(float)), known.label.to_numpy(float) == 1.0
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))
