"""From an alert to a bug, a rollback and a handoff: each by the clicks that people make."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.slack.ids import Action, Callback, Field
from core.approvals import store as approvals
from core.approvals.tables import ApprovalStatus
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.tickets import store as tickets
from core.tickets.tables import TicketStatus
from tests.oncall_support import draft_due
from tests.people_support import alerted, view_of
from tests.slack_support import (
    AMINA,
    FLIGHTS,
    JONAS,
    LEO,
    MAYA,
    ONCALL,
    STRANGER,
    Desk,
    actions_of,
    shown,
)
from workflows.file_bug import change_status


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with alerted(sqlite_database, clock, tmp_path) as running:
        yield running


async def test_a_bug_is_filed_from_the_alert_once(at: Desk) -> None:
    await at.click(MAYA, at.parent(FLIGHTS), Action.FILE_BUG)
    form = view_of(at, MAYA)
    assert "Accuracy below its objective" in str(form["blocks"])
    outcome = await at.workspace.submit(MAYA, form["id"], {Field.TITLE: "Accuracy fell in the storm"})
    assert outcome.ok
    await at.surface.settle()
    await at.deliver()
    parent = at.parent(FLIGHTS)
    assert "bug #1" in shown(parent)
    assert any("Bug #1: Accuracy fell in the storm" in reply for reply in at.replies(FLIGHTS, parent))
    queue = await at.slash(JONAS, "/bug", "list")
    reply = next(message for message in at.thread(parent) if "Bug #1" in shown(message))
    assert f"/archives/{FLIGHTS}/p{reply.ts.replace('.', '')}|#1>* Accuracy fell in the storm" in queue
    with at.database.read() as session:
        assert len(tickets.of_group(session, 1)) == 1


async def test_two_who_file_at_once_make_one_bug(at: Desk) -> None:
    for user in (MAYA, JONAS):
        await at.click(user, at.parent(FLIGHTS), Action.FILE_BUG)
    assert (await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {})).ok
    again = await at.workspace.submit(JONAS, view_of(at, JONAS)["id"], {})
    assert "filed this already" in str(again.errors)
    assert view_of(at, JONAS)["callback_id"] == Callback.FILE_BUG, "the form stays, with what was typed"


async def test_a_bug_that_is_filed_already_is_shown_in_place_of_the_form(at: Desk) -> None:
    await at.click(MAYA, at.parent(FLIGHTS), Action.FILE_BUG)
    assert (await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.TITLE: "The storm"})).ok
    await at.deliver()
    await at.click(JONAS, at.parent(FLIGHTS), Action.FILE_BUG)
    told = view_of(at, JONAS)
    reply = next(message for message in at.thread(at.parent(FLIGHTS)) if "Bug #1" in shown(message))
    assert not told["submit"]
    assert f"/archives/{FLIGHTS}/p{reply.ts.replace('.', '')}|Bug #1: The storm>" in str(told["blocks"])
    assert f"filed by <@{MAYA}>" in str(told["blocks"])
    with at.database.write() as session:
        change = (1, TicketStatus.CLOSED, at.config.team.person("maya"), "maya", at.clock.now(), "It passed.")
        assert change_status(session, at.config, *change).allowed
    await at.click(JONAS, at.parent(FLIGHTS), Action.FILE_BUG)
    assert view_of(at, JONAS)["callback_id"] == Callback.FILE_BUG, "another may be filed now"


async def test_a_rollback_that_waits_already_is_shown_in_place_of_the_form(at: Desk) -> None:
    await at.click(JONAS, at.parent(FLIGHTS), Action.ROLL_BACK)
    assert (await at.workspace.submit(JONAS, view_of(at, JONAS)["id"], {Field.WHY: "storm"})).ok
    await at.deliver()
    await at.slash(AMINA, "/model", "rollback")
    told = view_of(at, AMINA)
    assert not told["submit"]
    assert "asked for already" in str(told["blocks"])
    assert f"Asked by <@{JONAS}>: storm" in str(told["blocks"])
    assert f"/archives/{FLIGHTS}/p" in str(told["blocks"])
    assert (await at.workspace.click_in_view(AMINA, told["id"], Action.APPROVE)).ok
    await at.surface.settle()
    assert f"Approved by <@{AMINA}>" in str(view_of(at, AMINA)["blocks"])


async def test_a_rollback_that_is_carried_out_is_not_asked_for_again(at: Desk) -> None:
    """Two have the form open; the other's submission comes when the first request is approved already."""
    for user in (JONAS, MAYA):
        await at.click(user, at.parent(FLIGHTS), Action.ROLL_BACK)
    assert (await at.workspace.submit(JONAS, view_of(at, JONAS)["id"], {Field.WHY: "storm"})).ok
    await at.deliver()
    asked = next(message for message in at.thread(at.parent(FLIGHTS)) if Action.APPROVE in actions_of(message))
    await at.click(AMINA, asked, Action.APPROVE)
    late = await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.WHY: "the same storm"})
    assert "it is being carried out" in str(late.errors)
    await at.slash(LEO, "/model", "rollback")
    told = view_of(at, LEO)
    assert not told["submit"]
    assert "This was asked for already, and is being carried out." in str(told["blocks"])
    with at.database.read() as session:
        assert approvals.get(session, 2) is None


async def test_however_long_the_reason_those_who_decide_are_mentioned(at: Desk) -> None:
    await at.click(MAYA, at.parent(FLIGHTS), Action.ROLL_BACK)
    assert (await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.WHY: "w " * 1_490})).ok
    await at.deliver()
    asked = next(message for message in at.thread(at.parent(FLIGHTS)) if Action.APPROVE in actions_of(message))
    assert f"To be decided by <@{JONAS}> or <@{AMINA}>.\nAsked by <@{MAYA}>: w w" in shown(asked)


async def test_a_bug_is_taken_and_closed_with_what_fixed_it(at: Desk) -> None:
    await at.slash(MAYA, "/bug")
    await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.TITLE: "Labels are late"})
    await at.deliver()
    await at.click(JONAS, at.parent(ONCALL), Action.START_TICKET)
    assert f"<@{JONAS}> is on it" in shown(at.parent(ONCALL))
    await at.click(JONAS, at.parent(ONCALL), Action.CLOSE_TICKET)
    await at.workspace.submit(JONAS, view_of(at, JONAS)["id"], {Field.RESOLUTION: "The feed is back."})
    await at.deliver()
    assert "The feed is back." in shown(at.parent(ONCALL))
    assert actions_of(at.parent(ONCALL)) == {Action.REOPEN_TICKET, Action.WRITE_REPORT}


async def test_a_rollback_is_decided_by_somebody_else(at: Desk) -> None:
    await at.click(JONAS, at.parent(FLIGHTS), Action.ROLL_BACK)
    form = view_of(at, JONAS)
    assert "*v2* to *v1*" in str(form["blocks"])
    assert (await at.workspace.submit(JONAS, form["id"], {Field.WHY: "storm"})).ok
    await at.deliver()
    parent = at.parent(FLIGHTS)
    asked = next(message for message in at.thread(parent) if Action.APPROVE in actions_of(message))
    await at.click(JONAS, asked, Action.APPROVE)
    assert "somebody else has to decide" in at.told(JONAS)
    await at.click(LEO, asked, Action.APPROVE)
    assert "approver" in at.told(LEO)
    with at.database.read() as session:
        assert approvals.get(session, 1).status == ApprovalStatus.PENDING  # type: ignore[union-attr]
    await at.click(AMINA, asked, Action.APPROVE)
    with at.database.read() as session:
        decided = approvals.get(session, 1)
        entries = audit.of(session, "approval", 1)
    trail = [(entry.actor, entry.allowed) for entry in entries if entry.action == "approval.decide"]
    assert decided is not None
    assert decided.status == ApprovalStatus.APPROVED
    assert decided.decided_by == "amina"
    assert trail == [("jonas", False), ("leo", False), ("amina", True)]
    after = next(message for message in at.thread(parent) if message.ts == asked.ts)
    assert f"Approved by <@{AMINA}>" in shown(after)
    await at.click(AMINA, asked, Action.REJECT)
    assert "already approved" in at.told(AMINA)


async def test_a_rollback_to_nowhere_says_why(at: Desk) -> None:
    at.registry.set_champion("flights", 1)
    await at.slash(JONAS, "/model", "rollback")
    assert "There is no version before v1 to go back to" in str(view_of(at, JONAS)["blocks"])
    assert "submit" not in view_of(at, JONAS) or not view_of(at, JONAS)["submit"]


async def test_a_handoff_is_accepted_by_the_next_person_only(at: Desk) -> None:
    at.clock.advance_to(datetime(2013, 2, 11, 14, 0, tzinfo=at.clock.now().tzinfo))
    at.do(draft_due)
    await at.deliver()
    message = at.parent(ONCALL)
    assert "hands over to" in shown(message)
    with at.database.read() as session:
        handoff = session.get_one(ShiftHandoff, 1)
    incoming = at.config.team.person(handoff.incoming)
    assert incoming is not None
    other = JONAS if incoming.slack != JONAS else MAYA
    await at.click(other, message, Action.ACCEPT_HANDOFF)
    assert "can accept this" in at.told(other)
    assert "Accept" in str((await at.home(incoming.slack))["blocks"])
    await at.click(incoming.slack, message, Action.ACCEPT_HANDOFF)
    assert "Accepted by" in shown(at.parent(ONCALL))
    with at.database.read() as session:
        assert session.get_one(ShiftHandoff, 1).status == HandoffStatus.ACCEPTED


async def test_the_home_tab_shows_what_waits(at: Desk) -> None:
    text = str((await at.home(AMINA))["blocks"])
    assert "Accuracy below its objective" in text, "amina is primary, and nobody has acknowledged it"
    assert "My shifts" in text
    assert "not in this team" in str((await at.home(STRANGER))["blocks"])
