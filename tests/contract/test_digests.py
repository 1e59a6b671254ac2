"""Digests on both databases: once a firing, for every channel in which something happened."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.slack.render import Renderer
from core.alerts.tables import Digest
from core.config.load import Config
from core.db.database import Database
from tests.oncall_support import T0, add_group, config, outbox_rows
from workflows.digest import next_due, send_digests

MORNING = T0.replace(hour=9)
DAY = timedelta(days=1)


def team() -> Config:
    base = {"channel": "oncall", "rotation": "flights", "policy": "page"}
    return config(alerts={**base, "digests": {"every": "day", "at": "09:00"}})


def send(database: Database, now: datetime) -> int:
    with database.write() as session:
        return send_digests(session, team(), now)


def test_each_channel_hears_once_of_its_day(database: Database) -> None:
    assert send(database, MORNING) == 0, "the schedule counts from when it was first seen"
    with database.write() as session:
        add_group(session, key="a", title="<!channel> & Co")
        add_group(session, key="b", channel="oncall", opened_at=T0, resolved_at=T0 + timedelta(hours=1))
    assert send(database, MORNING + DAY - timedelta(seconds=1)) == 0
    assert send(database, MORNING + DAY) == 2
    assert send(database, MORNING + DAY) == 0
    rows = [row for row in outbox_rows(database) if row.kind == "digest"]
    assert sorted(row.channel for row in rows) == ["flights", "oncall"]
    with database.read() as session:
        drawn = [Renderer(team()).render(session, row) for row in rows]
    assert all("<!channel>" not in str(each and each.blocks) for each in drawn)


def test_after_downtime_one_digest_tells_it_all(database: Database) -> None:
    send(database, MORNING)
    with database.write() as session:
        add_group(session, key="early", opened_at=MORNING + DAY)
        add_group(session, key="late", opened_at=MORNING + 3 * DAY - timedelta(hours=1))
    assert send(database, MORNING + 3 * DAY + timedelta(hours=5)) == 1
    with database.read() as session:
        digest = session.scalars(select(Digest)).one()
        assert (digest.starts_at, digest.ends_at) == (MORNING, MORNING + 3 * DAY)
        assert digest.content["opened"] == 2
        assert next_due(session, team(), MORNING + 3 * DAY + timedelta(hours=5)) == MORNING + 4 * DAY


def test_without_a_schedule_nothing_is_due(database: Database) -> None:
    with database.write() as session:
        assert send_digests(session, config(), T0) == 0
        assert next_due(session, config(), T0) is None
