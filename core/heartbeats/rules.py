"""When a heartbeat is missed. Pure rules."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from core.config.senders import Heartbeat

LATE = timedelta(minutes=1)
"""A heartbeat that is judged this long after it fell due was not watched when it did: the server was down."""


class Pulse(NamedTuple):
    """What is known of a job: from when on the time until its next report counts, and how many it has missed.

    `heard_at` is None until its first report. `counts_from` is its last report, or when it was first expected, or
    when the watch began again after the server was down.
    """

    heard_at: datetime | None
    counts_from: datetime
    excused: bool
    missed: int


class Judgement(StrEnum):
    WAIT = "wait"
    EXCUSE = "excuse"
    MISSED = "missed"


def due_at(expected: Heartbeat, pulse: Pulse) -> datetime:
    """When the next report is taken for missed; once one is, every further period counts again."""
    return pulse.counts_from + expected.every * (pulse.missed + 1) + expected.grace


def judge(expected: Heartbeat, pulse: Pulse, now: datetime) -> Judgement:
    """Whether a report is missed.

    When nobody watched as it fell due, the report may have come to a server that was down: the job gets one more
    period, and only one, so that a server that is down again and again still notices that a job is dead.
    """
    late = now - due_at(expected, pulse)
    if late < timedelta(0):
        return Judgement.WAIT
    if late > LATE and pulse.missed == 0 and not pulse.excused:
        return Judgement.EXCUSE
    return Judgement.MISSED


def missed_by(expected: Heartbeat, pulse: Pulse, now: datetime) -> int:
    """How many reports in a row are missed by now."""
    return max((now - pulse.counts_from - expected.grace) // expected.every, 0)
