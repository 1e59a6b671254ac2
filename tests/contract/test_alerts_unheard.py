"""While Goldilocks, or its database, is away nobody can confirm what fires: that is no reason to end it."""

from datetime import timedelta

import pytest

from core.alerts import store
from core.alerts.activity import RESOLVE_TIMEOUT
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import LATENCY, api, audit_of, statuses
from workflows import lapse, respond

MINUTE = timedelta(minutes=1)


def test_whoever_took_it_is_not_called_again_when_its_sender_confirms_it_after_an_outage(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    start, maya = clock.now(), config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [api(), api({**LATENCY, "zone": "b"})], start)
        respond.acknowledge(session, config, 1, maya, "maya", start)
    clock.advance(20 * MINUTE)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 0
        assert respond.next_due(session) == clock.now() + RESOLVE_TIMEOUT
    clock.advance(MINUTE)
    with database.write() as session:
        heard = [api(starts_at=start, ends_at=clock.now() + 4 * MINUTE)]
        assert respond.receive(session, config, heard, clock.now()).opened == ()
        assert statuses(session) == ["acknowledged"]
    clock.advance(4 * MINUTE)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 2, "both end in time, for somebody listened"
        assert statuses(session) == ["resolved"]
        assert len(audit_of(session, "page.notify")) == 1


@pytest.mark.parametrize(("late", "ended"), [(timedelta(seconds=59), 1), (timedelta(seconds=61), 0)])
def test_a_pass_that_is_a_little_late_ends_what_nobody_confirmed(
    database: Database, config: Config, clock: SimulatedClock, late: timedelta, ended: int
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
    clock.advance(RESOLVE_TIMEOUT + late)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == ended


def test_what_ended_while_we_were_away_ends_once_it_was_listened_for(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
    for minutes, left in ((600, 1), (5, 0)):
        clock.advance(minutes * MINUTE)
        with database.write() as session:
            lapse.expire(session, config, clock.now())
            assert len(store.firing_alerts(session)) == left
