"""Alerts that Goldilocks raises itself: one group while they last, updated in place."""

from datetime import timedelta

from core.alerts.severity import Severity
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import LATENCY, api, groups, posts, statuses
from workflows import lapse, respond
from workflows.respond import RaisedAlert

DAY = timedelta(days=1)


def breach(day: int, severity: Severity = Severity.CRITICAL) -> RaisedAlert:
    return RaisedAlert("SloBreached", severity, "Accuracy below its objective", f"day {day}", evaluation_id=day)


def test_a_repeated_breach_updates_its_group_in_place(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        first = respond.raise_group(session, config, "flights", breach(1), clock.now())
        assert (first.pipeline, first.title, first.evaluation_id) == ("flights", "Accuracy below its objective", 1)
        assert len(posts(session, "page")) == 1
        respond.acknowledge(session, config, first.id, config.team.person("maya"), "maya", clock.now())
    clock.advance(DAY)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 0, "it does not expire between evaluations"
        again = respond.raise_group(session, config, "flights", breach(2, Severity.ERROR), clock.now())
        assert (again.id, again.status, again.summary, again.evaluation_id) == (1, "acknowledged", "day 2", 2)
        assert len(posts(session, "page")) == 1
        message = posts(session, "alert_group")[-1]
        assert (message.key, message.revision) == (again.message, again.revision)


def test_recovery_ends_what_was_raised_and_nothing_else(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        assert not respond.recover(session, config, "flights", breach(0), clock.now())
        respond.receive(session, config, [api(LATENCY)], clock.now())
        respond.raise_group(session, config, "flights", breach(1), clock.now())
        respond.raise_group(session, config, "flights", breach(2, Severity.ERROR), clock.now())
        assert respond.recover(session, config, "flights", breach(3, Severity.INFO), clock.now())
        assert {group.title: group.status for group in groups(session)} == {
            "HighLatency": "firing",
            "Accuracy below its objective": "resolved",
        }
        assert not respond.recover(session, config, "flights", breach(4), clock.now())


def test_a_breach_after_a_person_resolved_the_last_is_a_new_incident(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.raise_group(session, config, "flights", breach(1), clock.now())
        respond.resolve(session, config, 1, config.team.person("maya"), "maya", clock.now())
        respond.raise_group(session, config, "flights", breach(2), clock.now())
        assert statuses(session) == ["resolved", "firing"]
        assert [group.evaluation_id for group in groups(session)] == [1, 2]
