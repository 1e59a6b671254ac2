"""Heartbeats: deliveries that say nothing but “it still fires”. Nearly all deliveries are, so they take a short way.

What is known of an alert is remembered after each commit. A heartbeat then needs no reading: one statement writes all
of them by id, except where the alert has meanwhile ended (by a person, by time, or in another process); those take
the long way, like everything else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from core.alerts.activity import Activity, activity, merge
from core.alerts.beat_store import Beat, write_beats
from core.alerts.bulk_store import Known
from core.alerts.delivery import Delivery

MAX_REMEMBERED = 100_000


class Pulse:
    """Remembers firing alerts by fingerprint; one for each writer."""

    def __init__(self, max_remembered: int = MAX_REMEMBERED) -> None:
        self._known: dict[str, Known] = {}
        self._max = max_remembered

    def take(self, session: Session, batch: Sequence[Delivery], now: datetime) -> Sequence[Delivery]:
        """Store the heartbeats of a batch, and return all other deliveries in their order."""
        beats = self._beats(batch, now)
        if not beats:
            return batch
        alive = write_beats(session, beats.values(), now)
        self.remember(session, (beat.known for beat in beats.values() if beat.known.id in alive))
        taken = {name for name, beat in beats.items() if beat.known.id in alive}
        if len(taken) < len(beats):
            self._forget(name for name in beats if name not in taken)
        return [delivery for delivery in batch if delivery.identity.fingerprint not in taken]

    def remember(self, session: Session, alive: Iterable[Known]) -> None:
        """Know these alerts once the running transaction is committed; never if it is not, for then their ids may
        be given to others."""
        rows = list(alive)
        if rows:
            event.listen(session, "after_commit", lambda _session: self._learn(rows), once=True)

    def _beats(self, batch: Iterable[Delivery], now: datetime) -> dict[str, Beat]:
        """Alerts of which every delivery in the batch is a heartbeat, with what they come to."""
        beats: dict[str, Beat] = {}
        odd: set[str] = set()
        for delivery in batch:
            name = delivery.identity.fingerprint
            beat = beats.get(name)
            known = beat.known if beat else self._known.get(name)
            after = None if known is None or name in odd else _still_firing(known, delivery, now)
            if known is None or after is None:
                odd.add(name)
                beats.pop(name, None)
            else:
                beats[name] = Beat(known._replace(activity=after), beat.counted + 1 if beat else 1)
        return beats

    def _learn(self, rows: Iterable[Known]) -> None:
        self._known.update((row.fingerprint, row) for row in rows)
        while len(self._known) > self._max:
            del self._known[next(iter(self._known))]

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._known.pop(name, None)


def _still_firing(known: Known, delivery: Delivery, now: datetime) -> Activity | None:
    """The activity after a delivery that changes nothing but the end; None for any other."""
    if delivery.texts.digest != known.digest:
        return None
    after = merge(known.activity, activity(delivery, now), now)
    return None if after.is_over(now) or after.starts_at != known.activity.starts_at else after
