"""Escalation in the YAML and its rules: targets, hours, severities, and policies that would reach nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from core.config.escalation import EscalationPolicy, Hours, Target
from core.config.team import Team
from core.oncall.escalation import Move, PageState, advance, begin, longest_wait, recipients, reminder_after
from core.oncall.hours import inside, opening
from core.oncall.rota import Rota
from core.oncall.tables import PageStatus
from tests.oncall_support import TEAM

FRIDAY_EVENING = datetime(2013, 2, 8, 19, tzinfo=UTC)
MONDAY_MORNING = datetime(2013, 2, 11, 8, tzinfo=UTC)
OFFICE = {"start": "09:00", "end": "17:00", "timezone": "Europe/Berlin"}


def policy(*steps: dict[str, Any], **changes: Any) -> EscalationPolicy:
    declared = steps or ({"notify": "primary", "wait": "15m"}, {"notify": "everyone", "wait": "15m"})
    return EscalationPolicy.model_validate({"id": "page", "steps": list(declared), **changes})


def team(steps: list[dict[str, Any]], **changes: Any) -> Team:
    return Team.model_validate({**TEAM, "escalation": [{"id": "page", "steps": steps}], **changes})


def test_a_step_may_name_several_targets_of_every_kind() -> None:
    pagers = [{"id": "phones", "url": "https://pager.example.com/v2/enqueue", "routing_key": "env:KEY"}]
    targets = [
        "primary",
        "secondary",
        "shadow",
        {"person": "jonas"},
        {"rotation": "flights"},
        {"channel": "oncall", "mention": "here"},
        {"webhook": "phones"},
    ]
    found = team([{"notify": targets, "wait": "5m"}], pagers=pagers)
    declared = found.rotations[0]
    called = recipients(
        found.escalation[0].steps[0].notify, "flights", {"flights": (Rota(declared).at(FRIDAY_EVENING), declared)}
    )
    assert called.people == ["amina", "maya", "jonas"], "each once, the primary first"
    assert called.shadows == ["leo"]
    assert called.channels == {"oncall": "here"}
    assert called.webhooks == ["phones"]


def test_secondary_is_the_next() -> None:
    assert policy({"notify": "secondary", "wait": "1m"}).steps[0].notify[0].who is Target.NEXT


@pytest.mark.parametrize(
    ("targets", "problem"),
    [
        ("shadow", "reaches nobody"),
        ("nobody", "none of secondary, primary"),
        ({"person": "maya", "channel": "oncall"}, "name one of"),
        ({"rotation": "flights", "mention": "here"}, "mention belongs to a channel"),
        ({"person": "nadia"}, "“nadia” is not among the people"),
        ({"webhook": "phones"}, "not among the pagers"),
        ({"person": "sofia"}, "has not the role responder"),
        ({"channel": "oncall"}, "only posts in channels"),
        ([], "at least 1 item"),
    ],
)
def test_a_policy_that_reaches_nobody_or_what_is_unknown_is_refused(targets: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        team([{"notify": targets, "wait": "5m"}])


def test_a_rotation_in_which_nobody_may_answer_is_refused() -> None:
    nobody = [{**TEAM["rotations"][0], "members": ["sofia"], "shadows": []}]
    with pytest.raises(ValidationError, match="none of its members has the role responder"):
        team([{"notify": "primary", "wait": "5m"}], rotations=nobody)


def test_severity_chooses_the_policy() -> None:
    quiet = {"id": "post", "steps": [{"notify": {"channel": "oncall"}, "wait": "1h"}]}
    page = {**TEAM["escalation"][0], "by_severity": {"info": "post"}}
    found = Team.model_validate({**TEAM, "escalation": [page, quiet]})
    assert found.policy_for("page", "critical").id == "page"
    assert found.policy_for("page", "info").id == "post"
    assert found.policy_for("gone", "info").id == "post", "the catch-all's choice"


def test_an_urgent_severity_may_not_choose_a_policy_that_calls_nobody() -> None:
    quiet = {"id": "post", "steps": [{"notify": {"channel": "oncall"}, "wait": "1h"}]}
    page = {**TEAM["escalation"][0], "by_severity": {"critical": "post"}}
    with pytest.raises(ValidationError, match="for severity critical the escalation policy post reaches nobody"):
        Team.model_validate({**TEAM, "escalation": [page, quiet]})


def test_outside_its_hours_a_page_waits_until_they_begin() -> None:
    found = policy(hours=OFFICE)
    step = begin(found, FRIDAY_EVENING, severity="error")
    assert (step.move, step.reason, step.step, step.due_at) == (Move.HOLD, "outside_hours", -1, MONDAY_MORNING)
    began = advance(PageState(PageStatus.OPEN, -1, MONDAY_MORNING), found, MONDAY_MORNING, "error")
    assert (began.move, began.reason, began.step) == (Move.NOTIFY, "hours_began", 0)


def test_a_person_may_ask_for_a_step_at_any_hour() -> None:
    found, held = policy(hours=OFFICE), PageState(PageStatus.OPEN, -1, MONDAY_MORNING)
    asked = advance(held, found.at_any_hour(), FRIDAY_EVENING, "error", "escalated")
    assert (asked.move, asked.reason, asked.step) == (Move.NOTIFY, "escalated", 0)
    assert advance(held, found, FRIDAY_EVENING, "error", "unreachable").move is Move.HOLD
    assert begin(found.at_any_hour(), FRIDAY_EVENING, 0, "error").move is Move.NOTIFY
    own = policy({"notify": "primary", "wait": "15m", "hours": OFFICE}).at_any_hour()
    assert begin(own, FRIDAY_EVENING, severity="error").move is Move.NOTIFY


def test_a_severity_may_ignore_the_hours() -> None:
    assert begin(policy(hours=OFFICE), FRIDAY_EVENING, severity="critical").move is Move.NOTIFY
    strict = policy(hours={**OFFICE, "ignored_for": []})
    assert begin(strict, FRIDAY_EVENING, severity="critical").move is Move.HOLD


def test_a_step_may_be_left_out_outside_its_hours() -> None:
    first = {"notify": "primary", "wait": "15m", "hours": {**OFFICE, "outside": "skip"}}
    step = begin(policy(first, {"notify": "everyone", "wait": "15m"}), FRIDAY_EVENING, severity="error")
    assert (step.move, step.step, step.skipped) == (Move.NOTIFY, 1, (0,))


def test_a_step_that_waits_for_its_hours_is_not_overtaken_by_the_next() -> None:
    first = {"notify": "primary", "wait": "15m", "hours": OFFICE}
    step = begin(policy(first, {"notify": "everyone", "wait": "15m"}), FRIDAY_EVENING, severity="error")
    assert (step.move, step.step, step.due_at) == (Move.HOLD, -1, MONDAY_MORNING)


def test_a_pass_that_leaves_out_every_step_waits_for_the_hours_that_begin_first() -> None:
    late, early = ({**OFFICE, "start": start, "outside": "skip"} for start in ("11:00", "09:00"))
    steps = [{"notify": "primary", "wait": "15m", "hours": hours} for hours in (late, early)]
    assert begin(policy(*steps), FRIDAY_EVENING, severity="error").due_at == MONDAY_MORNING


def test_the_auditor_allows_for_the_longest_step_and_for_hours_only_where_there_are_any() -> None:
    steps = [{"notify": "primary", "wait": "15m"}, {"notify": "everyone", "wait": "1h"}]
    assert longest_wait(policy(*steps)) == timedelta(hours=1)
    assert longest_wait(policy({**steps[0], "hours": OFFICE}, steps[1])) > timedelta(days=1)


def test_a_page_of_which_every_step_would_be_left_out_waits_instead() -> None:
    step = begin(policy(hours={**OFFICE, "outside": "skip"}, repeat=2), FRIDAY_EVENING, severity="error")
    assert (step.move, step.step, step.due_at) == (Move.HOLD, -1, MONDAY_MORNING)


def test_when_only_the_rest_is_left_out_the_page_is_exhausted_and_reminds() -> None:
    second = {"notify": "everyone", "wait": "15m", "hours": {**OFFICE, "outside": "skip"}}
    state = PageState(PageStatus.OPEN, 0, FRIDAY_EVENING)
    step = advance(state, policy({"notify": "primary", "wait": "15m"}, second), FRIDAY_EVENING, "error")
    assert (step.move, step.step, step.due_at - FRIDAY_EVENING) == (Move.EXHAUST, 1, reminder_after(0))


def test_reminders_grow_to_eight_hours_and_never_stop() -> None:
    waits = [reminder_after(count) / timedelta(minutes=1) for count in range(8)]
    assert waits == [15, 30, 60, 120, 240, 480, 480, 480]
    state = PageState(PageStatus.EXHAUSTED, 1, FRIDAY_EVENING, reminders=400)
    assert advance(state, policy(), FRIDAY_EVENING).move is Move.REMIND
    second = advance(PageState(PageStatus.EXHAUSTED, 1, FRIDAY_EVENING, reminders=1), policy(), FRIDAY_EVENING)
    assert second.due_at - FRIDAY_EVENING == reminder_after(2)


def test_hours_at_night_and_across_the_change_of_the_clock() -> None:
    night = Hours.model_validate(
        {"start": "22:00", "end": "06:00", "days": ["saturday"], "timezone": "Europe/Berlin"}
    )
    spring = datetime(2013, 3, 30, 21, tzinfo=UTC)
    assert not inside(night, spring - timedelta(seconds=1))
    assert inside(night, spring)
    assert inside(night, spring + timedelta(hours=7, seconds=-1)), "a night of seven hours"
    assert not inside(night, spring + timedelta(hours=7))
    assert opening(night, spring + timedelta(hours=7)) == spring + timedelta(days=7, hours=-1)


@pytest.mark.parametrize("day", range(24, 31))
def test_hours_that_the_clock_skips_this_sunday_begin_on_the_next(day: int) -> None:
    """02:30 is read as 03:30 on 31 March, which is after 03:15."""
    early = {"start": "02:30", "end": "03:15", "days": ["sunday"], "timezone": "Europe/Berlin"}
    now = datetime(2013, 3, day, 12, tzinfo=UTC)
    step = begin(policy(hours=early), now, severity="error")
    assert (step.move, step.due_at) == (Move.HOLD, datetime(2013, 4, 7, 0, 30, tzinfo=UTC))
    assert step.due_at - now <= longest_wait(policy(hours=early))


def test_no_timer_of_a_policy_with_hours_is_further_ahead_than_the_rule_says() -> None:
    found = policy(hours={**OFFICE, "days": ["monday"]})
    for hour in range(24 * 14):
        now = FRIDAY_EVENING + timedelta(hours=hour)
        assert begin(found, now, severity="error").due_at - now <= longest_wait(found)


@pytest.mark.parametrize(
    "hours", [{"start": "09:00", "end": "09:00"}, {"start": "09:00", "end": "17:00", "days": []}]
)
def test_hours_that_never_come_are_refused(hours: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Hours.model_validate(hours)
