"""A shift ends: its handoff is edited, chased, accepted, searched and taken along; a bug gets its incident report."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, Callback, Field
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.tickets.draft import TicketDraft
from tests.oncall_support import HANDOFF, add_group, draft_due
from tests.oncall_support import config as team_config
from tests.slack_support import (
    AMINA,
    LEO,
    MAYA,
    ONCALL,
    SOFIA,
    STRANGER,
    Desk,
    actions_of,
    desk,
    form_of,
    shown,
    submit,
)
from workflows import hand_off
from workflows.file_bug import file_bug


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Amina's shift is over, with one alert that nobody took; maya is on call next."""
    async with desk(sqlite_database, team_config(), SimulatedClock(HANDOFF), tmp_path) as running:
        running.do(lambda s, _c, _now: add_group(s, title="Null prices <!channel>"))
        running.do(draft_due)
        await running.deliver()
        yield running


def handoff_of(at: Desk) -> Message:
    return at.parent(ONCALL)


def begun(at: Desk) -> dict[str, str]:
    """What stands in the form of a handoff when it opens."""
    fields = form_of(at, AMINA)["blocks"]
    return {each["block_id"]: each["element"].get("initial_value", "") for each in fields}


async def test_the_report_says_what_to_watch_first(at: Desk) -> None:
    report = at.thread(handoff_of(at))[0]
    assert "What to watch" in shown(report)
    assert "still fires, and nobody has taken it" in shown(report)
    assert "<!channel>" not in str(report.blocks), "text from outside calls nobody"


async def test_a_handoff_is_edited_in_a_form_and_says_by_whom(at: Desk) -> None:
    await at.click(AMINA, handoff_of(at), Action.EDIT_HANDOFF)
    form = form_of(at, AMINA)
    assert form["callback_id"] == Callback.EDIT_HANDOFF
    assert "1 alert" in str(form["blocks"])
    outcome = await submit(
        at, AMINA, {Field.SUMMARY: "Prices were null & void.", Field.WATCH: "The vendor's feed."}
    )
    assert outcome.ok
    assert "Prices were null &amp; void." in shown(handoff_of(at))
    assert f"Edited by <@{AMINA}>" in shown(handoff_of(at))
    replies = at.replies(ONCALL, handoff_of(at))
    assert "The vendor's feed." in replies[0], "the report is updated in place"
    assert "edited the handoff" in replies[-1]


async def test_a_form_saved_as_it_was_is_no_edit(at: Desk) -> None:
    await at.click(AMINA, handoff_of(at), Action.EDIT_HANDOFF)
    assert "still fires" in begun(at)[Field.WATCH]
    assert (await submit(at, AMINA, begun(at))).ok
    assert "Edited by" not in shown(handoff_of(at))
    assert not [reply for reply in at.replies(ONCALL, handoff_of(at)) if "edited the handoff" in reply]


async def test_what_to_watch_may_be_emptied(at: Desk) -> None:
    await at.click(AMINA, handoff_of(at), Action.EDIT_HANDOFF)
    assert (await submit(at, AMINA, {Field.SUMMARY: "All is settled.", Field.WATCH: ""})).ok
    assert "What to watch" not in shown(at.thread(handoff_of(at))[0]), "a draft that somebody deleted stays away"
    await at.click(AMINA, handoff_of(at), Action.EDIT_HANDOFF)
    assert begun(at)[Field.WATCH] == ""


async def test_an_empty_summary_stays_in_the_form_with_what_was_typed(at: Desk) -> None:
    await at.click(AMINA, handoff_of(at), Action.EDIT_HANDOFF)
    outcome = await submit(at, AMINA, {Field.SUMMARY: "   ", Field.WATCH: "Something long."})
    assert "needs a summary" in str(outcome.errors)
    assert "Edited by" not in shown(handoff_of(at))


@pytest.mark.parametrize("who", [SOFIA, STRANGER])
async def test_people_who_are_not_on_call_here_do_not_edit(at: Desk, who: str) -> None:
    await at.click(who, handoff_of(at), Action.EDIT_HANDOFF)
    outcome = await submit(at, who, {Field.SUMMARY: "All is well."})
    assert "Only people who are on call" in str(outcome.errors)
    assert "All is well" not in shown(handoff_of(at))


async def test_the_incoming_person_is_reminded_until_they_accept(at: Desk) -> None:
    for minutes, reminders in ((29, 0), (30, 1), (119, 1), (120, 2), (480, 3), (2000, 3)):
        at.clock.advance_to(max(at.clock.now(), HANDOFF + timedelta(minutes=minutes)))
        at.do(hand_off.chase)
        await at.deliver()
        told = [reply for reply in at.replies(ONCALL, handoff_of(at)) if "please accept" in reply]
        assert len(told) == reminders, minutes
    assert f"<@{MAYA}>" in told[0]
    assert f"<@{AMINA}>, please stay reachable" not in told[0]
    assert f"<@{AMINA}>, please stay reachable" in told[1]


async def test_who_accepted_is_not_reminded(at: Desk) -> None:
    await at.click(MAYA, handoff_of(at), Action.ACCEPT_HANDOFF)
    at.clock.advance_to(HANDOFF + timedelta(days=1))
    at.do(hand_off.chase)
    await at.deliver()
    assert not [reply for reply in at.replies(ONCALL, handoff_of(at)) if "please accept" in reply]
    assert Action.EDIT_HANDOFF in actions_of(handoff_of(at)), "an accepted one can still be corrected"


async def test_a_handoff_is_taken_along_as_markdown(at: Desk) -> None:
    await at.click(LEO, handoff_of(at), Action.EXPORT_HANDOFF)
    files = [file for reply in at.thread(handoff_of(at)) for file in reply.files]
    assert [file["name"] for file in files] == ["handoff-flights-2013-02-11-1.md"]
    stored = at.workspace.ctx.files.get(files[0]["id"])
    text = stored.content.decode() if stored and stored.content else ""
    assert text.startswith("# Flights on-call: handoff of 11 February 2013")
    assert "Amina Diallo to Maya Chen" in text
    assert "## Still open" in text


async def test_reports_are_found_by_their_words(at: Desk) -> None:
    assert "1 report" in await at.slash(LEO, "/oncall", "reports NULL prices")
    found = at.workspace.ephemerals(LEO)[-1]
    show = next(block["accessory"] for block in found.blocks if "accessory" in block)
    assert show["value"] == "/oncall reports handoff 1"
    await at.click(LEO, found, show["action_id"])
    assert "What to watch" in at.told(LEO)
    assert f"<@{AMINA}> hands over to <@{MAYA}>" in at.told(LEO)
    assert Action.ACCEPT_HANDOFF not in str(at.workspace.ephemerals(LEO)[-1].blocks), "that is done in the channel"
    assert "No report of bug 9 was kept." in await at.slash(LEO, "/oncall", "reports bug 9")
    assert "No report about “unheard of” was kept" in await at.slash(LEO, "/oncall", "reports unheard of")


async def test_the_running_shift_can_be_looked_at_before_it_ends(at: Desk) -> None:
    told = await at.slash(LEO, "/oncall", "handoff")
    assert "Flights on-call, so far:" in told


async def bug(at: Desk) -> Message:
    draft = TicketDraft("Prices are null", "A third of the prices", None, "high", "bad_data")
    maya = at.config.team.person("maya")
    at.do(lambda s, c, now: file_bug(s, c, draft, maya, "maya", now))
    await at.deliver()
    return at.parent(ONCALL)


async def test_a_bug_gets_an_incident_report_that_can_be_changed(at: Desk) -> None:
    ticket = await bug(at)
    await at.click(MAYA, ticket, Action.WRITE_REPORT)
    form = form_of(at, MAYA)
    assert "Maya Chen filed bug #1" in str(form["blocks"]), (
        "the story is filled in, with names instead of mentions"
    )
    assert (await submit(at, MAYA, {Field.CAUSE: "The vendor renamed a field."})).ok
    report = at.thread(ticket)[-1]
    assert "The vendor renamed a field." in shown(report)
    await at.click(LEO, report, Action.WRITE_REPORT)
    assert (await submit(at, LEO, {Field.FOLLOW_UP: "Check the schema at the door."})).ok
    replies = [reply for reply in at.thread(ticket) if "Incident report of bug" in shown(reply)]
    assert len(replies) == 1, "it is changed in place"
    assert "The vendor renamed a field." in shown(replies[0])
    assert "Check the schema at the door." in shown(replies[0])
    await at.click(LEO, replies[0], Action.EXPORT_REPORT)
    names = [file["name"] for reply in at.thread(ticket) for file in reply.files]
    assert names == ["incident-bug-1.md"]
    assert "1 report" in await at.slash(LEO, "/oncall", "reports renamed a field")
    assert "Check the schema at the door." in await at.slash(LEO, "/oncall", "reports bug 1")


async def test_a_stranger_writes_no_incident_report(at: Desk) -> None:
    ticket = await bug(at)
    await at.click(STRANGER, ticket, Action.WRITE_REPORT)
    assert "not in this team" in str((await submit(at, STRANGER, {Field.CAUSE: "me"})).errors)
    assert not [reply for reply in at.replies(ONCALL, ticket) if "Incident report of bug" in reply]
