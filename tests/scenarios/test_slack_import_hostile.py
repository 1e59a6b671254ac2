"""Imports by those who mean no good, by two at once, and through a crash."""

import asyncio
from datetime import timedelta

import pytest

from bot.slack.app import create_slack
from bot.slack.ids import Action, Callback, Field
from bot.slack.inbound import Kind
from bot.workspace.acting import payloads
from core.oncall.rota_tables import Override, RotaImport
from tests.oncall_support import HANDOFF, audit_rows
from tests.scenarios.test_slack_import_story import WEEKS, at, look, primary, rows, seen, upload
from tests.slack_support import AMINA, JONAS, MAYA, ONCALL, STRANGER, Desk, recorded, shown, submit
from workflows.change_rota import Wish, override

__all__ = ["at"]  # the fixture

WRITTEN = "{person:sofia} {at:1} <@U0SOFIA> <!channel> <https://evil.example|x>"
MUST_NOT = ("<@U0SOFIA>", "<!channel>", "<https://evil", "<!date^1^")


async def test_what_is_written_into_an_import_calls_nobody(at: Desk) -> None:
    file = await upload(at, JONAS, f"{WRITTEN.replace('/', '')}.txt", f"jonas 2013-02-11 {WRITTEN}".encode())
    await at.slash(JONAS, "/oncall", "import flights")
    await submit(at, JONAS, {Field.FILE: {Action.INPUT: {"type": "file_input", "files": [file]}}})
    told = seen(at, JONAS)
    assert "{person:sofia} {at:1}" in told, "it is shown as it was written"
    assert (await submit(at, JONAS, {})).ok
    told += shown(at.parent(ONCALL)) + shown(at.workspace.direct(JONAS)[-1])
    told += "".join(shown(each) for each in at.workspace.direct(MAYA))
    told += await at.slash(AMINA, "/oncall", "changes") + await at.slash(AMINA, "/oncall", "who")
    assert not [each for each in MUST_NOT if each in told]


async def test_nobody_imports_what_somebody_else_looked_at(at: Desk) -> None:
    await look(at, JONAS, WEEKS)
    form = at.workspace.views(JONAS)[-1]
    for user in (AMINA, STRANGER):
        at.workspace.ctx.views.open(user, form)
        await submit(at, user, {})
        assert "not there any more" in shown(at.workspace.direct(user)[-1])
    assert rows(at, Override) == 0
    assert [row[:3] for row in audit_rows(at.database)] == [
        ("amina", "rota.import", False),
        (f"slack:{STRANGER}", "rota.import", False),
    ]


async def test_the_same_click_twice_and_two_replicas_import_once(at: Desk) -> None:
    await look(at, JONAS, WEEKS)
    view = at.workspace.views(JONAS)[-1]
    outcomes = await asyncio.gather(*(at.workspace.submit(JONAS, view["id"], {}) for _ in range(3)))
    await at.surface.settle()
    await at.deliver()
    assert any(outcome.ok for outcome in outcomes)
    assert rows(at, Override) == 2


async def test_an_import_that_a_crash_cut_off_takes_effect_after_the_restart_once(at: Desk) -> None:
    await look(at, JONAS, WEEKS)
    view = at.workspace.views(JONAS)[-1]
    person = next(each for each in at.workspace.people if each.id == JONAS)
    body = payloads.interaction(at.workspace.ctx, "view_submission", person, view["id"]) | {"view": view}
    await recorded(at, Kind.SUBMISSION, body)
    reborn = create_slack(at.deps)
    assert await reborn.replay_unfinished() == 1
    assert await reborn.replay_unfinished() == 0
    await at.deliver()
    assert rows(at, Override) == 2
    assert primary(at, HANDOFF) == "jonas"
    assert "imported 2 shifts" in shown(at.workspace.direct(JONAS)[-1])


async def test_a_look_that_a_crash_cut_off_asks_for_another(at: Desk) -> None:
    await at.slash(JONAS, "/oncall", "import flights")
    view = at.workspace.views(JONAS)[-1]
    values = {Field.CONTENT: {Action.INPUT: {"type": "plain_text_input", "value": WEEKS}}}
    person = next(each for each in at.workspace.people if each.id == JONAS)
    body = payloads.interaction(at.workspace.ctx, "view_submission", person, view["id"])
    body["view"] = view | {"state": {"values": view["state"]["values"] | values}}
    await recorded(at, Kind.SUBMISSION, body)
    assert await create_slack(at.deps).replay_unfinished() == 1
    assert "Please click again" in shown(at.workspace.direct(JONAS)[-1])
    assert rows(at, Override) == 0


async def test_what_became_impossible_since_the_look_is_refused_and_told(at: Desk) -> None:
    await look(at, JONAS, "maya 2013-02-08 to 2013-02-09\njonas 2013-02-12")
    at.clock.advance(timedelta(days=400))
    await submit(at, JONAS, {})
    assert "is over, or is there already" in shown(at.workspace.direct(JONAS)[-1])
    assert rows(at, Override) == 0


async def test_what_somebody_changed_since_the_look_is_overridden_as_by_hand(at: Desk) -> None:
    await look(at, JONAS, WEEKS)
    wish = Wish("amina", HANDOFF, HANDOFF + timedelta(days=1), "", "flights")
    assert at.do(lambda s, c, now: override(s, c, wish, c.team.person("amina"), "amina", now)).allowed
    assert (await submit(at, JONAS, {})).ok
    assert primary(at, HANDOFF) == "jonas", "the later word counts"
    assert f"instead of <@{AMINA}>" in shown(at.parent(ONCALL)) or "is on call" in shown(at.parent(ONCALL))


@pytest.mark.parametrize("metadata", ["", "99", "x", "1" * 40])
async def test_a_forged_form_imports_nothing(at: Desk, metadata: str) -> None:
    await look(at, JONAS, WEEKS)
    form = at.workspace.views(JONAS)[-1] | {"private_metadata": metadata}
    assert form["callback_id"] == Callback.IMPORT_LOOKED
    at.workspace.ctx.views.open(JONAS, form)
    await submit(at, JONAS, {})
    assert rows(at, Override) == 0
    assert rows(at, RotaImport) == 1, "what was looked at is still there"


async def test_a_rotation_that_is_gone_is_said_to_be(at: Desk) -> None:
    await at.slash(JONAS, "/oncall", "import flights")
    form = at.workspace.views(JONAS)[-1]
    what = next(each for each in form["blocks"] if each["block_id"] == Field.WHAT)
    gone = {"text": {"type": "plain_text", "text": "Ships"}, "value": "rotation:ships"}
    what["element"]["options"].append(gone)
    outcome = await submit(at, JONAS, {Field.WHAT: "rotation:ships", Field.CONTENT: WEEKS})
    assert "no such rotation" in str(outcome.errors)
