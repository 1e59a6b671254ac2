"""Leo learns to be on call: he goes along, amina lets him have a shift with her behind him, and then he is ready."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action, Callback
from core.clock import SimulatedClock
from core.db.database import Database
from tests.oncall_support import HANDOFF, T0, TEAM, audit_rows
from tests.oncall_support import config as team_config
from tests.pages_support import fire
from tests.slack_support import AMINA, JONAS, LEO, MAYA, ONCALL, Desk, actions_of, desk, shown, texts
from workflows import shadow_plan
from workflows.rota import on_call
from workflows.step_pages import step_due

WEEK, MINUTE = timedelta(weeks=1), timedelta(minutes=1)
PLAN = {"person": "leo", "shifts": 1, "backed_shifts": 1, "mentor": "amina"}
ROTATION: dict[str, Any] = {
    **TEAM["rotations"][0],
    "members": ["jonas", "amina", "leo", "maya"],
    "shadows": [],
    "shadowing": [PLAN],
}


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    team = team_config(rotations=[ROTATION])
    async with desk(sqlite_database, team, SimulatedClock(T0 + timedelta(days=4)), tmp_path) as running:
        running.do(shadow_plan.propose_due)
        yield running


async def on(at: Desk, weeks: int) -> None:
    """The instant of a handoff; whatever is due for those who learn is done."""
    at.clock.advance_to(HANDOFF + weeks * WEEK)
    at.do(shadow_plan.propose_due)
    await at.deliver()


async def opened(at: Desk, user: str) -> str:
    await at.slash(user, "/oncall", "shadow")
    form = at.workspace.views(user)[-1]
    assert form["callback_id"] == Callback.SHADOW, "it is filled by now"
    return " ".join(texts(form))


async def test_leo_learns(at: Desk) -> None:
    assert "0 of 1 shift" in await opened(at, LEO)
    await on(at, 0)
    assert at.workspace.direct(AMINA) == [], "not even half a shift was gone along with"
    await fire(at)
    assert "You go along" in shown(at.workspace.direct(LEO)[-1])
    await on(at, 1)
    question = at.workspace.direct(AMINA)[-1]
    assert f"<@{LEO}> went along with 1 shift and saw 1 page" in shown(question)
    assert "1 of 1 shift" in await opened(at, JONAS)
    await at.click(AMINA, question, Action.APPROVE_STAGE)
    await at.deliver()
    assert "approved" in shown(direct_now(at, question.ts))
    assert Action.APPROVE_STAGE not in actions_of(direct_now(at, question.ts))
    assert f"<@{LEO}> is primary with a backup" in shown(at.parent(ONCALL))
    listed = await at.slash(JONAS, "/oncall", "changes")
    assert f"<@{LEO}>, Flights on-call: primary with a backup" in listed
    await at.slash(MAYA, "/oncall", "changes")
    await at.click(MAYA, at.workspace.ephemerals(MAYA)[-1], Action.TAKE_BACK)
    assert "can take this back" in at.told(MAYA)
    await at.click(AMINA, direct_now(at, question.ts), Action.TAKE_BACK)
    assert "not yet" in shown(direct_now(at, question.ts))
    assert f"<@{LEO}> is shadow again" in shown(at.parent(ONCALL))
    assert "as declared" in await at.slash(JONAS, "/oncall", "changes")


async def test_without_a_mentor_approvers_are_asked_where_all_see_it_and_the_first_word_counts(
    sqlite_database: Database, tmp_path: Path
) -> None:
    plan = {key: value for key, value in PLAN.items() if key != "mentor"}
    team = team_config(rotations=[{**ROTATION, "shadowing": [plan]}])
    async with desk(sqlite_database, team, SimulatedClock(T0), tmp_path) as at:
        at.do(shadow_plan.propose_due)
        await on(at, 0)
        question = at.parent(ONCALL)
        await at.click(LEO, question, Action.APPROVE_STAGE)
        assert "about yourself" in at.told(LEO)
        await at.click(MAYA, question, Action.APPROVE_STAGE)
        assert "Only an approver" in at.told(MAYA)
        await at.click(AMINA, question, Action.NOT_YET)
        await at.click(JONAS, question, Action.APPROVE_STAGE)
        assert f"<@{AMINA}> said “not yet” to this already" in at.told(JONAS)
        assert [row[1:] for row in audit_rows(at.database) if row[1].startswith("shadow.")] == [
            ("shadow.ask", True, "shifts_done"),
            ("shadow.approve", False, "own_step"),
            ("shadow.approve", False, "not_the_mentor"),
            ("shadow.not_yet", True, "not_yet"),
            ("shadow.approve", False, "already_decided"),
        ]
        assert on_call_then(at).learning == ("leo",)


def on_call_then(at: Desk) -> Any:
    return at.do(lambda s, c, _now: on_call(s, c, "flights", HANDOFF + 3 * WEEK))


def direct_now(at: Desk, ts: str) -> Any:
    return next(message for message in at.workspace.direct(AMINA) if message.ts == ts)


async def test_whoever_stands_behind_leo_sees_his_pages_and_is_called_next(at: Desk) -> None:
    for week in (0, 1):
        await on(at, week)
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.APPROVE_STAGE)
    await on(at, 4)
    assert at.do(lambda s, c, now: on_call(s, c, "flights", now)).primary == "leo"
    assert "with <@" + AMINA + "> behind them" in await opened(at, LEO)
    await fire(at)
    copy = at.workspace.direct(AMINA)[-1]
    assert "You are the backup" in shown(copy)
    assert f"<@{LEO}> is called first" in shown(copy)
    at.clock.advance(15 * MINUTE)
    at.do(step_due)
    await at.deliver()
    assert shown(at.workspace.direct(AMINA)[-1]).startswith("*You are called: ")
