"""Alerts from delivery to the end of their group, on every database."""

from datetime import timedelta

import pytest

from core.alerts import store
from core.alerts.activity import RESOLVE_TIMEOUT, SETTLING
from core.alerts.tables import GroupStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import LATENCY, api, audit_of, groups, page_of, posts, state, statuses, webhook
from workflows import lapse, respond

MINUTE = timedelta(minutes=1)


def test_a_new_alert_opens_a_group_with_its_message_and_its_page(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        received = respond.receive(session, config, [api(annotations={"summary": "p99 is 3 s"})], clock.now())
    with database.read() as session:
        group = store.get(session, received.opened[0])
        assert group is not None
        assert (group.status, group.title, group.summary) == ("firing", "HighLatency", "p99 is 3 s")
        assert (group.pipeline, group.channel) == (None, config.team.alerts.channel)
        assert [row.key for row in posts(session, "alert_group")] == [group.message]
        assert [row.parent for row in posts(session, "page")] == [group.message]
        assert page_of(session, group.id).status == PageStatus.OPEN  # type: ignore[union-attr]
        assert [entry.reason for entry in audit_of(session, "alert.open")] == ["severity_pages"]
        assert store.count_alerts(session, group.id) == (1, 1, 1)


def test_alerts_of_one_cause_share_a_group_and_a_known_pipeline_takes_it(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    labels = {"alertname": "SkewedColumn", "pipeline": "flights", "severity": "warning"}
    batch = [api({**labels, "column": name}) for name in ("dep_delay", "distance", "dep_delay")]
    with database.write() as session:
        respond.receive(session, config, batch, clock.now())
    with database.read() as session:
        (group,) = groups(session)
        assert (group.pipeline, group.channel) == ("flights", config.pipelines["flights"].channel)
        assert store.count_alerts(session, group.id) == (2, 2, 3)
        assert page_of(session, group.id) is None
        assert [entry.reason for entry in audit_of(session, "alert.open")] == ["severity_waits"]


def test_a_repeated_alert_counts_and_changes_nothing_else(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    batch = [
        api(ends_at=clock.now() + 4 * MINUTE),
        api({**LATENCY, "zone": "a"}, ends_at=clock.now() + 4 * MINUTE),
    ]
    with database.write() as session:
        respond.receive(session, config, batch, clock.now())
        before = state(session)
    with database.write() as session:
        again = respond.receive(session, config, batch, clock.now())
        assert again.touched == ()
        assert state(session) == before
        assert store.count_alerts(session, 1).delivered == 4


def test_the_group_ends_with_its_last_alert_and_the_next_alert_opens_another(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    one, two = {**LATENCY, "zone": "a"}, {**LATENCY, "zone": "b"}
    with database.write() as session:
        respond.receive(session, config, [api(one), api(two)], clock.now())
    clock.advance(MINUTE)
    with database.write() as session:
        respond.receive(session, config, [api(one, ends_at=clock.now())], clock.now())
        assert statuses(session) == ["firing"]
        respond.receive(session, config, [api(two, ends_at=clock.now())], clock.now())
        assert statuses(session) == ["resolved"]
        assert page_of(session, 1).status == PageStatus.WITHDRAWN  # type: ignore[union-attr]
        assert [row.parent for row in posts(session, "note")] == ["alert-group:1"]
    clock.advance(MINUTE)
    with database.write() as session:
        respond.receive(session, config, [api(one)], clock.now())
        assert statuses(session) == ["resolved", "firing"]
        assert store.count_alerts(session, 1) == (0, 2, 4), "the old incident keeps its alerts"
        assert store.count_alerts(session, 2) == (1, 1, 1)


def test_alerts_expire_when_their_sender_falls_silent(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
        assert respond.next_due(session) == clock.now() + RESOLVE_TIMEOUT
    clock.advance(4 * MINUTE)
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
    clock.advance(4 * MINUTE)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 0, "it was heard of four minutes ago"
    clock.advance(MINUTE)
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 1
        assert statuses(session) == ["resolved"]
        assert respond.next_due(session) is None


def test_an_alert_from_a_webhook_fires_until_its_end_is_told(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    start = clock.now()
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=start)], clock.now())
        assert respond.next_due(session) is None
    clock.advance(timedelta(days=1))
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 0
        respond.receive(session, config, [webhook(starts_at=start, ends_at=clock.now())], clock.now())
        assert statuses(session) == ["resolved"]
    clock.advance(MINUTE)
    with database.write() as session:
        late = respond.receive(session, config, [webhook(starts_at=start)], clock.now())
        assert (late.echoes, late.opened) == (1, ()), "a late redelivery raises nothing"
    clock.advance(SETTLING)
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=start)], clock.now())
        assert statuses(session) == ["resolved", "firing"], "what still fires later is real"


def test_the_end_of_something_unknown_is_no_news(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        received = respond.receive(session, config, [api(ends_at=clock.now() - MINUTE)], clock.now())
        assert (received.dropped, groups(session)) == (1, [])


def test_an_alert_that_began_and_ended_within_one_batch_leaves_its_record(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api(), api(ends_at=clock.now())], clock.now())
        assert statuses(session) == ["resolved"]
        assert page_of(session, 1) is None


def test_an_acknowledged_group_stays_so_until_it_ends(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
        decision = respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        assert (decision.allowed, decision.reason) == (True, "acknowledged")
        respond.receive(session, config, [api({**LATENCY, "zone": "b"})], clock.now())
        assert statuses(session) == ["acknowledged"]
        page = page_of(session, 1)
        assert page is not None
        assert (page.status, page.answered_by) == (PageStatus.ANSWERED, "maya")
    clock.advance(RESOLVE_TIMEOUT)
    with database.write() as session:
        lapse.expire(session, config, clock.now())
        (group,) = groups(session)
        assert (group.status, group.acknowledged_by) == ("resolved", "maya")


def test_a_group_that_becomes_severe_calls_somebody(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [api({**LATENCY, "severity": "warning"})], clock.now())
        assert page_of(session, 1) is None
        respond.receive(session, config, [api()], clock.now())
        assert groups(session)[0].severity == "critical"
        assert page_of(session, 1).status == PageStatus.OPEN  # type: ignore[union-attr]


def test_what_a_person_resolved_may_settle_before_it_calls_again(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    start = clock.now()
    beat = {"starts_at": start}
    with database.write() as session:
        respond.receive(session, config, [api(**beat)], clock.now())
        respond.resolve(session, config, 1, config.team.person("maya"), "maya", clock.now() + MINUTE)
    clock.advance(2 * MINUTE)
    with database.write() as session:
        respond.receive(session, config, [api(**beat)], clock.now())
        assert statuses(session) == ["resolved"], "the rule still looks back at what was mended"
        respond.receive(session, config, [api(starts_at=clock.now())], clock.now())
        assert statuses(session) == ["resolved", "firing"], "a new start is a new incident"
        respond.resolve(session, config, 2, config.team.person("maya"), "maya", clock.now() + MINUTE)
    clock.advance(MINUTE + SETTLING)
    with database.write() as session:
        respond.receive(session, config, [api(**beat)], clock.now())
        assert statuses(session) == ["resolved", "resolved", "firing"], "it was not mended"


@pytest.mark.parametrize(
    ("who", "reason"), [(None, "unknown_person"), ("sofia", "role_missing"), ("maya", "no_such_group")]
)
def test_a_refusal_changes_nothing_and_leaves_one_row(
    database: Database, config: Config, clock: SimulatedClock, who: str | None, reason: str
) -> None:
    person = config.team.person(who) if who else None
    group_id = 404 if reason == "no_such_group" else 1
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
        before = (state(session), len(posts(session, "alert_group")), len(posts(session, "note")))
        answers = [
            respond.acknowledge(session, config, group_id, person, "x", clock.now()),
            respond.resolve(session, config, group_id, person, "x", clock.now()),
            respond.silence(session, config, group_id, person, "x", timedelta(hours=1), "", clock.now()),
        ]
        assert [a.reason for a in answers] == [reason] * 3
        assert (state(session), len(posts(session, "alert_group")), len(posts(session, "note"))) == before
        rows = [audit_of(session, f"alert.{name}") for name in ("acknowledge", "resolve", "silence")]
        assert [[(r.reason, r.allowed) for r in row] for row in rows] == [[(reason, False)]] * 3


def test_who_comes_late_is_told_who_holds_it(database: Database, config: Config, clock: SimulatedClock) -> None:
    maya, jonas = config.team.person("maya"), config.team.person("jonas")
    with database.write() as session:
        respond.receive(session, config, [api()], clock.now())
        respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        late = respond.acknowledge(session, config, 1, jonas, "jonas", clock.now())
        twice = respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        assert (late.reason, "{person:maya}" in late.detail) == ("already_acknowledged", True)
        assert (twice.reason, "yours" in twice.detail) == ("already_acknowledged", True)
        assert respond.resolve(session, config, 1, jonas, "jonas", clock.now()).reason == "resolved"
        over = respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        assert (over.reason, "{person:jonas}" in over.detail) == ("already_resolved", True)
        assert groups(session)[0].acknowledged_by == "maya"


def test_lists_put_first_what_needs_somebody(database: Database, config: Config, clock: SimulatedClock) -> None:
    for name, severity in (("A", "warning"), ("B", "critical"), ("C", "critical"), ("D", "critical")):
        clock.advance(MINUTE)
        with database.write() as session:
            respond.receive(session, config, [api({"alertname": name, "severity": severity})], clock.now())
    with database.write() as session:
        respond.acknowledge(session, config, 4, config.team.person("maya"), "maya", clock.now())
        assert [group.title for group in store.open_groups(session)] == ["C", "B", "A", "D"]
        early = store.between(session, clock.now() - timedelta(hours=1), clock.now() - 2 * MINUTE)
        assert [group.title for group in early] == ["A"]
        (row,) = store.alerts_of(session, 1)
        assert (row.labels["alertname"], row.resolved) == ("A", False)
        assert store.ids_of(session, GroupStatus.ACKNOWLEDGED) == [4]
