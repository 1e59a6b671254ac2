"""App Home shows what concerns a person, each thing with its button, and follows what they do there."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import api, groups
from tests.oncall_support import HANDOFF, T0, TEAM, draft_due
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, JONAS, LEO, MAYA, STRANGER, Desk, desk, said, shown
from workflows import respond, shadow_plan
from workflows.roll_back import RollbackPlan, request_rollback
from workflows.step_pages import step_due

PIPELINE = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}
DAYS = {
    "id": "day",
    "members": ["leo", "maya"],
    "every": "1w",
    "handoff": {"at": "09:00"},
    "during": [{"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "to": "17:00"}],
}
ROTATION: dict[str, Any] = {
    **TEAM["rotations"][0],
    "members": ["jonas", "amina", "maya", "leo"],
    "layers": [DAYS],
    "shadowing": [{"person": "leo", "shifts": 1, "mentor": "amina"}],
}


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    team = team_config(rotations=[ROTATION])
    async with desk(sqlite_database, team, SimulatedClock(T0), tmp_path) as running:
        running.do(shadow_plan.propose_due)
        yield running


async def press(at: Desk, user: str, action: str) -> None:
    view = await at.home(user)
    outcome = await at.workspace.click_in_view(user, view["id"], action)
    assert outcome.ok, outcome
    await at.surface.settle()
    await at.deliver()


async def test_shifts_are_told_with_their_layer_and_the_parts_they_have(at: Desk) -> None:
    shown = said(await at.home(MAYA))
    assert "layer day" in shown, "leo learns, so maya has every day"
    assert "in 5 parts" in shown
    assert "*Flights on-call*, layer day, primary:" in shown
    assert "*Flights on-call*, shadow:" in said(await at.home(LEO))
    assert shown.count(", primary:") == 4


async def test_pages_are_answered_from_home_by_whoever_was_called(at: Desk) -> None:
    at.do(lambda s, c, now: respond.receive(s, c, [api(PIPELINE, annotations={"summary": "4 s"})], now))
    await at.deliver()
    called = {user for user in (AMINA, JONAS, MAYA, LEO) if Action.ACKNOWLEDGE in str(await at.home(user))}
    assert called == {AMINA}
    at.clock.advance(timedelta(minutes=15))
    at.do(step_due)
    await at.deliver()
    await press(at, MAYA, Action.ACKNOWLEDGE)
    assert [group.acknowledged_by for group in at.do(lambda s, _c, _n: groups(s))] == ["maya"]
    shown = at.workspace.home(MAYA)
    assert shown is not None
    assert Action.RESOLVE in str(shown), "it is drawn again, and hers now"
    assert Action.ACKNOWLEDGE not in str(await at.home(AMINA))


async def test_a_handoff_and_a_stage_wait_for_who_may_decide_them(at: Desk) -> None:
    at.clock.advance_to(HANDOFF)
    at.do(shadow_plan.propose_due)
    at.do(draft_due)
    await at.deliver()
    assert "Handoff of Flights on-call" in said(await at.home(MAYA))
    assert Action.APPROVE_STAGE not in str(await at.home(LEO))
    await press(at, AMINA, Action.APPROVE_STAGE)
    assert Action.APPROVE_STAGE not in str(at.workspace.home(AMINA))
    await press(at, MAYA, Action.ACCEPT_HANDOFF)
    assert "Handoff of" not in said(await at.home(MAYA))


async def test_a_request_is_decided_from_home_in_sight_of_its_evidence(at: Desk) -> None:
    plan = RollbackPlan("flights", 4, 3, "v4 is worse")
    maya = at.config.team.person("maya")
    at.do(lambda s, c, now: request_rollback(s, c, plan, maya, "maya", None, now))
    await at.deliver()
    assert Action.SHOW_APPROVAL not in str(await at.home(MAYA)), "nobody decides what they asked for"
    await press(at, JONAS, Action.SHOW_APPROVAL)
    (form,) = at.workspace.views(JONAS)
    assert f"Asked by <@{MAYA}>" in said(form)
    outcome = await at.workspace.click_in_view(JONAS, form["id"], Action.APPROVE)
    assert outcome.ok, outcome
    await at.surface.settle()
    (form,) = at.workspace.views(JONAS)
    assert f"Approved by <@{JONAS}>" in said(form)
    assert Action.APPROVE not in str(form)
    assert Action.SHOW_APPROVAL not in str(await at.home(AMINA))


async def test_home_says_how_things_stand_also_to_whom_nothing_waits_for(at: Desk) -> None:
    assert "No alert is open." in said(await at.home(MAYA))
    at.do(lambda s, c, now: respond.receive(s, c, [api(PIPELINE, annotations={"summary": "4 s"})], now))
    await at.deliver()
    told = said(await at.home(MAYA))
    assert "*1 open alert*, unanswered" in told
    assert f"*Flights on-call*: <@{AMINA}> until <!date^" in told
    assert "All is well" not in told
    told = said(await at.home(STRANGER))
    assert "you can look, and not act" in told
    assert "*1 open alert*, unanswered" in told


async def test_every_command_can_be_chosen_from_home(at: Desk) -> None:
    view = await at.home(MAYA)
    outcome = await at.workspace.click_in_view(MAYA, view["id"], f"{Action.MENU}:alerts", "/alerts list")
    assert outcome.ok, outcome
    await at.surface.settle()
    assert "No alert is open." in shown(at.workspace.direct(MAYA)[-1])
