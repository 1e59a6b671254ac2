"""How far the demo's story is: each step by what it is about, and by nothing that only looks like it."""

from datetime import datetime, timedelta

import pytest

from bot.demo import store
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import HandoffStatus, ShiftHandoff
from tests.oncall_support import add_group

WEEK = timedelta(days=7)


def handed_over(database: Database, end: datetime) -> None:
    """A shift of a week that ended then, and was accepted."""
    with database.write() as session:
        row = ShiftHandoff(
            rotation="flights", layer="flights", shift_start=end - WEEK, shift_end=end, outgoing="amina",
            incoming="maya", report={}, status=HandoffStatus.ACCEPTED, created_at=end,
        )  # fmt: skip
        session.add(row)


def accepted(database: Database) -> bool:
    with database.read() as session:
        return next(each.done for each in store.story(session) if each.label == "Accept the handoff")


@pytest.mark.parametrize("after", [False, True])
def test_the_handoff_of_the_story_is_one_that_tells_of_the_storm(
    sqlite_database: Database, clock: SimulatedClock, after: bool
) -> None:
    handed_over(sqlite_database, clock.now() - WEEK / 2)
    assert not accepted(sqlite_database), "nothing has happened yet"
    with sqlite_database.write() as session:
        add_group(session, opened_at=clock.now(), evaluation_id=1)
    assert not accepted(sqlite_database)
    handed_over(sqlite_database, clock.now() + (WEEK / 2 if after else -WEEK))
    assert accepted(sqlite_database) is after
