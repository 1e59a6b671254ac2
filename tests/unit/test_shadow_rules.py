"""The rules of a shadow's plan: who may let a stage begin or take it back, and which turns count as held."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.config.declared import Person, Role
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.oncall.duty import Change, Layer, Why
from core.oncall.learning import Stage
from core.oncall.progress import Progress, is_to_be_asked, may_decide, may_take_back, running, turns_held
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, ShadowStep, StepStatus
from core.oncall.schedule import shift_at

T0 = datetime(2013, 6, 3, 13, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
PLAN = Shadowing.model_validate({"person": "leo", "shifts": 3, "mentor": "amina"})


def person(name: str, *roles: Role) -> Person:
    return Person(id=name, name=name.title(), slack=f"U0{name.upper()}", roles=[Role.RESPONDER, *roles])


LEO, AMINA, JONAS = person("leo"), person("amina"), person("jonas")
APPROVER = person("maya", Role.APPROVER)


def step(status: StepStatus = StepStatus.ASKED, starts_at: datetime | None = None, **changes: Any) -> ShadowStep:
    values = {"person": "leo", "evidence": {"from": "shadow", "taken_back_by": "amina"}, "decided_by": "jonas"}
    return ShadowStep(status=status, starts_at=starts_at, **{**values, **changes})


@pytest.mark.parametrize(
    ("asked", "plan", "who", "reason"),
    [
        (step(), PLAN, AMINA, "approved"),
        (step(), PLAN, APPROVER, "approved"),
        (step(), PLAN, JONAS, "not_the_mentor"),
        (step(), PLAN, LEO, "own_step"),
        (step(person="maya"), PLAN, APPROVER, "own_step"),
        (step(), PLAN, None, "not_in_team"),
        (step(StepStatus.APPROVED), PLAN, AMINA, "already_decided"),
        (None, PLAN, AMINA, "no_such_step"),
        (step(), None, AMINA, "no_such_step"),
    ],
)
def test_the_mentor_or_an_approver_lets_a_stage_begin(
    asked: ShadowStep | None, plan: Shadowing | None, who: Person | None, reason: str
) -> None:
    assert may_decide(asked, plan, who, yes=True).reason == reason


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (StepStatus.APPROVED, "{person:jonas} approved this already."),
        (StepStatus.NOT_YET, "{person:jonas} said “not yet” to this already."),
        (StepStatus.TAKEN_BACK, "{person:jonas} approved this already, and it was taken back since."),
    ],
)
def test_who_comes_second_hears_what_was_decided(status: StepStatus, said: str) -> None:
    assert may_decide(step(status), PLAN, AMINA, yes=True).detail == said


APPROVED = step(StepStatus.APPROVED)


@pytest.mark.parametrize(
    ("approved", "newer", "plan", "who", "reason"),
    [
        *((APPROVED, False, PLAN, who, "taken_back") for who in (AMINA, APPROVER, JONAS, LEO)),
        (APPROVED, False, PLAN, person("nadia"), "not_the_mentor"),
        (APPROVED, False, PLAN, None, "not_in_team"),
        (APPROVED, True, PLAN, AMINA, "later_stage"),
        (step(StepStatus.TAKEN_BACK), False, PLAN, AMINA, "already_taken_back"),
        (step(), False, PLAN, AMINA, "not_approved"),
        (step(StepStatus.APPROVED, evidence={}), False, PLAN, AMINA, "no_such_step"),
        (None, False, PLAN, AMINA, "no_such_step"),
        (APPROVED, False, None, AMINA, "no_such_step"),
    ],
)
def test_a_stage_is_taken_back_by_whoever_it_concerns_or_an_approver(
    approved: ShadowStep | None, newer: bool, plan: Shadowing | None, who: Person | None, reason: str
) -> None:
    assert may_take_back(approved, newer, plan, who).reason == reason


def test_the_last_step_that_has_begun_runs() -> None:
    begun, taken = step(StepStatus.APPROVED, T0), step(StepStatus.TAKEN_BACK, T0 + HOUR)
    steps = [begun, taken, step(StepStatus.NOT_YET, T0 + HOUR), step(StepStatus.APPROVED, T0 + 3 * HOUR), step()]
    assert running(steps, T0 - HOUR) is None
    assert running(steps, T0) is begun
    assert running(steps, T0 + 2 * HOUR) is taken


def test_a_stage_that_is_approved_and_has_yet_to_begin_is_not_asked_for() -> None:
    assert is_to_be_asked(Progress(PLAN, Stage.SHADOW, T0, 3, 0, 1))
    assert not is_to_be_asked(Progress(PLAN, Stage.SHADOW, T0, 3, 0, 1, begins=T0))


ROTATION: dict[str, Any] = {
    "id": "flights",
    "title": "Flights",
    "handoff": {"at": "09:00"},
    "starts": date(2013, 1, 28),
    "members": ["amina"],
    "channel": "oncall",
}


@pytest.mark.parametrize(("had", "turns"), [(0.5, 1), (0.49, 0)])
def test_a_turn_counts_for_whoever_had_half_of_it(had: float, turns: int) -> None:
    rotation = Rotation.model_validate(ROTATION)
    shift = shift_at(rotation, T0)
    part = Change(
        1, Layer.OVERRIDE, Why.OVERRIDE, DutyRole.PRIMARY, "leo", shift.start, shift.start + had * WEEK, T0
    )
    assert turns_held(Rota(rotation, changes=[part]), "leo", DutyRole.PRIMARY, shift.start, shift.end) == turns
    assert turns_held(Rota(rotation), "amina", DutyRole.PRIMARY, shift.start + 0.5 * WEEK, shift.end) == 1


def test_nothing_that_was_before_counts_as_held() -> None:
    rotation = Rotation.model_validate(ROTATION)
    shift = shift_at(rotation, T0)
    assert turns_held(Rota(rotation), "amina", DutyRole.PRIMARY, shift.end, shift.end + HOUR) == 0


def test_a_primarys_turns_are_those_of_the_layer_that_decided() -> None:
    daily = {"id": "day", "members": ["leo"], "every": "1d", "handoff": {"at": "09:00"}}
    rota = Rota(Rotation.model_validate({**ROTATION, "layers": [daily]}))
    start = shift_at(rota.rotation, T0).start
    assert turns_held(rota, "leo", DutyRole.PRIMARY, start, start + WEEK) == 7
