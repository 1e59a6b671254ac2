"""Silences that end with their alerts, the word before they end, and what one would have kept quiet."""

from datetime import timedelta
from typing import Any

import pytest

from core.alerts import silence_store
from core.alerts.labels import RefusedError
from core.alerts.matching import parse_matcher
from core.alerts.silence_tables import SilenceState
from core.alerts.silencing import matchers_of, warn_at
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import LATENCY, audit_of, posts, statuses, wanted, webhook
from tests.oncall_support import config as team_config
from workflows import lapse, quieten, respond
from workflows.preview_silence import preview
from workflows.silence_ends import warn_due

HOUR = timedelta(hours=1)


def test_a_silence_may_end_with_the_last_alert_that_it_covers(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya, began = config.team.person("maya"), clock.now()
    other = {**LATENCY, "alertname": "Other", "zone": "a"}
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=began), webhook(other, starts_at=began)], began)
        request = wanted(clock, 'alertname=~"HighLatency|Other"', until_resolved=True)
        assert quieten.silence_by_hand(session, config, request, maya, "maya", began).allowed
        assert statuses(session) == ["silenced", "silenced"]
        assert "Silenced by {person:maya} until its alerts end" in audit_of(session, "alert.silence")[0].detail
        (made,) = silence_store.active(session, began)
        respond.receive(session, config, [webhook(starts_at=began, ends_at=began)], began)
        assert made.ends_at > began, "another alert that it covers still fires"
        clock.advance(HOUR)
        respond.receive(session, config, [webhook(other, starts_at=began, ends_at=clock.now())], clock.now())
        assert (made.ends_at, made.ended_by) == (clock.now(), "goldilocks")
        assert lapse.expire(session, config, clock.now()) == 1
        assert made.applied == SilenceState.EXPIRED
        clock.advance(HOUR)
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        assert statuses(session)[-1] == "firing", "what comes back is not silenced"


def test_who_resolves_ends_the_silence_too(database: Database, config: Config, clock: SimulatedClock) -> None:
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        respond.silence(session, config, 1, maya, "maya", HOUR, "x", clock.now(), until_resolved=True)
        assert len(silence_store.active(session, clock.now())) == 1
        respond.resolve(session, config, 1, maya, "maya", clock.now())
        assert not silence_store.active(session, clock.now())
        assert [entry.reason for entry in audit_of(session, "silence.end")] == ["ended_with_alerts"]


def test_people_hear_of_it_once_before_a_silence_ends(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya, began = config.team.person("maya"), clock.now()
    with database.write() as session:
        quieten.silence_by_hand(session, config, wanted(clock, "a=b", 24), maya, "maya", began)
        assert respond.next_due(session) == began + 23 * HOUR
        clock.advance(23 * HOUR)
        assert warn_due(session, config, clock.now()) == 1
        assert warn_due(session, config, clock.now()) == 0
        assert [(post.kind, post.channel) for post in posts(session, "silence")] == [("silence", "@maya")]
        silence_id = audit_of(session, "silence.warn")[0].subject_id
        decision = quieten.extend(session, config, silence_id, 24 * HOUR, maya, "maya", clock.now())
        assert decision.reason == "silence_extended"
        clock.advance(24 * HOUR)
        assert warn_due(session, config, clock.now()) == 1, "and again before its new end"
        assert quieten.end_by_hand(session, config, silence_id, maya, "maya", clock.now()).allowed
        late = quieten.end_by_hand(session, config, silence_id, maya, "maya", clock.now())
        assert late.reason == "already_over"
        assert "{person:maya}" in late.detail


def test_the_word_stands_in_the_thread_of_the_group_that_is_silenced(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        respond.silence(session, config, 1, maya, "maya", 4 * HOUR, "upgrade", clock.now())
        clock.advance(4 * HOUR - timedelta(minutes=24))
        warn_due(session, config, clock.now())
        assert [post.parent for post in posts(session, "silence")] == ["alert-group:1"]


@pytest.mark.parametrize(
    ("hours", "before"),
    [(1, timedelta(minutes=6)), (4, timedelta(minutes=24)), (10, HOUR), (240, HOUR), (0.4, None)],
)
def test_the_word_comes_an_hour_or_a_tenth_before(
    clock: SimulatedClock, hours: float, before: timedelta | None
) -> None:
    end = clock.now() + hours * HOUR
    assert warn_at(clock.now(), end) == (end - before if before else None)


@pytest.mark.parametrize(
    ("who", "text", "changes", "reason"),
    [
        ("sofia", "a=b", {}, "role_missing"),
        (None, "a=b", {}, "unknown_person"),
        ("maya", "a=b", {"comment": " "}, "reason_missing"),
        ("maya", 'a=~"("', {}, "matchers_invalid"),
        ("maya", 'a=~".*"', {}, "matchers_invalid"),
    ],
)
def test_a_silence_that_nobody_may_make_says_why(
    database: Database,
    config: Config,
    clock: SimulatedClock,
    who: str | None,
    text: str,
    changes: Any,
    reason: str,
) -> None:
    person = config.team.person(who) if who else None
    with database.write() as session:
        request = wanted(clock, text, **changes)
        decision = quieten.silence_by_hand(session, config, request, person, who or "slack:U1", clock.now())
        assert (decision.allowed, decision.reason) == (False, reason)
        assert [entry.reason for entry in audit_of(session, "silence.start")] == [reason]
        assert not silence_store.standing_since(session, clock.now())


def test_the_preview_counts_what_it_would_have_kept_quiet(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        for day in range(20):
            at = clock.now()
            labels = {**LATENCY, "zone": "ab"[day % 2], "day": str(day)}
            respond.receive(session, config, [webhook(labels, starts_at=at)], at)
            if day < 19:
                respond.receive(session, config, [webhook(labels, starts_at=at, ends_at=at)], at)
            clock.advance(timedelta(days=1))
        firing, (week, month) = preview(session, [parse_matcher('alertname="HighLatency"')], clock.now())
        assert firing == 1
        assert (week.alerts, week.pages, month.alerts, month.pages) == (7, 7, 20, 20)
        assert [group.id for group in month.last] == [20, 19, 18]
        _, (_, half) = preview(session, [parse_matcher('zone=~"a|x"')], clock.now())
        assert (half.alerts, half.pages) == (10, 10)
        _, (_, none) = preview(session, [parse_matcher('zone="c"')], clock.now())
        assert (none.alerts, none.pages, list(none.last)) == (0, 0, [])
        with pytest.raises(RefusedError):
            preview(session, [parse_matcher('zone=~"("')], clock.now())


def test_a_call_counts_only_where_all_of_its_group_would_have_been_quiet(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        batch = [webhook({**LATENCY, "zone": zone}, starts_at=clock.now()) for zone in "ab"]
        respond.receive(session, config, batch, clock.now())
        _, (week, _) = preview(session, [parse_matcher('zone="a"')], clock.now())
        assert (week.alerts, week.pages) == (1, 0)


def test_a_group_by_its_cause_is_silenced_under_every_name_of_it(
    database: Database, clock: SimulatedClock
) -> None:
    alerts = {"channel": "oncall", "rotation": "flights", "policy": "page"}
    config = team_config(alerts={**alerts, "causes": [{"label": "table", "also": ["upstream"]}]})
    maya, began = config.team.person("maya"), clock.now()
    names = [{"alertname": "A", "table": "orders"}, {"alertname": "B", "upstream": "orders"}]
    with database.write() as session:
        respond.receive(session, config, [webhook(labels, starts_at=began) for labels in names], began)
        assert respond.silence(session, config, 1, maya, "maya", HOUR, "x", began).allowed
        assert len(silence_store.active(session, began)) == 2
        more = webhook({"alertname": "C", "upstream": "orders"}, starts_at=began)
        respond.receive(session, config, [more], began)
        assert statuses(session) == ["silenced"]
    (one,) = matchers_of('[["a","b"],["c",""]]', [], [])
    assert [(m["name"], m["value"]) for m in one] == [("a", "b"), ("c", "")]
