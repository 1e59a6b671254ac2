"""What is known of firing alerts, in memory, so that “it still fires” needs neither an object nor a query.

There are two implementations of one thing, of which `core.alerts.mirrors` chooses.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum
from struct import Struct
from typing import NamedTuple, Protocol

from core.alerts.activity import Activity
from core.db.times import micros

SECRET_SIZE = 32
"""Bytes of the secret that keeps senders from aiming at two alerts of one mark."""

_BEAT = Struct("<qq")
LESSON = Struct("<24sqqqqq")
"""What a mirror learns of an alert: its mark, id, group, start, end (microseconds since 1970) and kind."""


class Kind(IntEnum):
    """Where an alert's end comes from: its sender stated it, the resolve timeout gave it, or there is none."""

    STATED = 0
    TIMEOUT = 1
    ENDLESS = 2


_STATED, _TIMEOUT = int(Kind.STATED), int(Kind.TIMEOUT)


class Pending(NamedTuple):
    """What was heard of an alert since it was last written to its row: the latest end and time, in microseconds
    since 1970, and how often."""

    id: int
    end: int
    counted: int
    seen: int


def beat(alert_id: int, ends_at: datetime) -> bytes:
    """The beat of an alert that fires until then; see `Mirror`."""
    return _BEAT.pack(alert_id, micros(ends_at))


def lesson(mark: bytes, alert_id: int, group_id: int, activity: Activity) -> bytes:
    """What a mirror learns of an alert that fires; nothing for one without an end, or without a mark."""
    starts_at, ends_at, explicit = activity
    if ends_at is None or not mark:
        return b""
    return LESSON.pack(
        mark, alert_id, group_id, micros(starts_at), micros(ends_at), _STATED if explicit else _TIMEOUT
    )


class Mirror(Protocol):
    """Firing alerts by their labels (in any order), and what was heard of alerts by their ids.

    A beat is 16 bytes, an alert's id and its new end in microseconds since 1970; an end is 24 bytes, the same and the
    id of the alert's group; all are 64-bit numbers, the lowest byte first. A mark is 24 bytes that stand for an
    alert's labels and texts; they mean something to mirrors of the same secret, and nothing to others.
    """

    def scan(
        self, body: bytes, sender: int, now: int, /
    ) -> tuple[int, bytes, bytes, list[tuple[int, bytes, bytes]], int] | None:
        """How many alerts a JSON array holds, the beats of those that fire on, the ends of those that do not any more,
        the rest, and the version of the mirror; None when anything about it is unusual.

        Alerts fire on when their labels, texts and kind of end are known, they started within what is known, and
        their end is after `now`; they have ended when a stated end is not. `sender` tells senders apart whose labels
        mean different alerts.
        """

    def learn(self, lessons: bytes, /) -> int:
        """Know firing alerts from now on, a LESSON each; for how many there was room."""

    def holds(self, beats: bytes, ends: bytes, version: int, /) -> bool:
        """Whether none of these alerts was dropped since the scan that found them, which told the `version`."""

    def ended(self, ends: bytes, /) -> list[tuple[int, int, int, int]]:
        """Each alert of these ends once, by id: its id, its group's, the latest end, and how often it was heard of,
        the beats since the last fold included."""

    def hear(self, beats: bytes, seen: int, /) -> None:
        """Count these beats and move the ends; `seen` is when they were heard."""

    def pending(self, alert_id: int | None, /) -> object:
        """What was heard of one alert (None when nothing was), or of all, as tuples of `Pending`."""

    def drop(self, alert_ids: Iterable[int], /) -> None:
        """Know these no longer: they were written in another way."""

    def folded(self) -> None:
        """What was heard is in the rows now."""

    def clear(self, secret: bytes, /) -> None:
        """Know nothing, and make marks with this secret of 32 bytes from now on; raises ValueError for another size."""
