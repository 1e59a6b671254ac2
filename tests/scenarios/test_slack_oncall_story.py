"""People change who is on call, by the commands, forms and buttons that they use."""

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action, Field
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import Notification
from tests.oncall_support import HANDOFF, T0, add_group, audit_rows
from tests.oncall_support import config as team_config
from tests.slack_support import (
    AMINA,
    JONAS,
    LEO,
    MAYA,
    ONCALL,
    SOFIA,
    STRANGER,
    Desk,
    desk,
    form_of,
    shown,
    submit,
)
from workflows import escalate
from workflows.change_rota import Wish, take
from workflows.rota import on_call
from workflows.swap_shifts import expire_swaps
from workflows.tell_duty import next_due, plan_due, tell_due

HOUR = timedelta(hours=1)


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Tuesday, 5 February 2013; amina is on call until Monday, then maya, then jonas; leo is shadow."""
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        running.do(plan_due)
        yield running


def options(form: dict[str, Any], field: str) -> list[tuple[str, str]]:
    """The choices of a menu: what is shown, and what it hands back."""
    block = next(block for block in form["blocks"] if block.get("block_id") == field)
    return [(each["text"]["text"], each["value"]) for each in block["element"]["options"]]


def primary(at: Desk, when: datetime) -> str | None:
    with at.database.read() as session:
        return on_call(session, at.config, "flights", when).primary


def direct(at: Desk, user: str) -> list[str]:
    """What the bot said to this person alone, as messages that stay."""
    return [shown(message) for message in direct_messages(at, user)]


def direct_messages(at: Desk, user: str) -> list[Message]:
    """The bot's direct messages to a person as they look now."""
    return deepcopy(at.workspace.direct(user))


async def test_an_override_calls_the_other_and_ends_when_it_says(at: Desk) -> None:
    assert f"<@{AMINA}> until" in await at.slash(JONAS, "/oncall", "who")
    await at.slash(JONAS, "/oncall", "override")
    start, end = T0 + HOUR, T0 + 3 * HOUR
    outcome = await submit(
        at,
        JONAS,
        {
            Field.PERSON: "maya",
            Field.FROM: int(start.timestamp()),
            Field.TO: int(end.timestamp()),
            Field.WHY: "dentist",
        },
    )
    assert outcome.ok, outcome
    assert [primary(at, when) for when in (start - HOUR, start, end)] == ["amina", "maya", "amina"]
    told = shown(at.parent(ONCALL))
    assert f"<@{MAYA}> is on call" in told
    assert f", instead of <@{AMINA}>. “dentist”" in told
    assert f", in place of <@{AMINA}>." in direct(at, MAYA)[-1]
    assert "You are no longer on call" in direct(at, AMINA)[-1]
    for word in (
        f"<@{MAYA}> is.",
        "“dentist”",
        f"by <@{JONAS}>",
        "is on call",
        "instead of",
        f"date^{int(start.timestamp())}",
    ):
        said = word not in ("is on call", "instead of")
        assert direct(at, AMINA)[-1].count(word) == said, "once what was, what is, why and by whom"
    assert direct(at, JONAS) == [], "who did it need not be told"
    at.clock.advance_to(start)
    assert f"put on call instead of <@{AMINA}>" in await at.slash(LEO, "/oncall", "who")
    at.do(lambda s, c, now: escalate.open_page(s, c, add_group(s), now))
    with at.database.read() as session:
        assert session.get_one(Notification, 1).people == ["maya"], (
            "the page goes to whoever is on call in the end"
        )


async def test_what_cannot_be_is_said_next_to_the_form_and_recorded(at: Desk) -> None:
    await at.slash(SOFIA, "/oncall", "override")
    values = {Field.PERSON: "maya", Field.FROM: int(T0.timestamp()), Field.TO: int((T0 + HOUR).timestamp())}
    assert "Only responders" in str((await submit(at, SOFIA, values)).errors)
    await at.slash(JONAS, "/oncall", "override")
    back = {**values, Field.TO: int((T0 - HOUR).timestamp())}
    assert "over already" in str((await submit(at, JONAS, back)).errors)
    assert "cannot" not in str(direct(at, MAYA))
    offered = [person for _, person in options(form_of(at, JONAS), Field.PERSON)]
    assert offered == ["maya", "jonas", "amina", "leo"], "and nobody who could only be refused"
    assert [row[1:] for row in audit_rows(at.database)] == [
        ("rota.override", False, "not_a_responder"),
        ("rota.override", False, "over"),
    ]


async def test_somebody_takes_a_shift_and_takes_it_back(at: Desk) -> None:
    await at.slash(JONAS, "/oncall", "take")
    shifts = options(form_of(at, JONAS), Field.SHIFT)
    assert "Amina Diallo" in shifts[0][0]
    assert "Maya Chen: Mon 11 Feb 14:00 to Mon 18 Feb 14:00" in shifts[1][0], "jonas reads UTC here"
    assert all("Jonas" not in text for text, _ in shifts)
    assert (await submit(at, JONAS, {Field.SHIFT: shifts[1][1]})).ok
    assert primary(at, HANDOFF) == "jonas"
    assert "You are no longer on call" in direct(at, MAYA)[-1]
    await at.slash(MAYA, "/oncall", "changes")
    listed = at.workspace.ephemerals(MAYA)[-1]
    assert f"<@{JONAS}> took" in shown(listed)
    await at.click(MAYA, listed, Action.TAKE_BACK)
    assert primary(at, HANDOFF) == "maya"
    assert "You are no longer on call" in direct(at, JONAS)[-1]
    assert direct(at, JONAS)[-1].count(f"<@{MAYA}> took back") == 1
    assert f"by <@{MAYA}>" not in direct(at, JONAS)[-1], "who took it back has been said"
    assert f"<@{MAYA}> took back" in shown(at.parent(ONCALL))
    await at.click(MAYA, listed, Action.TAKE_BACK)
    assert "already" in at.told(MAYA)


async def test_who_tells_until_when_somebody_is_on_call_whatever_happens_beside(at: Desk) -> None:
    """That somebody else is away for an hour of it cuts the shift in two, and nobody's being on call."""
    until = f"until <!date^{int(HANDOFF.timestamp())}^"
    assert until in await at.slash(LEO, "/oncall", "who")
    await at.slash(LEO, "/oncall", "take")
    assert (await submit(at, LEO, {Field.SHIFT: options(form_of(at, LEO), Field.SHIFT)[0][1]})).ok
    await at.slash(AMINA, "/oncall", "away")
    span = {Field.FROM: int((T0 + HOUR).timestamp()), Field.TO: int((T0 + 2 * HOUR).timestamp())}
    assert (await submit(at, AMINA, span)).ok
    told = await at.slash(LEO, "/oncall", "who")
    assert f"<@{LEO}> {until}" in told


async def test_a_swap_is_asked_accepted_and_told(at: Desk) -> None:
    await at.slash(MAYA, "/oncall", "swap")
    form = form_of(at, MAYA)
    mine, theirs = options(form, Field.SHIFT), options(form, Field.RETURN)
    jonas = next(value for text, value in theirs if "Jonas" in text)
    outcome = await submit(at, MAYA, {Field.SHIFT: mine[0][1], Field.RETURN: jonas, Field.WHY: "a wedding"})
    assert outcome.ok, outcome
    assert primary(at, HANDOFF) == "maya", "nothing changes until it is accepted"
    question = direct_messages(at, JONAS)[-1]
    assert "a wedding" in shown(question)
    assert "asks you to take over" in str((await at.home(JONAS))["blocks"])
    await at.click(JONAS, question, Action.ACCEPT_SWAP)
    assert [primary(at, HANDOFF), primary(at, HANDOFF + timedelta(weeks=1))] == ["jonas", "maya"]
    assert "You accepted" in direct(at, JONAS)[-1]
    assert "your shift moved" in direct(at, MAYA)[-1]
    assert f"<@{MAYA}> and <@{JONAS}> swapped." in direct(at, MAYA)[-1]
    assert (
        direct(at, MAYA)[-1].count(f"<@{JONAS}> is.") == direct(at, MAYA)[-1].count(f"in place of <@{JONAS}>") == 1
    )
    assert "they swapped." in shown(at.parent(ONCALL))
    assert "instead of" not in shown(at.parent(ONCALL)), "nobody was put on call for another: they swapped"
    await at.click(JONAS, question, Action.DECLINE_SWAP)
    assert "accepted already" in at.told(JONAS)
    await at.slash(MAYA, "/oncall", "schedule")
    assert f"swapped with <@{MAYA}>" in at.told(MAYA)
    amina = at.config.team.person("amina")
    assert at.do(
        lambda s, c, now: take(s, c, Wish("amina", HANDOFF, HANDOFF + HOUR, "", "flights"), amina, "amina", now)
    )
    await at.slash(MAYA, "/oncall", "schedule")
    assert f"<@{AMINA}>, who took it from <@{JONAS}>" in at.told(MAYA), "and not from who had swapped it away"


async def test_a_swap_needs_somebody_and_can_be_declined_or_expire(at: Desk) -> None:
    await at.slash(MAYA, "/oncall", "swap")
    mine = options(form_of(at, MAYA), Field.SHIFT)[0][1]
    assert "whom to ask" in str((await submit(at, MAYA, {Field.SHIFT: mine})).errors)
    assert (await submit(at, MAYA, {Field.SHIFT: mine, Field.PERSON: "jonas"})).ok
    await at.click(JONAS, direct_messages(at, JONAS)[-1], Action.DECLINE_SWAP)
    assert f"<@{JONAS}> cannot swap" in direct(at, MAYA)[-1]
    await at.slash(MAYA, "/oncall", "swap")
    assert (await submit(at, MAYA, {Field.SHIFT: mine, Field.PERSON: "amina"})).ok
    at.clock.advance_to(T0 + timedelta(days=2, minutes=1))
    assert at.do(expire_swaps) == 1
    await at.deliver()
    assert "did not answer" in direct(at, MAYA)[-1]
    assert "Nobody answered in time" in direct(at, AMINA)[-1]
    assert primary(at, HANDOFF) == "maya"


async def test_who_is_away_is_replaced_by_the_next_and_everybody_away_is_said_ahead(at: Desk) -> None:
    span = {Field.FROM: int(HANDOFF.timestamp()), Field.TO: int((HANDOFF + timedelta(days=2)).timestamp())}
    for user in (MAYA, JONAS):
        await at.slash(user, "/oncall", "away")
        assert (await submit(at, user, span)).ok
    assert [primary(at, HANDOFF), primary(at, HANDOFF + timedelta(days=2))] == ["amina", "maya"]
    assert f"<@{AMINA}> is on call" in shown(at.parent(ONCALL))
    assert f"because <@{MAYA}> is away" in await at.slash(LEO, "/oncall", "schedule")
    assert "You are now on call" in direct(at, AMINA)[-1]
    await at.slash(AMINA, "/oncall", "away")
    assert (await submit(at, AMINA, span)).ok
    assert primary(at, HANDOFF) is None
    assert "*Nobody* is on call" in shown(at.parent(ONCALL))
    at.do(tell_due)
    await at.deliver()
    assert "nobody is on call from" in shown(at.parent(ONCALL)), "and a reminder with a button that mends it"
    assert "everybody is away" in await at.slash(LEO, "/oncall", "schedule")


async def test_people_are_told_a_day_before_and_at_the_start(at: Desk) -> None:
    assert await due(at) == HANDOFF - timedelta(days=1)
    at.clock.advance_to(HANDOFF - timedelta(days=1))
    at.do(tell_due)
    await at.deliver()
    assert "you are on call from" in direct(at, MAYA)[-1]
    assert f"<@{LEO}> goes along as shadow" in direct(at, MAYA)[-1]
    at.clock.advance_to(HANDOFF)
    at.do(plan_due)
    at.do(tell_due)
    await at.deliver()
    assert "you are on call now" in direct(at, MAYA)[-1]
    assert len(direct(at, MAYA)) == 2
    assert direct(at, LEO) == [], "leo was shadow before, so nothing changes for leo"


async def due(at: Desk) -> datetime | None:
    return await at.database.fetch(lambda session: next_due(session, at.config, at.clock.now()))


async def test_a_shadow_goes_along_on_a_shift_of_their_choice(at: Desk) -> None:
    await at.slash(SOFIA, "/oncall", "shadow")
    maya = next(value for text, value in options(form_of(at, SOFIA), Field.SHIFT) if "Maya" in text)
    assert (await submit(at, SOFIA, {Field.SHIFT: maya})).ok
    with at.database.read() as session:
        assert on_call(session, at.config, "flights", HANDOFF).shadow == "sofia"
        assert on_call(session, at.config, "flights", HANDOFF).primary == "maya"


async def test_next_and_a_stranger(at: Desk) -> None:
    assert f"<@{MAYA}> from" in await at.slash(JONAS, "/oncall", "next")
    assert "You are on call from" in at.told(JONAS)
    await at.slash(STRANGER, "/oncall", "take")
    outcome = await submit(at, STRANGER, {})
    assert "Only responders" in str(outcome.errors)
