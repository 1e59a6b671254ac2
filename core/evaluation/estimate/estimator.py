"""The estimator: learns from windows that are over, and estimates the one whose labels are still to come."""

from datetime import datetime, timedelta

import numpy as np

from core.evaluation.estimate import doubts
from core.evaluation.estimate.answer import AIMED, Estimate, Measure, Realized, Unknown, spread_of
from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.correct import Corrected, Past, Present, corrected
from core.evaluation.estimate.early import Arrivals
from core.evaluation.estimate.knowledge import FEWEST_LABELS, Knowledge, learn
from core.evaluation.estimate.memory import Memory, joined, tabled, usable
from core.evaluation.estimate.replay import Replay, Replays
from core.evaluation.estimate.snapshot import Frame, Snapshot, realized, snapshot
from core.evaluation.estimate.threads import one_thread
from core.evaluation.estimate.untold import reach
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

FEWEST_WINDOWS = 5
"""Past windows with a known metric, below which nothing is estimated: a spread of fewer is no spread."""
MEMORY = 260
"""Windows that are remembered, or 90 days of them if that is longer, beside those whose labels are still to come."""
TAUGHT = 200
"""Windows that teach the models, or 60 days of them if that is longer, counted from where labels are in: what was long
ago misleads more than it teaches."""
RELEARN = 7
"""Days, or one window if that is longer, after which the models are learned anew,"""
NEWS = 20.0
"""or once so many-th part of what is remembered is new: of a long past a week is little."""
DAY = 86_400.0


class Estimator:
    """Estimates one metric of one pipeline, window by window.

    Call `learn` with everything that is known before the first estimate, and again as windows pass; then `estimate`.
    Nothing is read or written, no clock is asked.
    """

    def __init__(self, task: Task, measure: Measure, window: timedelta) -> None:
        """`window` is the length of a window. ValueError when the measure does not fit the task."""
        if task not in measure.tasks:
            raise ValueError(f"{measure} cannot be measured on {task} predictions")
        self._task, self._measure, self._length = task, measure, window.total_seconds()
        self._memory: Memory | None = None
        self._knowledge: Knowledge | None = None
        self._learned_at = -np.inf
        self._replays = Replays(measure, self._length)
        self._arrivals = Arrivals(measure, self._length)

    @property
    def patience(self) -> timedelta:
        """How long (nearly) all labels that ever come take; nothing before anything is learned."""
        return timedelta(hours=self._knowledge.arrival.horizon if self._knowledge else 0.0)

    @one_thread()
    def learn(self, history: Rows, now: datetime) -> None:
        """Take in what is known at `now` of the predictions made so far: everything at first, later at least what
        was made or labelled since the last call.

        The models are learned anew once a week, of a long past every two; in between only the new rows cost anything.
        Rows are told apart by their index: ValueError when it repeats itself.
        """
        at, memory = now.timestamp(), self._taken_in(usable(history.known(now), self._measure))
        if memory is None:
            return
        memory.encoder.grow(history)
        waits = self.patience.total_seconds()
        memory.forget(at - max(MEMORY * self._length, 90 * DAY) - waits)
        if (
            self._knowledge is not None
        ):  # before it changes: rows are judged by models that saw none of their labels
            memory.table = self._knowledge.read(memory.table)
        old = (self._learned_at - float(memory.table.at.min(initial=at))) / NEWS
        due = at >= self._learned_at + max(RELEARN * DAY, self._length, old)
        if due or self._knowledge is None:
            self._relearn(memory, at)

    @one_thread()
    def estimate(self, window: Window, rows: Rows, now: datetime) -> Estimate | Unknown:
        """The metric that the predictions of `window` will have; `rows` holds them, as known at `now`.

        They may be all of the window's predictions or only those made by `now`; past windows are replayed likewise.
        """
        own = usable(rows.between(window.start, window.end).known(now), self._measure)
        if not len(own):
            return Unknown("no-predictions", "Nothing was predicted in this window.", 0.0)
        coverage = float(own.labelled.mean())
        memory, knowledge = self._taken_in(own), self._knowledge
        if knowledge is None or memory is None:
            reason = f"Fewer than {FEWEST_LABELS} past labels are known: there is nothing to learn from."
            return Unknown("few-labels", reason, coverage)
        memory.table = knowledge.read(memory.table)
        frame = Frame(window.start.timestamp(), (window.end - window.start).total_seconds(), now.timestamp())
        whole = bool((own.at > now).any()) or now >= window.end
        seen = snapshot(memory.table, knowledge, self._measure, frame, whole)
        if seen is None:
            return Unknown("undefined", f"The {self._measure} of this window is not defined yet.", coverage)
        # Where the feed of labels has stopped, the past is looked at as little informed as this window is.
        past = self._replays.before(memory.table, knowledge, frame, seen.clock, whole)
        if len(past) < FEWEST_WINDOWS:
            reason = f"Only {len(past)} past windows have their labels; {FEWEST_WINDOWS} are needed to estimate."
            return Unknown("few-labels", reason, coverage)
        turned_out = self._corrected(seen, past, frame)
        open_windows = round((frame.start - past[-1].start) / frame.length) - 1
        changed = self._arrivals.changed(memory.table, knowledge, frame.now, open_windows, turned_out.scale)
        doubt = doubts.doubt(memory, knowledge, frame, seen, turned_out, self._measure, changed=changed)
        return doubt or self._answer(seen, turned_out, len(past))

    def realized(self, window: Window, rows: Rows, now: datetime) -> Realized | None:
        """The metric over the labels that are in, beside what it will be once the late ones are; None without any."""
        own = usable(rows.between(window.start, window.end).known(now), self._measure)
        table = tabled(own, self._measure, np.zeros((len(own), 0)))
        value = realized(table, self._measure, self._task, now.timestamp())
        if value is None:
            return None
        answer = self.estimate(window, rows, now)
        corrected_value = answer if isinstance(answer, Estimate) else None
        return Realized(value, int(own.labelled.sum()), len(own), corrected_value)

    def _taken_in(self, rows: Rows) -> Memory | None:
        if not rows.features.index.is_unique:
            raise ValueError("rows need an index in which no label repeats")
        if self._memory is None and len(rows):
            self._memory = Memory(rows, self._measure)
        elif self._memory is not None and len(rows):
            self._memory.add(rows)
        return self._memory

    def _relearn(self, memory: Memory, now: float) -> None:
        waits = self.patience.total_seconds()
        taught = memory.table.span(now - max(TAUGHT * self._length, 60 * DAY) - waits, np.inf)
        part = memory.table.take(taught)
        known = part.arrived(now) & ~np.isnan(part.outcome)
        if known.sum() < FEWEST_LABELS:
            return
        self._knowledge, read = learn(part, self._task, self._length, now, *memory.encoder.texts, memory.pairs)
        memory.table = joined(memory.table.take(slice(0, taught.start)), read)
        self._learned_at = now

    def _answer(self, seen: Snapshot, past: Corrected, windows: int) -> Estimate:
        spread = spread_of(past.value, past.scale, past.spread.tolist(), self._measure)
        low, high = spread.quantile((1 - AIMED) / 2), spread.quantile((1 + AIMED) / 2)
        value = min(max(past.value, self._measure.floor), self._measure.ceiling)
        method, reason = doubts.described(seen, windows, unlike=past.unlike)
        return Estimate(value, min(low, value), max(high, value), seen.coverage, method, reason, spread)

    def _corrected(self, seen: Snapshot, past: list[Replay], frame: Frame) -> Corrected:
        names = ("truth", "value", "sd", "plain", "early", "context", "fresh")
        before = Past(**{name: _column(past, name) for name in names}, place=_column(past, "start") / self._length)
        said = (seen.value, seen.sd, seen.plain, seen.early, frame.start / self._length, seen.coverage)
        now = Present(*said, seen.context, seen.fresh, reach(self._measure, seen.value))
        return corrected(before, now)


def _column(replays: list[Replay], name: str) -> Floats:
    return np.array([getattr(replay, name) for replay in replays], float)
