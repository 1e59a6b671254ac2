"""Whoever acknowledged is asked whether they are still on it; without an answer the escalation begins again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, numbered
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import webhook
from tests.oncall_support import TEAM
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, FLIGHTS, MAYA, Desk, actions_of, desk, shown
from workflows import respond, still_on_it

LATENCY = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}
ESCALATION = [{**TEAM["escalation"][0], "acknowledgement": {"ask_after": "2h", "wait": "15m"}}]


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """amina, who is primary for another hour, has acknowledged an alert."""
    async with desk(database, team_config(escalation=ESCALATION), clock, tmp_path) as running:
        running.do(lambda s, c, now: respond.receive(s, c, [webhook(LATENCY, starts_at=now)], now))
        await running.deliver()
        await running.click(AMINA, last(running, AMINA), Action.ACKNOWLEDGE)
        yield running


async def wait(at: Desk, minutes: float) -> None:
    at.clock.advance(timedelta(minutes=minutes))
    at.do(still_on_it.look_due)
    await at.deliver()


def last(at: Desk, user: str) -> Message:
    return at.workspace.direct(user)[-1]


async def test_one_click_says_so_and_is_asked_for_again_later(at: Desk) -> None:
    await wait(at, 120)
    assert "Are you still on it? HighLatency" in shown(last(at, AMINA))
    assert "without an answer it calls again" in await at.slash(MAYA, "/alerts", "why 1")
    await at.click(AMINA, last(at, AMINA), Action.STILL_ON_IT)
    assert actions_of(last(at, AMINA)) == set()
    assert f"Held by <@{AMINA}>" in shown(last(at, AMINA))
    assert any(f"<@{AMINA}> is still on it" in each for each in at.replies(FLIGHTS, at.parent(FLIGHTS)))
    await wait(at, 119)
    assert actions_of(last(at, AMINA)) == set()
    await wait(at, 1)
    assert Action.STILL_ON_IT in actions_of(last(at, AMINA))


async def test_the_question_waits_in_home_with_its_button(at: Desk) -> None:
    asked = "Are you still on it? HighLatency"
    assert asked not in str(await at.home(AMINA)), "nobody has asked"
    await wait(at, 120)
    assert asked not in str(await at.home(MAYA))
    home = await at.home(AMINA)
    waits = str(home["blocks"]).partition("'Mine'")[0]
    assert asked in waits
    assert "Without an answer it calls again" in waits
    await at.workspace.click_in_view(AMINA, home["id"], Action.STILL_ON_IT)
    await at.surface.settle()
    assert asked not in str(at.workspace.home(AMINA))
    await at.deliver()
    assert f"Held by <@{AMINA}>" in shown(last(at, AMINA))


async def test_the_holder_may_answer_by_acknowledging_once_more(at: Desk) -> None:
    assert "it is yours" in await at.slash(AMINA, "/alerts", "ack 1"), "nobody has asked"
    await wait(at, 120)
    assert "has acknowledged this already" in await at.slash(MAYA, "/alerts", "ack 1")
    assert "is still on it" in await at.slash(AMINA, "/alerts", "ack 1")
    await at.deliver()
    assert actions_of(last(at, AMINA)) == set()
    await wait(at, 119)
    assert f"Held by <@{AMINA}>" in shown(last(at, AMINA))


async def test_without_an_answer_it_calls_again_and_says_why(at: Desk) -> None:
    await wait(at, 120)
    question = last(at, AMINA)
    await wait(at, 15)
    assert "Nobody holds it any more, so it calls again." in shown(question)
    assert "You are called: HighLatency" in shown(last(at, MAYA)), "who is on call by now"
    assert "Whoever had it did not say that they are still on it" in shown(last(at, MAYA))
    replies = at.replies(FLIGHTS, at.parent(FLIGHTS))
    assert any(f"<@{AMINA}> did not say that they are still on it" in each for each in replies)


async def test_giving_it_back_from_the_question_ends_it(at: Desk) -> None:
    await wait(at, 120)
    question = last(at, AMINA)
    await at.click(AMINA, question, numbered(Action.MENU, "give-back"))
    await at.deliver()
    assert actions_of(question) == set()
    assert "Whoever had it gave it back" in shown(last(at, MAYA))
