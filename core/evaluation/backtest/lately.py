"""What the labels last told, in a backtest: the windows before the one in question, as they were known by then."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import sqrt

from core.evaluation.backtest.chance import Chance, halves_apart, learn_chance
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import PERFORMANCE, Severity, Told
from core.evaluation.estimate.answer import Unknown
from core.evaluation.finding import Finding
from core.evaluation.formulas import value_of
from core.evaluation.labels.settled import waits_of
from core.evaluation.lately import BeyondChance, LastKnown, miss, without_estimate
from core.evaluation.live.turnouts import settled
from core.evaluation.rows import Rows
from core.evaluation.verdict import day_name
from core.evaluation.windows import Window

ENOUGH = 5000
"""Rows of a window that tell how long its labels take."""
LOOKS_BACK = 28
"""Windows with their labels that are looked at."""
FARTHEST = 400
"""Windows that are remembered at the most, however long labels take."""


class Lately:
    """Remembers the last windows, LOOKS_BACK of them with their labels; what it tells of them is what was known at the
    time."""

    def __init__(self, objective: Objective, chance: Chance | None) -> None:
        self._metric, self._objective, self._chance = objective.metric, objective, chance
        self._goal = objective.goal
        self._windows: deque[tuple[Window, Rows]] = deque(maxlen=FARTHEST)

    def learn(self, window: Window, rows: Rows) -> None:
        """Take in a window, in the order of time."""
        if len(rows):
            self._windows.append((window, rows.without_features()))

    def miss(self, now: datetime) -> LastKnown | None:
        """The newest window that labels to come cannot change, if it missed the objective by more than chance."""
        return miss(self._known(now), self._goal, self._learned())

    def without_estimate(self, answer: Unknown, found: Sequence[Finding], now: datetime) -> Told | None:
        """The page about a window that cannot be estimated; None where nothing says that it misses its objective."""
        call = without_estimate(self._known(now), self._goal, answer.reason, found, self._learned())
        if call is None:
            return None
        direction, away = ("below" if self._goal.at_least else "above"), abs(call.value - self._goal.value)
        return Told(PERFORMANCE, (), Severity.PAGE, 1.0, call.reason, PERFORMANCE, direction, away)

    def _learned(self) -> BeyondChance | None:
        chance = self._chance
        return None if chance is None else lambda run: chance.together([(each.value, each.labels) for each in run])

    def _known(self, now: datetime) -> list[LastKnown]:
        """The windows with labels, the newest first."""
        seen = [(window, rows.known(now)) for window, rows in self._windows]
        done = settled([window for window, _ in seen], [waits_of(rows.thinned(ENOUGH), now) for _, rows in seen])
        while len(done) > LOOKS_BACK and self._windows[0][0].start in done:
            done -= {self._windows.popleft()[0].start}
        known, apart = [], []
        for window, rows in seen:
            value, labels = value_of(self._metric, rows)
            if value is None:
                continue
            out = 0 if window.start in done else len(rows) - labels
            known.append(LastKnown(day_name(window.start, window.end), value, labels, out=out))
            if not out and (each := halves_apart(self._metric, rows)) is not None:
                apart.append(each)
        return list(self._doubted(known, apart))[::-1]

    def _doubted(self, known: Sequence[LastKnown], apart: Sequence[float]) -> Iterator[LastKnown]:
        """With what chance does to each, by how far apart the halves of all of them lie."""
        chance = learn_chance(self._metric, [each.value for each in known if not each.out], apart)
        for each in known:
            yield each if chance is None else replace(each, deviation=sqrt(chance.variance / each.labels))
