"""The pure rules of escalation: what is due, whom it calls, and how it ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from core.config.escalation import EscalationPolicy, Notify, Target
from core.config.fields import Weekday
from core.config.rotation import Handoff, Rotation
from core.oncall.escalation import Move, PageState, Recipients, advance, begin, duration, recipients
from core.oncall.rota import Rota
from core.oncall.tables import PageStatus

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = EscalationPolicy.model_validate(
    {
        "id": "page",
        "repeat": 1,
        "steps": [{"notify": "primary", "wait": "15m"}, {"notify": "everyone", "wait": "30m"}],
    }
)


def rotation(**changes: Any) -> Rotation:
    values: dict[str, Any] = {
        "id": "flights",
        "title": "Flights",
        "handoff": Handoff(on=Weekday.MONDAY, at=time(9)),
        "starts": date(2013, 2, 4),
        "members": ["amina", "maya", "jonas"],
        "shadows": ["leo"],
        "channel": "oncall",
    }
    return Rotation(**{**values, **changes})


def notify(target: Target) -> tuple[Notify, ...]:
    return (Notify(who=target),)


def called(target: Target, declared: Rotation) -> Recipients:
    return recipients(notify(target), declared.id, {declared.id: (Rota(declared).at(NOW), declared)})


def test_a_page_begins_with_the_first_step_and_its_wait() -> None:
    step = begin(POLICY, NOW)
    assert (step.move, step.reason, step.step, step.notify) == (Move.NOTIFY, "opened", 0, notify(Target.PRIMARY))
    assert step.due_at == NOW + 15 * MINUTE


@pytest.mark.parametrize(("last", "first"), [(0, 4), (3, 4), (4, 8)])
def test_a_page_that_starts_over_counts_on_at_the_next_whole_pass(last: int, first: int) -> None:
    step = begin(POLICY, NOW, last)
    assert (step.step, step.reason, step.notify) == (first, "reopened", notify(Target.PRIMARY))


def test_nothing_is_due_before_the_wait_is_over() -> None:
    state = PageState(PageStatus.OPEN, 0, NOW + MINUTE)
    assert advance(state, POLICY, NOW).move is Move.WAIT
    assert advance(state, POLICY, NOW + MINUTE).move is Move.NOTIFY


@pytest.mark.parametrize("step", [-1, 0], ids=["held for its hours", "waiting"])
def test_a_page_in_a_hurry_moves_at_once_and_says_why(step: int) -> None:
    moved = advance(PageState(PageStatus.OPEN, step, NOW + MINUTE), POLICY, NOW, hurry="unreachable")
    assert (moved.move, moved.reason, moved.step) == (Move.NOTIFY, "unreachable", step + 1)


def test_a_page_past_the_end_of_a_policy_that_was_shortened_is_exhausted_where_it_is() -> None:
    ended = advance(PageState(PageStatus.OPEN, 9, NOW), POLICY, NOW)
    assert (ended.move, ended.step) == (Move.EXHAUST, 9)


def test_nobody_answers_from_the_first_step_to_the_last() -> None:
    state, told = PageState(PageStatus.OPEN, 0, NOW), []
    while (step := advance(state, POLICY, state.due_at)).move is Move.NOTIFY:
        told.append((step.step, step.reason, step.notify))
        state = PageState(PageStatus.OPEN, step.step, step.due_at)
    assert told == [
        (1, "no_answer", notify(Target.EVERYONE)),
        (2, "repeat", notify(Target.PRIMARY)),
        (3, "no_answer", notify(Target.EVERYONE)),
    ]
    assert (step.move, step.reason) == (Move.EXHAUST, "exhausted")
    assert state.due_at - NOW == duration(POLICY) - 15 * MINUTE


def test_after_downtime_one_step_is_taken_and_waits_its_full_time() -> None:
    late = NOW + timedelta(days=2)
    step = advance(PageState(PageStatus.OPEN, 0, NOW), POLICY, late)
    assert (step.step, step.due_at) == (1, late + 30 * MINUTE)


@pytest.mark.parametrize("status", [PageStatus.ANSWERED, PageStatus.WITHDRAWN])
def test_a_page_that_is_over_stays_over(status: PageStatus) -> None:
    over = advance(PageState(status, 0, NOW), POLICY, NOW + timedelta(days=1))
    assert (over.move, over.reason) == (Move.NONE, status)


@pytest.mark.parametrize(
    ("target", "people"),
    [
        (Target.PRIMARY, ["amina"]),
        (Target.NEXT, ["maya"]),
        (Target.EVERYONE, ["amina", "maya", "jonas"]),
    ],
)
def test_the_shadow_is_copied_on_every_step(target: Target, people: list[str]) -> None:
    assert called(target, rotation()) == Recipients(people, ["leo"])


def test_a_step_without_a_shadow_still_calls_the_primary() -> None:
    alone = rotation(shadows=[])
    assert called(Target.PRIMARY, alone) == Recipients(["amina"], [])


def test_a_shadow_who_is_called_is_not_copied_as_well() -> None:
    both = rotation(shadows=["maya"])
    assert called(Target.NEXT, both) == Recipients(["maya"], [])


def test_the_next_of_a_rotation_of_one_is_the_primary_again() -> None:
    alone = rotation(members=["amina"])
    assert called(Target.NEXT, alone).people == ["amina"]


def test_everyone_is_called_once_the_primary_first() -> None:
    twice = rotation(members=["maya", "amina", "maya"], starts=date(2013, 1, 28))
    assert called(Target.EVERYONE, twice).people == ["amina", "maya"]


def test_a_gap_calls_everybody_who_does_not_still_learn() -> None:
    declared = rotation()
    gap = replace(Rota(declared).at(NOW), primary=None, shadow=None, learning=("maya",))
    for target in (Target.PRIMARY, Target.NEXT, Target.EVERYONE):
        assert recipients(notify(target), declared.id, {declared.id: (gap, declared)}) == Recipients(
            ["amina", "jonas"], []
        )


def test_a_step_may_call_the_primary_of_another_rotation() -> None:
    own, other = rotation(), rotation(id="rides", members=["sofia"], shadows=["nadia"])
    duties = {each.id: (Rota(each).at(NOW), each) for each in (own, other)}
    assert recipients((Notify(rotation="rides"),), own.id, duties) == Recipients(["sofia"], ["leo"])


@pytest.mark.parametrize(
    ("backed", "late", "people", "copies"),
    [
        (False, False, ["amina"], []),
        (False, True, ["amina"], []),
        (True, False, ["amina"], ["maya"]),
        (True, True, ["amina", "maya"], []),
    ],
)
def test_only_a_primary_who_learns_has_somebody_behind_them(
    backed: bool, late: bool, people: list[str], copies: list[str]
) -> None:
    declared = rotation(shadows=[])
    duties = {declared.id: (replace(Rota(declared).at(NOW), backed=backed), declared)}
    assert recipients(notify(Target.PRIMARY), declared.id, duties, late=late) == Recipients(
        people, [], copies=copies
    )


def test_a_step_that_calls_nobody_copies_nobody() -> None:
    declared = rotation()
    duties = {declared.id: (replace(Rota(declared).at(NOW), backed=True), declared)}
    posted = recipients((Notify(channel="oncall"),), declared.id, duties)
    assert posted == Recipients([], [], channels={"oncall": ""})
