"""A page reaches people by direct message, and what they do with it; who cannot be reached is noticed."""

import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, Field, numbered
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import api
from tests.oncall_support import config as team_config
from tests.pages_support import PIPELINE, fire, page, trail, wait
from tests.slack_support import AMINA, FLIGHTS, JONAS, LEO, MAYA, ONCALL, SOFIA, Desk, actions_of, desk, shown
from tests.slack_wire import click, form, post
from workflows import respond
from workflows.step_pages import step_due


@pytest.fixture
async def quiet(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Nothing has happened yet; amina is primary, leo goes along, maya is next."""
    async with desk(database, team_config(), clock, tmp_path) as running:
        yield running


@pytest.fixture
async def at(quiet: Desk) -> Desk:
    await fire(quiet)
    return quiet


async def test_the_primary_gets_a_direct_message_with_buttons_and_a_mention_in_the_thread(at: Desk) -> None:
    message = page(at, AMINA)
    assert "You are called: HighLatency" in shown(message)
    assert "Next step if nobody answers: <!date^" in shown(message)
    assert actions_of(message) == {
        Action.ACKNOWLEDGE,
        Action.RESOLVE,
        Action.ESCALATE_PAGE,
        Action.HAND_PAGE_ON,
        Action.ALERT_DETAILS,
        numbered(Action.LINK, "runbook"),
    }
    assert f"in <#{FLIGHTS}>" in shown(message), "where everybody else sees it"
    place = f"archives/{FLIGHTS}/p{at.parent(FLIGHTS).ts.replace('.', '')}"
    assert f"{at.workspace.config.url(place)}|its thread>" in shown(message), "one tap from the phone"
    assert f"<@{AMINA}>" in at.replies(FLIGHTS, at.parent(FLIGHTS))[0]


async def test_a_call_that_is_faster_than_its_thread_finds_it_afterwards(quiet: Desk) -> None:
    quiet.workspace.faults.add("chat.postMessage", "server_error", times=2, place=FLIGHTS)
    quiet.workspace.faults.add("auth.test", "server_error", times=1)
    quiet.do(lambda s, c, now: respond.receive(s, c, [api(PIPELINE)], now))
    await quiet.surface.sender.drain(quiet.clock.now())
    assert "You are called" in shown(page(quiet, AMINA)), "and nobody waited for the channel"
    assert "its thread" not in shown(page(quiet, AMINA))
    await quiet.deliver()
    assert quiet.parent(FLIGHTS)
    await quiet.click(AMINA, page(quiet, AMINA), Action.ACKNOWLEDGE)
    assert "its thread" not in shown(page(quiet, AMINA)), "Slack did not say where its workspace is"
    await fire(quiet, PIPELINE | {"alertname": "Another"})
    assert "|its thread>" in shown(page(quiet, AMINA))


async def test_a_workspace_that_does_not_say_where_it_is_costs_a_second_at_most(quiet: Desk) -> None:
    quiet.workspace.faults.add("auth.test", "hang", seconds=60)
    began = time.monotonic()
    await fire(quiet)
    assert time.monotonic() - began < 30, "and not the minute that it hangs"
    assert "You are called" in shown(page(quiet, AMINA))
    assert f"in <#{FLIGHTS}>" in shown(page(quiet, AMINA))


async def test_of_several_calls_to_one_person_the_last_alone_has_everything(at: Desk) -> None:
    await wait(at, 15)
    await wait(at, 15)
    first, last = at.workspace.direct(AMINA)[0], page(at, AMINA)
    assert "You were called at <!date^" in shown(first)
    assert "see the newer message" in shown(first)
    assert actions_of(first) == {Action.ACKNOWLEDGE}, "should the newer one not have arrived"
    assert Action.ESCALATE_PAGE in actions_of(last)
    assert last.text == "You are called: HighLatency (critical, Flight delays)", "what a phone shows"
    assert at.workspace.direct(LEO)[0].text == "You go along: HighLatency (critical, Flight delays)"
    await at.click(MAYA, page(at, MAYA), Action.ACKNOWLEDGE)
    first = at.workspace.direct(AMINA)[0]
    assert f"see the newer message. Held by <@{MAYA}>" in shown(first)
    assert actions_of(first) == set()
    assert at.workspace.direct(LEO)[0].text == "You go along: HighLatency (acknowledged)"


async def test_whoever_was_called_first_reads_who_was_called_after_and_what_they_did(at: Desk) -> None:
    await wait(at, 15)
    assert re.search(rf"After you: <@{MAYA}> at <[^>]*>, no answer yet\.", shown(page(at, AMINA)))
    await at.click(MAYA, page(at, MAYA), Action.ACKNOWLEDGE)
    assert re.search(rf"After you: <@{MAYA}> at <[^>]*>, who took it\.", shown(page(at, AMINA)))
    assert "After you" not in shown(page(at, MAYA))


async def test_an_answer_in_the_direct_message_shows_everywhere_in_place(at: Desk) -> None:
    await at.click(AMINA, page(at, AMINA), Action.ACKNOWLEDGE)
    assert f"Held by <@{AMINA}>" in shown(page(at, AMINA))
    assert "You were called" in shown(page(at, AMINA))
    assert Action.ESCALATE_PAGE not in actions_of(page(at, AMINA))
    assert f"Held by <@{AMINA}>" in shown(at.parent(FLIGHTS))
    assert len(at.workspace.direct(AMINA)) == 1
    await at.click(AMINA, page(at, AMINA), Action.RESOLVE)
    assert f"Resolved by <@{AMINA}>" in shown(page(at, AMINA))
    assert actions_of(page(at, AMINA)) == set()


async def test_what_somebody_took_by_mistake_is_given_back_in_one_click(at: Desk) -> None:
    await at.click(AMINA, page(at, AMINA), Action.ACKNOWLEDGE)
    first = page(at, AMINA)
    assert "Give back" in shown(first)
    await at.click(AMINA, first, numbered(Action.MENU, "give-back"))
    await at.deliver()
    assert "You are called: HighLatency" in shown(page(at, AMINA))
    assert "Whoever had it gave it back, and you are on call." in shown(page(at, AMINA))
    assert "Nobody has acknowledged it yet." in shown(at.parent(FLIGHTS))
    assert f"<@{AMINA}> gave this back: nobody holds it now." in at.replies(FLIGHTS, at.parent(FLIGHTS))
    await wait(at, 15)
    await at.click(MAYA, page(at, MAYA), Action.ACKNOWLEDGE)
    assert f"Held by <@{MAYA}>" in shown(at.parent(FLIGHTS))
    told = await at.slash(LEO, "/alerts", "unack 1")
    assert f"<@{LEO}> gave this back for <@{MAYA}>" in told
    assert "Nobody holds an alert." in await at.slash(LEO, "/alerts", "unack")


async def test_who_was_called_before_sees_who_took_it(at: Desk) -> None:
    await wait(at, 15)
    assert "Nobody has answered so far." in shown(page(at, MAYA))
    await at.click(MAYA, page(at, MAYA), Action.ACKNOWLEDGE)
    assert f"Held by <@{MAYA}>" in shown(page(at, AMINA))


async def test_escalate_now_calls_the_next_at_once(at: Desk) -> None:
    await at.click(AMINA, page(at, AMINA), Action.ESCALATE_PAGE)
    assert "Somebody escalated it without waiting." in shown(page(at, MAYA))
    assert trail(at, "page.notify") == ["opened", "escalated"]
    assert any("escalated this without waiting" in reply for reply in at.replies(FLIGHTS, at.parent(FLIGHTS)))


async def test_a_page_is_passed_to_somebody_who_gets_the_full_wait(at: Desk) -> None:
    await wait(at, 10)
    await at.click(AMINA, page(at, AMINA), Action.HAND_PAGE_ON, "1:jonas")
    assert "It was passed to you." in shown(page(at, JONAS))
    await wait(at, 14)
    assert trail(at, "page.notify") == ["opened"]
    await wait(at, 1)
    assert trail(at, "page.notify") == ["opened", "no_answer"]
    await at.click(JONAS, page(at, JONAS), Action.ACKNOWLEDGE)
    assert f"Held by <@{JONAS}>" in shown(page(at, AMINA))


async def test_who_may_not_answer_neither_escalates_nor_gets_a_page(at: Desk) -> None:
    """By forged clicks: the buttons offer none of this."""
    for user, action, value in (
        (SOFIA, Action.ESCALATE_PAGE, "1"),
        ("U0STRANGER", Action.ESCALATE_PAGE, "1"),
        (AMINA, Action.HAND_PAGE_ON, "1:sofia"),
        (AMINA, Action.HAND_PAGE_ON, "1:nobody"),
        (AMINA, Action.HAND_PAGE_ON, "1:amina"),
        (AMINA, Action.ESCALATE_PAGE, "404"),
    ):
        await post(at, form(click(action, value, user=user, trigger=f"{user}.{action}.{value}")))
        assert at.told(user)
    with at.database.read() as session:
        refused = [entry for kind in ("1", "0") for entry in audit.of(session, "page", kind) if not entry.allowed]
    assert [entry.reason for entry in refused] == [
        "role_missing",
        "unknown_person",
        "role_missing",
        "unknown_person",
        "same_person",
        "no_open_page",
    ]
    assert at.workspace.direct(SOFIA) == []


async def test_the_shadow_is_asked_in_private_first(at: Desk) -> None:
    copy = page(at, LEO)
    assert "nobody relies on you" in shown(copy)
    assert actions_of(copy) == {Action.SHADOW_ANSWER}
    await at.click(LEO, copy, Action.SHADOW_ANSWER)
    values = {Field.WHAT: "Look at the weather feed {person:maya} <!channel>", Field.WHERE: "mentor"}
    outcome = await at.workspace.submit(LEO, at.workspace.views(LEO)[-1]["id"], values)
    assert outcome.ok
    await at.deliver()
    (answer,) = at.thread(page(at, AMINA))
    told = shown(answer)
    assert "who goes along as shadow, would: Look at the weather feed" in told
    assert f"<@{MAYA}>" not in told
    assert "<!channel>" not in told
    assert not any("weather feed" in reply for reply in at.replies(FLIGHTS, at.parent(FLIGHTS)))
    assert "You said: Look at the weather feed" in shown(page(at, LEO))


async def test_the_shadows_answer_may_go_to_the_thread(at: Desk) -> None:
    await at.click(LEO, page(at, LEO), Action.SHADOW_ANSWER)
    values = {Field.WHAT: "Roll back", Field.WHERE: "thread"}
    assert (await at.workspace.submit(LEO, at.workspace.views(LEO)[-1]["id"], values)).ok
    await at.deliver()
    assert any("would: Roll back" in reply for reply in at.replies(FLIGHTS, at.parent(FLIGHTS)))


async def test_the_shadow_has_one_copy_that_tells_who_was_called_since(at: Desk) -> None:
    await at.click(LEO, page(at, LEO), Action.SHADOW_ANSWER)
    values = {Field.WHAT: "Roll back", Field.WHERE: "mentor"}
    assert (await at.workspace.submit(LEO, at.workspace.views(LEO)[-1]["id"], values)).ok
    for minutes in (16, 16):
        at.clock.advance(timedelta(minutes=minutes))
        at.do(step_due)
        await at.deliver()
    (copy,) = at.workspace.direct(LEO)
    told = shown(copy)
    assert f"<@{AMINA}> is called, not you" in told
    assert f"Then: <@{MAYA}> at" in told
    assert "no answer yet" in told
    assert "You said: Roll back" in told, "what they were asked once is not asked again"


@pytest.mark.parametrize("channel", ["flights", "oncall"])
async def test_a_channel_is_called_in_the_channel_itself(
    database: Database, clock: SimulatedClock, tmp_path: Path, channel: str
) -> None:
    """Slack notifies nobody of @here inside a thread; so it never stands in the alert's own."""
    here = {"channel": channel, "mention": "here"}
    steps = [{"notify": ["primary", here], "wait": "15m"}, {"notify": {"channel": "flights"}, "wait": "15m"}]
    policy = {"id": "page", "steps": steps}
    async with desk(database, team_config(escalation=[policy]), clock, tmp_path) as at:
        await fire(at)
        place = {"flights": FLIGHTS, "oncall": ONCALL}[channel]
        called = next(m for m in at.workspace.messages(place) if "<!here>" in shown(m))
        assert called.thread_ts is None
        assert f"It has just begun. <@{AMINA}> is called as well." in shown(called), "a channel is not on call"
        assert "its thread" in shown(called), "and the way to the alert's own"
        await wait(at, 15)
        parent = next(m for m in at.workspace.messages(FLIGHTS) if Action.FILE_BUG in actions_of(m))
        calm = [m for m in at.thread(parent) if Action.ESCALATE_PAGE in actions_of(m)]
        assert len(calm) == 1, "what mentions nobody stays in the thread"
        await at.click(AMINA, parent, Action.ACKNOWLEDGE)
        await at.deliver()
        assert f"Held by <@{AMINA}>" in shown(called), "changed in place"
