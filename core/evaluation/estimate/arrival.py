"""How likely a label is still missing, by its outcome: what an overdue label betrays."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Flags, Floats
from core.evaluation.estimate.trees import MOST_DELAYS, Fitted, fit_delay, thinned
from core.evaluation.labels.curve import Curve, curve

LEAST_HOURS = 0.01
"""Delays are compared on a logarithmic scale; anything faster than half a minute is immediate."""


@dataclass(frozen=True)
class Arrival:
    """For outcomes 0 and 1: the expected logarithm of the delay by features, and the sorted misses around it.

    `curve` is the delay of any label; `never` the share that never comes; `cut` is the outcome from which on it
    counts as 1.
    """

    models: tuple[Fitted, Fitted]
    misses: tuple[Floats, Floats]
    curve: Curve
    never: float
    cut: float

    @property
    def horizon(self) -> float:
        """Hours after which all but one in two hundred of the labels that ever come have come."""
        return self.curve.hours_until(0.995) or 0.0

    def expected(self, matrix: Floats) -> tuple[Floats, Floats]:
        """The expected log delay of each row, if its outcome were 0, and if it were 1."""
        return self.models[0].predict(matrix), self.models[1].predict(matrix)

    def missing(self, expected: Floats, age: Floats, outcome: int) -> Floats:
        """The probability that a label of this outcome is still to come at this age (hours; below 0: not made
        yet)."""
        misses = self.misses[outcome]
        if not len(misses):
            return np.ones(len(age))
        late = np.log(np.maximum(age, LEAST_HOURS)) - expected
        share = 1 - np.searchsorted(misses, late, side="right") / (len(misses) + 1)
        return np.where(age > 0, share, 1.0)


def learn_arrival(
    matrix: Floats, outcome: Floats, hours: Floats, known: Flags, age: Floats, categorical: list[int], cut: float
) -> Arrival:
    """From rows with their hours to the label (to now where it is not `known`) and their age in hours.

    Only rows that are old enough to have got their label teach the delay by features: among younger ones the quick
    labels are over-represented.
    """
    found = curve(hours, known)
    horizon = found.hours_until(0.995) or 0.0
    grown = age >= horizon
    if grown.sum() < 50:
        grown = np.ones(len(age), bool)
    models, misses = [], []
    for side in (outcome <= cut, outcome > cut):
        chosen = np.flatnonzero(grown & known & side)
        chosen = chosen[thinned(len(chosen), MOST_DELAYS)]
        log = np.log(np.maximum(hours[chosen], LEAST_HOURS))
        model = fit_delay(matrix[chosen], log, categorical)
        models.append(model)
        misses.append(np.sort(log - model.predict(matrix[chosen])))
    if min(map(len, misses)) < 30:  # too few of one outcome to tell it from the other by its delay
        longer = 0 if len(misses[0]) >= len(misses[1]) else 1
        models, misses = [models[longer]] * 2, [misses[longer]] * 2
    never = (float((~known[grown]).sum()) + 0.5) / (float(grown.sum()) + 1)
    return Arrival((models[0], models[1]), (misses[0], misses[1]), found, min(never, 0.95), cut)
