"""When an alert fires: merging what several deliveries say, as Alertmanager does. Pure rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from core.alerts.delivery import Delivery

RESOLVE_TIMEOUT = timedelta(minutes=5)
"""How long an alert without a stated end fires after it was last heard of; Alertmanager's default."""

LATE = timedelta(minutes=1)
"""An end that is noticed so long after it has passed was not watched: the server, or its database, was away."""

SETTLING = timedelta(minutes=15)
"""How long the end of an alert is believed against deliveries that began before it.

Rules look back over some minutes, so they go on firing for a while after a person's fix; and a webhook that is
retried may come late. Whatever still fires after that deserves a new page.
"""


class Activity(NamedTuple):
    """When an alert fires: `[starts_at, ends_at)`; no end yet when `ends_at` is None.

    `explicit` tells an end that the sender stated from one that the resolve timeout gave.
    """

    starts_at: datetime
    ends_at: datetime | None
    explicit: bool

    def is_over(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


class Ending(NamedTuple):
    """How an earlier activity of the same alert ended: by a person's word, or by the sender's (`explicit`)."""

    starts_at: datetime
    ended_at: datetime
    explicit: bool
    by_person: bool


def activity(delivery: Delivery, now: datetime) -> Activity:
    """What a delivery says, with what it left out filled in.

    What fires, and does not say until when, has begun by now: a start that lies ahead is of a clock that is wrong.
    """
    if delivery.ends_at is not None:
        return Activity(delivery.starts_at or delivery.ends_at, delivery.ends_at, True)
    starts_at = min(delivery.starts_at or now, now)
    return Activity(starts_at, now + RESOLVE_TIMEOUT if delivery.expires else None, False)


def merge(old: Activity, new: Activity, now: datetime) -> Activity:
    """What is known after `new` was heard: the earliest start, and the newest end.

    An old end that was stated, lies later and is not a timeout outranks the new one while the alert fires; of two
    ends in the past the later counts. An alert that ended before the new activity began starts afresh.
    """
    if old.ends_at is not None and old.ends_at < new.starts_at:
        return new
    keeps_end = old.explicit and _later(old.ends_at, new.ends_at) and old.is_over(now) == new.is_over(now)
    newest = old if keeps_end else new
    return Activity(min(old.starts_at, new.starts_at), newest.ends_at, newest.explicit)


def went_unheard(ended_at: datetime, now: datetime) -> bool:
    """Whether nobody could be heard when an alert that expires now was to be confirmed: its sender may have tried, and
    what still fires must not end, and call people anew, because we were away."""
    return now - ended_at > LATE


def prolonged(known: Activity, ends_at: datetime) -> Activity:
    """The activity after deliveries that only moved its end, the latest of them to `ends_at`."""
    return known if known.ends_at is None or known.ends_at >= ends_at else known._replace(ends_at=ends_at)


def is_echo(delivery: Delivery, ending: Ending, now: datetime) -> bool:
    """Whether a firing delivery only repeats what had already ended: a late redelivery, or a rule still settling.

    The Alertmanager API has no redelivery (its senders state how long each delivery holds), so there only a
    person's word counts; a sender that states no start, or one far ahead, cannot contradict it either.
    """
    if now - ending.ended_at >= SETTLING:
        return False
    if ending.by_person:
        ahead = now + RESOLVE_TIMEOUT if delivery.expires else None
        return (
            delivery.starts_at is None or delivery.starts_at < ending.ended_at or _later(delivery.starts_at, ahead)
        )
    redelivered = delivery.starts_at is not None and delivery.starts_at <= ending.starts_at
    return redelivered and ending.explicit and not delivery.expires and delivery.ends_at is None


def begun(delivery: Delivery, now: datetime) -> Activity | None:
    """What the only delivery of an alert begins that was not known, and has not just ended; None where it tells an
    end, which is no news."""
    new = activity(delivery, now)
    return None if new.is_over(now) else new


class Followed(NamedTuple):
    """What several deliveries made of an alert: its activity (None when it never fired), how many of them counted,
    and how many only repeated what had ended."""

    activity: Activity | None
    heard: int
    echoes: int


def follow(
    current: Activity | None, ending: Ending | None, deliveries: Iterable[Delivery], now: datetime
) -> Followed:
    """Take deliveries of one alert in the order in which they came.

    `current` is what is known of it while its group is open, `ending` how it ended if that was recent. The end of
    an alert that never fired here is no news.
    """
    heard = echoes = 0
    for delivery in deliveries:
        new = activity(delivery, now)
        fires = not new.is_over(now)
        rests = current is None or current.is_over(now)
        if rests and current is not None and current.ends_at is not None:
            ending = Ending(current.starts_at, current.ends_at, current.explicit, by_person=False)
        if fires and rests and ending is not None and is_echo(delivery, ending, now):
            echoes += 1
        elif fires or current is not None:
            current = new if current is None else merge(current, new, now)
            heard += 1
    return Followed(current, heard, echoes)


def _later(a: datetime | None, b: datetime | None) -> bool:
    if a is None or b is None:
        return b is not None and a is None
    return a > b
