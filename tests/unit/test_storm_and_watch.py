"""When a storm is one and when it is over, and what the next person on call should keep an eye on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.alerts.storm import Course, Members, course, folds, look_again_at
from core.alerts.tables import GroupStatus
from core.config.alerts import Storm
from core.oncall.watch import watch

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
RULE = Storm(groups=3, within=timedelta(minutes=2), quiet=timedelta(minutes=5))
CALM = NOW - RULE.quiet


def members(newest: datetime, firing: int = 0, acknowledged: int = 0) -> Members:
    """Beside two that are over."""
    return Members(
        {GroupStatus.FIRING: firing, GroupStatus.ACKNOWLEDGED: acknowledged, GroupStatus.RESOLVED: 2}, newest
    )


@pytest.mark.parametrize(
    ("of", "answered", "found"),
    [
        (members(NOW), False, Course.END),
        (members(CALM, 0, 3), False, Course.UNFOLD),
        (members(CALM + TICK, 0, 3), False, Course.GO_ON),
        (members(CALM, 0, 4), False, Course.GO_ON),
        (members(CALM, 1, 2), False, Course.GO_ON),
        (members(CALM, 1, 2), True, Course.UNFOLD),
    ],
)
def test_a_storm_unfolds_when_it_is_calm_small_and_answered(of: Members, answered: bool, found: Course) -> None:
    assert course(of, answered, RULE, NOW) is found


def test_a_storm_is_looked_at_again_when_it_may_be_calm() -> None:
    assert look_again_at(members(CALM + TICK, 1), RULE, NOW) == NOW + TICK
    assert look_again_at(members(CALM, 1), RULE, NOW) is None


def test_more_groups_than_the_rule_says_are_a_storm() -> None:
    assert not folds(3, RULE).allowed
    assert "More than 3 groups opened here within 2 min," in folds(4, RULE).detail
    assert "within 59 s," in folds(4, Storm(groups=3, within=timedelta(seconds=59))).detail


def report(**changes: list[dict[str, Any]]) -> dict[str, Any]:
    empty: dict[str, Any] = {
        name: [] for name in ("open", "deployments", "days", "retrains", "requests", "silences", "tickets")
    }
    return {**empty, **changes}


def alerts(*states: str) -> list[dict[str, Any]]:
    return [{"title": f"A{number}", "state": state} for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({}, []),
        (
            {"open": alerts("unanswered", "acknowledged", "silenced")},
            ["“A0” still fires, and nobody has taken it."],
        ),
        (
            {"open": alerts(*["unanswered"] * 3)},
            [f"“A{number}” still fires, and nobody has taken it." for number in range(3)],
        ),
        (
            {"open": alerts(*["unanswered"] * 4)},
            [
                "“A0” still fires, and nobody has taken it.",
                "“A1” still fires, and nobody has taken it.",
                "2 more alerts still fire that nobody has taken.",
            ],
        ),
        (
            {
                "deployments": [
                    {"pipeline": "flights", "action": action, "status": status, "version": 3}
                    for action, status in (
                        ("promote", "verified"),
                        ("promote", "reverted"),
                        ("initial", "requested"),
                        ("promote", "requested"),
                    )
                ]
            },
            ["flights was moved to v3, and serving has not confirmed it yet."],
        ),
        ({"silences": [{"begins_at": None}, {"begins_at": "later"}]}, ["1 silence is still on."]),
        ({"silences": [{}, {}]}, ["2 silences are still on."]),
        (
            {
                "tickets": [
                    {"ticket_id": number, "severity": severity, "closed": closed, "title": "T"}
                    for number, severity, closed in (
                        (1, "critical", False),
                        (2, "critical", True),
                        (3, "high", False),
                    )
                ]
            },
            ["Bug #1 is critical and not closed: T."],
        ),
        (
            {"retrains": [{"pipeline": "flights", "status": "failed", "error": ""}]},
            ["The last retraining of flights failed: no reason was given."],
        ),
    ],
)
def test_what_the_next_person_keeps_an_eye_on(of: dict[str, Any], said: list[str]) -> None:
    assert watch(report(**of)) == said
