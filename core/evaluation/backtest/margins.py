"""Scores that are no probabilities (log-odds, distances from a boundary), made probabilities that keep their order.

A logistic curve over the score is fitted to the labels of history (Platt, 1999, "Probabilistic outputs for support
vector machines"). It is strictly monotone, so what reads the order of scores (AUC) is what it was; an isotonic curve
would make ties.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.evaluation.backtest.instants import literal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

OUTSIDE = 0.05
"""Scores are margins from so large a share outside of 0 to 1 on; of fewer those outside are mistakes."""
MOST_FITTED = 50_000
"""Labels of history that the curve is fitted to, the newest."""
FEWEST_OF_CLASS = 10
"""With fewer labels of either class there is no fit."""


@dataclass(frozen=True)
class Curve:
    """The probability of class 1 at a score s: 1 / (1 + exp(-(slope * s + offset))). `labels` were fitted, none of the
    plain logistic curve."""

    slope: float = 1.0
    offset: float = 0.0
    labels: int = 0

    def of(self, score: Any) -> Any:
        """An Ibis column of scores as probabilities."""
        import ibis

        return ibis.literal(1.0) / ((score * -self.slope - self.offset).clip(-700.0, 700.0).exp() + 1.0)

    def note(self, name: str) -> str:
        """What was done with the scores, in a sentence."""
        if self.labels:
            return (
                f"The scores of {name} are no probabilities; a logistic curve over {self.labels:,} labels of history "
                "makes them such and keeps their order."
            )
        return (
            f"The scores of {name} are no probabilities, and no labels of history tell how sure they are: the plain "
            "logistic curve makes them such and keeps their order. Log loss and Brier score say little then."
        )


def are_margins(score: Any) -> bool:
    """Whether so many of these numbers (an Ibis column) lie outside of 0 to 1."""
    finite = score.notnull() & ~score.isnan() & ~score.isinf()
    outside = (finite & ((score < 0) | (score > 1))).sum()
    found = score.as_table().agg(outside=outside, all=finite.sum()).to_pyarrow().to_pylist()[0]
    return bool(found["all"]) and (found["outside"] or 0) >= OUTSIDE * found["all"]


def learn_curve(score: "Array", label: "Array") -> Curve:
    """By n scores and their labels, 0 or 1: the likeliest curve, with labels drawn in a little as Platt does. A score
    that does not rise with its label, or too few labels of a class, give the plain curve."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    finite = np.isfinite(score) & np.isfinite(label)
    score, label = score[finite], label[finite]
    ones = int(label.sum())
    zeros = len(label) - ones
    if min(ones, zeros) < FEWEST_OF_CLASS:
        return Curve()
    middle, spread = float(np.median(score)), max(float(score.std()), 1e-9)
    placed = (score - middle) / spread
    target = np.where(label == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))

    def loss(at: "Array") -> "tuple[float, Array]":
        odds = at[0] * placed + at[1]
        off = expit(odds) - target
        value = float((np.logaddexp(0.0, odds) - target * odds).mean())
        return value, np.array([float((off * placed).mean()), float(off.mean())])

    slope, offset = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    if slope <= 1e-6:
        return Curve()
    return Curve(float(slope) / spread, float(offset - slope * middle / spread), len(label))


def known_before(table: Any, instant: datetime, names: Mapping[str, str]) -> Any:
    """The scores and labels that were in by an instant, as a data frame, newest first. `names` are the columns of
    `at`, `label_at`, `score` and `label`."""
    rows = table.select(**{name: table[column] for name, column in names.items()})
    rows = rows.filter(
        rows["at"] < literal(instant), rows["label_at"] <= literal(instant), rows["label"].notnull()
    )
    rows = rows.order_by([rows["at"].desc(), rows["score"]]).limit(MOST_FITTED)
    return rows.select("score", "label").to_pyarrow().to_pandas()
