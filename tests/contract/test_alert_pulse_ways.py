"""Alerts that fire on take the short way, with the same result as the long one: on both databases, in any process."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.http.ingest.alertmanager import AlertsApi
from core.alerts import journal_store as journal
from core.alerts import store
from core.alerts.plain_mirror import PlainMirror
from core.alerts.pulse import Pulse
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.senders import Source
from core.db.database import Database
from tests.alerts_support import groups, statuses
from workflows import lapse, respond
from workflows.receiver import Arrival, Receiver, Writer

MINUTE = timedelta(minutes=1)
SOURCE = Source(id="prometheus", token_sha256=("0" * 64,))


class Way:
    """A process that takes requests: `read` as they come in, `store` in one transaction."""

    def __init__(self, database: Database, config: Config, clock: SimulatedClock, pulse: Pulse) -> None:
        self.database, self.clock, self.receiver = database, clock, Receiver(config, pulse)
        self.api = AlertsApi(Writer(database, clock, self.receiver), pulse, clock)

    def read(self, *alerts: dict[str, Any]) -> list[Arrival]:
        return self.api.read(json.dumps(alerts).encode(), SOURCE)[0]

    def store(self, *arrivals: Arrival) -> None:
        with self.database.write() as session:
            self.receiver(session, arrivals, self.clock.now())

    def post(self, *alerts: dict[str, Any]) -> int:
        """Returns how many alerts took the long way."""
        arrivals = self.read(*alerts)
        self.store(*arrivals)
        return sum(type(arrival).__name__ == "Delivery" for arrival in arrivals)


@pytest.fixture(params=["compiled", "plain"])
def way(
    request: pytest.FixtureRequest, database: Database, config: Config, clock: SimulatedClock
) -> Callable[..., Way]:
    def make(**settings: Any) -> Way:
        pulse = Pulse(**settings)
        if request.param == "plain":
            pulse.mirror = PlainMirror()
            pulse.mirror.clear(pulse.secret)
        return Way(database, config, clock, pulse)

    return make


def alert(zone: str, start: datetime, end: datetime | None = None, **more: Any) -> dict[str, Any]:
    labels = {"alertname": "HighLatency", "severity": "critical", "zone": zone}
    made = {"labels": labels, "startsAt": start.isoformat(), **more}
    return made if end is None else {**made, "endsAt": end.isoformat()}


def rows(database: Database) -> dict[str, store.AlertRow]:
    with database.read() as session:
        return {row.labels["zone"]: row for row, _ in store.firing_alerts(session)}


@pytest.mark.parametrize("fold_after_s", [0.0, 3_600.0])
def test_ends_move_and_deliveries_count(
    way: Callable[..., Way], clock: SimulatedClock, fold_after_s: float
) -> None:
    made, start = way(fold_after_s=fold_after_s), clock.now()
    for number in range(5):
        clock.advance(MINUTE)
        long = made.post(alert("a", start, clock.now() + 4 * MINUTE), alert("b", start))
        assert long == (2 if number == 0 else 0)
    found = rows(made.database)
    assert {zone: row.counted for zone, row in found.items()} == {"a": 5, "b": 5}
    assert [found[zone].ends_at for zone in "ab"] == [clock.now() + 4 * MINUTE, clock.now() + 5 * MINUTE]
    assert {row.last_seen for row in found.values()} == {clock.now()}
    with made.database.read() as session:
        assert store.count_alerts(session, 1).delivered == 10


def test_what_fires_on_does_not_expire_and_what_is_silent_does(
    way: Callable[..., Way], config: Config, clock: SimulatedClock
) -> None:
    made, start = way(), clock.now()
    made.post(alert("a", start, start + 2 * MINUTE), alert("b", start, start + 2 * MINUTE))
    clock.advance(MINUTE)
    made.post(alert("a", start, start + 9 * MINUTE))
    clock.advance(2 * MINUTE)
    with made.database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 1
    assert set(rows(made.database)) == {"a"}
    assert made.post(alert("a", start, start + 9 * MINUTE), alert("b", start, start + 9 * MINUTE)) == 1
    assert set(rows(made.database)) == {"a", "b"}


def test_an_end_counts_what_was_heard_before_and_ends_the_group_with_its_last_alert(
    way: Callable[..., Way], clock: SimulatedClock
) -> None:
    made, start = way(), clock.now()
    for _ in range(3):
        made.post(alert("a", start, clock.now() + 4 * MINUTE), alert("b", start, clock.now() + 4 * MINUTE))
    clock.advance(MINUTE)
    assert made.post(alert("a", start, clock.now())) == 0
    assert set(rows(made.database)) == {"b"}
    made.post(alert("b", start, clock.now()))
    with made.database.read() as session:
        assert statuses(session) == ["resolved"]
        assert {row.counted for row in store.alerts_of(session, 1)} == {4}
        assert {row.ends_at for row in store.alerts_of(session, 1)} == {clock.now()}


def test_what_ended_between_reading_and_storing_is_not_kept_alive(
    way: Callable[..., Way], config: Config, clock: SimulatedClock
) -> None:
    made, start = way(), clock.now()
    made.post(alert("a", start, start + 9 * MINUTE))
    clock.advance(MINUTE)
    late = made.read(alert("a", start, start + 9 * MINUTE))
    with made.database.write() as session:
        respond.resolve(session, config, 1, config.team.person("maya"), "maya", clock.now())
    made.store(*late)
    with made.database.read() as session:
        assert statuses(session) == ["resolved"], "a rule that is still settling does not call again"
    clock.advance(timedelta(hours=1))
    made.post(alert("a", start, clock.now() + MINUTE))
    with made.database.read() as session:
        assert statuses(session) == ["resolved", "firing"]


def test_two_replicas_share_what_they_hear(way: Callable[..., Way], clock: SimulatedClock) -> None:
    one, two, start = way(), way(), clock.now()
    for made in (one, two, one, two):
        made.post(alert("a", start, clock.now() + 4 * MINUTE))
        clock.advance(MINUTE)
    assert rows(one.database)["a"].counted == 4
    late = one.read(alert("a", start, clock.now() + 4 * MINUTE))
    two.post(alert("a", start, clock.now()))
    one.store(*late)
    found = rows(one.database)["a"]
    assert (found.ends_at, found.resolved) == (clock.now() + 4 * MINUTE, False), "it began again"


def test_what_one_replica_stored_another_knows(
    way: Callable[..., Way], clock: SimulatedClock, database: Database
) -> None:
    one, two, start = way(), way(), clock.now()
    one.post(alert("a", start, start + 4 * MINUTE))
    two.post(alert("b", start, start + 4 * MINUTE))
    for fold_after_s in (3_600.0, 0.0):
        one.receiver.pulse._fold_after = (fold_after_s, 2**24)
        zone = f"c{fold_after_s:.0f}"
        assert one.post(alert(zone, start, start + 4 * MINUTE)) == 1
        two.post(alert("b", start, start + 4 * MINUTE))
        shared = database.url.get_backend_name() != "sqlite"
        assert two.post(alert(zone, start, start + 5 * MINUTE)) == (0 if shared else 1)
        assert rows(database)[zone].counted == 2
    two.post(alert("c0", start, clock.now()))
    assert one.read(alert("c0", start, start + 9 * MINUTE)), "it is scanned before the end is heard"
    one.post(alert("b", start, start + 6 * MINUTE))
    assert set(rows(database)) == {"a", "b", "c3600"}
    clock.advance(MINUTE)
    assert one.post(alert("c0", start, start + 9 * MINUTE)) == 1, "it began again"


def test_a_transaction_that_failed_leaves_nothing_behind(way: Callable[..., Way], clock: SimulatedClock) -> None:
    made, start = way(), clock.now()
    made.post(alert("a", start, start + 4 * MINUTE))
    beat = made.read(alert("a", start, start + 5 * MINUTE), alert("b", start, start + 5 * MINUTE))
    with made.database.write() as session:
        made.receiver(session, beat, clock.now())
        session.rollback()
    assert {zone: row.counted for zone, row in rows(made.database).items()} == {"a": 1}
    made.store(*beat)
    made.post(alert("a", start, start + 6 * MINUTE))
    assert {zone: row.counted for zone, row in rows(made.database).items()} == {"a": 3, "b": 1}


def test_after_a_restart_the_journal_is_folded(way: Callable[..., Way], clock: SimulatedClock) -> None:
    made, start = way(), clock.now()
    for _ in range(3):
        made.post(alert("a", start, start + 4 * MINUTE))
    way().post(alert("b", start, start + 4 * MINUTE))
    with made.database.read() as session:
        assert journal.pending(session) == {}
        assert [group.status for group in groups(session)] == ["firing"]
    assert rows(made.database)["a"].counted == 3


def test_the_last_word_in_a_body_counts(way: Callable[..., Way], clock: SimulatedClock) -> None:
    made, start = way(), clock.now()
    made.post(alert("a", start, start + 4 * MINUTE))
    clock.advance(MINUTE)
    made.post(alert("a", start, clock.now()), alert("a", start, start + 9 * MINUTE))
    assert rows(made.database)["a"].ends_at == start + 9 * MINUTE


def test_new_texts_are_stored_and_known_from_then_on(way: Callable[..., Way], clock: SimulatedClock) -> None:
    made, start = way(), clock.now()
    made.post(alert("a", start, start + 4 * MINUTE))
    for long in (1, 0):
        worse = alert("a", start, start + 4 * MINUTE, annotations={"summary": "worse"})
        assert made.post(worse) == long
    assert rows(made.database)["a"].annotations == {"summary": "worse"}
