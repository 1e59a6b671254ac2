"""The mirror in plain Python, for where no compiled one could be built; see `core.alerts.mirror.Mirror`."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from core.alerts.mirror import LESSON, SECRET_SIZE, Kind, Pending
from core.db.times import micros

MOST = 250_000
"""How many alerts are known at once; further ones are always read from the database."""

RESOLVE_TIMEOUT_US = 300_000_000
_LONG_AGO = -(2**63)
_BEAT, _END = struct.Struct("<qq"), struct.Struct("<qqq")


class _Alert(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    startsAt: datetime | None = None  # noqa: N815 - the sender's name
    endsAt: datetime | None = None  # noqa: N815
    generatorURL: str = ""  # noqa: N815


@dataclass
class _Slot:
    key: bytes = b""
    group: int = 0
    starts: int = 0
    end: int = _LONG_AGO
    kind: int = Kind.STATED
    texts: bytes = b""
    alive: bool = False
    counted: int = 0
    seen: int = 0
    since: int = 0


_array = msgspec.json.Decoder(list[msgspec.Raw])
_alert = msgspec.json.Decoder(_Alert)


class PlainMirror:
    """Dictionaries of what is known; an alert's raw JSON is decoded each time."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._secret, self._version = most, b"", 0
        self._ids: dict[bytes, int] = {}
        self._slots: dict[int, _Slot] = {}

    def scan(
        self, body: bytes, sender: int, now: int
    ) -> tuple[int, bytes, bytes, list[tuple[int, bytes, bytes]], int] | None:
        beats: list[bytes] = []
        ends: list[bytes] = []
        rest: list[tuple[int, bytes, bytes]] = []
        number, seen = -1, set[bytes]()
        try:
            for number, raw in enumerate(_array.decode(body)):
                alert = _alert.decode(raw)
                mark = _mark(alert, sender, self._secret)
                if mark[:16] in seen:
                    return None  # twice in one body: their order counts
                seen.add(mark[:16])
                found = self._found(alert, mark, now)
                if found is None:
                    rest.append((number, bytes(raw), mark))
                else:
                    (beats if len(found) == _BEAT.size else ends).append(found)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return number + 1, b"".join(beats), b"".join(ends), rest, self._version

    def _found(self, alert: _Alert, mark: bytes, now: int) -> bytes | None:
        alert_id = self._ids.get(mark[:16], 0)
        slot = self._slots.get(alert_id)
        odd = any(at is not None and not _is_usual(at) for at in (alert.startsAt, alert.endsAt))
        if slot is None or not slot.alive or slot.texts != mark[16:] or odd:
            return None
        stated = alert.endsAt is not None
        end = micros(alert.endsAt) if alert.endsAt else now + RESOLVE_TIMEOUT_US
        starts = micros(alert.startsAt) if alert.startsAt else end if stated else now
        if end < starts or not slot.starts <= starts <= slot.end or slot.end <= now:
            return None
        if end <= now:
            return _END.pack(alert_id, end, slot.group) if stated else None
        return _BEAT.pack(alert_id, end) if slot.kind == (Kind.STATED if stated else Kind.TIMEOUT) else None

    def learn(self, lessons: bytes) -> int:
        return sum(self._learn(*lesson) for lesson in LESSON.iter_unpack(lessons))

    def _learn(self, mark: bytes, alert_id: int, group_id: int, starts: int, end: int, kind: int) -> bool:
        Kind(kind)
        slot = self._slots.get(alert_id)
        if slot is None:
            if len(self._slots) >= self._most:
                return False
            slot = self._slots[alert_id] = _Slot()
        self._give_key(slot, mark[:16], alert_id)
        if not slot.alive:
            slot.since = self._version
        slot.group, slot.starts, slot.end, slot.kind = group_id, starts, end, kind
        slot.texts, slot.alive = mark[16:], True
        return True

    def _give_key(self, slot: _Slot, key: bytes, alert_id: int) -> None:
        """A key leads to one alert and an alert has one key, the newest of each."""
        other = self._slots.get(self._ids.get(key, alert_id))
        if other is not None and other is not slot:
            other.alive, other.key = False, b""
            self._version += 1
        if slot.key != key:
            self._ids.pop(slot.key, None)
        slot.key = key
        self._ids[key] = alert_id

    def holds(self, beats: bytes, ends: bytes, version: int) -> bool:
        if version == self._version:
            return True
        ids = [beat[0] for beat in _BEAT.iter_unpack(beats)] + [end[0] for end in _END.iter_unpack(ends)]
        slots = map(self._slots.get, ids)
        return all(slot is not None and slot.alive and slot.since <= version for slot in slots)

    def ended(self, ends: bytes) -> list[tuple[int, int, int, int]]:
        found: dict[int, tuple[int, int, int, int]] = {}
        for alert_id, end, group_id in _END.iter_unpack(ends):
            slot = self._slots.get(alert_id)
            _, _, latest, counted = found.get(alert_id, (0, 0, end, slot.counted if slot else 0))
            found[alert_id] = (alert_id, group_id, max(latest, end), counted + 1)
        return sorted(found.values())

    def hear(self, beats: bytes, seen: int) -> None:
        for alert_id, end in _BEAT.iter_unpack(beats):
            slot = self._slots.setdefault(alert_id, _Slot())
            slot.end, slot.seen, slot.counted = max(slot.end, end), max(slot.seen, seen), slot.counted + 1

    def pending(self, alert_id: int | None) -> object:
        if alert_id is None:
            return [self._pending(i, slot) for i, slot in self._slots.items() if slot.counted]
        slot = self._slots.get(alert_id)
        return self._pending(alert_id, slot) if slot and slot.counted else None

    def _pending(self, alert_id: int, slot: _Slot) -> Pending:
        return Pending(alert_id, slot.end, slot.counted, slot.seen)

    def drop(self, alert_ids: Iterable[int]) -> None:
        self._version += 1
        for alert_id in alert_ids:
            self._slots.pop(alert_id, None)

    def folded(self) -> None:
        self._slots = {i: slot for i, slot in self._slots.items() if slot.alive}
        self._ids = {key: i for key, i in self._ids.items() if i in self._slots}
        for slot in self._slots.values():
            slot.counted = 0

    def clear(self, secret: bytes) -> None:
        if len(secret) != SECRET_SIZE:
            raise ValueError(f"the secret has {SECRET_SIZE} bytes")
        self._secret = secret
        self._version += 1
        self._ids, self._slots = {}, {}


def _is_usual(at: datetime) -> bool:
    return at.tzinfo is not None and 1900 <= at.year < 3000


def _mark(alert: _Alert, sender: int, secret: bytes) -> bytes:
    labels = blake2b(msgspec.json.encode([sender, sorted(alert.labels.items())]), digest_size=16, key=secret)
    texts = msgspec.json.encode([alert.generatorURL, sorted(alert.annotations.items())])
    return labels.digest() + blake2b(texts, digest_size=8, key=secret).digest()
