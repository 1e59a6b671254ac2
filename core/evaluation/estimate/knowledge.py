"""What the estimator has learned from the past: outcomes by features, delays, and shocks."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.arrival import Arrival, learn_arrival
from core.evaluation.estimate.calibrate import Expected, calibrate, mixed, share_of_trees
from core.evaluation.estimate.encode import CLOCK
from core.evaluation.estimate.measure import Confusion, learn_confusion
from core.evaluation.estimate.memory import HOUR, Table, put, written
from core.evaluation.estimate.outcome import Evidence
from core.evaluation.estimate.pairs import Pairs
from core.evaluation.estimate.shock import Shocks, learn_shocks
from core.evaluation.estimate.trees import fit_outcome, out_of_sample
from core.evaluation.rows import Task

MOST_OF_A_LOSS = 1.0
"""The variance of the logarithm of a regression's loss that shocks may have: by one deviation it is e times as large.
Beyond it the mean of what a shock may do is nothing but its own tail."""
FEWEST_LABELS = 30
"""Labels without which nothing is learned."""


@dataclass(frozen=True)
class Knowledge:
    """As of one instant. `dispersion` is the squared relative spread of a regression's loss, `confusion` which class
    a wrong prediction of MULTICLASS is in truth, `numbers` the places of the matrix that hold numbers, `first_levels`
    from which code on a feature's text is new."""

    task: Task
    outcome: Expected
    arrival: Arrival
    shocks: Shocks
    dispersion: float
    confusion: Confusion | None = None
    numbers: tuple[int, ...] = ()
    first_levels: tuple[float, ...] = ()
    pairs: Pairs | None = None

    def context(self, table: Table) -> Floats:
        """The mean of each number over these rows, NaN where none has one."""
        values = table.matrix[:, self.numbers]
        told = np.isfinite(values)
        sums, counts = np.where(told, values, 0.0).sum(axis=0), told.sum(axis=0)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    def fresh(self, table: Table) -> Floats:
        """By feature, the share of these rows that lack it or have a new text; on its first day a text counts as
        missing. Then by pair of columns the share with values that never came together."""
        values = table.matrix[:, : len(self.first_levels)]
        alone = np.asarray((np.isnan(values) | (values >= np.array(self.first_levels))).mean(axis=0))
        return alone if self.pairs is None else np.append(alone, self.pairs.share(table.matrix))

    def read(self, table: Table) -> Table:
        """The table with what the models say of the rows that no model has seen yet."""
        new = np.isnan(table.mean)
        if not new.any():
            return table
        told = table.take(new)
        trees, curve = self.outcome.trees.predict(told.matrix), self.outcome.curve.predict(told.score)
        mean = mixed(self.task, trees, curve, self.outcome.share)
        found = {"trees": trees, "curve": curve, "mean": mean, **_delays(self.arrival, told.matrix)}
        return written(table, new, found)

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
            self.arrival.cut,
        )


def learn(
    table: Table,
    task: Task,
    window: float,
    now: float,
    categorical: list[int],
    first_levels: tuple[float, ...] = (),
    pairs: Pairs | None = None,
) -> tuple[Knowledge, Table]:
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
    read, share = _judged(table, task, window, np.where(grown, hidden, np.nan), arrival, categorical)
    trees = fit_outcome(task, table.matrix[grown], hidden[grown], categorical)
    outcome = Expected(trees, calibrate(table.score[grown], hidden[grown]), share)
    dispersion = _dispersion(task, read.mean[grown], hidden[grown])
    shocks = _shocks(read.take(grown), task, window, dispersion)
    confusion = learn_confusion(table, grown) if task is Task.MULTICLASS else None
    numbers = tuple(place for place in range(table.matrix.shape[1] - CLOCK) if place not in categorical)
    return Knowledge(task, outcome, arrival, shocks, dispersion, confusion, numbers, first_levels, pairs), read


def _judged(
    table: Table, task: Task, window: float, outcome: Floats, arrival: Arrival, categorical: list[int]
) -> tuple[Table, float]:
    """The table with every row judged, and how much the trees count by how they did beside the curve."""
    new = np.isnan(table.mean)
    if not new.any():
        return table, share_of_trees(task, table.trees, table.curve, outcome)
    told, known, truth = table.take(new), ~np.isnan(outcome[new]), outcome[new]
    place = ((told.at - table.at[0]) / window).astype(np.int64)
    block = place // max(1, min(7, (int(place.max()) + 1) // 10))
    matrix, score = told.matrix, told.score
    trees = out_of_sample(
        known,
        block,
        lambda seen, held: fit_outcome(task, matrix[seen], truth[seen], categorical).predict(matrix[held]),
    )
    curve = out_of_sample(
        known, block, lambda seen, held: calibrate(score[seen], truth[seen]).predict(score[held])
    )
    share = share_of_trees(task, put(table.trees, new, trees), put(table.curve, new, curve), outcome)
    mean = mixed(task, trees, curve, share)
    return written(table, new, {"trees": trees, "curve": curve, "mean": mean, **_delays(arrival, matrix)}), share


def _delays(arrival: Arrival, matrix: Floats) -> dict[str, Floats]:
    first, second = arrival.expected(matrix)
    return {"delay0": first, "delay1": second}


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
    # A few large losses would decide which part of a window seems stormy.
    found = learn_shocks(table.at / window, gap, weight, even=task is Task.REGRESSION)
    return found.capped(MOST_OF_A_LOSS) if task is Task.REGRESSION else found
