"""Heartbeats take a short way, with the same result as the long one, on every database."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts import store
from core.alerts.delivery import Delivery
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import LATENCY, api, state, statuses, webhook
from workflows import respond
from workflows.receiver import Receiver
from workflows.respond import Received

MINUTE = timedelta(minutes=1)


def hear(database: Database, receiver: Receiver, clock: SimulatedClock, *batch: Delivery) -> Received:
    with database.write() as session:
        return receiver(session, batch, clock.now())


def told(database: Database, work: Callable[[Session], object]) -> object:
    with database.read() as session:
        return work(session)


def test_heartbeats_move_the_end_and_count(database: Database, config: Config, clock: SimulatedClock) -> None:
    receiver, start = Receiver(config), clock.now()
    for _ in range(5):
        clock.advance(MINUTE)
        beats = [
            api({**LATENCY, "zone": "a"}, starts_at=start, ends_at=clock.now() + 4 * MINUTE),
            api({**LATENCY, "zone": "b"}),
            api({**LATENCY, "zone": "b"}),
            webhook({**LATENCY, "zone": "c"}, starts_at=start),
        ]
        assert hear(database, receiver, clock, *beats).heard == 4
    with database.read() as session:
        rows = {row.labels["zone"]: row for row in store.alerts_of(session, 1)}
        assert {zone: row.counted for zone, row in rows.items()} == {"a": 5, "b": 10, "c": 5}
        assert [rows[zone].ends_at for zone in "abc"] == [clock.now() + 4 * MINUTE, clock.now() + 5 * MINUTE, None]
        assert {row.last_seen for row in rows.values()} == {clock.now()}
        early = store.next_due(session)
        assert early is not None
        assert early <= clock.now() + 4 * MINUTE, "what the journal says may only let it look too soon"
    with database.write() as session:
        journal.fold(session, clock.now())
        assert store.next_due(session) == clock.now() + 4 * MINUTE


def test_what_ended_behind_its_back_is_not_kept_alive(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    receiver, start = Receiver(config), clock.now()
    one, two = (webhook({"alertname": name, "severity": "critical"}, starts_at=start) for name in "AB")
    for _ in range(3):
        hear(database, receiver, clock, one, two)
    clock.advance(MINUTE)
    with database.write() as session:
        respond.resolve(session, config, 1, config.team.person("maya"), "maya", clock.now())
    clock.advance(MINUTE)
    received = hear(database, receiver, clock, one, two)
    assert (received.heard, received.echoes) == (1, 1)
    assert told(database, statuses) == ["resolved", "firing"]
    clock.advance(timedelta(hours=1))
    hear(database, receiver, clock, one, two)
    assert told(database, statuses) == ["resolved", "firing", "firing"]


def test_news_among_heartbeats_is_not_overlooked(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    receiver = Receiver(config)
    for _ in range(3):
        hear(database, receiver, clock, api(), api({**LATENCY, "zone": "b"}))
    said = api(annotations={"summary": "worse"})
    ended = api({**LATENCY, "zone": "b"}, ends_at=clock.now())
    hear(
        database, receiver, clock, api(), said, api({**LATENCY, "zone": "b"}), ended, api({**LATENCY, "zone": "c"})
    )
    with database.read() as session:
        rows = {row.labels.get("zone", "-"): row for row in store.alerts_of(session, 1)}
        assert rows["-"].annotations == {"summary": "worse"}
        assert {zone: row.resolved for zone, row in rows.items()} == {"-": False, "b": True, "c": False}


def test_what_was_not_committed_is_not_remembered(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    receiver = Receiver(config)
    first, second = api({"alertname": "A"}), api({"alertname": "B"})
    with database.write() as session:
        receiver(session, [first], clock.now())
        receiver(session, [first], clock.now())
        session.rollback()
    hear(database, receiver, clock, second)
    hear(database, receiver, clock, first)
    with database.read() as session:
        assert {r.labels["alertname"]: r.counted for r, _ in store.firing_alerts(session)} == {"A": 1, "B": 1}


def test_both_ways_lead_to_the_same_state(database: Database, config: Config, clock: SimulatedClock) -> None:
    receiver, start = Receiver(config), clock.now()
    batches = [
        [api(starts_at=start, ends_at=start + 9 * MINUTE), api({**LATENCY, "zone": "b"})],
        [api(starts_at=start), webhook({**LATENCY, "zone": "b"}, starts_at=start)],
        [api(starts_at=start - MINUTE), api({**LATENCY, "zone": "b"}, ends_at=start + 2 * MINUTE)],
        [api(starts_at=start, ends_at=start + 3 * MINUTE)],
    ]
    for batch in batches:
        hear(database, receiver, clock, *batch)
        quick = told(database, state)
        with database.write() as session:
            respond.receive(session, config, batch, clock.now())
            assert state(session) == quick, "the long way finds nothing to add"
