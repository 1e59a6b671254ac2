"""An alert comes into the channel and people answer it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.ids import Action
from core.alerts.tables import GroupStatus
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import api, statuses
from tests.oncall_support import config as team_config
from tests.slack_support import JONAS, MAYA, ONCALL, SOFIA, STRANGER, Desk, actions_of, desk, shown
from workflows import respond


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, team_config(), clock, tmp_path) as running:
        running.do(lambda s, c, now: respond.receive(s, c, [api(annotations={"summary": "p99 is 4 s"})], now))
        await running.deliver()
        yield running


async def test_an_alert_has_one_message_that_calls_the_primary(at: Desk) -> None:
    (message,) = at.workspace.messages(ONCALL)
    assert "HighLatency" in shown(message)
    assert "Nobody has acknowledged it yet." in shown(message)
    (page,) = at.replies(ONCALL, message)
    assert f"<@{MAYA}>" in page or f"<@{JONAS}>" in page or "<@U0AMINA>" in page


async def test_acknowledging_names_the_holder_in_place_and_in_the_thread(at: Desk) -> None:
    before = at.parent(ONCALL)
    await at.click(MAYA, before, Action.ACKNOWLEDGE)
    (after,) = at.workspace.messages(ONCALL)
    assert f"Held by <@{MAYA}>" in shown(after)
    assert after.attachments[0]["color"] != before.attachments[0]["color"]
    assert Action.ACKNOWLEDGE not in actions_of(after)
    assert f"<@{MAYA}>" in at.replies(ONCALL, after)[-1]


async def test_who_comes_second_is_told_privately_and_nothing_changes(at: Desk) -> None:
    before = at.parent(ONCALL)
    await at.click(MAYA, before, Action.ACKNOWLEDGE)
    replies = at.replies(ONCALL, at.parent(ONCALL))
    await at.click(JONAS, before, Action.ACKNOWLEDGE)
    assert f"<@{MAYA}>" in at.told(JONAS)
    assert at.replies(ONCALL, at.parent(ONCALL)) == replies
    with at.database.read() as session:
        entries = audit.of(session, "alert_group", 1)
    assert [(entry.actor, entry.allowed) for entry in entries if entry.action == "alert.acknowledge"] == [
        ("maya", True),
        ("jonas", False),
    ]


@pytest.mark.parametrize("user", [SOFIA, STRANGER])
async def test_people_without_the_role_are_refused(at: Desk, user: str) -> None:
    await at.click(user, at.parent(ONCALL), Action.ACKNOWLEDGE)
    assert at.told(user)
    with at.database.read() as session:
        assert statuses(session) == [GroupStatus.FIRING]
        refused = [e for e in audit.of(session, "alert_group", 1) if not e.allowed]
    assert len(refused) == 1


async def test_silence_then_resolve(at: Desk) -> None:
    await at.click(MAYA, at.parent(ONCALL), Action.SILENCE, "1:4h")
    assert f"Silenced by <@{MAYA}> until" in shown(at.parent(ONCALL))
    await at.click(MAYA, at.parent(ONCALL), Action.RESOLVE)
    message = at.parent(ONCALL)
    assert f"Resolved by <@{MAYA}>" in shown(message)
    assert not actions_of(message) & {Action.ACKNOWLEDGE, Action.RESOLVE, Action.SILENCE}


async def test_oncall_who(at: Desk) -> None:
    answer = await at.slash(SOFIA, "/oncall", "who")
    assert "Primary: <@" in answer
    assert "Next: <@" in answer


@pytest.mark.parametrize("gone", ["deleted", "of another app"])
async def test_a_message_that_can_be_changed_no_more_is_posted_anew(at: Desk, gone: str) -> None:
    """Slack's own retention took it, or an app that was installed before wrote it."""
    old = at.parent(ONCALL)
    channel = at.workspace.ctx.state.channels[ONCALL]
    if gone == "deleted":
        at.workspace.ctx.state.remove(channel.messages[old.ts])
    else:
        channel.messages[old.ts].user = channel.messages[old.ts].bot_id = "B0OTHER"
    at.do(lambda s, c, now: respond.acknowledge(s, c, 1, c.team.person("maya"), "maya", now))
    await at.deliver()
    new = at.parent(ONCALL)
    assert new.ts != old.ts
    assert f"Held by <@{MAYA}>" in shown(new)
    await at.click(MAYA, new, Action.RESOLVE)
    assert f"Resolved by <@{MAYA}>" in shown(at.parent(ONCALL))
    assert at.parent(ONCALL).ts == new.ts, "and from then on it is changed in place"
    assert any("resolved" in reply for reply in at.replies(ONCALL, new)), "what is told goes to its thread"
