"""What a silence may be, who may make or change one, and how its makers are named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.alerts.grouping import group_key
from core.alerts.lifecycle import MAX_SILENCE
from core.alerts.silence_tables import Silence
from core.alerts.silencing import (
    SHORTEST_WARNED,
    ended_because,
    matchers_of,
    may_change,
    may_silence_by_hand,
    named,
    silenced_because,
    warn_at,
)
from core.config.alerts import Cause
from core.config.declared import Person
from core.matchers import written
from tests.oncall_support import person

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MAYA, SOFIA = person("maya"), person("sofia")
"""A responder, and somebody who is none."""


def silence(**changes: Any) -> Silence:
    values = {
        "ends_at": NOW + timedelta(hours=1),
        "created_by": "maya",
        "comment": "moving",
        "until_resolved": False,
    }
    return Silence(**{**values, **changes})


@pytest.mark.parametrize(
    ("who", "length", "comment", "reason"),
    [
        (MAYA, MAX_SILENCE, "moving", "silenced_by_matchers"),
        (MAYA, TICK, "moving", "silenced_by_matchers"),
        (MAYA, MAX_SILENCE + TICK, "moving", "length_invalid"),
        (MAYA, timedelta(0), "moving", "length_invalid"),
        (MAYA, timedelta(hours=1), " \n", "reason_missing"),
        (SOFIA, timedelta(hours=1), "moving", "role_missing"),
        (None, timedelta(hours=1), "moving", "unknown_person"),
    ],
)
def test_a_responder_silences_for_up_to_thirty_days_with_a_reason(
    who: Person | None, length: timedelta, comment: str, reason: str
) -> None:
    assert may_silence_by_hand(who, length, comment).reason == reason


@pytest.mark.parametrize(
    ("held", "who", "reason"),
    [
        (silence(), MAYA, "silence_changed"),
        (silence(created_by="jonas"), MAYA, "silence_changed"),
        (silence(ends_at=NOW + TICK), MAYA, "silence_changed"),
        (silence(ends_at=NOW), MAYA, "already_over"),
        (None, MAYA, "no_such_silence"),
        (silence(), SOFIA, "role_missing"),
        (silence(), None, "unknown_person"),
    ],
)
def test_any_responder_changes_a_silence_that_is_not_over(
    held: Silence | None, who: Person | None, reason: str
) -> None:
    assert may_change(held, who, NOW).reason == reason


@pytest.mark.parametrize(
    ("length", "before"),
    [
        (SHORTEST_WARNED - TICK, None),
        (SHORTEST_WARNED, timedelta(minutes=3)),
        (timedelta(hours=5), timedelta(minutes=30)),
        (timedelta(days=3), timedelta(hours=1)),
    ],
)
def test_people_hear_of_its_end_an_hour_before_or_a_tenth(length: timedelta, before: timedelta | None) -> None:
    warned = warn_at(NOW, NOW + length)
    assert (None if warned is None else NOW + length - warned) == before


def test_whoever_made_it_is_one_word_that_forges_no_mention() -> None:
    assert named("Grafana {person:maya} \n") == "Grafanaperson:maya"
    assert named(" {} ") == "somebody"
    assert len(named("x" * 99)) == 80


def test_why_it_is_quiet_and_why_it_is_not_any_more() -> None:
    until = f"{{at:{int((NOW + timedelta(hours=1)).timestamp())}}}"
    assert silenced_because(silence()) == f"Silenced by {{person:maya}} until {until}: moving"
    assert f"until its alerts end, at the latest {until}" in silenced_because(silence(until_resolved=True))
    assert ended_because(silence()).endswith("the silence by {person:maya} is over.")
    assert ended_because(silence(ended_by="jonas")).endswith("{person:jonas} ended the silence by {person:maya}.")


def test_a_silence_of_a_group_means_exactly_what_its_key_does() -> None:
    def meant(key: str, causes: list[Cause], *alerts: dict[str, str]) -> list[str]:
        return [written(matchers) for matchers in matchers_of(key, causes, alerts)]

    plain = group_key({"alertname": "Late"}, ["alertname", "pipeline"])
    assert meant(plain, []) == ['alertname="Late", pipeline=""']
    deploy, table = Cause(label="deploy", also=["version"]), Cause(label="table", also=["upstream"])
    assert meant(plain, [table], {"upstream": "orders"}) == ['alertname="Late", pipeline=""']
    key = group_key({"table": "orders"}, ["table"])
    assert meant(key, [Cause(label="table")], {"upstream": "orders"}) == ['table="orders"']
    assert meant(key, [deploy, table], {"upstream": "orders"}) == ['upstream="orders"']
    assert meant(key, [table], {"upstream": "orders"}, {"table": "orders"}) == [
        'table="orders"',
        'upstream="orders"',
    ]
    assert meant(key, [table]) == ['table="orders"']


def test_who_ended_a_silence_is_told_to_whoever_comes_later() -> None:
    assert may_change(silence(ends_at=NOW, ended_by="jonas"), MAYA, NOW).detail.endswith(
        ", ended by {person:jonas}."
    )
    assert may_change(silence(ends_at=NOW), MAYA, NOW).detail == "This silence is over already."
