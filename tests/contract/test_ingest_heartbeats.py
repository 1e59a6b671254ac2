"""Jobs that report, and what happens when one does not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import audit_of, groups, page_of, statuses
from tests.ingest_support import sender
from tests.senders_support import bearer, team
from workflows import heartbeats, respond
from workflows.deadlines import next_deadline

EXPORT = {"id": "export", "every": "1h", "grace": "5m", "pipeline": "flights", "severity": "critical"}
BACKUP = {"id": "backup", "every": "1d", "rotation": "flights"}


@pytest.fixture
def watched(config: Config) -> Config:
    return team(config, {"id": "scoped", "labels": {"pipeline": "other"}}, heartbeats=(EXPORT, BACKUP))


def run_until(database: Database, config: Config, clock: SimulatedClock, end: datetime) -> int:
    """Take what is due, instant by instant, as a replay does; returns how many alerts were raised."""
    raised = 0
    while True:
        with database.write() as session:
            raised += heartbeats.watch(session, config, clock.now())
            due = heartbeats.next_due(session, config, clock.now())
        assert due is not None
        assert due > clock.now(), "what is due has been taken"
        if due > end:
            clock.advance_to(end)
            return raised
        clock.advance_to(due)


def titles(session: Session) -> list[str]:
    return [group.title for group in groups(session)]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_job_that_reports_raises_nothing(
    sqlite_database: Database, watched: Config, clock: SimulatedClock, method: str
) -> None:
    async with sender(watched, sqlite_database, clock) as client:
        for _ in range(10):
            reply = await client.request(method, "/heartbeat/export")
            assert reply.status_code == 200
            assert reply.json() == {
                "heartbeat": "export",
                "due": (clock.now() + timedelta(minutes=65)).isoformat().replace("+00:00", "Z"),
            }
            assert run_until(sqlite_database, watched, clock, clock.now() + timedelta(hours=1)) == 0
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_a_job_that_stops_calls_and_its_next_report_ends_that(
    database: Database, watched: Config, clock: SimulatedClock
) -> None:
    start = clock.now()
    async with sender(watched, database, clock) as client:
        await client.get("/heartbeat/export")
        assert run_until(database, watched, clock, start + timedelta(minutes=64)) == 0
        assert run_until(database, watched, clock, start + timedelta(minutes=65)) == 1
        with database.read() as session:
            (group,) = groups(session)
            assert (group.title, group.status, group.pipeline) == ("export does not report", "firing", "flights")
            assert (group.severity, group.rotation) == ("critical", "flights")
            assert group.summary.endswith("at 2013-02-11 13:00 UTC, and is expected every 1h (with 5m to spare).")
            assert page_of(session, 1) is not None
        assert run_until(database, watched, clock, start + timedelta(hours=5)) == 3, "each further period says so"
        with database.read() as session:
            assert statuses(session) == ["firing"], "which is the same alert"
            assert len(audit_of(session, "heartbeat.miss")) == 1
        await client.get("/heartbeat/export")
        await client.get("/heartbeat/export")
        with database.read() as session:
            assert statuses(session) == ["resolved"]
            (entry,) = audit_of(session, "heartbeat.return")
            assert (entry.actor, entry.detail) == ("source:alertmanager", "It reports again, after 4 missed.")
        assert run_until(database, watched, clock, clock.now() + timedelta(minutes=65)) == 1
    with database.read() as session:
        assert statuses(session) == ["resolved", "firing"], "the next silence is a new incident"


async def test_one_that_was_never_heard_is_missed_too(
    sqlite_database: Database, watched: Config, clock: SimulatedClock
) -> None:
    assert run_until(sqlite_database, watched, clock, clock.now() + timedelta(days=1, minutes=5)) == 24 + 1
    with sqlite_database.read() as session:
        assert titles(session) == ["export does not report", "backup does not report"]
        backup = groups(session)[1]
        assert (backup.pipeline, backup.rotation, backup.channel) == (None, "flights", "oncall")
        assert "was never heard" in backup.summary


async def test_what_a_person_resolved_calls_again_while_the_job_is_dead(
    sqlite_database: Database, watched: Config, clock: SimulatedClock
) -> None:
    run_until(sqlite_database, watched, clock, clock.now() + timedelta(minutes=65))
    with sqlite_database.write() as session:
        assert respond.resolve(session, watched, 1, watched.team.person("maya"), "maya", clock.now()).allowed
    assert run_until(sqlite_database, watched, clock, clock.now() + timedelta(hours=1)) == 1
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved", "firing"]


async def test_after_downtime_each_job_gets_one_more_period(
    database: Database, watched: Config, clock: SimulatedClock
) -> None:
    """Reports that came while nobody listened are lost: they must not call anybody. A dead job still must."""
    start = clock.now()
    run_until(database, watched, clock, start)
    clock.advance(timedelta(hours=3))
    assert run_until(database, watched, clock, start + timedelta(hours=4)) == 0
    with database.read() as session:
        assert [entry.reason for entry in audit_of(session, "heartbeat.excuse")] == ["not_watched"]
    clock.advance(timedelta(hours=3))
    assert run_until(database, watched, clock, clock.now()) == 1, "excused only once"


async def test_a_heartbeat_that_is_not_declared_any_more_ends(
    sqlite_database: Database, config: Config, watched: Config, clock: SimulatedClock
) -> None:
    run_until(sqlite_database, watched, clock, clock.now() + timedelta(minutes=65))
    with sqlite_database.write() as session:
        assert heartbeats.next_due(session, config, clock.now()) == clock.now()
        assert next_deadline(session, config, clock.now()) <= clock.now()
        heartbeats.watch(session, config, clock.now())
        assert heartbeats.next_due(session, config, clock.now()) is None
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved"]


async def test_who_may_report_what(sqlite_database: Database, watched: Config, clock: SimulatedClock) -> None:
    async with sender(watched, sqlite_database, clock) as client:
        unknown = await client.get("/heartbeat/exprot")
        assert (unknown.status_code, "declared: export, backup" in unknown.json()["message"]) == (404, True)
        assert (await client.get("/heartbeat/")).status_code == 404
        assert (await client.get("/heartbeat/export", headers=bearer("nobody"))).status_code == 401
        foreign = await client.get("/heartbeat/export", headers=bearer("scoped"))
        assert (foreign.status_code, "other" in foreign.json()["message"]) == (403, True)
