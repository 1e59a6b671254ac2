"""The short way of alerts that fire on. Nearly all deliveries say nothing else, so they are not looked up one by one.

What is known of firing alerts is mirrored in memory. A request's bytes are held against the mirror as they come in;
those that fire on become beats, which one journal entry stores, whatever their number. Everything else takes the long
way, and so does a beat whose alert was written otherwise in the meantime: by a person, by time, by another process.
"""

import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from secrets import token_bytes
from typing import NamedTuple, cast

import msgspec
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.delivery import Delivery
from core.alerts.intake import Alive
from core.alerts.intake_store import EndedAlert
from core.alerts.mirror import SECRET_SIZE, Kind, Pending, new_mirror
from core.alerts.writer import MAX_PART
from core.db.database import after_commit
from core.db.direct import is_sqlite
from core.db.times import micros

FOLD_AFTER_S = 15.0
FOLD_AFTER_BYTES = 16 * 1024 * 1024
"""How old and how large the journal may become before it is folded: readers read all of it."""

_ENDS = struct.Struct("<qqq")
_STATED, _TIMEOUT = int(Kind.STATED), int(Kind.TIMEOUT)

_REMEMBERED = 64
"""How many transactions back it is known which alerts were written; a request that waited for longer is read again."""


class Repeats(msgspec.Struct, frozen=True, gc=False):
    """The alerts of one request that fire on, as beats, or have ended, as ends. `tick` says when they were held against
    the mirror; `again` makes deliveries of them after all."""

    beats: bytes
    ends: bytes
    tick: int
    again: Callable[[], Sequence[Delivery]]

    def __len__(self) -> int:
        return len(self.beats) // 16 + len(self.ends) // 24


class Scan(NamedTuple):
    """How many alerts a body holds, the beats and ends among them, the rest as (place, JSON, mark), and the tick."""

    total: int
    beats: bytes
    ends: bytes
    rest: list[tuple[int, bytes, bytes]]
    tick: int


def repeats(scan: Scan, again: Callable[[], Sequence[Delivery]]) -> list[Repeats]:
    """What was scanned, in parts where much has ended. Where a part does not hold, the whole body is read again, which
    is harmless: it is as if it had been sent twice."""
    size = MAX_PART * _ENDS.size
    ends = [scan.ends[at : at + size] for at in range(0, len(scan.ends), size)] or [b""]
    return [Repeats(b"" if at else scan.beats, part, scan.tick, again) for at, part in enumerate(ends)]


class Pulse:
    """The mirror of one process, kept true by the journal. `scan` may be called from another thread than the rest."""

    def __init__(self, fold_after_s: float = FOLD_AFTER_S, fold_after_bytes: int = FOLD_AFTER_BYTES) -> None:
        self.mirror, self.secret = new_mirror(), token_bytes(SECRET_SIZE)
        self.mirror.clear(self.secret)
        self._fold_after = (fold_after_s, fold_after_bytes)
        self._tick = self._sure_from = 0
        self._written: deque[tuple[int, frozenset[int]]] = deque(maxlen=_REMEMBERED)
        self._last: int | None = None
        self._committed = True
        self._folded_at, self._unfolded = time.monotonic(), 0

    def scan(self, body: bytes, sender: int, now: datetime) -> Scan | None:
        """What is known of the alerts of a body; None for one that is unusual in any way."""
        tick = self._tick
        found = self.mirror.scan(body, sender, micros(now))
        return found and Scan(*found, tick)

    def begin(self, session: Session, now: datetime) -> None:
        """Hold the journal, and learn what others have written since the last transaction of ours."""
        if not self._committed:
            self._last = None
        self._committed = False
        journal.hold(session)
        rows = None if self._last is None else journal.after(session, self._last)
        if rows is None:
            self.secret = journal.secret(session, self.secret)
            self._start_afresh()
            self._last = journal.fold(session, now)
        elif rows:
            self._forget(journal.replay(self.mirror, rows), replayed=True)
            self._last = rows[-1][0]

    def take(self, repeats: Iterable[Repeats], now: datetime) -> tuple[bytes, list[EndedAlert], list[Delivery]]:
        """The beats and the ends that hold, and the deliveries of those that do not any more."""
        good: list[Repeats] = []
        again: list[Delivery] = []
        offered = list(repeats)
        gone = self._written_since(min((one.tick for one in offered), default=self._tick))
        for one in offered:
            if self._holds(one, gone):
                good.append(one)
            else:
                again += one.again()
        beats = b"".join([one.beats for one in good])
        self.mirror.hear(beats, micros(now))
        return beats, self._ended(b"".join([one.ends for one in good])), again

    def _ended(self, ends: bytes) -> list[EndedAlert]:
        """Each once, with what the journal says of it."""
        found: dict[int, EndedAlert] = {}
        for alert_id, end, group_id in _ENDS.iter_unpack(ends):
            old = found.get(alert_id)
            if old is None:
                heard = self.heard(alert_id)
                found[alert_id] = EndedAlert(alert_id, group_id, end, 1 + (heard[2] if heard else 0))
            else:
                found[alert_id] = old._replace(ends=max(old.ends, end), counted=old.counted + 1)
        return list(found.values())

    def hear(self, beats: bytes, now: datetime) -> bytes:
        """Beats that were found on the long way."""
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
        learned: Sequence[Alive],
        now: datetime,
    ) -> None:
        """Add the entry of this transaction, and know the alerts that fire once it is committed."""
        self._forget(written)
        self._unfolded += len(beats) + 8 * len(written)
        known = b"".join(map(_known, learned))
        shared = b"" if is_sqlite(session) else known
        number = self._fold(session, beats, written, now, shared) if self.is_time() else None
        if number is None and (beats or written or shared):
            number = journal.add(session, beats, written, now, learned=shared)
        after_commit(session, lambda: self._commit(number, known))

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

    def _commit(self, number: int | None, known: bytes) -> None:
        self._last = self._last if number is None else number
        journal.learn(self.mirror, known)
        self._tick += 1
        self._committed = True

    def _forget(self, ids: Iterable[int], replayed: bool = False) -> None:
        gone = frozenset(ids)
        if gone:
            if not replayed:
                self.mirror.drop(gone)
            if len(self._written) == _REMEMBERED:
                self._sure_from = self._written[0][0] + 1
            self._written.append((self._tick, gone))

    def _written_since(self, tick: int) -> list[tuple[int, frozenset[int]]]:
        """What was written at this tick and later; the newest first."""
        return list(takewhile(lambda entry: entry[0] >= tick, reversed(self._written)))

    def _holds(self, one: Repeats, written: Iterable[tuple[int, frozenset[int]]]) -> bool:
        """Whether none of its alerts was written after they were held against the mirror."""
        if one.tick < self._sure_from:
            return False
        lately = [gone for tick, gone in written if tick >= one.tick]
        if not lately:
            return True
        ids = memoryview(one.beats).cast("q")[::2].tolist() + memoryview(one.ends).cast("q")[::3].tolist()
        return all(gone.isdisjoint(ids) for gone in lately)

    def _start_afresh(self) -> None:
        """Nothing is known, and what was scanned until now is read again."""
        self._last = None
        self.mirror.clear(self.secret)
        self._written.clear()
        self._tick += 1
        self._sure_from = self._tick


def _known(alive: Alive) -> bytes:
    """As `journal.LEARNED`; nothing for an alert without an end."""
    mark, alert_id, group_id, (starts_at, ends_at, explicit) = alive
    if ends_at is None:
        return b""
    kind = _STATED if explicit else _TIMEOUT
    return journal.LEARNED.pack(mark, alert_id, group_id, micros(starts_at), micros(ends_at), kind)
