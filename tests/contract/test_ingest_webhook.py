"""The Alertmanager webhook, version 4: what is not a 5xx is never sent again."""

from datetime import timedelta
from typing import Any

import pytest

from core.alerts import store
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, state, statuses
from tests.ingest_support import notification, notified, sender

HOOK = "/webhooks/alertmanager"
MINUTE = timedelta(minutes=1)


async def test_a_notification_and_its_redelivery(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    start = clock.now() - MINUTE
    body = notification([notified("firing", start, zone=zone) for zone in "ab"])
    async with sender(config, database, clock) as client:
        assert (await client.post(HOOK, json=body)).status_code == 200
        with database.read() as session:
            before = state(session)
        assert (await client.post(HOOK, json=body)).status_code == 200
        with database.read() as session:
            assert state(session) == before
            assert statuses(session) == ["firing"]
            assert store.next_due(session) is None, "it fires until Alertmanager says otherwise"
        ended = [notified("resolved", start, clock.now(), zone=zone) for zone in "ab"]
        over = notification(ended, "resolved")
        assert [(await client.post(HOOK, json=over)).status_code for _ in range(2)] == [200, 200]
        assert (await client.post(HOOK, json=body)).status_code == 200
    with database.read() as session:
        assert statuses(session) == ["resolved"], "a late redelivery of what has ended opens nothing"


async def test_alerts_of_one_notification_may_differ(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    start = clock.now() - MINUTE
    async with sender(config, sqlite_database, clock) as client:
        await client.post(HOOK, json=notification([notified("firing", start, zone=z) for z in "ab"]))
        half = [notified("resolved", start, clock.now(), zone="a"), notified("firing", start, zone="b")]
        await client.post(HOOK, json=notification(half))
    with sqlite_database.read() as session:
        assert store.count_alerts(session, 1)[:2] == (1, 2)


async def test_a_sender_whose_clock_is_ahead_can_still_end_its_alerts(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    start = clock.now() + timedelta(days=365)
    async with sender(config, sqlite_database, clock) as client:
        await client.post(HOOK, json=notification([notified("firing", start)]))
        over = notification([notified("resolved", start, start + MINUTE)], "resolved")
        assert (await client.post(HOOK, json=over)).status_code == 200
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved"]


@pytest.mark.parametrize(
    "broken",
    [
        {"version": "1"},
        {"status": "burning"},
        {"alerts": None},
        {"alerts": [{"labels": {"a": 1}}]},
        {"alerts": [{"labels": {"a": "b"}, "startsAt": "2013-02-11T12:00:00"}]},
    ],
)
async def test_what_is_no_notification_is_refused(
    sqlite_database: Database, config: Config, clock: SimulatedClock, broken: dict[str, Any]
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(HOOK, json={**notification([]), **broken})
        assert reply.status_code == 422
        assert (await client.get(HOOK)).status_code == 405
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_a_refused_alert_does_not_take_the_others_with_it(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    huge = notified("firing", clock.now(), **{f"l{i}": "x" for i in range(300)})
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(HOOK, json=notification([huge, notified("firing", clock.now())]))
    assert (reply.status_code, "alert 0: 302 labels" in reply.json()) == (400, True)
    with sqlite_database.read() as session:
        assert store.count_alerts(session, 1).total == 1
