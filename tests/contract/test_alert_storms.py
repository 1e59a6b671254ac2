"""Many groups at once are one message and one call, until it is over; many alerts are told by what they differ in."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.limits import fit_message
from bot.slack.views import alert
from bot.slack.views.people import People
from bot.workspace.blocks.check import check_message
from core.alerts import store
from core.alerts.matching import parse_matcher
from core.alerts.spread import Spread, spread
from core.alerts.tables import AlertCold, GroupStatus
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import audit_of, groups, page_of, posts
from tests.oncall_support import config as team_config
from tests.storms_support import fires, storms, team
from workflows import judge, lapse, respond
from workflows.preview_silence import preview

MINUTE = timedelta(minutes=1)


def told(session: Session) -> tuple[int, int]:
    """Of how many groups there is a message, and for how many somebody was called."""
    return len({post.key for post in posts(session, "alert_group")}), len(audit_of(session, "page.notify"))


def test_few_groups_are_told_one_by_one(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        respond.receive(session, team(), fires(clock.now(), range(4)), clock.now())
        assert told(session) == (4, 4)
        assert storms(session) == []


def test_alerts_of_an_hour_ago_are_no_storm_when_the_clock_was_put_back(
    database: Database, clock: SimulatedClock
) -> None:
    """They opened at times that are to come now."""
    with database.write() as session:
        for host in range(6):
            at = clock.now() + host * 2 * MINUTE
            respond.receive(session, team(), fires(at, [host]), at)
    with database.write() as session:
        now = clock.now() - 30 * MINUTE
        respond.receive(session, team(), fires(now, [10]), now)
        assert storms(session) == []
        assert told(session) == (7, 7)


def test_as_many_groups_as_like_end_with_a_few_statements(database: Database, clock: SimulatedClock) -> None:
    config = team()
    counted: list[int] = []
    event.listen(database.engine, "before_execute", lambda *_: counted.append(1))
    for hosts in (range(20), range(100, 700)):
        with database.write() as session:
            respond.receive(session, config, fires(clock.now(), hosts), clock.now())
        clock.advance(MINUTE)
        before = len(counted)
        with database.write() as session:
            respond.receive(session, config, fires(clock.now() - MINUTE, hosts, ended=clock.now()), clock.now())
        assert len(counted) - before < 40, "one for each of some hundred groups would be more"
    with database.read() as session:
        assert {group.status for group in groups(session) if not group.is_storm} == {GroupStatus.RESOLVED}
        assert len(audit_of(session, "alert.resolve")) == 620
        assert store.firing_alerts(session) == []
        assert not any(session.scalars(select(AlertCold.is_open)))


def test_many_at_once_are_one_message_and_one_call(database: Database, clock: SimulatedClock) -> None:
    config = team()
    with database.write() as session:
        respond.receive(session, config, fires(clock.now(), range(300)), clock.now())
        assert told(session) == (1, 1)
        (storm,) = storms(session)
        assert {group.storm_id for group in groups(session) if group is not storm} == {storm.id}
        assert audit_of(session, "alert.open")[-1].data["why"][-1][0] == "folded"
        clock.advance(timedelta(seconds=30))
        respond.receive(session, config, fires(clock.now(), range(300, 400)), clock.now())
        assert told(session) == (1, 1)
        assert lapse.tell_due(session, config, clock.now()) == 1
        state = load.group_state(session, config, storm)
        assert state.storm is not None
        assert (state.storm.members.total, state.total) == (400, 400)
        text = str(alert.message(state, People(config.team)).blocks)
        assert "Storm: 400 groups of alerts" in text
        assert "400 alerts: 400 hosts, 2 zones" in text
        assert "*zone*: a (200), b (200)" in text
        assert "400 × Down" in text


def test_what_opened_just_before_is_told_with_the_storm_and_calls_no_more(
    database: Database, clock: SimulatedClock
) -> None:
    config = team()
    with database.write() as session:
        for host in range(6):
            respond.receive(session, config, fires(clock.now(), [host]), clock.now())
            clock.advance(timedelta(seconds=5))
        assert told(session) == (5, 5), "four groups by themselves, and the storm"
        (storm,) = storms(session)
        pages = {group.id: page_of(session, group.id) for group in groups(session)}
        statuses = {group_id: page.status for group_id, page in pages.items() if page is not None}
        assert statuses.pop(storm.id) == PageStatus.OPEN
        assert set(statuses.values()) == {PageStatus.WITHDRAWN}


def test_groups_that_come_slowly_are_no_storm(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for host in range(12):
            respond.receive(session, team(), fires(clock.now(), [host]), clock.now())
            clock.advance(timedelta(seconds=20))
        assert storms(session) == []


def test_every_rotation_is_called_once(database: Database, clock: SimulatedClock) -> None:
    second = {
        **team_config().team.rotations[0].model_dump(by_alias=True),
        "id": "second",
        "members": ["maya"],
        "shadows": [],
    }
    first = team_config().team.rotations[0].model_dump(by_alias=True)
    routes = [{"id": "second", "match": ['zone="b"'], "rotation": "second"}]
    alerts = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["host"], "routes": routes}
    config = team_config(rotations=[first, second], alerts={**alerts, "storm": {"groups": 4}})
    with database.write() as session:
        respond.receive(session, config, fires(clock.now(), range(40)), clock.now())
        assert sorted(storm.rotation for storm in storms(session)) == ["flights", "second"]
        assert told(session) == (2, 2)


def test_who_takes_the_storm_takes_all_of_it_and_the_rest_goes_on_by_itself(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(), clock.now()
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, fires(began, range(10)), began)
        (storm,) = storms(session)
        clock.advance(MINUTE)
        assert respond.acknowledge(session, config, storm.id, maya, "maya", clock.now()).allowed
        session.expire_all()
        assert {group.status for group in groups(session)} == {GroupStatus.ACKNOWLEDGED}
        clock.advance(MINUTE)
        respond.receive(session, config, fires(began, range(8), clock.now()), clock.now())
        lapse.tell_due(session, config, clock.now() + timedelta(seconds=5))
        assert storm.status == GroupStatus.ACKNOWLEDGED, "not calm for long enough"
        clock.advance(5 * MINUTE)
        lapse.tell_due(session, config, clock.now())
        assert storm.status == GroupStatus.RESOLVED
        left = [group for group in groups(session) if group.status == GroupStatus.ACKNOWLEDGED]
        assert [group.storm_id for group in left] == [None, None]
        assert told(session) == (3, 1)
        assert audit_of(session, "alert.resolve")[-1].reason == "storm_unfolded"


def test_what_joins_a_storm_that_somebody_holds_is_theirs_and_they_hear_of_it_once_a_minute(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(), clock.now()
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, fires(began, range(10)), began)
        (storm,) = storms(session)
        respond.acknowledge(session, config, storm.id, maya, "maya", clock.now())
        for host in range(10, 16):
            clock.advance(timedelta(seconds=10))
            respond.receive(session, config, fires(clock.now(), [host]), clock.now())
            lapse.tell_due(session, config, clock.now() + timedelta(seconds=5))
        told_of = audit_of(session, "alert.join")
        assert [entry.data["groups"] for entry in told_of] == [1]
        clock.advance(MINUTE)
        lapse.tell_due(session, config, clock.now())
        assert [entry.data["groups"] for entry in audit_of(session, "alert.join")] == [1, 5]
        session.expire_all()
        assert {group.status for group in groups(session)} == {GroupStatus.ACKNOWLEDGED}
        assert told(session)[1] == 1


def test_a_storm_that_nobody_answers_stays_one_and_ends_with_its_last_alert(
    database: Database, clock: SimulatedClock
) -> None:
    config, began = team(), clock.now()
    with database.write() as session:
        respond.receive(session, config, fires(began, range(10)), began)
        respond.receive(session, config, fires(began, range(8), clock.now()), clock.now())
        (storm,) = storms(session)
        clock.advance(10 * MINUTE)
        lapse.tell_due(session, config, clock.now())
        assert storm.status == GroupStatus.FIRING, "each of the two would call by itself"
        respond.receive(session, config, fires(began, range(10), clock.now()), clock.now())
        lapse.tell_due(session, config, clock.now() + timedelta(seconds=5))
        assert storm.status == GroupStatus.RESOLVED
        assert audit_of(session, "alert.resolve")[-1].reason == "storm_ended"
        assert told(session) == (1, 1)
        respond.receive(session, config, fires(clock.now(), range(20, 22)), clock.now())
        assert told(session) == (3, 3), "what comes after it is told by itself"


def test_a_storm_is_no_group_to_silence_resolve_or_reconsider(database: Database, clock: SimulatedClock) -> None:
    config, began = team(), clock.now()
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, fires(began, range(10)), began)
        (storm,) = storms(session)
        assert respond.resolve(session, config, storm.id, maya, "maya", began).reason == "storm_ends_itself"
        silenced = respond.silence(session, config, storm.id, maya, "maya", MINUTE, "x", began)
        assert silenced.reason == "storm_ends_itself"
        assert respond.silence(session, config, 1, maya, "maya", MINUTE, "x", began).allowed
        clock.advance(2 * MINUTE)
        lapse.expire(session, config, clock.now())
        assert storm.status == GroupStatus.FIRING
        assert judge.mark_noise(session, config, 2, "a test", True, maya, "maya", clock.now()).allowed


@pytest.mark.parametrize("alone", [True, False])
def test_ten_thousand_alerts_fit_into_one_message(
    sqlite_database: Database, clock: SimulatedClock, alone: bool
) -> None:
    config = team(by=["alertname"] if alone else ["host"])
    long = {"cluster": "c" * 200, "alertname": "<!channel> " * 12}
    with sqlite_database.write() as session:
        for start in range(0, 10_000, 1_000):
            batch = fires(clock.now(), range(start, start + 1_000), **long)
            respond.receive(session, config, batch, clock.now())
        lapse.tell_due(session, config, clock.now() + timedelta(seconds=5))
        assert told(session) == (1, 1)
        group = next(each for each in groups(session) if alone or each.is_storm)
        drawn = alert.message(load.group_state(session, config, group), People(config.team))
    content = fit_message(**drawn.content())
    check_message(content["blocks"], content["attachments"], lambda _file: True)
    assert "10,000 alerts: 10,000 hosts, 2 zones" in str(content)
    assert "<!channel>" not in str(content)


def test_labels_tell_alerts_apart_by_how_many_values_they_have() -> None:
    counted = [
        ("zone", "a", 3),
        ("zone", "b", 1),
        ("host", "x", 2),
        ("host", "y", 1),
        ("host", "z", 1),
        ("job", "j", 4),
    ]
    assert spread(counted, top=1) == [Spread("host", 3, (("x", 2),)), Spread("zone", 2, (("a", 3),))]


def test_a_storm_is_told_by_what_the_declared_causes_name(database: Database, clock: SimulatedClock) -> None:
    config = team(causes=[{"label": "deploy", "within": ["host"]}, {"label": "table"}])
    with database.write() as session:
        batch = [
            *fires(clock.now(), range(30), deploy="v7"),
            *fires(clock.now(), range(30, 35), deploy="v8"),
            *fires(clock.now(), range(40, 42), table="orders"),
            *fires(clock.now(), range(50, 60)),
        ]
        respond.receive(session, config, batch, clock.now())
        (storm,) = storms(session)
        state = load.group_state(session, config, storm)
        text = str(alert.message(state, People(config.team)).blocks)
        for line in (
            "deploy *v7*: 30 groups",
            "deploy *v8*: 5 groups",
            "table *orders*: 1 group",
            "10 other groups",
        ):
            assert line in text
        plain = load.group_state(session, team(), storm)
        assert "By cause" not in str(alert.message(plain, People(config.team)).blocks)


def test_a_look_back_counts_the_call_of_a_storm_that_would_have_been_silent(
    database: Database, clock: SimulatedClock
) -> None:
    everything, half = [parse_matcher("alertname=Down")], [parse_matcher("zone=a")]
    with database.write() as session:
        respond.receive(session, team(), fires(clock.now(), range(40)), clock.now())
        assert told(session) == (1, 1)
        clock.advance(MINUTE)
        firing, (week, _) = preview(session, everything, clock.now())
        assert (firing, week.alerts, week.pages) == (40, 40, 1)
        firing, (week, _) = preview(session, half, clock.now())
        assert (firing, week.alerts, week.pages) == (20, 20, 0), "the others would have called all the same"
