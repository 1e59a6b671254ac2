"""From an alert to a bug, a rollback, a handoff and a review: each by the clicks that people make."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action, Callback, Field
from bot.workspace.messages import Message
from core.approvals import store as approvals
from core.approvals.tables import ApprovalStatus
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from core.evaluation import store as evaluations
from core.models.version import STATUS_TAG, VersionStatus
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.tickets import store as tickets
from core.tickets.tables import TicketStatus
from tests.oncall_support import config as team_config
from tests.oncall_support import draft_due
from tests.slack_support import (
    AMINA,
    FLIGHTS,
    JONAS,
    LEO,
    MAYA,
    ONCALL,
    SOFIA,
    STRANGER,
    Desk,
    actions_of,
    desk,
    shown,
)
from workflows.file_bug import change_status
from workflows.respond import RaisedAlert, raise_group
from workflows.review import open_review

ALERT = RaisedAlert("SloBreached", "critical", "Accuracy below its objective", "Accuracy was 58.0%.")  # type: ignore[arg-type]


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), clock, tmp_path) as running:
        model = tmp_path / "model.skops"
        model.write_bytes(b"model")
        for _ in range(2):
            running.registry.register("flights", model, {}, {STATUS_TAG: VersionStatus.APPROVED}, clock.now())
        running.registry.set_champion("flights", 2)
        running.do(lambda s, c, now: raise_group(s, c, "flights", ALERT, now))
        await running.deliver()
        yield running


def view_of(at: Desk, user: str) -> dict[str, Any]:
    return at.workspace.views(user)[-1]


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
    assert "Accept" in str((await home_of(at, incoming.slack))["blocks"])
    await at.click(incoming.slack, message, Action.ACCEPT_HANDOFF)
    assert "Accepted by" in shown(at.parent(ONCALL))
    with at.database.read() as session:
        assert session.get_one(ShiftHandoff, 1).status == HandoffStatus.ACCEPTED


async def home_of(at: Desk, user: str) -> dict[str, Any]:
    await at.workspace.open_home(user)
    await at.workspace.settle()
    await at.surface.settle()
    home = at.workspace.home(user)
    assert home is not None
    return home


async def test_the_home_tab_shows_what_waits(at: Desk) -> None:
    text = str((await home_of(at, AMINA))["blocks"])
    assert "Accuracy below its objective" in text, "amina is primary, and nobody has acknowledged it"
    assert "My shifts" in text
    assert "not in this team" in str((await home_of(at, STRANGER))["blocks"])


async def reviewed(at: Desk) -> Message:
    """A week with two cards to go through; its message."""
    now = at.clock.now()
    cards = [
        {
            "entity": f"EV {number}",
            "predicted_at": now.isoformat(),
            "features": {"origin": "EWR", "hour": 17},
            "score": 0.9,
            "prediction": 1,
            "label": 0,
        }
        for number in range(2)
    ]
    facts = {
        "pipeline": "flights",
        "week_start": (now - timedelta(days=7)).isoformat(),
        "week_end": now.isoformat(),
        "judged": 900,
        "wrong": 310,
        "cards": cards,
    }
    at.do(lambda s, c, instant: open_review(s, c, facts, instant))
    await at.deliver()
    return at.parent(FLIGHTS)


async def test_a_review_is_told_with_the_way_to_its_cards(at: Desk) -> None:
    parent = await reviewed(at)
    assert "310 of 900" in shown(parent)
    assert "Mon 4 Feb 2013 to Sun 10 Feb 2013" in shown(parent), "the days that it is about"
    place = f"/archives/{FLIGHTS}/p{parent.ts.replace('.', '')}"
    assert f"{place}|2 cards> to go" in await at.slash(SOFIA, "/review", "list")
    assert place in str((await home_of(at, LEO))["blocks"])
    assert "Failure review" not in str((await home_of(at, SOFIA))["blocks"]), (
        "who may not decide has nothing to do"
    )


async def test_review_cards_become_slices(at: Desk) -> None:
    parent = await reviewed(at)
    (first,) = at.thread(parent)
    await at.click(LEO, first, Action.CONFIRM_CARD)
    form = view_of(at, LEO)
    values = {
        Field.FAILURE_MODE: "WORLD_CHANGED",
        Field.SLICE_NAME: "Newark evenings",
        Field.SLICE_WHERE: "ship = 1",
    }
    wrong = await at.workspace.submit(LEO, form["id"], values)
    assert "There is no feature" in str(wrong.errors)
    right = await at.workspace.submit(LEO, form["id"], {**values, Field.SLICE_WHERE: "origin = EWR"})
    assert right.ok, right
    await at.deliver()
    with at.database.read() as session:
        (saved,) = evaluations.tracked_slices(session, "flights")
    assert (saved.name, saved.where) == ("Newark evenings", {"origin": "EWR"})
    second = at.thread(parent)[1]
    await at.click(LEO, second, Action.DISMISS_CARD)
    assert "All cards are decided" in shown(at.parent(FLIGHTS))
    await at.click(LEO, first, Action.DISMISS_CARD)
    assert "already" in at.told(LEO)


@pytest.mark.parametrize("command", ["/oncall", "/alerts", "/model", "/review", "/goldilocks"])
async def test_a_bare_command_opens_a_menu_whose_buttons_work(at: Desk, command: str) -> None:
    await at.slash(JONAS, command)
    menu = at.workspace.ephemerals(JONAS)[-1]
    first = next(element for block in menu.blocks if block["type"] == "actions" for element in block["elements"])
    before = len(at.workspace.ephemerals(JONAS))
    await at.click(JONAS, menu, first["action_id"])
    assert len(at.workspace.ephemerals(JONAS)) == before + 1


@pytest.mark.parametrize("command", ["/oncall", "/alerts", "/bug", "/model", "/review", "/goldilocks"])
async def test_help_and_unknown_words(at: Desk, command: str) -> None:
    assert f"`{command} help`" in await at.slash(JONAS, command, "help")
    if command == "/bug":
        return  # whatever is written there is what is wrong
    answer = await at.slash(JONAS, command, "frobnicate <!channel>")
    assert "does not know `frobnicate`" in answer
    assert "<!channel>" not in answer


async def test_goldilocks_runs_any_command_also_by_mention(at: Desk) -> None:
    assert "Primary" in await at.slash(JONAS, "/goldilocks", "oncall who")
    await at.workspace.say(JONAS, FLIGHTS, "@goldilocks alerts list", thread_ts=at.parent(FLIGHTS).ts)
    await at.workspace.settle()
    await at.surface.settle()
    assert "1 open alert" in at.told(JONAS)
    await at.workspace.say(JONAS, FLIGHTS, "@goldilocks oncall who flights", thread_ts=at.parent(FLIGHTS).ts)
    await at.workspace.settle()
    await at.surface.settle()
    assert "Primary" in at.told(JONAS)


async def test_alerts_show_gives_the_buttons_privately(at: Desk) -> None:
    assert "There is no alert *99*." in await at.slash(JONAS, "/alerts", "show 99")
    await at.slash(JONAS, "/alerts", "show 1")
    private = at.workspace.ephemerals(JONAS)[-1]
    await at.click(JONAS, private, Action.ACKNOWLEDGE)
    assert f"Held by <@{JONAS}>" in shown(at.parent(FLIGHTS))


async def test_model_status(at: Desk) -> None:
    answer = await at.slash(JONAS, "/model", "status")
    assert "v2 is the champion, but serving did not say which version answers" in answer  # nothing serves here
    assert "There is no pipeline `ships`" in await at.slash(JONAS, "/model", "status ships")


async def test_a_pipelines_card_tells_a_newcomer_what_they_need(at: Desk) -> None:
    await at.click(MAYA, at.parent(FLIGHTS), Action.FILE_BUG)
    await at.workspace.submit(MAYA, view_of(at, MAYA)["id"], {Field.TITLE: "Accuracy fell in the storm"})
    told = await at.slash(JONAS, "/model", "card flights")
    assert "On call: <@" in told
    assert "Version in service: v2" in told
    assert "no day was judged yet" in told
    assert "Accuracy below its objective" in told
    assert "#1 Accuracy fell in the storm" in told
    assert "There is no pipeline `ships`" in await at.slash(JONAS, "/model", "card ships")
