"""Whatever happens to them, in whatever order, the compiled mirror and the plain one say the same."""

import json
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.mirror import LESSON, Kind, Mirror
from core.alerts.plain_mirror import PlainMirror
from core.db.times import to_datetime

NOW, MINUTE = 1_360_000_000_000_000, 60_000_000
ALERTS = range(6)


def stated(micros: int) -> str:
    return to_datetime(micros).isoformat().replace("+00:00", "Z")


def alert(number: int, end: int | None) -> dict[str, Any]:
    """Alert `number`, whose end its sender states, in minutes from now, or leaves to the timeout."""
    about = {"labels": {"alertname": f"A{number}"}, "startsAt": stated(NOW - 5 * MINUTE)}
    return about if end is None else {**about, "endsAt": stated(NOW + end * MINUTE)}


number, alert_id = st.sampled_from(ALERTS), st.integers(1, 8)
end = st.none() | st.integers(-4, 6).filter(bool)
STEPS = st.one_of(
    st.tuples(st.just("learn"), st.lists(st.tuples(number, alert_id, st.sampled_from(Kind)), max_size=3)),
    st.tuples(st.just("scan"), st.lists(st.tuples(number, end), max_size=4, unique_by=lambda one: one[0])),
    st.tuples(st.just("drop"), st.lists(alert_id, max_size=3)),
    st.tuples(st.just("hear"), st.integers(0, 9)),
    st.tuples(st.just("holds"), st.integers(0, 9)),
    st.tuples(st.just("ended"), st.integers(0, 9)),
    st.tuples(st.just("folded"), st.none()),
    st.tuples(st.just("clear"), st.none()),
)


class Told:
    """One mirror, and what it answered to each step. Marks are its own, and are not compared."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror, self._scans = mirror, [(b"", b"", 0)]
        self._mirror.clear(b"s" * 32)
        self.answers: list[object] = []

    def step(self, what: str, given: Any) -> None:
        act: Callable[[Any], object] = getattr(self, f"_{what}")
        self.answers.append((what, act(given), sorted(self._mirror.pending(None))))  # type: ignore[call-overload]

    def _mark(self, which: int) -> bytes:
        self._mirror.drop([])  # a scan of its own, whose version nobody keeps
        body = json.dumps(
            [{**alert(which, None), "endsAt": "1999-01-01T00:00:00Z", "startsAt": "1998-01-01T00:00:00Z"}]
        )
        found = self._mirror.scan(body.encode(), 0, NOW)
        assert found is not None
        return found[3][0][2]

    def _learn(self, lessons: list[tuple[int, int, Kind]]) -> object:
        times = NOW - 5 * MINUTE, NOW + 3 * MINUTE
        return self._mirror.learn(
            b"".join([LESSON.pack(self._mark(which), at, at * 10, *times, kind) for which, at, kind in lessons])
        )

    def _scan(self, alerts: list[tuple[int, int | None]]) -> object:
        found = self._mirror.scan(json.dumps([alert(*one) for one in alerts]).encode(), 0, NOW)
        assert found is not None
        total, beats, ends, rest, version = found
        self._scans.append((beats, ends, version))
        return total, beats, ends, [place for place, _, _ in rest]

    def _drop(self, ids: list[int]) -> None:
        self._mirror.drop(ids)

    def _hear(self, back: int) -> None:
        self._mirror.hear(self._earlier(back)[0], NOW + back)

    def _holds(self, back: int) -> object:
        return self._mirror.holds(*self._earlier(back))

    def _ended(self, back: int) -> object:
        return self._mirror.ended(self._earlier(back)[1] * 2)

    def _folded(self, _: None) -> None:
        self._mirror.folded()

    def _clear(self, _: None) -> None:
        self._mirror.clear(b"t" * 32)

    def _earlier(self, back: int) -> tuple[bytes, bytes, int]:
        return self._scans[-1 - back % len(self._scans)]


@given(st.lists(STEPS, max_size=30))
def test_both_mirrors_say_the_same(steps: list[tuple[str, Any]]) -> None:
    compiled = pytest.importorskip("core.alerts._mirror", reason="built without a C compiler")
    one, other = Told(PlainMirror()), Told(compiled.Mirror(b"s" * 32))
    for what, about in steps:
        one.step(what, about)
        other.step(what, about)
    assert one.answers == other.answers


def test_the_steps_reach_what_they_are_about() -> None:
    """A beat that is heard, holds, ends, is dropped, and holds no more."""
    told = Told(PlainMirror())
    steps: list[tuple[str, Any]] = [
        ("learn", [(1, 7, Kind.STATED)]),
        ("scan", [(1, 4), (2, 4)]),
        ("hear", 0),
        ("holds", 0),
        ("scan", [(1, -1)]),
        ("ended", 0),
        ("drop", [7]),
        ("holds", 1),
    ]
    for what, about in steps:
        told.step(what, about)
    said = list(chain.from_iterable((what, answer) for what, answer, _ in told.answers if answer is not None))  # type: ignore[misc]
    assert said[:2] == ["learn", 1]
    assert said[5] is True
    assert said[9] == [(7, 70, NOW - MINUTE, 3)]
    assert said[-1] is False
