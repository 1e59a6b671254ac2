"""Who cannot be reached, and channels that are gone: it is noticed, told, and passed on at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action
from bot.slack.remedies import remedied
from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import PageStatus
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.alerts_support import groups, page_of
from tests.oncall_support import config as team_config
from tests.pages_support import fire, page, trail, wait
from tests.slack_support import AMINA, FLIGHTS, LEO, MAYA, ONCALL, Desk, desk, shown


@pytest.fixture
async def quiet(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Nothing has happened yet; amina is primary, leo goes along, maya is next."""
    async with desk(database, team_config(), clock, tmp_path) as running:
        yield running


async def test_a_shadow_who_cannot_be_reached_costs_the_primary_nothing(quiet: Desk) -> None:
    quiet.workspace.faults.add("conversations.open", "error", error="user_disabled", place=LEO)
    await fire(quiet)
    assert "You are called" in shown(page(quiet, AMINA))
    assert quiet.workspace.direct(LEO) == []
    assert trail(quiet, "page.notify") == ["opened"], "the page waits for the primary as before"
    assert trail(quiet, "page.unreachable") == ["unreachable"], "and the trail knows"
    with quiet.database.read() as session:
        assert [group.title for group in groups(session)] == ["HighLatency"], "nobody is alarmed about a copy"


@pytest.mark.parametrize("code", ["user_not_found", "user_disabled", "cannot_dm_bot"])
async def test_who_cannot_be_reached_is_passed_over_at_once(quiet: Desk, code: str) -> None:
    quiet.workspace.faults.add("conversations.open", "error", error=code, place=AMINA)
    started = quiet.clock.now()
    await fire(quiet)
    assert quiet.workspace.direct(AMINA) == []
    assert "Whoever was called before could not be reached." in shown(page(quiet, MAYA))
    assert quiet.clock.now() - started < timedelta(minutes=1)
    assert trail(quiet, "page.notify") == ["opened", "unreachable"]
    replies = quiet.replies(FLIGHTS, quiet.parent(FLIGHTS))
    assert any(f"The direct message to <@{AMINA}> did not arrive: {code}." in reply for reply in replies)
    about = quiet.parent(ONCALL)
    assert "Goldilocks cannot reach somebody who is called" in shown(about)
    assert f"The direct message to Amina Diallo did not arrive: {remedied(code)}." in shown(about)
    with quiet.database.read() as session:
        own = groups(session)[-1]
        assert (own.severity, page_of(session, own.id)) == ("warning", None), "it calls nobody itself"


async def test_when_nobody_at_all_can_be_reached_the_page_ends_aloud_and_reminds(quiet: Desk) -> None:
    quiet.workspace.faults.add("conversations.open", "error", times=1_000, error="user_disabled")
    await fire(quiet)
    with quiet.database.read() as session:
        found = page_of(session, 1)
        assert found is not None
        assert found.status == PageStatus.EXHAUSTED
    replies = quiet.replies(FLIGHTS, quiet.parent(FLIGHTS))
    assert any("no step of the escalation is left" in reply for reply in replies)
    await wait(quiet, 15)
    assert "Still without an owner" in shown(quiet.parent(FLIGHTS))
    assert "Still without an owner" in shown(quiet.parent(ONCALL))


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "channel_not_found"])
async def test_what_an_archived_channel_refuses_goes_to_the_catch_all(quiet: Desk, code: str) -> None:
    quiet.workspace.faults.add("chat.postMessage", "error", times=50, error=code, place=FLIGHTS)
    await fire(quiet)
    assert quiet.workspace.messages(FLIGHTS) == []
    texts = [shown(message) for message in quiet.workspace.messages(ONCALL)]
    assert any("HighLatency" in text for text in texts)
    assert any("Goldilocks cannot write in a channel" in text for text in texts)
    assert "You are called" in shown(page(quiet, AMINA))
    with quiet.database.read() as session:
        assert session.get_one(AlertGroup, 1).channel == "oncall"
        assert {row.status for row in session.query(OutboxRow)} == {OutboxStatus.SENT}, "nothing was dropped"
    parent = next(m for m in quiet.workspace.messages(ONCALL) if "HighLatency" in shown(m))
    assert any(f"<@{AMINA}>" in reply for reply in quiet.replies(ONCALL, parent)), "the thread moved with it"


async def test_a_channel_that_is_archived_later_moves_the_whole_group(quiet: Desk) -> None:
    at = quiet
    await fire(at)
    at.workspace.faults.add("*", "error", times=50, error="is_archived", place=FLIGHTS)
    await at.click(AMINA, page(at, AMINA), Action.ACKNOWLEDGE)
    parent = next(m for m in at.workspace.messages(ONCALL) if "HighLatency" in shown(m))
    assert f"Held by <@{AMINA}>" in shown(parent)
    await at.click(AMINA, parent, Action.RESOLVE)
    parent = next(m for m in at.workspace.messages(ONCALL) if "HighLatency" in shown(m))
    assert "Resolved by" in shown(parent)


async def test_when_the_catch_all_is_gone_as_well_somebody_is_called_about_it(quiet: Desk) -> None:
    for channel in (FLIGHTS, ONCALL):
        quiet.workspace.faults.add("chat.postMessage", "error", times=200, error="is_archived", place=channel)
    await fire(quiet)
    told = [shown(message) for message in quiet.workspace.direct(AMINA)]
    assert any("You are called: HighLatency" in text for text in told)
    assert any("You are called: Goldilocks cannot write in a channel" in text for text in told)
    with quiet.database.read() as session:
        rows = list(session.query(OutboxRow))
    assert all(row.status == OutboxStatus.DEAD for row in rows if not row.channel.startswith("@"))
    assert len(rows) < 30, "being lost is not told again and again"
