"""What schedules do, asked for by a word; and the bug queue, worked through by typing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.ids import Action
from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.db.database import Database
from core.models.version import STATUS_TAG, VersionStatus
from core.runs import store as runs
from core.tickets.draft import TicketDraft
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, JONAS, LEO, MAYA, SOFIA, Desk, desk, said, shown
from workflows import file_bug
from workflows.roll_back import RollbackPlan, request_rollback


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        yield running


def asked_for(at: Desk) -> list[tuple[str, dict[str, Any]]]:
    """The runs that were asked for."""
    with at.database.read() as session:
        return [(each.kind, each.args) for each in runs.open_runs(session)]


def buttons(at: Desk, user: str) -> dict[str, str]:
    """The buttons of the last answer, by label: what they carry."""
    blocks = at.workspace.ephemerals(user)[-1].blocks
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    own = [block["accessory"] for block in blocks if block.get("accessory", {}).get("type") == "button"]
    return {each["text"]["text"]: each["value"] for each in [*(e for row in rows for e in row), *own]}


async def test_a_retraining_is_asked_for_once_and_by_a_second_click(at: Desk) -> None:
    for text in ("retrain", "flights retrain", "train flights now", "can you retrain flights"):
        assert "Retrain Flight delays now?" in await at.slash(MAYA, "/model", text)
        assert asked_for(at) == [], "the words alone train nothing"
    await at.click(MAYA, at.workspace.ephemerals(MAYA)[-1], Action.RETRAIN)
    ((kind, args),) = asked_for(at)
    assert (kind, args["pipeline"], args["by"]) == ("retrain", "flights", "maya")
    assert "is being retrained" in at.told(MAYA)
    await at.slash(JONAS, "/model", "retrain")
    await at.click(JONAS, at.workspace.ephemerals(JONAS)[-1], Action.RETRAIN)
    assert "is being retrained already" in at.told(JONAS)
    assert len(asked_for(at)) == 1


async def test_an_evaluation_is_asked_for_by_whoever_may(at: Desk) -> None:
    told = await at.slash(SOFIA, "/model", "evaluate")
    assert "Only people with the role “responder” may have a model evaluated." in told
    assert asked_for(at) == []
    assert "with the labels that are in by now" in await at.slash(MAYA, "/model", "eval flights again")
    ((kind, args),) = asked_for(at)
    assert (kind, args["pipeline"]) == ("evaluate", "flights")
    assert "is being evaluated already" in await at.slash(MAYA, "/model", "evaluate")
    with at.database.read() as session:
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "run.ask")).all()
    assert [(each.actor, each.reason) for each in trail] == [
        ("sofia", "role_missing"),
        ("maya", "asked"),
        ("maya", "under_way"),
    ]


async def test_what_waits_for_a_decision_is_one_word_away(at: Desk) -> None:
    assert "Nothing waits for a decision." in await at.slash(JONAS, "/model", "promote flights")
    plan = RollbackPlan("flights", 2, 1, "v1 did well.")
    at.do(lambda s, c, now: request_rollback(s, c, plan, c.team.person("maya"), "maya", None, now))
    assert "Roll back Flight delays from v2 to v1" in await at.slash(JONAS, "/model", "approve")
    await at.click(JONAS, at.workspace.ephemerals(JONAS)[-1], Action.SHOW_APPROVAL)
    assert "Who asks for it cannot decide it" in said(at.workspace.views(JONAS)[-1])


async def test_a_version_that_is_not_the_one_to_go_back_to_is_told(at: Desk, tmp_path: Path) -> None:
    model = tmp_path / "model.skops"
    model.write_bytes(b"model")
    for _ in range(2):
        at.registry.register("flights", model, {}, {STATUS_TAG: VersionStatus.APPROVED}, at.clock.now())
    at.registry.set_champion("flights", 2)
    await at.slash(MAYA, "/model", "rollback flights to v7")
    form = said(at.workspace.views(MAYA)[-1])
    assert "from *v2* to *v1*" in form
    assert "You wrote v7." in form


def file(at: Desk, title: str, **more: Any) -> None:
    draft = TicketDraft(title, "", "flights", "high", "metric_drop", None)
    at.do(lambda s, c, now: file_bug.file_bug(s, c, draft, c.team.person("maya"), "maya", now))


async def test_the_queue_is_worked_through_by_typing(at: Desk) -> None:
    file(at, "Labels from EWR come late")
    file(at, "Accuracy fell in the storm")
    await at.deliver()
    for text in ("search storm", "list storm", "storm", "find the storm"):
        told = await at.slash(MAYA, "/bug", text)
        assert "Accuracy fell" in told, text
        assert "EWR" not in told, text
    assert "No bugs for “mine”" in await at.slash(LEO, "/bug", "mine")
    assert "gave bug #2 to" in await at.slash(MAYA, "/bug", "assign 2 to leo")
    await at.deliver()
    assert f"<@{LEO}>" in shown(at.thread(at.parent(FLIGHTS))[-1]), "who is put on it is mentioned"
    assert "Accuracy fell" in await at.slash(LEO, "/bug", "mine")
    assert "has not the role" in await at.slash(MAYA, "/bug", "assign 2 sofia")
    assert "is on it" in await at.slash(MAYA, "/bug", "1 take")
    assert "Labels from EWR" in await at.slash(MAYA, "/bug", "priority 1"), "an unknown word shows the bug"
    await at.slash(MAYA, "/bug", "close #1 the feed is back")
    form = at.workspace.views(MAYA)[-1]
    assert form["blocks"][-1]["element"]["initial_value"] == "the feed is back"
    await at.workspace.submit(MAYA, form["id"], {})
    await at.surface.settle()
    assert "the feed is back" in await at.slash(MAYA, "/bug", "closed")
    assert "EWR" not in await at.slash(MAYA, "/bug", "list")
    assert "Open" in await at.slash(MAYA, "/bug", "reopen 1")


async def test_without_a_number_bugs_are_offered_and_a_title_stays_one(at: Desk) -> None:
    file(at, "Labels from EWR come late")
    await at.slash(MAYA, "/bug", "close")
    assert buttons(at, MAYA)["#1 Labels from EWR come late"] == "/bug close 1"
    await at.slash(MAYA, "/bug", "close prices are missing since monday")
    assert buttons(at, MAYA)["File it as a bug"] == "/bug new close prices are missing since monday"
    assert "There is no such bug." in await at.slash(MAYA, "/bug", "close 99")
    await at.slash(MAYA, "/bug", "upload 1 hour late")
    assert at.workspace.views(MAYA)[-1]["blocks"][0]["element"]["initial_value"] == "upload 1 hour late"
