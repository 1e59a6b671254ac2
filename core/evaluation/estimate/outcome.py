"""What of a prediction is uncertain until its label arrives, and how a shared shock moves it.

For BINARY the outcome is the label, for MULTICLASS whether the prediction was wrong, for REGRESSION the loss
(absolute or squared error). A shock b moves log-odds (the first two) or the logarithm of the expected loss (the
last).
"""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Flags, Floats
from core.evaluation.rows import Rows, Task

LEAST, MOST = 0.003, 0.997
"""No outcome is ever thought less or more probable than this: one surprise must not weigh like a storm."""


def outcomes(rows: Rows, measure: Measure) -> Floats:
    """The outcome of every row, NaN while its label is unknown."""
    known = rows.labelled.to_numpy(bool)
    if rows.task is Task.MULTICLASS:
        wrong = (rows.label.astype(str) != rows.prediction.astype(str)).to_numpy(float)
        return np.where(known, wrong, np.nan)
    label = rows.label.to_numpy(float, na_value=np.nan)
    if rows.task is Task.BINARY:
        return np.asarray(label)
    error = np.abs(label - rows.prediction.to_numpy(float, na_value=np.nan))
    return np.asarray(error if measure is Measure.MAE else error**2)


@dataclass(frozen=True)
class Evidence:
    """n predictions as known at an instant.

    `mean` is the expected outcome by the features alone; `arrived` tells which `outcome` is known; `late0` and
    `late1` are the probabilities that a label of outcome 0 or 1 would still be missing by now; `never` the share of
    labels that never come. `dispersion` is the squared relative spread of a regression's loss around its mean; its
    loss counts as outcome 1 above `cut`, which it is with exp(-cut / mean), as if it were exponential.
    """

    task: Task
    mean: Floats
    outcome: Floats
    arrived: Flags
    late0: Floats
    late1: Floats
    never: float
    dispersion: float
    cut: float = 0.5

    def start(self, variance: float | Floats) -> Floats:
        """The row's place on the scale of shocks, such that shocks of this variance leave its mean as it is.

        Zeger, Liang, Albert (1988) for log-odds; exact for the logarithm.
        """
        if self.task is Task.REGRESSION:
            return np.asarray(np.log(self.mean) - variance / 2)
        mean = np.clip(self.mean, LEAST, MOST)
        return np.asarray(np.log(mean / (1 - mean)) * np.sqrt(1 + np.pi / 8 * variance))

    def pull(self, place: Floats) -> tuple[Floats, Floats]:
        """First and minus the second derivative of each row's log-likelihood on the scale of shocks.

        An overdue label speaks, too: with probability of outcome 1 p, it is missing with never + (1 - never)
        (p late1 + (1 - p) late0).
        """
        tilt = (1 - self.never) * (self.late1 - self.late0)
        p, rise, bow = self._chance(place)
        missing = np.maximum((1 - self.never) * self.late0 + self.never + tilt * p, 1e-12)
        overdue = rise * tilt / missing
        bend = overdue**2 - bow * tilt / missing
        known = np.nan_to_num(self.outcome)
        if self.task is Task.REGRESSION:
            gap = (np.minimum(known / np.exp(place), 20.0) - 1) / self.dispersion
            return np.where(self.arrived, gap, overdue), np.where(self.arrived, 1 / self.dispersion, bend)
        return np.where(self.arrived, known - p, overdue), np.where(self.arrived, rise, bend)

    def _chance(self, place: Floats) -> tuple[Floats, Floats, Floats]:
        """How likely outcome 1 is at these places, with the first and second derivative."""
        if self.task is Task.REGRESSION:
            far = np.minimum(self.cut / np.exp(place), 50.0)
            p = np.exp(-far)
            return p, p * far, p * far * (far - 1)
        p = 1 / (1 + np.exp(-place))
        rise = p * (1 - p)
        return p, rise, rise * (1 - 2 * p)

    def settled(self, place: Floats) -> tuple[Floats, Floats]:
        """For rows x draws of places: the outcome's mean and the probability that a label ever comes, given that it
        has not come yet. Rows that have arrived are (outcome, 1)."""
        arrived, outcome = self.arrived[:, None], np.nan_to_num(self.outcome)[:, None]
        p, _, _ = self._chance(place)
        one, zero = (1 - self.never) * p * self.late1[:, None], (1 - self.never) * (1 - p) * self.late0[:, None]
        both = np.maximum(one + zero, 1e-12)
        if self.task is Task.REGRESSION:  # of an exponential loss, known to be above or below the cut
            mean = np.exp(place)
            below = np.maximum(mean - self.cut * p / np.maximum(1 - p, 1e-9), 0.0)
            expected = (one * (self.cut + mean) + zero * below) / both
        else:
            expected = one / both
        return np.where(arrived, outcome, expected), np.where(arrived, 1.0, both / (both + self.never))
