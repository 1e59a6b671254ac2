"""When people hear of a group: waiting for more, at most once an interval, again while it goes on; and inhibition."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.alerts import inhibit_store
from core.alerts.delivery import Delivery
from core.alerts.listing import AlertFilter, alerts_listed
from core.changes.event import change_event
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import audit_of, groups, page_of, posts, statuses, webhook
from tests.oncall_support import config as team_config
from workflows import lapse, respond
from workflows.changes import take_changes
from workflows.deadlines import next_deadline

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def team(**alerts: Any) -> Config:
    return team_config(alerts={"channel": "oncall", "rotation": "flights", "policy": "page", **alerts})


def fires(at: datetime, ended: datetime | None = None, **labels: str) -> Delivery:
    return webhook({"alertname": "Late", "severity": "critical", **labels}, starts_at=at, ends_at=ended)


def told(session: Session) -> tuple[int, int]:
    """How many messages about groups and how many pages were written."""
    return len(posts(session, "alert_group")), len(posts(session, "page"))


def test_a_group_that_waits_is_told_once_with_everything_that_came(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(wait="30s"), clock.now()
    with database.write() as session:
        respond.receive(session, config, [fires(began, host="a")], began)
        assert told(session) == (0, 0)
        assert respond.next_due(session) == began + timedelta(seconds=30)
    clock.advance(timedelta(seconds=20))
    with database.write() as session:
        respond.receive(session, config, [fires(clock.now(), host="b")], clock.now())
        assert lapse.tell_due(session, config, clock.now()) == 0
        assert told(session) == (0, 0)
    clock.advance(timedelta(seconds=10))
    with database.write() as session:
        assert lapse.tell_due(session, config, clock.now()) == 1
        assert told(session) == (1, 1)
        assert lapse.tell_due(session, config, clock.now()) == 0


def test_what_ends_while_it_waits_disturbs_nobody(database: Database, clock: SimulatedClock) -> None:
    config, began = team(wait="30s"), clock.now()
    with database.write() as session:
        respond.receive(session, config, [fires(began)], began)
        clock.advance(timedelta(seconds=20))
        respond.receive(session, config, [fires(began, clock.now())], clock.now())
        assert statuses(session) == ["resolved"]
        clock.advance(MINUTE)
        assert lapse.tell_due(session, config, clock.now()) == 0
        assert told(session) == (0, 0)
        assert not posts(session, "note")
        assert [entry.reason for entry in audit_of(session, "alert.keep_quiet")] == ["ended_unheard"]


def test_who_acknowledges_before_people_hear_of_it_calls_nobody(database: Database, clock: SimulatedClock) -> None:
    config, began = team(wait="5m"), clock.now()
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [fires(began)], began)
        assert respond.acknowledge(session, config, 1, maya, "maya", began).allowed
        clock.advance(HOUR)
        lapse.tell_due(session, config, clock.now())
        assert told(session) == (1, 0)


def test_joining_alerts_are_told_once_an_interval_and_a_worse_one_at_once(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(interval="10m"), clock.now()
    with database.write() as session:
        respond.receive(session, config, [fires(began, severity="warning", host="a")], began)
        first = groups(session)[0].revision
        clock.advance(MINUTE)
        respond.receive(session, config, [fires(clock.now(), severity="warning", host="b")], clock.now())
        (group,) = groups(session)
        assert (group.revision, group.due_at) == (first, began + 10 * MINUTE)
        clock.advance(MINUTE)
        respond.receive(session, config, [fires(clock.now(), severity="critical", host="c")], clock.now())
        assert (group.revision, group.due_at) == (first + 1, None)
        assert told(session)[1] == 1
        clock.advance(MINUTE)
        respond.receive(session, config, [fires(clock.now(), severity="critical", host="d")], clock.now())
        clock.advance(10 * MINUTE)
        assert lapse.tell_due(session, config, clock.now()) == 1
        assert group.revision == first + 2


def test_what_goes_on_is_told_again_to_its_holder_or_calls_again(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(repeat="4h"), clock.now()
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [fires(began)], began)
        page = page_of(session, 1)
        assert page is not None
        page.status = PageStatus.EXHAUSTED
        clock.advance(4 * HOUR)
        assert next_deadline(session, config, clock.now()) <= clock.now()  # type: ignore[operator]
        assert lapse.tell_due(session, config, clock.now()) == 1
        assert page.status == PageStatus.OPEN
        respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        clock.advance(4 * HOUR)
        lapse.tell_due(session, config, clock.now())
        assert [e.reason for e in audit_of(session, "alert.remind")] == [
            "repeated_unanswered",
            "repeated_to_holder",
        ]
        respond.resolve(session, config, 1, maya, "maya", clock.now())
        clock.advance(8 * HOUR)
        assert lapse.tell_due(session, config, clock.now()) == 0


INHIBIT = [{"id": "down", "source": ['alertname="TableDown"'], "target": ['alertname="Late"'], "equal": ["table"]}]


def test_reminders_go_on_after_a_silence_and_an_inhibition(database: Database, clock: SimulatedClock) -> None:
    config, began = team(repeat="4h", inhibit=INHIBIT, by=["alertname", "table"]), clock.now()
    maya = config.team.person("maya")
    down = webhook({"alertname": "TableDown", "severity": "warning", "table": "a"}, starts_at=began)
    with database.write() as session:
        respond.receive(session, config, [down], began)
        respond.receive(session, config, [fires(began, table="a"), fires(began, table="b")], began)
        quiet = next(group for group in groups(session) if group.status == "inhibited")
        assert quiet.remind_at is None
        respond.acknowledge(session, config, quiet.id, maya, "maya", clock.now())
        assert quiet.remind_at == began + 4 * HOUR, "who takes what is quiet is reminded of it"
        silenced = next(group for group in groups(session) if group.status == "firing" and group.title == "Late")
        respond.silence(session, config, silenced.id, maya, "maya", HOUR, "x", clock.now())
        assert silenced.remind_at is None
        clock.advance(HOUR)
        lapse.expire(session, config, clock.now())
        assert silenced.status == "firing"
        assert silenced.remind_at == clock.now() + 4 * HOUR
        clock.advance(4 * HOUR)
        lapse.tell_due(session, config, clock.now())
        assert "repeated_unanswered" in [e.reason for e in audit_of(session, "alert.remind")]


def test_what_a_source_explains_calls_nobody_until_the_source_ends(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(inhibit=INHIBIT), clock.now()
    down = {"alertname": "TableDown", "table": "orders"}
    with database.write() as session:
        respond.receive(session, config, [fires(began, **down), fires(began, table="orders")], began)
        assert statuses(session) == ["firing", "inhibited"]
        assert told(session) == (2, 1), "it stays visible, and does not call"
        listed = {
            alert["labels"]["alertname"]: alert for alert in alerts_listed(session, config, AlertFilter(), began)
        }
        status = listed["Late"]["status"]
        assert (status["state"], status["inhibitedBy"]) == ("suppressed", [listed["TableDown"]["fingerprint"]])
        assert listed["TableDown"]["status"]["inhibitedBy"] == []
        assert len(alerts_listed(session, config, AlertFilter(inhibited=False), began)) == 1
        lapse.expire(session, config, began)
        assert not inhibit_store.waits(session)
    clock.advance(HOUR)
    with database.write() as session:
        respond.receive(session, config, [fires(began, clock.now(), **down)], clock.now())
        assert inhibit_store.waits(session)
        assert lapse.expire(session, config, clock.now()) == 1
        assert statuses(session) == ["resolved", "firing"]
        assert told(session)[1] == 2
        assert [entry.reason for entry in audit_of(session, "alert.uninhibit")] == ["no_longer_inhibited"]
        assert lapse.expire(session, config, clock.now()) == 0


def test_a_source_that_comes_later_calls_off_what_it_explains(database: Database, clock: SimulatedClock) -> None:
    config, began = team(inhibit=INHIBIT), clock.now()
    with database.write() as session:
        respond.receive(session, config, [fires(began, table="orders"), fires(began, table="users", x="y")], began)
        respond.receive(session, config, [fires(began, alertname="TableDown", table="orders")], began)
        assert statuses(session)[0] == "firing"
        lapse.expire(session, config, began)
        assert statuses(session) == ["firing", "firing"], "one of its two alerts is of another table"
        respond.receive(session, config, [fires(began, began, table="users", x="y")], began)
        assert statuses(session) == ["inhibited", "firing"]
        page = page_of(session, 1)
        assert page is not None
        assert page.status == PageStatus.WITHDRAWN


def test_changed_rules_find_their_sources_among_what_fires(database: Database, clock: SimulatedClock) -> None:
    began, config = clock.now(), team(inhibit=INHIBIT)
    with database.write() as session:
        respond.receive(
            session, team(), [fires(began, alertname="TableDown", table="t"), fires(began, table="t")], began
        )
        assert statuses(session) == ["firing", "firing"]
        assert inhibit_store.refresh(session, config.team.alerts.inhibit) == 1
        lapse.expire(session, config, began)
        assert statuses(session) == ["firing", "inhibited"]
        assert inhibit_store.refresh(session, []) == 0


def test_pipelines_that_name_one_table_are_one_group_seen_in_every_channel(
    database: Database, clock: SimulatedClock
) -> None:
    routes = [{"id": "other", "match": ['team="other"'], "channel": "flights"}]
    config, began = team(causes=["table"], routes=routes), clock.now()
    with database.write() as session:
        batch = [fires(began, table="orders"), fires(began, alertname="Nulls", table="orders", team="other")]
        respond.receive(session, config, batch, began)
        (group,) = groups(session)
        assert (group.channel, group.copies) == ("oncall", ["flights"])
        assert {post.channel for post in posts(session, "alert_group")} == {"oncall", "flights"}
        assert told(session)[1] == 1
        why = audit_of(session, "alert.open")[0].data["why"]
        assert [name for name, _ in why] == ["catch_all", "cause"]


def test_an_alert_after_a_change_is_marked_with_it(database: Database, clock: SimulatedClock) -> None:
    config = team(after_change="1h")
    with database.write() as session:
        deployed = change_event("ci", "Deployed v3", "flights", clock.now(), repeats="1")
        take_changes(session, [deployed], clock.now())
        clock.advance(12 * MINUTE)
        respond.receive(session, config, [fires(clock.now(), pipeline="flights")], clock.now())
        clock.advance(HOUR)
        respond.receive(session, config, [fires(clock.now(), alertname="B", pipeline="flights")], clock.now())
        first, second = groups(session)
        assert first.change_id is not None
        assert second.change_id is None
        why = audit_of(session, "alert.open")[0].data["why"]
        assert ["after_change", "It opened 12 min after a change: Deployed v3"] in why


def test_goldilocks_ends_only_what_it_raised_in_a_shared_group(database: Database, clock: SimulatedClock) -> None:
    config = team(by=["pipeline"])
    with database.write() as session:
        raised = [
            respond.RaisedAlert(name, respond.Severity.ERROR, name, "")
            for name in ("ObjectiveMissed", "RunFailed")
        ]
        for alert in raised:
            respond.raise_group(session, config, "flights", alert, clock.now())
        assert respond.recover(session, config, "flights", raised[0], clock.now())
        assert statuses(session) == ["firing"]
        assert respond.recover(session, config, "flights", raised[1], clock.now())
        assert statuses(session) == ["resolved"]
