"""Whatever people write into forms calls nobody and links nowhere, wherever it is shown afterwards."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action, Callback, Field
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.models.version import STATUS_TAG, VersionStatus
from tests.alerts_support import LATENCY, webhook
from tests.oncall_support import HANDOFF, T0, draft_due
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, FLIGHTS, JONAS, LEO, MAYA, ONCALL, SOFIA, Desk, desk
from workflows import respond

WRITTEN = "{person:sofia} {at:1} <@U0SOFIA> <!channel> <https://evil.example|x> *a* `b` ```c _d_ ~e~ &lt;"
MUST_NOT = ("<@U0SOFIA>", "<!channel>", "<https://evil", "<!date^1^")
FORMS = [
    (JONAS, "/oncall override maya", Callback.OVERRIDE),
    (JONAS, "/oncall take", Callback.TAKE),
    (LEO, "/oncall shadow", Callback.SHADOW),
    (MAYA, "/oncall away", Callback.AWAY),
    (MAYA, "/oncall swap", Callback.SWAP),
    (AMINA, "/alerts silence pipeline=flights", Callback.SILENCE),
    (AMINA, "/alerts page 1 jonas", Callback.CALL),
    (AMINA, "/alerts noise 1", Callback.NOISE),
    (AMINA, "/bug new", Callback.FILE_BUG),
]


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """An alert that calls amina, with leo as shadow, and a model with two versions."""
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        model = tmp_path / "model.skops"
        model.write_bytes(b"model")
        for _ in range(2):
            running.registry.register("flights", model, {}, {STATUS_TAG: VersionStatus.APPROVED}, T0)
        running.registry.set_champion("flights", 2)
        labels = {**LATENCY, "severity": "critical", "pipeline": "flights"}
        running.do(lambda s, c, now: respond.receive(s, c, [webhook(labels, starts_at=now)], now))
        await running.deliver()
        yield running


def filled(view: dict[str, Any]) -> dict[str, Any]:
    """Hostile words in every text of a form; the choices that it begins with, or else its first ones."""
    values: dict[str, Any] = {}
    for block in (each for each in view["blocks"] if each["type"] == "input"):
        element = block["element"]
        if element["type"] == "plain_text_input" and block["block_id"] != Field.MATCHERS:
            values[block["block_id"]] = WRITTEN
        elif element["type"] == "static_select" and "initial_option" not in element and not block["optional"]:
            values[block["block_id"]] = element["options"][0]["value"]
    return values


async def send(at: Desk, user: str, callback: Callback, **more: Any) -> None:
    """Fill the open form and send it off."""
    view = at.workspace.views(user)[-1]
    assert view["callback_id"] == callback
    outcome = await at.workspace.submit(user, view["id"], {**filled(view), **more})
    assert outcome.ok, (callback, outcome)
    await at.surface.settle()
    await at.deliver()


async def press(at: Desk, user: str, message: Message, action: Action, callback: Callback, **more: Any) -> None:
    await at.click(user, message, action)
    await send(at, user, callback, **more)


def everything(at: Desk) -> str:
    """All that anybody sees, as it went to Slack."""
    people = (AMINA, JONAS, LEO, MAYA, SOFIA)
    said = [
        m
        for channel in (FLIGHTS, ONCALL)
        for top in at.workspace.messages(channel)
        for m in (top, *at.thread(top))
    ]
    said += [m for user in people for top in at.workspace.direct(user) for m in (top, *at.thread(top))]
    said += [m for user in people for m in at.workspace.ephemerals(user)]
    homes = [at.workspace.home(user) for user in people]
    return str([(m.text, m.blocks, m.attachments) for m in said]) + str(homes)


async def test_nothing_that_is_written_into_a_form_calls_anybody(at: Desk) -> None:
    copy = next(m for m in at.workspace.direct(LEO) if Action.SHADOW_ANSWER in str(m.attachments))
    await press(at, LEO, copy, Action.SHADOW_ANSWER, Callback.SHADOW_ANSWER)
    await press(at, AMINA, at.parent(FLIGHTS), Action.ROLL_BACK, Callback.ROLL_BACK)
    for user, command, callback in FORMS:
        name, _, text = command.partition(" ")
        await at.slash(user, name, text)
        await send(at, user, callback, **({Field.PERSON: "jonas"} if callback is Callback.SWAP else {}))
    bug = next(
        m for m in at.workspace.messages(ONCALL) if Action.WRITE_REPORT in str(m.attachments) + str(m.blocks)
    )
    await press(at, MAYA, bug, Action.WRITE_REPORT, Callback.INCIDENT_REPORT)
    await press(at, MAYA, bug, Action.CLOSE_TICKET, Callback.CLOSE_TICKET)
    at.clock.advance_to(HANDOFF + timedelta(minutes=1))
    at.do(draft_due)
    await at.deliver()
    handoff = next(m for m in at.workspace.messages(ONCALL) if Action.EDIT_HANDOFF in str(m.attachments))
    await press(at, AMINA, handoff, Action.EDIT_HANDOFF, Callback.EDIT_HANDOFF)
    for command in ("changes", "who", "schedule", "handoff", "reports", "reports {person:sofia}"):
        await at.slash(JONAS, "/oncall", command)
    for command in ("list all", "show 1", "why 1", "why pipeline={person:sofia}", "silence list"):
        await at.slash(JONAS, "/alerts", command)
    for command in ("list", "show 1"):
        await at.slash(JONAS, "/bug", command)
    for user in (AMINA, JONAS, MAYA):
        await at.workspace.open_home(user)
        await at.workspace.settle()
        await at.surface.settle()
    seen = everything(at)
    assert seen.count("evil.example") > 15, "it is shown"
    for token in MUST_NOT:
        assert token not in seen, seen[max(0, seen.find(token) - 400) : seen.find(token) + 100]
