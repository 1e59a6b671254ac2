"""What the walk asks of its neighbours: data checks, estimates and slices; the real ones and the tests' keep these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.finding import Finding
from core.evaluation.rows import Rows

Span = tuple[datetime, datetime]
"""A half-open window `[start, end)`."""
Progress = Callable[[str, int, int], None]
"""Told as the walk goes: what is being done, how many windows are done, and how many there are."""


class WatchesData(Protocol):
    """The data checks, which learn windows in the order of time."""

    def judge(self, window: Any) -> list[Finding]: ...

    def remember(self, window: Any, findings: Sequence[Finding] = ()) -> None: ...


class Estimates(Protocol):
    """Says what a window's metric will turn out to be."""

    def estimate(self, span: Span, window: Rows, now: datetime) -> Estimate | Unknown:
        """From the window's predictions and the labels in by `now`."""
        ...

    def learn(self, window: Rows) -> None:
        """A window is over; its labels may still come. Windows are learned in the order of time."""
        ...


class Effects(Protocol):
    """Says what a finding about the data will do to the metric."""

    def judge(self, found: Sequence[Finding], window: Rows, now: datetime) -> list[Finding]:
        """The findings, each with its expected effect, from the labels in by `now`."""
        ...

    def learn(self, window: Rows) -> None:
        """A window is over; its labels may still come. Windows are learned in the order of time."""
        ...


@dataclass(frozen=True)
class WorseSlice:
    """A sub-population that does worse than it should; from a `score` of 1.0 on it is to be `told`, below it is only
    kept beside the window: as a record if it is `unusual`, else as a place in the list."""

    where: dict[str, Any]
    score: float
    gap: float
    reason: str
    told: bool = True
    unusual: bool = True


class Slices(Protocol):
    """Finds sub-populations that do worse than their own history explains."""

    @property
    def left_out(self) -> list[str]:
        """What was not looked at, in sentences."""
        ...

    def judge(self, start: datetime, window: Rows, now: datetime) -> list[WorseSlice]:
        """From the labels in by `now`, worst first."""
        ...

    def learn(self, start: datetime, window: Rows) -> None:
        """A window that began at `start` is over; its labels may still come."""
        ...
