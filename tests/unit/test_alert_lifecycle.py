"""What becomes of an alert group, and what may be done with it by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.alerts.inhibition import Source
from core.alerts.lifecycle import (
    MAX_SILENCE,
    Census,
    held_by_sender,
    may_acknowledge,
    may_give_back,
    may_resolve,
    may_silence,
    next_status,
    source_may_acknowledge,
)
from core.alerts.storm import storm_key
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.declared import Person
from core.decision import Decision
from tests.oncall_support import person

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FIRING, ACKNOWLEDGED, SILENCED, INHIBITED, RESOLVED = (
    GroupStatus.FIRING,
    GroupStatus.ACKNOWLEDGED,
    GroupStatus.SILENCED,
    GroupStatus.INHIBITED,
    GroupStatus.RESOLVED,
)
MAYA, SOFIA = person("maya"), person("sofia")
"""A responder, and somebody who is none."""


DOWN = Source(1, 1, "f", {"alertname": "TableDown"}, "rule", {})


@pytest.mark.parametrize(
    ("current", "census", "status", "reason"),
    [
        (ACKNOWLEDGED, Census(0), RESOLVED, "all_ended"),
        (ACKNOWLEDGED, Census(2, 2), ACKNOWLEDGED, "still_held"),
        (FIRING, Census(2, 2), SILENCED, "all_silenced"),
        (FIRING, Census(2, 1), FIRING, "needs_somebody"),
        (FIRING, Census(2, 1, inhibited=1, source=DOWN), INHIBITED, "all_inhibited"),
        (FIRING, Census(2, 0, inhibited=1, source=DOWN), FIRING, "needs_somebody"),
        (SILENCED, Census(2, 1), FIRING, "no_longer_silenced"),
        (INHIBITED, Census(2), FIRING, "no_longer_inhibited"),
        (RESOLVED, Census(1), FIRING, "needs_somebody"),
    ],
)
def test_the_alerts_of_a_group_make_its_status(
    current: GroupStatus, census: Census, status: GroupStatus, reason: str
) -> None:
    assert next_status(current, census)[:2] == (status, reason)


def group(status: GroupStatus = FIRING, **changes: Any) -> AlertGroup:
    return AlertGroup(**{"key": "a", "status": status, "acknowledged_by": None, "resolved_by": None, **changes})


HELD = {"maya": group(ACKNOWLEDGED, acknowledged_by="maya"), "jonas": group(ACKNOWLEDGED, acknowledged_by="jonas")}
BY_SENDER = group(ACKNOWLEDGED, acknowledged_by="source:pagerduty")
STORM = group(key=storm_key("oncall", "flights"))


@pytest.mark.parametrize(
    ("rule", "of", "who", "reason"),
    [
        (may_acknowledge, group(), MAYA, "acknowledged"),
        (may_acknowledge, BY_SENDER, MAYA, "acknowledged"),
        (may_acknowledge, STORM, MAYA, "acknowledged"),
        (may_acknowledge, HELD["maya"], MAYA, "already_acknowledged"),
        (may_acknowledge, HELD["jonas"], MAYA, "already_acknowledged"),
        (may_acknowledge, group(SILENCED), MAYA, "acknowledged"),
        (may_give_back, HELD["jonas"], MAYA, "given_back"),
        (may_give_back, BY_SENDER, MAYA, "given_back"),
        (may_give_back, group(), MAYA, "nobody_holds_it"),
        (may_resolve, HELD["jonas"], MAYA, "resolved"),
        (may_resolve, STORM, MAYA, "storm_ends_itself"),
        *(
            (rule, of, who, reason)
            for rule in (may_acknowledge, may_give_back, may_resolve)
            for of, who, reason in (
                (group(RESOLVED), MAYA, "already_resolved"),
                (group(), SOFIA, "role_missing"),
                (group(), None, "unknown_person"),
                (None, None, "unknown_person"),
                (None, MAYA, "no_such_group"),
            )
        ),
    ],
)
def test_responders_answer_what_is_not_over(
    rule: Any, of: AlertGroup | None, who: Person | None, reason: str
) -> None:
    assert rule(of, who).reason == reason


@pytest.mark.parametrize(
    ("of", "who", "length", "reason"),
    [
        (group(), MAYA, MAX_SILENCE, "silenced"),
        (HELD["jonas"], MAYA, TICK, "silenced"),
        (group(), MAYA, MAX_SILENCE + TICK, "length_invalid"),
        (group(), MAYA, timedelta(0), "length_invalid"),
        (group(SILENCED), MAYA, TICK, "already_silenced"),
        (STORM, MAYA, TICK, "storm_ends_itself"),
        (group(RESOLVED), MAYA, TICK, "already_resolved"),
        (group(), SOFIA, TICK, "role_missing"),
        (None, MAYA, TICK, "no_such_group"),
    ],
)
def test_a_group_is_silenced_once_and_for_up_to_thirty_days(
    of: AlertGroup | None, who: Person, length: timedelta, reason: str
) -> None:
    assert may_silence(of, who, length, NOW).reason == reason


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (group(), "acknowledged_by_sender"),
        (group(SILENCED), "acknowledged_by_sender"),
        (HELD["jonas"], "already_acknowledged"),
        (BY_SENDER, "already_acknowledged"),
        (group(RESOLVED), "no_such_group"),
        (None, "no_such_group"),
    ],
)
def test_a_sender_acknowledges_what_nobody_holds(of: AlertGroup | None, reason: str) -> None:
    assert source_may_acknowledge(of, "pagerduty").reason == reason


def test_what_a_sender_held_and_is_over_is_not_held() -> None:
    assert held_by_sender(BY_SENDER)
    assert not held_by_sender(HELD["jonas"])
    assert not held_by_sender(group(RESOLVED, acknowledged_by="source:pagerduty"))


@pytest.mark.parametrize(
    ("said", "part"),
    [
        (may_acknowledge(HELD["maya"], MAYA), "You have acknowledged this already; it is yours."),
        (may_acknowledge(HELD["jonas"], MAYA), "{person:jonas} has acknowledged this already and holds it."),
        (may_give_back(HELD["maya"], MAYA), "{person:maya} gave this back: nobody holds it now."),
        (
            may_give_back(HELD["jonas"], MAYA),
            "{person:maya} gave this back for {person:jonas}: nobody holds it now.",
        ),
        (may_give_back(BY_SENDER, MAYA), "{person:maya} gave this back for its sender: nobody holds it now."),
        (may_resolve(group(RESOLVED), MAYA), "This was already resolved: every alert had ended."),
        (may_resolve(group(RESOLVED, resolved_by="jonas"), MAYA), "This was already resolved by {person:jonas}."),
        (may_silence(group(), MAYA, timedelta(hours=1), NOW), f"until {{at:{int(NOW.timestamp()) + 3600}}}."),
    ],
)
def test_people_hear_who_has_it_or_had_it(said: Decision, part: str) -> None:
    assert said.detail.endswith(part)
