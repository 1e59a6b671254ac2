"""The short way of alerts that fire on. Nearly all deliveries say nothing else, so they are not looked up one by one.

What is known of firing alerts is mirrored in memory. A request's bytes are held against the mirror as they come in;
those that fire on become beats, which one journal entry stores, whatever their number. Everything else takes the long
way, and so does a beat whose alert was written otherwise in the meantime: by a person, by time, by another process.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.bulk_store import Known
from core.alerts.delivery import Delivery
from core.alerts.mirror import Kind, Pending, Rest, micros, new_mirror

FOLD_AFTER_S = 5.0
FOLD_AFTER_BYTES = 16 * 1024 * 1024
"""How old and how large the journal may become before it is folded: readers read all of it."""

_REMEMBERED = 64
"""How many transactions back it is known which alerts were written; a request that waited for longer is read again."""


class Repeats(msgspec.Struct, frozen=True, gc=False):
    """The alerts of one request that fire on, as beats. `tick` says when they were held against the mirror; `again`
    makes deliveries of them after all."""

    beats: bytes
    tick: int
    again: Callable[[], Sequence[Delivery]]

    def __len__(self) -> int:
        return len(self.beats) // 16


class Pulse:
    """The mirror of one process, kept true by the journal. `scan` may be called from another thread than the rest."""

    def __init__(self, fold_after_s: float = FOLD_AFTER_S, fold_after_bytes: int = FOLD_AFTER_BYTES) -> None:
        self._mirror = new_mirror()
        self._fold_after = (fold_after_s, fold_after_bytes)
        self._tick = self._sure_from = 0
        self._written: deque[tuple[int, frozenset[int]]] = deque(maxlen=_REMEMBERED)
        self._last: int | None = None
        self._committed = True
        self._folded_at, self._unfolded = time.monotonic(), 0

    def scan(self, body: bytes, sender: int, now: datetime) -> tuple[int, bytes, int, list[Rest]] | None:
        """How many alerts a body holds, the beats among them with their tick, and the rest; None for a body that is
        unusual in any way."""
        tick = self._tick
        found = self._mirror.scan(body, sender, micros(now))
        return found and (found[0], found[1], tick, [Rest._make(item) for item in found[2]])

    def begin(self, session: Session, now: datetime) -> None:
        """Hold the journal, and learn what others have written since the last transaction of ours."""
        if not self._committed:
            self._start_afresh()
        self._committed = False
        journal.hold(session)
        rows = None if self._last is None else journal.after(session, self._last)
        if rows is None:
            self._start_afresh()
            self._last = journal.fold(session, now)
        elif rows:
            self._forget(journal.replay(self._mirror, rows), replayed=True)
            self._last = rows[-1][0]

    def take(self, repeats: Iterable[Repeats], now: datetime) -> tuple[bytes, list[Delivery]]:
        """The beats that hold, and the deliveries of those that do not any more."""
        beats: list[bytes] = []
        again: list[Delivery] = []
        for one in repeats:
            if self._holds(one):
                beats.append(one.beats)
            else:
                again += one.again()
        joined = b"".join(beats)
        self._mirror.hear(joined, micros(now))
        return joined, again

    def heard(self, alert_id: int) -> tuple[int, int, int, int] | None:
        """What the journal says of an alert."""
        return cast("tuple[int, int, int, int] | None", self._mirror.pending(alert_id))

    def end(
        self,
        session: Session,
        beats: bytes,
        written: Sequence[int],
        learned: Iterable[tuple[bytes, Known]],
        now: datetime,
    ) -> None:
        """Add the entry of this transaction, and know the alerts that fire once it is committed."""
        self._forget(written)
        self._unfolded += len(beats) + 8 * len(written)
        number = self._fold(session, beats, written, now) if self._is_time() else None
        if number is None and (beats or written):
            number = journal.add(session, beats, written, now)
        alive = list(learned)
        event.listen(session, "after_commit", lambda _session: self._commit(number, alive), once=True)

    def _is_time(self) -> bool:
        seconds, size = self._fold_after
        aged = self._unfolded > 0 and time.monotonic() - self._folded_at >= seconds
        return aged or self._unfolded >= size

    def _fold(self, session: Session, beats: bytes, written: Sequence[int], now: datetime) -> int:
        journal.write(session, cast(Sequence[Pending], self._mirror.pending(None)))
        self._mirror.folded()
        self._folded_at, self._unfolded = time.monotonic(), 0
        return journal.close(session, beats, written, now)

    def _commit(self, number: int | None, learned: Iterable[tuple[bytes, Known]]) -> None:
        self._last = self._last if number is None else number
        for mark, known in learned:
            starts_at, ends_at, explicit = known.activity
            if ends_at is not None:
                kind = Kind.STATED if explicit else Kind.TIMEOUT
                self._mirror.learn(mark, known.id, micros(starts_at), micros(ends_at), kind)
        self._tick += 1
        self._committed = True

    def _forget(self, ids: Iterable[int], replayed: bool = False) -> None:
        gone = frozenset(ids)
        if gone:
            if not replayed:
                self._mirror.drop(gone)
            if len(self._written) == _REMEMBERED:
                self._sure_from = self._written[0][0] + 1
            self._written.append((self._tick, gone))

    def _holds(self, one: Repeats) -> bool:
        """Whether none of its alerts was written after they were held against the mirror."""
        if one.tick < self._sure_from:
            return False
        ids = memoryview(one.beats).cast("q")[::2].tolist()
        return all(gone.isdisjoint(ids) for tick, gone in self._written if tick >= one.tick)

    def _start_afresh(self) -> None:
        """Nothing is known, and what was scanned until now is read again."""
        self._last = None
        self._mirror.clear()
        self._written.clear()
        self._tick += 1
        self._sure_from = self._tick
