"""What the labels last told, and when that is reason enough to call somebody about a window without an estimate.

When a model has begun to fail, its features mislead and nothing honest can be estimated; but the labels of the days
before say how it fares, and what is wrong with the values says what it does.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.evaluation.backtest.chance import Chance
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import PERFORMANCE, Severity, Told
from core.evaluation.estimate.answer import Unknown
from core.evaluation.finding import Finding, Kind
from core.evaluation.rows import Rows

LOOKS_BACK = 24
"""Windows that are looked at."""
NEARLY = 0.9
"""A window's labels are in when this share of them is known, of the share that the windows before it have reached."""
IN_A_ROW = 2
"""Windows with labels that must miss an objective that was given: one alone may be by chance, which nobody learned."""


@dataclass(frozen=True)
class LastKnown:
    """A window whose labels are (nearly) all in: its metric over so many labels."""

    start: datetime
    value: float
    labels: int


class Lately:
    """Remembers the last windows; what it tells of them is what was known at the time."""

    def __init__(self, objective: Objective, chance: Chance | None) -> None:
        self._metric, self._objective, self._chance = objective.metric, objective, chance
        self._windows: deque[tuple[datetime, Rows]] = deque(maxlen=LOOKS_BACK)

    def learn(self, start: datetime, rows: Rows) -> None:
        """Take in a window, in the order of time."""
        if len(rows):
            self._windows.append((start, rows))

    def miss(self, now: datetime) -> LastKnown | None:
        """The newest window whose labels are in, if it missed the objective by more than chance."""
        newest = [last for last, _ in zip(self._known(now), range(IN_A_ROW), strict=False)]
        if not newest or not self._objective.missed_by(newest[0].value):
            return None
        if self._chance is not None:
            return newest[0] if self._chance.alone(newest[0].value, newest[0].labels) else None
        both = len(newest) == IN_A_ROW and all(self._objective.missed_by(each.value) for each in newest)
        return newest[0] if both else None

    def without_estimate(self, answer: Unknown, found: Sequence[Finding], now: datetime) -> Told | None:
        """The page about a window that cannot be estimated; None where nothing says that it misses its objective."""
        last = next(self._known(now), None)
        if last is None:
            return None
        written = self._metric.written
        title = f"{self._metric.title[:1].upper()}{self._metric.title[1:]}"
        bound = f"the objective is {self._objective.bound}"
        if self.miss(now) is not None:
            of = f"{last.start:%a} {last.start.day} {last.start:%b}"
            said = f"{title} was {written(last.value)} in the last window whose labels are in ({of}), and {bound}."
            return self._page(
                last.value, f"{said} Whether that goes on cannot be estimated: {_clause(answer.reason)}"
            )
        for value, low, high, columns in self._expected(found, last.value):
            if self._objective.missed_by(high if self._objective.at_least else low):
                span = f"{written(value)} ({written(low)} to {written(high)})"
                moved = f"move the {self._metric.title} from {written(last.value)} to {span}"
                said = f"What is wrong with {columns} is expected to {moved}"
                return self._page(value, f"{said}; {bound}. It cannot be estimated: {_clause(answer.reason)}")
        return None

    def _expected(self, found: Sequence[Finding], usual: float) -> Iterator[tuple[float, float, float, str]]:
        """What the metric comes to by each finding of values that cannot be right."""
        for finding in found:
            effect = finding.expected_effect
            if finding.kind is not Kind.HARD or effect is None:
                continue
            if effect.value is not None and effect.low is not None and effect.high is not None:
                value, low, high = (
                    self._bounded(usual + each) for each in (effect.value, effect.low, effect.high)
                )
                yield value, low, high, ", ".join(finding.columns)

    def _bounded(self, value: float) -> float:
        return min(max(value, 0.0), 1.0) if self._metric.share else value

    def _page(self, value: float, reason: str) -> Told:
        direction, away = ("below" if self._objective.at_least else "above"), abs(value - self._objective.value)
        return Told(PERFORMANCE, (), Severity.PAGE, 1.0, reason, PERFORMANCE, direction, away)

    def _known(self, now: datetime) -> Iterator[LastKnown]:
        """The windows whose labels are in, the newest first."""
        known = [(start, rows.known(now)) for start, rows in self._windows]
        shares = [float(rows.labelled.mean()) for _, rows in known]
        for place in range(len(known) - 1, 0, -1):
            if shares[place] > 0 and shares[place] >= NEARLY * max(shares[:place]):
                start, rows = known[place]
                value, labels = self._metric.of(rows)
                if value is not None:
                    yield LastKnown(start, value, labels)


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
