"""Silences that overlap, that one makes and another ends, that match nothing; and inhibitions that overlap."""

from datetime import timedelta

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import LATENCY, audit_of, groups, posts, statuses, wanted, webhook
from tests.ingest_support import inhibiting
from workflows import lapse, quieten, respond
from workflows.silence_ends import warn_due

HOUR = timedelta(hours=1)
BOTH = 'alertname=~"H.+"'


def test_while_another_silence_covers_it_an_alert_stays_quiet_and_names_that_one(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        short = wanted(clock, 'alertname="HighLatency"', 2, created_by="jonas")
        quieten.start_silence(session, config, short, "jonas", clock.now())
        long = quieten.start_silence(session, config, wanted(clock, BOTH, 8), "maya", clock.now())
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        assert long is not None
        (group,) = groups(session)
        assert group.silence_id == long.id
        revision = group.revision
        quieten.end_silence(session, config, long.id, "amina", clock.now())
        assert group.status == "silenced", "the other one still covers it"
        assert group.silence_id not in (None, long.id)
        assert group.revision > revision, "its message says until when now"
        assert [row.reason for row in audit_of(session, "alert.silence")] == ["all_silenced", "still_silenced"]
        assert "Silenced by {person:jonas}" in audit_of(session, "alert.silence")[-1].detail
        clock.advance(2 * HOUR)
        lapse.expire(session, config, clock.now())
        assert statuses(session) == ["firing"]
        assert audit_of(session, "alert.unsilence")[-1].detail.endswith("the silence by {person:jonas} is over.")


def test_a_second_silence_of_what_is_quiet_already_says_nothing(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        quieten.start_silence(session, config, wanted(clock, BOTH, 2), "maya", clock.now())
        (group,) = groups(session)
        before = (group.silence_id, group.revision)
        other = quieten.start_silence(session, config, wanted(clock, BOTH, 9), "maya", clock.now())
        assert other is not None
        quieten.end_silence(session, config, other.id, "maya", clock.now())
        assert (group.silence_id, group.revision) == before


def test_who_made_a_silence_hears_what_somebody_else_did_with_it(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    jonas = config.team.person("jonas")
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        made = quieten.start_silence(session, config, wanted(clock, BOTH, 2), "maya", clock.now())
        assert made is not None
        (group,) = groups(session)
        revision = group.revision
        assert quieten.extend(session, config, made.id, HOUR, jonas, "jonas", clock.now()).allowed
        assert group.revision > revision, "its message says the new end"
        assert quieten.end_by_hand(session, config, made.id, jonas, "jonas", clock.now()).allowed
        assert [post.channel for post in posts(session, "note") if post.channel.startswith("@")] == ["@maya"] * 2
        assert "{person:jonas} ended the silence of alertname=~" in audit_of(session, "silence.end")[-1].detail
        own = quieten.start_silence(session, config, wanted(clock, BOTH, 2), "maya", clock.now())
        assert own is not None
        quieten.end_by_hand(session, config, own.id, config.team.person("maya"), "maya", clock.now())
        strange = quieten.start_silence(
            session, config, wanted(clock, BOTH, 2, created_by="amtool"), "x", clock.now()
        )
        assert strange is not None
        quieten.end_by_hand(session, config, strange.id, jonas, "jonas", clock.now())
        told = [post.channel for post in posts(session, "note") if post.channel.startswith("@")]
        assert told == ["@maya"] * 2, "neither who did it, nor a name that is nobody's"


def test_who_made_a_silence_hears_that_a_tool_replaced_it_and_not_that_it_ended(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        made = quieten.start_silence(session, config, wanted(clock, BOTH, 2), "maya", clock.now())
        assert made is not None
        changed = wanted(clock, 'alertname="HighLatency"', 5, replaces=made.id)
        after = quieten.start_silence(session, config, changed, "source:amtool", clock.now())
        assert after is not None
        (row,) = audit_of(session, "silence.end")
        assert row.reason == "silence_replaced"
        until = int((clock.now() + 5 * HOUR).timestamp())
        assert row.detail == (
            "{person:source:amtool} replaced the silence of "
            f'alertname=~"H.+" by one of alertname="HighLatency", until {{at:{until}}}.'
        )
        assert [post.channel for post in posts(session, "note") if post.channel.startswith("@")] == ["@maya"]
        (group,) = groups(session)
        assert (group.status, group.silence_id) == ("silenced", after.id)


def test_a_silence_that_matches_nothing_says_so_at_once_and_before_it_ends(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        wrong = wanted(clock, 'alertname="HighLatnecy"')
        told = quieten.silence_by_hand(session, config, wrong, maya, "maya", clock.now())
        assert 'no alert that fires now has alertname="HighLatnecy"' in told.detail
        right = wanted(clock, 'alertname="HighLatency"')
        told = quieten.silence_by_hand(session, config, right, maya, "maya", clock.now())
        assert '1 group of alerts now, by alertname="HighLatency"' in told.detail
        clock.advance(timedelta(minutes=5))
        respond.receive(session, config, [webhook(starts_at=clock.now(), ends_at=clock.now())], clock.now())
        clock.advance(9 * HOUR)
        assert warn_due(session, config, clock.now()) == 2
        warned = {row.data["written"]: row.detail for row in audit_of(session, "silence.warn")}
        assert "kept no alert quiet" in warned['alertname="HighLatnecy"']
        assert "kept no alert quiet" not in warned['alertname="HighLatency"'], "what it kept quiet has ended since"


def test_what_is_explained_by_two_names_the_one_that_still_fires(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    began, settings = clock.now(), inhibiting(config)
    down = [{**LATENCY, "alertname": "TableDown", "table": "orders", "host": host} for host in "ab"]
    late = {**LATENCY, "alertname": "Late", "table": "orders"}
    with database.write() as session:
        for labels in (down[0], {**down[1], "pipeline": "flights"}, late):
            respond.receive(session, settings, [webhook(labels, starts_at=began)], began)
        quiet = next(group for group in groups(session) if group.status == "inhibited")
        named = quiet.inhibitor_id
        first = [down[0], {**down[1], "pipeline": "flights"}][_which(session.get_one(AlertGroup, 1), named)]
        respond.receive(session, settings, [webhook(first, starts_at=began, ends_at=began)], began)
        lapse.expire(session, settings, began)
        assert quiet.status == "inhibited"
        assert quiet.inhibitor_id != named, "it names what explains it now"


def _which(first: AlertGroup, alert_id: int | None) -> int:
    return 0 if alert_id == first.id else 1
