"""What somebody has acknowledged can be given back, by them or for them, and calls again as if nobody had taken it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.alerts.lifecycle import may_give_back
from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from core.oncall import store as oncall
from tests.alerts_support import api, audit_of, groups, page_of, posts, statuses, wanted, webhook
from tests.oncall_support import config as team_config
from tests.oncall_support import person
from tests.storms_support import fires, storms, team
from workflows import lapse, quieten, respond
from workflows.give_back import give_back
from workflows.step_pages import step_due

CRITICAL = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}


@pytest.fixture
def config() -> Config:
    """amina is primary, maya the next."""
    return team_config()


def taken(session: Session, config: Config, clock: SimulatedClock, by: str = "amina") -> None:
    """An alert of which amina was called, and that somebody has."""
    respond.receive(session, config, [webhook(CRITICAL, starts_at=clock.now())], clock.now())
    assert respond.acknowledge(session, config, 1, person(by), by, clock.now()).allowed


def given_back(session: Session, config: Config, clock: SimulatedClock, by: str, group_id: int = 1) -> Decision:
    return give_back(session, config, group_id, person(by), by, clock.now())


def called(session: Session) -> list[list[str]]:
    page = page_of(session, 1)
    assert page is not None
    return [row.people for row in oncall.notifications(session, page.id)]


@pytest.mark.parametrize(("by", "said"), [("amina", "gave this back:"), ("maya", "for {person:amina}:")])
def test_it_fires_and_its_escalation_begins_again(
    database: Database, config: Config, clock: SimulatedClock, by: str, said: str
) -> None:
    with database.write() as session:
        taken(session, config, clock)
        assert called(session) == [["amina"]]
        clock.advance(timedelta(minutes=30))
        decision = given_back(session, config, clock, by)
        assert decision.allowed
        assert said in decision.detail, "whoever had it is named, and so mentioned in the thread"
        (group,) = groups(session)
        assert (group.status, group.acknowledged_by, group.acknowledged_at) == ("firing", None, None)
        assert called(session) == [["amina"], ["amina"]]
        clock.advance(timedelta(minutes=15))
        step_due(session, config, clock.now())
        assert called(session)[-1] == ["maya"], "and goes on when nobody answers"
        assert respond.acknowledge(session, config, 1, person("jonas"), "jonas", clock.now()).allowed


def test_twice_is_once(database: Database, config: Config, clock: SimulatedClock) -> None:
    with database.write() as session:
        taken(session, config, clock)
        assert given_back(session, config, clock, "maya").allowed
        again = given_back(session, config, clock, "amina")
        assert (again.allowed, again.reason) == (False, "nobody_holds_it")
        assert called(session) == [["amina"], ["amina"]]
        assert [row.allowed for row in audit_of(session, "alert.give_back")] == [True, False]


def test_who_may_not_answer_may_not_give_back(database: Database, config: Config, clock: SimulatedClock) -> None:
    with database.write() as session:
        taken(session, config, clock)
        assert given_back(session, config, clock, "sofia").reason == "role_missing"
        assert give_back(session, config, 1, None, "slack:U0X", clock.now()).reason == "unknown_person"
        assert give_back(session, config, 99, person("maya"), "maya", clock.now()).reason == "no_such_group"
        respond.resolve(session, config, 1, person("maya"), "maya", clock.now())
        assert given_back(session, config, clock, "amina").reason == "already_resolved"
        assert called(session) == [["amina"]]


def test_what_calls_nobody_is_given_back_in_silence(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        quiet = CRITICAL | {"severity": "warning"}
        respond.receive(session, config, [webhook(quiet, starts_at=clock.now())], clock.now())
        respond.acknowledge(session, config, 1, person("maya"), "maya", clock.now())
        assert given_back(session, config, clock, "maya").allowed
        assert page_of(session, 1) is None
        assert statuses(session) == ["firing"]


def test_a_silence_that_came_meanwhile_keeps_it_quiet(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        taken(session, config, clock)
        quieten.start_silence(session, config, wanted(clock, 'alertname="HighLatency"', 2), "maya", clock.now())
        assert statuses(session) == ["acknowledged"], "whoever has it keeps it"
        assert given_back(session, config, clock, "maya").allowed
        assert statuses(session) == ["silenced"]
        assert called(session) == [["amina"]]


def test_what_has_ended_meanwhile_is_over(database: Database, config: Config, clock: SimulatedClock) -> None:
    with database.write() as session:
        respond.receive(session, config, [api(CRITICAL, starts_at=clock.now())], clock.now())
        respond.acknowledge(session, config, 1, person("amina"), "amina", clock.now())
        clock.advance(timedelta(minutes=6))
        lapse.expire(session, config, clock.now())
        assert given_back(session, config, clock, "amina").reason == "already_resolved"


def test_a_storm_is_given_back_as_a_whole_and_calls_once(database: Database, clock: SimulatedClock) -> None:
    config = team()
    with database.write() as session:
        respond.receive(session, config, fires(clock.now(), range(9)), clock.now())
        (storm,) = storms(session)
        lapse.tell_due(session, config, clock.now())
        assert respond.acknowledge(session, config, storm.id, person("amina"), "amina", clock.now()).allowed
        before = len(audit_of(session, "page.notify"))
        assert given_back(session, config, clock, "maya", storm.id).allowed
        session.expire_all()
        assert {group.status for group in groups(session)} == {GroupStatus.FIRING}
        lapse.tell_due(session, config, clock.now())
        assert len(audit_of(session, "page.notify")) == before + 1, "one call for all of them"


def test_messages_show_it(database: Database, config: Config, clock: SimulatedClock) -> None:
    with database.write() as session:
        taken(session, config, clock)
        noted, drawn = len(posts(session, "note")), len(posts(session, "page_call"))
        given_back(session, config, clock, "maya")
        assert len(posts(session, "note")) > noted
        assert len(posts(session, "page_call")) > drawn


def test_what_its_sender_acknowledged_is_given_back_for_it() -> None:
    group = AlertGroup(status=GroupStatus.ACKNOWLEDGED, acknowledged_by="source:pd")
    assert (
        may_give_back(group, person("maya")).detail
        == "{person:maya} gave this back for its sender: nobody holds it now."
    )
