"""The two mirrors, compiled and plain, say the same: what fires on, what has ended, and what must be decoded."""

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.mirror import LESSON, Kind, Mirror
from core.alerts.mirrors import _compiled as _known_compiled
from core.alerts.mirrors import new_mirror
from core.alerts.plain_mirror import PlainMirror

NOW = 1_360_000_000_000_000
MINUTE = 60_000_000
FIRST = {"alertname": "A", "zone": "é", "note": 'say "hi"\n'}


def at(minutes: float) -> str:
    from core.db.times import to_datetime

    return to_datetime(NOW + round(minutes * MINUTE)).isoformat().replace("+00:00", "Z")


def one(labels: dict[str, str] = FIRST, **more: Any) -> dict[str, Any]:
    return {"labels": labels, "annotations": {"summary": "s"}, "startsAt": at(-5), "endsAt": at(4), **more}


def _compiled() -> Mirror:
    module = pytest.importorskip("core.alerts._mirror", reason="built without a C compiler")
    found: Mirror = module.Mirror(b"x" * 32)
    return found


@pytest.fixture(params=[PlainMirror, _compiled], ids=["plain", "compiled"])
def mirror(request: pytest.FixtureRequest) -> Mirror:
    make: Callable[[], Mirror] = request.param
    return make()


def scan(mirror: Mirror, *alerts: dict[str, Any], sender: int = 0) -> tuple[list[Any], list[Any], list[bytes]]:
    found = mirror.scan(json.dumps(list(alerts)).encode(), sender, NOW)
    assert found is not None
    total, beats, ends, rest, _ = found
    assert total == len(alerts)
    assert [json.loads(raw) for _, raw, _ in rest] == [alerts[place] for place, _, _ in rest]
    return list(struct.iter_unpack("<qq", beats)), list(struct.iter_unpack("<qqq", ends)), [m for *_, m in rest]


def learn(mirror: Mirror, alert: dict[str, Any], alert_id: int = 7, kind: Kind = Kind.STATED) -> None:
    _, _, (mark,) = scan(mirror, alert)
    assert mirror.learn(lesson(mark, alert_id, kind)) == 1


def lesson(mark: bytes, alert_id: int, kind: Kind = Kind.STATED) -> bytes:
    return LESSON.pack(mark, alert_id, 70, NOW - 5 * MINUTE, NOW + 3 * MINUTE, kind)


def test_what_is_known_fires_on_in_any_order_of_its_labels(mirror: Mirror) -> None:
    learn(mirror, one())
    shuffled = dict(reversed(list(FIRST.items())))
    assert scan(mirror, one(shuffled)) == ([(7, NOW + 4 * MINUTE)], [], [])
    assert scan(mirror, one(), one({"alertname": "B"}))[0] == [(7, NOW + 4 * MINUTE)]


def test_what_ends_is_told_apart(mirror: Mirror) -> None:
    learn(mirror, one())
    assert scan(mirror, one(endsAt=at(-1))) == ([], [(7, NOW - MINUTE, 70)], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"annotations": {"summary": "worse"}},
        {"generatorURL": "http://x/"},
        {"labels": {**FIRST, "zone": "e"}},
        {"labels": {}},
        {"startsAt": at(-6)},
        {"startsAt": at(3.5)},
        {"startsAt": at(2), "endsAt": at(1)},
        {"endsAt": "2013-02-30T00:00:00Z"},
        {"endsAt": "9999-01-01T00:00:00Z"},
    ],
)
def test_what_says_anything_else_is_read(mirror: Mirror, changes: dict[str, Any]) -> None:
    learn(mirror, one())
    found = mirror.scan(json.dumps([one(**changes)]).encode(), 0, NOW)
    assert found is None or (found[1], found[2]) == (b"", b"")


def test_an_end_of_another_kind_is_read(mirror: Mirror) -> None:
    silent = {name: value for name, value in one().items() if name != "endsAt"}
    learn(mirror, one())
    assert len(scan(mirror, silent)[2]) == 1
    mirror.drop([7])
    learn(mirror, silent, 8, Kind.TIMEOUT)
    assert scan(mirror, silent)[0] == [(8, NOW + 5 * MINUTE)]
    assert len(scan(mirror, one())[2]) == 1


def test_senders_whose_labels_are_forced_do_not_share(mirror: Mirror) -> None:
    learn(mirror, one())
    assert len(scan(mirror, one(), sender=5)[2]) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"[{}]",
        b"[1]",
        b'[{"labels":{"a":"b"}},]',
        b'[{"labels":{"a":1}}]',
        b'[{"labels":{"a":"b"},"x":1}]',
        b'[{"labels":{"a":"b"}}] x',
        b'[{"labels":{"a":"b"},"endsAt":null,"startsAt":5}]',
        b'[{"labels":{"a":"b"}},{"labels":{"a":"b"}}]',
        b'[{"labels":{"a":"b\\',
        b'[{"labels":{"a":"b',
    ],
)
def test_unusual_bodies_are_left_alone(mirror: Mirror, body: bytes) -> None:
    found = mirror.scan(body, 0, NOW)
    if b'}},{"labels"' in body and found is not None:
        learn(mirror, {"labels": {"a": "b"}}, kind=Kind.TIMEOUT)
        found = mirror.scan(body, 0, NOW)
    assert found is None


def test_what_is_heard_is_summed_until_it_is_folded(mirror: Mirror) -> None:
    learn(mirror, one())
    mirror.hear(struct.pack("<qqqq", 7, NOW + 9 * MINUTE, 8, NOW), NOW + 1)
    mirror.hear(struct.pack("<qq", 7, NOW + 8 * MINUTE), NOW + 2)
    assert mirror.pending(7) == (7, NOW + 9 * MINUTE, 2, NOW + 2)
    assert sorted(mirror.pending(None)) == [(7, NOW + 9 * MINUTE, 2, NOW + 2), (8, NOW, 1, NOW + 1)]  # type: ignore[call-overload]
    mirror.drop([8])
    assert mirror.pending(8) is None
    mirror.folded()
    assert mirror.pending(None) == []
    assert scan(mirror, one())[0], "it is still known"
    mirror.clear(bytes(32))
    assert len(scan(mirror, one())[2]) == 1


def test_marks_mean_something_under_the_same_secret_only(mirror: Mirror) -> None:
    marks = []
    for secret in (b"1" * 32, b"3" * 32, b"1" * 32):
        mirror.clear(secret)
        marks += scan(mirror, one())[2]
    assert marks[0] == marks[2] != marks[1]
    assert mirror.learn(lesson(marks[1], 7)) == 1
    assert scan(mirror, one()) == ([], [], [marks[0]]), "it was made under another"
    with pytest.raises(ValueError, match="32 bytes"):
        mirror.clear(b"short")


def test_what_was_dropped_since_it_was_scanned_does_not_hold(mirror: Mirror) -> None:
    """However it is known again by then, for it may have changed in between; what was not touched holds."""
    learn(mirror, one())
    learn(mirror, one({"alertname": "B"}), 8)
    found = mirror.scan(json.dumps([one()]).encode(), 0, NOW)
    assert found is not None
    beats, version = found[1], found[4]
    end = struct.pack("<qqq", 7, NOW, 70)
    assert mirror.holds(beats, b"", version)
    assert mirror.holds(b"", end, version)
    mirror.drop([8])
    assert mirror.holds(beats, end, version)
    mirror.learn(lesson(_mark_of(mirror, one({"alertname": "C"})), 9))
    assert mirror.holds(beats, end, version), "what is learned touches nothing else"
    mirror.drop([7])
    assert not mirror.holds(beats, b"", version)
    assert not mirror.holds(b"", end, version)
    mirror.learn(lesson(_mark_of(mirror, one()), 7))
    assert not mirror.holds(beats, b"", version)
    again = mirror.scan(json.dumps([one()]).encode(), 0, NOW)
    assert again is not None
    assert mirror.holds(again[1], b"", again[4])
    mirror.clear(bytes(32))
    assert not mirror.holds(again[1], b"", again[4])
    assert mirror.holds(b"", b"", again[4]), "nothing was found"


def _mark_of(mirror: Mirror, alert: dict[str, Any]) -> bytes:
    (mark,) = scan(mirror, alert)[2]
    return mark


def test_ends_are_told_once_each_with_what_was_heard(mirror: Mirror) -> None:
    learn(mirror, one())
    mirror.hear(struct.pack("<qqqq", 7, NOW + MINUTE, 7, NOW + 2 * MINUTE), NOW)
    ends = struct.pack("<qqqqqqqqq", 9, NOW - 3, 90, 7, NOW - 2, 70, 9, NOW - 1, 90)
    assert mirror.ended(ends) == [(7, 70, NOW - 2, 3), (9, 90, NOW - 1, 2)]
    assert mirror.ended(b"") == []


@pytest.mark.parametrize(
    "wrong", [b"short", LESSON.pack(b"m" * 24, 7, 70, 1, 2, 3), LESSON.pack(b"m" * 24, 7, 70, 1, 2, -1)]
)
def test_what_is_no_lesson_is_refused(mirror: Mirror, wrong: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        mirror.learn(wrong)


def test_many_alerts_are_kept_apart(mirror: Mirror) -> None:
    alerts = [one({"alertname": f"A{n}"}) for n in range(5_000)]
    marks = scan(mirror, *alerts)[2]
    assert mirror.learn(b"".join([lesson(mark, number + 1) for number, mark in enumerate(marks)])) == 5_000
    beats, _, rest = scan(mirror, *alerts)
    assert ([alert_id for alert_id, _ in beats], rest) == (list(range(1, 5_001)), [])
    mirror.drop(range(1, 4_999))
    assert [alert_id for alert_id, _ in scan(mirror, *alerts)[0]] == [4_999, 5_000]


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_body_breaks_it(content: bytes) -> None:
    for mirror in (_compiled(), PlainMirror()):
        for body in (content, b"[" + content, b'[{"labels":{"a":"' + content + b'"}}]'):
            mirror.scan(body, 0, NOW)


times = st.one_of(
    st.datetimes().map(lambda t: t.isoformat() + "Z"),
    st.from_regex(
        r"20[0-3]\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-][01]\d:[0-5]\d)", fullmatch=True
    ),
)


@given(times)
def test_both_read_times_alike(text: str) -> None:
    found = []
    for mirror in (_compiled(), PlainMirror()):
        learn(mirror, one(), kind=Kind.STATED)
        answer = mirror.scan(json.dumps([one(endsAt=text)]).encode(), 0, NOW)
        found.append(answer and (answer[1], answer[2]))
    compiled, plain = found
    assert compiled in (plain, (b"", b""), None), "whatever the compiled one knows, the plain one knows, too"


def test_a_mirror_that_was_compiled_for_another_version_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    compiled = pytest.importorskip("core.alerts._mirror", reason="built without a C compiler")
    _known_compiled.cache_clear()
    assert isinstance(new_mirror(), compiled.Mirror)
    monkeypatch.setattr(compiled, "SHAPE", 1)
    _known_compiled.cache_clear()
    assert isinstance(new_mirror(), PlainMirror)
    assert "install the package again" in caplog.text
    _known_compiled.cache_clear()
