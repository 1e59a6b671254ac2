"""The order of the one bug queue. Pure.

A ticket's priority is a sum of points; 20 points are one step of severity:

- severity: critical 60, high 40, medium 20, low 0. How bad it is for the product.
- objective: 20 x the share of the pipeline's judged days of the last 7 that missed the SLO. An objective that is
  missed every day is as urgent as one step of severity.
- recurrence: 5 x log2(1 + n), at most 20, for n other tickets of its pipeline and symptom in the last 28 days.
  Each doubling counts the same: a symptom that keeps coming back is worth more than its last instance.
- age: 1 a day since it was filed, at most 20. What waited for three weeks has risen by one step, and no further:
  old is not urgent.

So a priority lies in [0, 120]. A pipeline without judged days adds nothing for its objective, and a ticket without
a pipeline adds nothing for objective or recurrence: what is not known is not held against the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

from core.text import plural
from core.tickets.tables import Severity

SEVERITY_POINTS = {Severity.CRITICAL: 60.0, Severity.HIGH: 40.0, Severity.MEDIUM: 20.0, Severity.LOW: 0.0}
OBJECTIVE_POINTS = 20.0
DOUBLING_POINTS = 5.0
RECURRENCE_LIMIT = 20.0
POINTS_PER_DAY = 1.0
AGE_LIMIT = 20.0
OBJECTIVE_WINDOW = timedelta(days=7)
RECURRENCE_WINDOW = timedelta(days=28)


@dataclass(frozen=True)
class QueueItem:
    """What the queue knows of a ticket.

    `breached` of the pipeline's `judged` days missed the objective in the last 7, and `recurrences` other tickets
    showed the same symptom in the last 28.
    """

    ticket_id: int
    severity: str
    created_at: datetime
    breached: int = 0
    judged: int = 0
    recurrences: int = 0


@dataclass(frozen=True)
class Ranked:
    """A ticket's place in the queue: `priority` in points, and the parts of it that are not zero, in words."""

    item: QueueItem
    priority: float
    reasons: tuple[str, ...]


def rank(items: Iterable[QueueItem], now: datetime) -> list[Ranked]:
    """The queue, most urgent first; of two with the same points the one that was filed earlier."""
    ranked = [_ranked(item, now) for item in items]
    return sorted(ranked, key=lambda one: (-one.priority, one.item.created_at, one.item.ticket_id))


def priority(item: QueueItem, now: datetime) -> float:
    """The points of one ticket at `now`, in [0, 120]."""
    return _severity(item) + _objective(item) + _recurrence(item) + _age(item, now)


def _ranked(item: QueueItem, now: datetime) -> Ranked:
    parts = (
        (_severity(item), f"{item.severity} severity"),
        (_objective(item), f"objective missed on {item.breached} of {item.judged} days"),
        (_recurrence(item), f"symptom seen {plural(item.recurrences, 'more time')} in 28 days"),
        (_age(item, now), f"waiting for {plural(max(0, (now - item.created_at).days), 'day')}"),
    )
    reasons = tuple(f"{words} (+{round(points)})" for points, words in parts if round(points))
    return Ranked(item, round(priority(item, now), 1), reasons)


def _severity(item: QueueItem) -> float:
    return SEVERITY_POINTS[Severity(item.severity)]


def _objective(item: QueueItem) -> float:
    return OBJECTIVE_POINTS * item.breached / item.judged if item.judged else 0.0


def _recurrence(item: QueueItem) -> float:
    return min(RECURRENCE_LIMIT, DOUBLING_POINTS * log2(1 + item.recurrences))


def _age(item: QueueItem, now: datetime) -> float:
    return min(AGE_LIMIT, POINTS_PER_DAY * max(0.0, (now - item.created_at) / timedelta(days=1)))
