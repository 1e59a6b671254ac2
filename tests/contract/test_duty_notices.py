"""People are told of their turns: once, in time, and as the rota is then."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.db.database import Database
from core.oncall.rota_tables import Notice, NoticeKind, NoticeStatus
from tests.oncall_support import HANDOFF, T0, TEAM, at_once, config, messages
from tests.rota_support import HOUR, WEEK, change, wish
from workflows.change_rota import take
from workflows.tell_duty import next_due as notice_due
from workflows.tell_duty import plan_due, tell_due


def test_notices_follow_the_rota(database: Database) -> None:
    def planned() -> list[tuple[str, str, datetime]]:
        with database.read() as session:
            rows = session.scalars(
                select(Notice).where(Notice.status == NoticeStatus.PLANNED).order_by(Notice.due_at)
            )
            return [(row.kind, row.person, row.due_at) for row in rows]

    with database.write() as session:
        assert notice_due(session, config(), T0) == T0, "nothing is planned yet"
        assert [plan_due(session, config(), T0), plan_due(session, config(), T0)] == [1, 0]
    tomorrow, start = NoticeKind.TOMORROW, NoticeKind.START
    second = [(tomorrow, "jonas", HANDOFF + WEEK - 24 * HOUR), (start, "jonas", HANDOFF + WEEK)]
    assert planned() == [(tomorrow, "maya", HANDOFF - 24 * HOUR), (start, "maya", HANDOFF), *second]
    change(database, take, "amina", wish("amina", HANDOFF, HANDOFF + WEEK))
    assert planned() == second, "amina simply stays on call"


def test_who_has_a_day_is_told_the_day_before_though_the_plan_is_made_anew_at_that_instant(
    database: Database,
) -> None:
    """Every shift of a day begins as somebody is to be told of the next one."""
    daily = config(rotations=[{**TEAM["rotations"][0], "every": "1d", "handoff": {"at": "09:00"}}])
    with database.write() as session:
        plan_due(session, daily, T0)
    for day in range(3):
        with database.write() as session:
            at = datetime(2013, 2, 5, 14, 0, 1, tzinfo=UTC) + day * timedelta(days=1)
            assert plan_due(session, daily, at) == 1
            tell_due(session, daily, at)
    with database.read() as session:
        tomorrow = Notice.kind == NoticeKind.TOMORROW
        told = session.scalars(select(Notice.status).where(tomorrow).order_by(Notice.due_at).limit(3)).all()
    assert told == ["told"] * 3


def test_a_notice_is_told_once_and_not_when_it_is_too_late(database: Database) -> None:
    with database.write() as session:
        plan_due(session, config(), T0)
    told: list[int] = []

    def tell() -> None:
        with database.write() as session:
            told.append(tell_due(session, config(), HANDOFF))

    at_once(tell, tell)
    assert sum(told) == 2
    with database.read() as session:
        rows = session.scalars(select(Notice).order_by(Notice.due_at)).all()
    assert [(row.kind, row.status) for row in rows[:2]] == [("tomorrow", "dropped"), ("start", "told")]
    assert messages(database, "duty") == ["@maya"]
