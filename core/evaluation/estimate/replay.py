"""Past windows as they looked as long after their start as the present one now does, and what became of them."""

from dataclasses import dataclass
from math import floor

import numpy as np

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.knowledge import Knowledge
from core.evaluation.estimate.measure import hidden, metrics
from core.evaluation.estimate.memory import HOUR, Table
from core.evaluation.estimate.snapshot import Frame, snapshot
from core.evaluation.rows import Task

STEPS = 96
"""Replays look on a grid of this many instants a window, so that a run a minute later finds them done."""
OUTSTANDING = 0.02
"""A window counts as over once at most this share of its outcomes is still to show; what they will be is then filled
in by the features, for the last labels are the worst ones."""
FINAL = 0.0005
"""From here on its metric is not worked out again; nor once it is older than so many times all usual delays:"""
OLD = 3.0


@dataclass(frozen=True)
class Replay:
    """What a past window's snapshot would have been, and the metric it turned out to have; `final` once no label can
    change that any more."""

    start: float
    value: float
    sd: float
    plain: float
    early: float
    context: Floats
    fresh: Floats
    truth: float
    final: bool


class Replays:
    """Replays of one estimator, each made once."""

    def __init__(self, measure: Measure, length: float) -> None:
        self._measure, self._length = measure, length
        self._found: dict[tuple[float, int, bool], Replay] = {}

    def before(self, table: Table, knowledge: Knowledge, frame: Frame, clock: float, whole: bool) -> list[Replay]:
        """Of the windows before the frame whose labels are in by its instant, oldest first; `clock` (seconds) is up to
        when labels tell of the frame, and they of each of those windows as long after its start."""
        step = floor((clock - frame.start) / self._length * STEPS)
        count = int((frame.start - table.at[0] + 1) // self._length)
        starts = [frame.start - place * self._length for place in range(count, 0, -1)]
        self._found = {key: found for key, found in self._found.items() if key[0] >= table.at[0] - 1}
        replays = (self._replay(table, knowledge, (start, step, whole), frame.now) for start in starts)
        return [replay for replay in replays if replay is not None]

    def _replay(
        self, table: Table, knowledge: Knowledge, key: tuple[float, int, bool], now: float
    ) -> Replay | None:
        found = self._found.get(key)
        if found is not None and found.final:
            return found
        start, step, whole = key
        rows = table.take(table.span(start, start + self._length))
        open_share = outstanding(rows, knowledge, now) if len(rows) else 1.0
        if open_share > OUTSTANDING:
            return found
        truth = turned_out(rows, self._measure, knowledge, now)
        then = Frame(start, self._length, start + step / STEPS * self._length)
        seen = found or snapshot(table, knowledge, self._measure, then, whole)
        if truth is None or seen is None:
            return None
        old = now - start - self._length > OLD * knowledge.arrival.horizon * HOUR
        final = old or open_share <= FINAL
        said = (seen.value, seen.sd, seen.plain, seen.early, seen.context, seen.fresh)
        self._found[key] = Replay(start, *said, truth, final)
        return self._found[key]


def outstanding(rows: Table, knowledge: Knowledge, now: float) -> float:
    """The share of these rows of which is still to show (after `now`, in seconds) what they will say.

    Silence tells, too: where a fraud would have been reported by now and has not been, the payment is honest, long
    before anybody says so; unless some labels never come, for then nobody knows whether it will count at all. Of a
    regression's loss silence tells only a side, so there the label itself must be in.
    """
    arrival = knowledge.arrival
    age = (now - rows.at) / HOUR
    sides = arrival.missing(rows.delay0, age, 0), arrival.missing(rows.delay1, age, 1)
    late = np.maximum(*sides)
    come = (1 - arrival.never) * late
    comes = come / (come + arrival.never)
    if knowledge.task is not Task.REGRESSION:
        either = np.minimum(*sides) / np.maximum(late, 1e-12)
        comes = np.minimum(comes, comes * either + 1 - comes)
    return float(comes[~rows.arrived(now)].sum()) / max(len(rows), 1)


def turned_out(rows: Table, measure: Measure, knowledge: Knowledge, now: float) -> float | None:
    """The metric of a window that is over but for a few labels, these by what the features say of them."""
    if not rows.arrived(now).any():
        return None
    evidence = knowledge.evidence(rows, now)
    mean, weight = evidence.settled(evidence.start(0.0)[:, None])
    known = hidden(rows, rows.arrived(now))
    value = float(metrics(measure, knowledge.task, mean, weight, known, knowledge.confusion)[0])
    return value if np.isfinite(value) else None
