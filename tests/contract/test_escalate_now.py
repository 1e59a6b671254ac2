"""A person who escalates has looked: the next step is taken at any hour, and of a page without steps left the first.
It begins again, too, when the alert becomes more severe or goes on, and says which."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.slack.views.page import REASONS
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import Notification, Page, PageStatus
from tests.alerts_support import webhook
from tests.oncall_support import T0, TEAM, add_group, config, minutes, person
from workflows import respond
from workflows.answer_page import escalate_now
from workflows.escalate import open_page

NIGHT = {"start": "22:00", "end": "23:00", "days": ["monday", "sunday"], "timezone": "UTC"}
NOW = T0 + minutes(1)


def at_night() -> Config:
    """The team whose pages wait for the night, ten hours from T0."""
    policy, *others = TEAM["escalation"]
    return config(escalation=[{**policy, "hours": {**NIGHT, "ignored_for": []}}, *others])


def opened(database: Database) -> int:
    with database.write() as session:
        group = add_group(session, revision=1, told_at=T0)
        open_page(session, at_night(), group, T0)
        return group.id


def steps(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Notification.reason).order_by(Notification.id)))


def escalate(database: Database, group_id: int) -> Page:
    with database.write() as session:
        assert escalate_now(session, at_night(), group_id, person("amina"), "U0AMINA", NOW).allowed
    with database.read() as session:
        return session.scalars(select(Page)).one()


def test_a_page_that_waits_for_its_hours_is_taken_on_by_a_person(database: Database) -> None:
    group_id = opened(database)
    assert steps(database) == []
    page = escalate(database, group_id)
    assert (page.step, steps(database)) == (0, ["escalated"])
    assert NOW < page.due_at < NOW + minutes(60)


def test_a_page_without_steps_left_begins_again_at_any_hour(database: Database) -> None:
    group_id = opened(database)
    with database.write() as session:
        page = session.scalars(select(Page)).one()
        page.status, page.step, page.reminders = PageStatus.EXHAUSTED, 3, 2
    page = escalate(database, group_id)
    assert (page.status, page.reminders, steps(database)) == (PageStatus.OPEN, 0, ["escalated"])


@pytest.mark.parametrize(("why", "told"), [("severity_rose", "severity_rose"), (None, "goes_on")])
def test_a_page_that_ran_out_of_steps_says_why_it_begins_again(
    database: Database, why: str | None, told: str
) -> None:
    with database.write() as session:
        group = add_group(session, revision=1, told_at=T0)
        page = open_page(session, config(), group, T0, why)
        page.status, page.step = PageStatus.EXHAUSTED, 5
        open_page(session, config(), group, NOW, why)
    assert steps(database) == ["opened", told]
    assert told in REASONS


def test_an_alert_that_becomes_more_severe_after_its_last_step_calls_again(database: Database) -> None:
    def heard(session: Session, severity: str, now: datetime) -> None:
        labels = {"alertname": "Late", "pipeline": "flights", "severity": severity, "instance": severity}
        respond.receive(session, config(), [webhook(labels, starts_at=now)], now)

    with database.write() as session:
        heard(session, "error", T0)
        page = session.scalars(select(Page)).one()
        page.status, page.step = PageStatus.EXHAUSTED, 5
        session.flush()
        heard(session, "error", NOW)
        assert page.status == PageStatus.EXHAUSTED, "one more of the same calls nobody"
        heard(session, "critical", NOW)
    assert steps(database) == ["opened", "severity_rose"]
