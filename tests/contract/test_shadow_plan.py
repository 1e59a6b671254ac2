"""A shadow's plan in the database: begun, counted, asked for, and decided once."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.config.load import Config
from core.config.team import Team
from core.db.database import Database
from core.oncall.learning import Stage
from core.oncall.rota_tables import ShadowStep
from core.oncall.tables import CallKind, PageCall
from tests.oncall_support import (
    HANDOFF,
    T0,
    TEAM,
    add_group,
    at_once,
    audit_rows,
    config,
    messages,
    minutes,
    person,
)
from workflows import escalate, shadow_plan, step_pages
from workflows.change_rota import Wish, override
from workflows.rota import on_call

WEEK = timedelta(weeks=1)
PLAN: dict[str, Any] = {"person": "leo", "shifts": 1, "backed_shifts": 1, "mentor": "amina"}


def learning(*plans: dict[str, Any], **changes: Any) -> Config:
    """Jonas, amina, leo: amina's week runs at T0, and leo's would be the next."""
    rotation = {**TEAM["rotations"][0], "members": ["jonas", "amina", "leo", "maya"], "shadows": [], **changes}
    return config(rotations=[{**rotation, "starts": "2013-01-28", "shadowing": list(plans or [PLAN])}])


def tick(database: Database, team: Config, *weeks: int) -> list[int]:
    """Look at the plans some weeks after the first handoff; how many questions came of each look."""
    found = []
    for week in weeks:
        with database.write() as session:
            found.append(shadow_plan.propose_due(session, team, HANDOFF + week * WEEK))
    return found


def decide(database: Database, team: Config, step: int, who: str, now: Any, *, yes: bool = True) -> str:
    with database.write() as session:
        return shadow_plan.decide(session, team, step, team.team.person(who), who, now, yes=yes).reason


def stages(database: Database) -> list[tuple[int, str, str]]:
    with database.read() as session:
        rows = session.scalars(select(ShadowStep).order_by(ShadowStep.version))
        return [(row.version, row.stage, row.status) for row in rows]


def test_a_plan_goes_from_shadow_to_backed_to_ready_by_approvals_alone(database: Database) -> None:
    team = learning()
    with database.write() as session:
        assert shadow_plan.next_due(session, team) is not None
        shadow_plan.propose_due(session, team, T0)
        assert on_call(session, team, "flights", HANDOFF).primary == "maya", "leo's turn falls to the next"
        assert shadow_plan.next_due(session, team) == HANDOFF
    assert tick(database, team, 0, 0, 1, 2) == [1, 0, 0, 0], "asked once"
    assert messages(database, "shadow_step") == ["@amina"]
    now = HANDOFF + 2 * WEEK + minutes(5)
    assert decide(database, team, 2, "leo", now) == "own_step"
    assert decide(database, team, 2, "maya", now) == "not_the_mentor"
    assert decide(database, team, 2, "amina", now) == "approved"
    assert decide(database, team, 2, "jonas", now) == "already_decided"
    with database.read() as session:
        assert on_call(session, team, "flights", now).learning == ("leo",), "it begins with the next shift"
        assert on_call(session, team, "flights", HANDOFF + 3 * WEEK).learning == ()
        held = on_call(session, team, "flights", HANDOFF + 4 * WEEK)
        assert (held.primary, held.backup, held.backed) == ("leo", "amina", True)
        assert [p.stage for _, p in shadow_plan.progress(session, team, HANDOFF + 3 * WEEK)] == [Stage.BACKED]
    assert tick(database, team, 3, 4, 5) == [0, 0, 1], "after leo's own week"
    assert decide(database, team, 3, "jonas", HANDOFF + 5 * WEEK) == "approved"
    with database.read() as session:
        held = on_call(session, team, "flights", HANDOFF + 8 * WEEK)
        assert (held.primary, held.backed) == ("leo", False)
    assert stages(database) == [(1, "shadow", "approved"), (2, "backed", "approved"), (3, "ready", "approved")]
    assert [row[1:] for row in audit_rows(database) if row[1] == "shadow.approve"] == [
        ("shadow.approve", False, "own_step"),
        ("shadow.approve", False, "not_the_mentor"),
        ("shadow.approve", True, "approved"),
        ("shadow.approve", False, "already_decided"),
        ("shadow.approve", True, "approved"),
    ]


def test_not_yet_is_asked_again_after_another_shift(database: Database) -> None:
    team = learning()
    tick(database, team, 0)
    assert tick(database, team, 1) == [1]
    assert decide(database, team, 2, "amina", HANDOFF + WEEK, yes=False) == "not_yet"
    with database.read() as session:
        assert on_call(session, team, "flights", HANDOFF + 3 * WEEK).learning == ("leo",)
    assert tick(database, team, 1, 2) == [0, 1]
    assert [row[2] for row in stages(database)] == ["approved", "not_yet", "asked"]


def test_two_who_decide_at_once_decide_once(database: Database) -> None:
    team = learning()
    tick(database, team, 0, 1)
    found: list[str] = []

    def by(who: str, *, yes: bool) -> Any:
        return lambda: found.append(decide(database, team, 2, who, HANDOFF + WEEK, yes=yes))

    at_once(by("amina", yes=True), by("jonas", yes=False))
    assert len(found) == 2
    assert "already_decided" in found
    assert {"approved", "not_yet"} & set(found)


def take_back(database: Database, team: Config, step: int, who: str, now: Any) -> str:
    with database.write() as session:
        return shadow_plan.take_back(session, team, step, team.team.person(who), who, now).reason


def test_an_approved_stage_that_has_not_begun_is_taken_back_and_asked_for_again(database: Database) -> None:
    team = learning()
    tick(database, team, 0, 1)
    now = HANDOFF + WEEK + minutes(5)
    assert take_back(database, team, 2, "amina", now) == "not_approved"
    decide(database, team, 2, "amina", now)
    assert take_back(database, team, 2, "maya", now) == "not_the_mentor"
    assert take_back(database, team, 2, "amina", now) == "taken_back"
    assert take_back(database, team, 2, "amina", now) == "not_approved", "once"
    with database.read() as session:
        assert on_call(session, team, "flights", HANDOFF + 4 * WEEK).primary != "leo"
    assert stages(database) == [(1, "shadow", "approved"), (2, "backed", "not_yet")]
    assert tick(database, team, 1, 2) == [0, 1], "after another shift"


def test_a_stage_that_runs_ends_at_once_and_what_was_stays_as_it_was(database: Database) -> None:
    team = learning()
    tick(database, team, 0, 1)
    decide(database, team, 2, "amina", HANDOFF + WEEK)
    tick(database, team, 2, 3, 4)
    now = HANDOFF + 4 * WEEK + minutes(90)
    with database.read() as session:
        assert on_call(session, team, "flights", now).primary == "leo"
    assert take_back(database, team, 2, "leo", now) == "taken_back", "whoever it is about may say so, too"
    with database.read() as session:
        held = on_call(session, team, "flights", now)
        assert (held.primary, held.learning) == ("maya", ("leo",)), "the next one has it at once"
        assert on_call(session, team, "flights", now - minutes(1)).primary == "leo"
        ((_, found),) = shadow_plan.progress(session, team, now)
        assert (found.stage, found.done, found.asked) == (Stage.SHADOW, 0, False)
    assert stages(database) == [(1, "shadow", "approved"), (2, "backed", "taken_back"), (3, "shadow", "approved")]
    assert take_back(database, team, 2, "amina", now) == "already_taken_back"
    assert take_back(database, team, 3, "amina", now) == "no_such_step"
    assert sum(tick(database, team, 5, 6, 7)) == 1, "and the way goes on from there"


def test_a_stage_is_taken_back_from_its_end_and_with_it_the_question_for_the_next(database: Database) -> None:
    team = learning()
    tick(database, team, 0, 1)
    decide(database, team, 2, "amina", HANDOFF + WEEK)
    assert tick(database, team, 2, 3, 4, 5)[-1] == 1
    now = HANDOFF + 5 * WEEK + minutes(5)
    decide(database, team, 3, "amina", now)
    assert take_back(database, team, 2, "amina", now) == "later_stage"
    assert take_back(database, team, 3, "amina", now) == "taken_back"
    assert take_back(database, team, 2, "amina", now) == "taken_back"
    assert [row[2] for row in stages(database)] == ["approved", "taken_back", "not_yet", "approved"]


def test_two_who_take_back_at_once_take_back_once(database: Database) -> None:
    team = learning()
    tick(database, team, 0, 1)
    decide(database, team, 2, "amina", HANDOFF + WEEK)
    found: list[str] = []

    def by(who: str) -> Any:
        return lambda: found.append(take_back(database, team, 2, who, HANDOFF + 3 * WEEK))

    at_once(by("amina"), by("jonas"))
    assert sorted(found) == ["already_taken_back", "taken_back"]
    assert len(stages(database)) == 3


def test_nobody_can_be_made_to_rely_on_a_shadow(database: Database) -> None:
    team = learning()
    with database.write() as session:
        wish = Wish("leo", T0, T0 + minutes(60), "", "flights")
        assert override(session, team, wish, person("jonas"), "jonas", T0).reason == "still_learning"


def test_a_page_of_somebody_backed_is_copied_to_the_mentor_who_is_called_next(database: Database) -> None:
    team = learning({**PLAN, "mentor": "jonas"})
    tick(database, team, 0, 1)
    decide(database, team, 2, "jonas", HANDOFF + WEEK)
    now = HANDOFF + 4 * WEEK + minutes(5)
    with database.write() as session:
        assert on_call(session, team, "flights", now).primary == "leo"
        escalate.open_page(session, team, add_group(session, opened_at=now), now)
        step_pages.step_due(session, team, now + minutes(15))
        calls = session.execute(select(PageCall.step, PageCall.kind, PageCall.target).order_by(PageCall.id)).all()
    assert [tuple(each) for each in calls] == [
        (0, CallKind.PERSON, "leo"),
        (0, CallKind.COPY, "jonas"),
        (1, CallKind.PERSON, "jonas"),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"members": ["jonas", "amina"]}, "“leo” is not among the members"),
        ({"shadowing": [PLAN, PLAN]}, "somebody is there twice"),
        ({"shadowing": [{**PLAN, "mentor": "leo"}]}, "still learning"),
        ({"members": ["leo"]}, "somebody has to be relied on"),
        ({"shadowing": [{**PLAN, "mentor": "nobody"}]}, "“nobody” is not among the people"),
        ({"shadowing": [{**PLAN, "mentor": "sofia"}]}, "need the role responder"),
        ({"shadowing": [{**PLAN, "shifts": 0}]}, "greater than or equal to 1"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_the_yaml(changes: dict[str, Any], says: str) -> None:
    rotation = {**TEAM["rotations"][0], "members": ["jonas", "amina", "leo"], "shadowing": [PLAN], **changes}
    with pytest.raises(ValidationError, match=says):
        Team.model_validate({**TEAM, "rotations": [rotation]})
