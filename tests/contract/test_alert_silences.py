"""Silences, from a button and by their matchers, on every database."""

from datetime import timedelta
from typing import Any

import pytest

from core.alerts import silence_store
from core.alerts.labels import RefusedError
from core.alerts.listing import silences_listed
from core.alerts.matching import parse_matcher
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import LATENCY, audit_of, groups, page_of, posts, statuses, webhook
from workflows import lapse, respond
from workflows.quieten import SilenceRequest, add, end_silence, start_silence

HOUR = timedelta(hours=1)


def wanted(clock: SimulatedClock, *matchers: str, **changes: Any) -> SilenceRequest:
    values = {
        "matchers": [parse_matcher(text) for text in matchers],
        "starts_at": clock.now(),
        "ends_at": clock.now() + HOUR,
        "created_by": "maya",
        "comment": "maintenance",
    }
    return SilenceRequest(**{**values, **changes})


def test_the_button_silences_one_group_which_calls_again_when_it_still_fires_at_the_end(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    maya = config.team.person("maya")
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        respond.acknowledge(session, config, 1, maya, "maya", clock.now())
        decision = respond.silence(session, config, 1, maya, "maya", HOUR, "upgrading", clock.now())
        assert decision.reason == "silenced"
        (group,) = groups(session)
        assert (group.status, group.acknowledged_by) == ("silenced", None)
        again = respond.silence(session, config, 1, maya, "maya", HOUR, "", clock.now())
        assert again.reason == "already_silenced"
        assert respond.next_due(session) == clock.now() + timedelta(minutes=54), "people hear of its end before"
    clock.advance(timedelta(minutes=59))
    with database.write() as session:
        joined = webhook({**LATENCY, "zone": "b"}, starts_at=clock.now())
        respond.receive(session, config, [joined], clock.now())
        assert lapse.expire(session, config, clock.now()) == 0
        assert statuses(session) == ["silenced"]
    clock.advance(timedelta(minutes=1))
    with database.write() as session:
        assert lapse.expire(session, config, clock.now()) == 1
        assert statuses(session) == ["firing"]
        assert page_of(session, 1).status == PageStatus.OPEN  # type: ignore[union-attr]
        assert len(posts(session, "page")) == 2
        assert lapse.expire(session, config, clock.now()) == 0, "a silence ends once"


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=31), -HOUR])
def test_a_silence_has_a_sensible_length(
    database: Database, config: Config, clock: SimulatedClock, length: timedelta
) -> None:
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        maya = config.team.person("maya")
        assert (
            respond.silence(session, config, 1, maya, "maya", length, "", clock.now()).reason == "length_invalid"
        )
        assert statuses(session) == ["firing"]


def test_an_alert_that_is_silenced_beforehand_calls_nobody(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        start_silence(session, config, wanted(clock, 'alertname=~"High.*"', 'zone="a"'), "source:x", clock.now())
        respond.receive(session, config, [webhook({**LATENCY, "zone": "a"}, starts_at=clock.now())], clock.now())
        assert statuses(session) == ["silenced"]
        assert posts(session, "page") == []
        respond.receive(session, config, [webhook({**LATENCY, "zone": "b"}, starts_at=clock.now())], clock.now())
        assert statuses(session) == ["firing"], "one alert is not silenced"
        assert len(posts(session, "page")) == 1
        ended = webhook({**LATENCY, "zone": "b"}, starts_at=clock.now(), ends_at=clock.now())
        respond.receive(session, config, [ended], clock.now())
        assert statuses(session) == ["silenced"], "only the silenced one is left"
        assert page_of(session, 1).status == PageStatus.WITHDRAWN  # type: ignore[union-attr]


def test_a_silence_quietens_what_fires_and_its_end_calls_again(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        made = start_silence(session, config, wanted(clock, "alertname=HighLatency"), "source:x", clock.now())
        assert made is not None
        assert statuses(session) == ["silenced"]
        end_silence(session, config, made.id, "source:x", clock.now())
        assert statuses(session) == ["firing"]
        assert end_silence(session, config, "unknown", "source:x", clock.now()) is None
        end_silence(session, config, made.id, "source:x", clock.now())
        assert len(audit_of(session, "silence.end")) == 1


def test_a_silence_can_be_planned_and_replaced(database: Database, config: Config, clock: SimulatedClock) -> None:
    start = clock.now() + HOUR
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        plan = wanted(clock, "alertname=HighLatency", starts_at=start, ends_at=start + HOUR)
        made = start_silence(session, config, plan, "source:x", clock.now())
        assert statuses(session) == ["firing"]
        assert respond.next_due(session) == start
    clock.advance_to(start)
    with database.write() as session:
        lapse.expire(session, config, clock.now())
        assert statuses(session) == ["silenced"]
        assert made is not None
        calls = len(posts(session, "page"))
        longer = wanted(clock, "alertname=HighLatency", ends_at=start + 9 * HOUR, replaces=made.id)
        assert start_silence(session, config, longer, "source:x", clock.now()) is not None
        assert statuses(session) == ["silenced"]
        assert len(posts(session, "page")) == calls, "nobody is called in between"
        missing = wanted(clock, "alertname=HighLatency", replaces="unknown")
        assert start_silence(session, config, missing, "source:x", clock.now()) is None


def test_who_holds_a_group_keeps_it_through_a_silence_by_matchers(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    with database.write() as session:
        respond.receive(session, config, [webhook(starts_at=clock.now())], clock.now())
        respond.acknowledge(session, config, 1, config.team.person("maya"), "maya", clock.now())
        start_silence(session, config, wanted(clock, "alertname=HighLatency"), "source:x", clock.now())
        assert statuses(session) == ["acknowledged"]


@pytest.mark.parametrize(
    ("matchers", "changes", "says"),
    [
        ([], {}, "matchers"),
        (['zone=""'], {}, "empty string"),
        (['alertname=~".*"'], {}, "empty string"),
        (['alertname=~"("'], {}, "regular expression"),
        (["alertname=x"], {"comment": ""}, "comment"),
        (["alertname=x"], {"ends_at": None}, "in the past"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    sqlite_database: Database,
    config: Config,
    clock: SimulatedClock,
    matchers: list[str],
    changes: dict[str, Any],
    says: str,
) -> None:
    if "ends_at" in changes:
        changes = {"starts_at": clock.now() - 2 * HOUR, "ends_at": clock.now() - HOUR}
    with sqlite_database.write() as session, pytest.raises(RefusedError, match=says):
        start_silence(session, config, wanted(clock, *matchers, **changes), "source:x", clock.now())


def test_every_silence_is_listed_however_many_there_are(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        for number in range(1_100):
            add(session, wanted(clock, f'host="web-{number}"'), "amtool", clock.now())
    with database.read() as session:
        assert len(silences_listed(session, [], clock.now())) == 1_100
        assert len(silence_store.standing_since(session, clock.now())) == 1_100, "one's own on Home, too"
