"""The short way of alerts that fire on. Nearly all deliveries say nothing else, so they are not looked up one by one.

What is known of firing alerts is mirrored in memory. A request's bytes are held against the mirror as they come in;
those that fire on become beats, which one journal entry stores, whatever their number. Everything else takes the long
way, and so does a beat whose alert was written otherwise in the meantime: by a person, by time, by another process.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from secrets import token_bytes
from typing import NamedTuple, cast

import msgspec
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.delivery import Delivery
from core.alerts.intake_store import EndedAlert
from core.alerts.mirror import SECRET_SIZE, Pending
from core.alerts.mirrors import new_mirror
from core.alerts.waiting import MAX_PART
from core.db.database import after_commit
from core.db.direct import is_sqlite, together
from core.db.times import micros

FOLD_AFTER_S = 15.0
FOLD_AFTER_BYTES = 16 * 1024 * 1024
"""How old and how large the journal may become before it is folded: readers read all of it."""

_END_SIZE = 24


class Repeats(msgspec.Struct, frozen=True, gc=False):
    """The alerts of one request that fire on, as beats, or have ended, as ends; `version` is that of the mirror which
    said so. `again` makes deliveries of them after all."""

    beats: bytes
    ends: bytes
    version: int
    again: Callable[[], Sequence[Delivery]]

    def __len__(self) -> int:
        return len(self.beats) // 16 + len(self.ends) // _END_SIZE


class Scan(NamedTuple):
    """What a mirror says of a body: how many alerts it holds, the beats and ends among them, the rest as (place, JSON,
    mark), and the mirror's version."""

    total: int
    beats: bytes
    ends: bytes
    rest: list[tuple[int, bytes, bytes]]
    version: int


def repeats(scan: Scan, again: Callable[[], Sequence[Delivery]]) -> list[Repeats]:
    """What was scanned, in parts where much has ended. Where a part does not hold, the whole body is read again, which
    is harmless: it is as if it had been sent twice."""
    size = MAX_PART * _END_SIZE
    if len(scan.ends) <= size:
        return [Repeats(scan.beats, scan.ends, scan.version, again)]
    ends = [scan.ends[at : at + size] for at in range(0, len(scan.ends), size)]
    return [Repeats(b"" if at else scan.beats, part, scan.version, again) for at, part in enumerate(ends)]


class Pulse:
    """The mirror of one process, kept true by the journal. `scan` may be called from another thread than the rest."""

    def __init__(self, fold_after_s: float = FOLD_AFTER_S, fold_after_bytes: int = FOLD_AFTER_BYTES) -> None:
        self.mirror, self.secret = new_mirror(), token_bytes(SECRET_SIZE)
        self.mirror.clear(self.secret)
        self._fold_after = (fold_after_s, fold_after_bytes)
        self._last: int | None = None
        self._committed = True
        self._folded_at, self._unfolded = time.monotonic(), 0

    def scan(self, body: bytes, sender: int, now: datetime) -> Scan | None:
        """What is known of the alerts of a body; None for one that is unusual in any way."""
        found = self.mirror.scan(body, sender, micros(now))
        return found and Scan._make(found)

    def begin(self, session: Session, now: datetime) -> None:
        """Hold the journal, and learn what others have written since the last transaction of ours."""
        if not self._committed:
            self._last = None
        self._committed = False
        with together(session):
            journal.hold(session)
            rows = None if self._last is None else journal.after(session, self._last)
        if rows is None:
            self.secret = journal.secret(session, self.secret)
            self.mirror.clear(self.secret)
            self._last = journal.fold(session, now)
        elif rows:
            journal.replay(self.mirror, rows)
            self._last = rows[-1][0]

    def take(self, repeats: Iterable[Repeats], now: datetime) -> tuple[bytes, list[EndedAlert], list[Delivery]]:
        """The beats and the ends that hold, and the deliveries of those that do not any more."""
        good: list[Repeats] = []
        again: list[Delivery] = []
        for one in repeats:
            if self.mirror.holds(one.beats, one.ends, one.version):
                good.append(one)
            else:
                again += one.again()
        beats = self.hear(b"".join([one.beats for one in good]), now)
        ended = self.mirror.ended(b"".join([one.ends for one in good]))
        return beats, list(map(EndedAlert._make, ended)), again

    def hear(self, beats: bytes, now: datetime) -> bytes:
        """Count these beats, and return them."""
        self.mirror.hear(beats, micros(now))
        return beats

    def heard(self, alert_id: int) -> tuple[int, int, int, int] | None:
        """What the journal says of an alert."""
        return cast("tuple[int, int, int, int] | None", self.mirror.pending(alert_id))

    def end(
        self,
        session: Session,
        beats: bytes,
        written: Sequence[int],
        lessons: bytes,
        now: datetime,
    ) -> None:
        """Add the entry of this transaction, and know the alerts that fire, as the mirror's `lessons`, once it is
        committed."""
        if written:
            self.mirror.drop(written)
        self._unfolded += len(beats) + 8 * len(written)
        shared = b"" if is_sqlite(session) else lessons
        number = self._fold(session, beats, written, now, shared) if self.is_time() else None
        if number is None and (beats or written or shared):
            number = journal.add(session, beats, written, now, learned=shared)
        after_commit(session, lambda: self._commit(number, lessons))

    def is_time(self) -> bool:
        """Whether the journal is so old or large that it is folded with the next entry."""
        seconds, size = self._fold_after
        aged = self._unfolded > 0 and time.monotonic() - self._folded_at >= seconds
        return aged or self._unfolded >= size

    def _fold(self, session: Session, beats: bytes, written: Sequence[int], now: datetime, shared: bytes) -> int:
        journal.write(session, cast(Sequence[Pending], self.mirror.pending(None)))
        self.mirror.folded()
        self._folded_at, self._unfolded = time.monotonic(), 0
        return journal.close(session, beats, written, now, shared)

    def _commit(self, number: int | None, lessons: bytes) -> None:
        self._last = self._last if number is None else number
        self.mirror.learn(lessons)
        self._committed = True
