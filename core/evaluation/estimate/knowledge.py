"""What the estimator has learned from the past: outcomes by features, delays, and shocks."""

from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.arrival import Arrival, learn_arrival
from core.evaluation.estimate.measure import Confusion, learn_confusion
from core.evaluation.estimate.memory import HOUR, Table
from core.evaluation.estimate.outcome import Evidence
from core.evaluation.estimate.shock import Shocks, learn_shocks
from core.evaluation.estimate.trees import Fitted, fit_outcome, out_of_sample
from core.evaluation.rows import Task

MOST_OF_A_LOSS = 1.0
"""The variance of the logarithm of a regression's loss that shocks may have: by one deviation it is e times as large.
Beyond it the mean of what a shock may do is nothing but its own tail."""
FEWEST_LABELS = 30
"""Labels without which nothing is learned."""


@dataclass(frozen=True)
class Knowledge:
    """As of one instant. `dispersion` is the squared relative spread of a regression's loss, `confusion` which class
    a wrong prediction of MULTICLASS is in truth."""

    task: Task
    outcome: Fitted
    arrival: Arrival
    shocks: Shocks
    dispersion: float
    confusion: Confusion | None = None

    def read(self, table: Table) -> Table:
        """The table with what the models say of the rows that no model has seen yet."""
        new = np.isnan(table.mean)
        if not new.any():
            return table
        mean, delay0, delay1 = table.mean.copy(), table.delay0.copy(), table.delay1.copy()
        matrix = table.matrix[new]
        mean[new] = np.maximum(self.outcome.predict(matrix), 1e-12)
        delay0[new], delay1[new] = self.arrival.expected(matrix)
        return replace(table, mean=mean, delay0=delay0, delay1=delay1)

    def evidence(self, table: Table, now: float) -> Evidence:
        """The rows as known at `now` (seconds)."""
        age = (now - table.at) / HOUR
        return Evidence(
            self.task,
            table.mean,
            table.outcome,
            table.arrived(now),
            self.arrival.missing(table.delay0, age, 0),
            self.arrival.missing(table.delay1, age, 1),
            self.arrival.never,
            self.dispersion,
        )


def learn(table: Table, task: Task, window: float, now: float, categorical: list[int]) -> tuple[Knowledge, Table]:
    """Everything from the labels known at `now`, and the table with what was expected of each row.

    Rows that earlier models judged keep that judgement, which saw nothing of their labels; rows that none did are
    judged by models that saw other stretches of time. ValueError with fewer than FEWEST_LABELS labels.
    """
    known = table.arrived(now) & ~np.isnan(table.outcome)
    if known.sum() < FEWEST_LABELS:
        raise ValueError(f"{known.sum()} labels are known, {FEWEST_LABELS} are needed to learn from")
    hidden = np.where(known, table.outcome, np.nan)
    cut = 0.5 if task is not Task.REGRESSION else float(np.median(hidden[known]))
    hours = np.maximum((np.where(known, table.label_at, now) - table.at) / HOUR, 0.0)
    arrival = learn_arrival(table.matrix, hidden, hours, known, (now - table.at) / HOUR, categorical, cut)
    # Quick labels are no fair sample of their time: outcomes are learned where (nearly) all have come.
    grown = known & ((now - table.at) / HOUR >= arrival.horizon)
    if grown.sum() < FEWEST_LABELS:
        grown = known
    outcome = fit_outcome(task, table.matrix[grown], hidden[grown], categorical)
    read = _judged(table, task, window, np.where(grown, hidden, np.nan), arrival, categorical)
    dispersion = _dispersion(task, read.mean[grown], hidden[grown])
    shocks = _shocks(read.take(grown), task, window, dispersion)
    confusion = learn_confusion(table, grown) if task is Task.MULTICLASS else None
    return Knowledge(task, outcome, arrival, shocks, dispersion, confusion), read


def _judged(
    table: Table, task: Task, window: float, outcome: Floats, arrival: Arrival, categorical: list[int]
) -> Table:
    new = np.isnan(table.mean)
    if not new.any():
        return table
    mean, delay0, delay1 = table.mean.copy(), table.delay0.copy(), table.delay1.copy()
    matrix = table.matrix[new]
    place = ((table.at[new] - table.at[0]) / window).astype(np.int64)
    stretch = max(1, min(7, (int(place.max()) + 1) // 10))
    mean[new] = np.maximum(out_of_sample(task, matrix, outcome[new], place // stretch, categorical), 1e-12)
    delay0[new], delay1[new] = arrival.expected(matrix)
    return replace(table, mean=mean, delay0=delay0, delay1=delay1)


def _dispersion(task: Task, mean: Floats, outcome: Floats) -> float:
    if task is not Task.REGRESSION:
        return 1.0
    return float(np.clip(np.mean((np.minimum(outcome / mean, 20.0) - 1) ** 2), 0.05, 50.0))


def _shocks(table: Table, task: Task, window: float, dispersion: float) -> Shocks:
    everything = np.ones(len(table))
    seen = Evidence(
        task, table.mean, table.outcome, everything.astype(bool), everything, everything, 0.0, dispersion
    )
    gap, weight = seen.pull(seen.start(0.0))
    found = learn_shocks(table.at / window, gap, weight)
    return found.capped(MOST_OF_A_LOSS) if task is Task.REGRESSION else found
