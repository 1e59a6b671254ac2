"""One window as it stood at one instant: what the arrived, the overdue and the past labels say of its metric."""

from dataclasses import dataclass

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Flags, Floats, Ints
from core.evaluation.estimate.knowledge import Knowledge
from core.evaluation.estimate.measure import SIMULATED, drawn, hidden, metrics, noise
from core.evaluation.estimate.memory import HOUR, Table
from core.evaluation.estimate.shock import infer
from core.evaluation.rows import Task

DRAWS = 100
"""Draws of the shock: their mean is off by a tenth of its spread, less where it is symmetric."""
FINE, COARSE = 24, 4
"""Cells a window: of this and the last one, and of those before."""
FEED_STOPPED = 20.0
"""So many labels should have come since the last one did, and none has: by chance once in e^20."""


@dataclass(frozen=True)
class Snapshot:
    """The metric's expectation and standard deviation by the shared shock and single outcomes alone, not yet
    corrected by how such snapshots turned out. `coverage` is the share of labels in; `clock` the instant (seconds)
    up to which labels count: now, or when the last one came if their feed has stopped since. `plain` is the metric
    if no shock moves it, `early` that of the labels in alone (NaN where they define none). `context` is what the window
    is like as a whole: the mean of every feature that is a number; `fresh` by feature the share of rows that lack it or
    have a new text."""

    value: float
    sd: float
    coverage: float
    clock: float
    plain: float
    early: float
    context: Floats
    fresh: Floats


@dataclass(frozen=True)
class Frame:
    """Which stretch is looked at: its start and length in seconds, and the instant from which it is."""

    start: float
    length: float
    now: float

    @property
    def end(self) -> float:
        return self.start + self.length


def windows_back(knowledge: Knowledge, length: float) -> int:
    """How many earlier windows bear on this one: a week of them, or until their labels are in if that takes
    longer."""
    median = knowledge.arrival.curve.hours_until(0.5) or 0.0
    return int(min(30, 7 + 2 * median * HOUR / length))


def snapshot(table: Table, knowledge: Knowledge, measure: Measure, frame: Frame, whole: bool) -> Snapshot | None:
    """Of the predictions in the frame (all of them if `whole`, else those made by `frame.now`); None without any, and
    where the metric is not defined."""
    first = frame.start - windows_back(knowledge, frame.length) * frame.length
    seen = table.take(table.span(first, frame.end))
    current = seen.at >= frame.start
    if not whole:
        current &= seen.at <= frame.now
    seen = seen.take(current | (seen.at < frame.start))
    current = seen.at >= frame.start
    if not current.any():
        return None
    clock = feed_clock(seen, knowledge, frame.now)
    value, sd = _metric(seen, current, knowledge, measure, frame, clock)
    if not np.isfinite(value):
        return None
    now = seen.take(current)
    plain, early = _plain(now, knowledge, measure, clock), realized(now, measure, knowledge.task, frame.now)
    coverage = float(now.arrived(frame.now).mean())
    early = np.nan if early is None else early
    return Snapshot(value, sd, coverage, clock, plain, early, knowledge.context(now), knowledge.fresh(now))


def _plain(now: Table, knowledge: Knowledge, measure: Measure, clock: float) -> float:
    """The metric if no shock moves the rows whose label is missing."""
    evidence = knowledge.evidence(now, clock)
    mean, weight = evidence.settled(evidence.start(0.0)[:, None])
    known = hidden(now, now.arrived(clock))
    return float(metrics(measure, knowledge.task, mean, weight, known, knowledge.confusion)[0])


def realized(rows: Table, measure: Measure, task: Task, now: float) -> float | None:
    """The metric over the labels that were in by `now` (seconds); None where it is not defined."""
    rows = rows.take(rows.arrived(now) & ~np.isnan(rows.outcome))
    if not len(rows):
        return None
    outcome: Floats = rows.outcome[:, None]
    value = float(metrics(measure, task, outcome, np.ones_like(outcome), rows)[0])
    return value if np.isfinite(value) else None


def feed_clock(seen: Table, knowledge: Knowledge, now: float) -> float:
    """Until when missing labels mean something: `now`, or the last arrival if by chance more should have come
    since."""
    arrived = seen.label_at[seen.arrived(now)]
    if not len(arrived):
        return (
            float(seen.at.min())
            if len(seen) and _expected(seen, knowledge, seen.at.min(), now) > FEED_STOPPED
            else now
        )
    last = float(arrived.max())
    return last if _expected(seen, knowledge, last, now) > FEED_STOPPED else now


def _expected(seen: Table, knowledge: Knowledge, since: float, now: float) -> float:
    """Labels that should have come in (since, now], of the rows whose label was missing at `since`, by the outcome
    whose labels come later."""
    waiting = seen.take(~seen.arrived(since) & (seen.at <= now))
    arrival, share = knowledge.arrival, []
    for outcome, delay in ((0, waiting.delay0), (1, waiting.delay1)):
        before = arrival.missing(delay, (since - waiting.at) / HOUR, outcome)
        after = arrival.missing(delay, (now - waiting.at) / HOUR, outcome)
        share.append((before - after) / np.maximum(before, 0.05))
    return float(np.minimum(*share).sum() * (1 - arrival.never))


def _cells(seen: Table, frame: Frame) -> tuple[Ints, Floats]:
    """The cell of each row, and the middle of each cell in windows."""
    time = (seen.at - frame.start) / frame.length
    per = np.where(time >= -1, FINE, COARSE)
    # Whole numbers that no two cells share: fine cells count from 0 on, coarse ones far below.
    number = np.floor(time * per).astype(np.int64) - np.where(per == COARSE, 100_000, 0)
    cells, cell = np.unique(number, return_inverse=True)
    coarse = cells < -50_000
    middle = np.where(coarse, (cells + 100_000 + 0.5) / COARSE, (cells + 0.5) / FINE)
    return cell.astype(np.int64), middle


def _metric(
    seen: Table, current: Flags, knowledge: Knowledge, measure: Measure, frame: Frame, clock: float
) -> tuple[float, float]:
    cell, middle = _cells(seen, frame)
    evidence = knowledge.evidence(seen, clock)
    time, shocks = middle + frame.start / frame.length % 1.0, knowledge.shocks
    place = evidence.start(shocks.variance * shocks.strength(time)[cell] ** 2)
    posterior = infer(shocks.covariance(time), cell, place, evidence)
    used, own = np.unique(cell[current], return_inverse=True)
    shock = posterior.draws(used, DRAWS)[own]
    now = seen.take(current)
    mean, weight = knowledge.evidence(now, clock).settled(place[current][:, None] + shock)
    known, task, confusion = hidden(now, now.arrived(clock)), knowledge.task, knowledge.confusion
    found = metrics(measure, task, mean, weight, known, confusion)
    if task is Task.REGRESSION:  # a loss has no upper end: a draw far out must not be the answer
        low, high = np.quantile(found, [0.16, 0.84])
        single = noise(measure, task, mean, weight, ~now.arrived(clock), known, knowledge.dispersion)
        return float(np.mean(np.clip(found, *np.quantile(found, [0.02, 0.98])))), float(
            np.sqrt(((high - low) / 2) ** 2 + single)
        )
    if measure in SIMULATED:
        variance = drawn(measure, task, mean, weight, known, confusion)
    else:
        single = noise(measure, task, mean, weight, ~now.arrived(clock), known, knowledge.dispersion)
        variance = float(np.var(found)) + single
    return float(np.mean(found)), float(np.sqrt(variance))
