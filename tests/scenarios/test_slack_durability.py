"""What was acknowledged takes effect once: twice delivered, raced, cut off by a crash, or broken underneath."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.slack.app import create_slack
from bot.slack.dispatch import BROKEN, STILL_THERE
from bot.slack.ids import Action, Field
from bot.slack.inbound import Kind
from bot.slack.listeners import alerts, bugs
from bot.slack.request import EXPIRED
from core.alerts.tables import GroupStatus
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from core.inbound.tables import InboundStatus
from core.tickets.tables import Ticket
from tests.alerts_support import api, statuses
from tests.oncall_support import config as team_config
from tests.slack_support import JONAS, MAYA, ONCALL, Desk, desk, inbound, recorded, shown
from tests.slack_wire import click, form, post, slash, submission
from workflows import respond


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, team_config(), clock, tmp_path) as running:
        running.do(lambda s, c, now: respond.receive(s, c, [api()], now))
        await running.deliver()
        yield running


async def test_a_wrong_signature_and_a_stale_timestamp_are_401(at: Desk) -> None:
    body = form(click(Action.ACKNOWLEDGE, "1"))
    assert (await post(at, body, secret="wrong")).status_code == 401
    assert (await post(at, body, age=301)).status_code == 401
    assert inbound(at) == []
    assert (await post(at, body)).status_code == 200
    with at.database.read() as session:
        assert statuses(session) == [GroupStatus.ACKNOWLEDGED]


async def test_the_same_click_delivered_twice_acts_once(at: Desk) -> None:
    body = form(click(Action.ACKNOWLEDGE, "1"))
    for _ in range(2):
        assert (await post(at, body)).status_code == 200
    with at.database.read() as session:
        entries = [e for e in audit.of(session, "alert_group", 1) if e.action == "alert.acknowledge"]
    assert len(entries) == 1
    assert at.told(MAYA) == ""


async def test_an_event_that_slack_sends_again_is_answered_once(at: Desk) -> None:
    event = {
        "type": "app_mention",
        "user": MAYA,
        "text": "<@U0GOLDILOCKS> oncall who",
        "channel": ONCALL,
        "ts": "1.1",
    }
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": "T", "event": event}).encode()
    for _ in range(3):
        assert (await post(at, body, kind="json")).status_code == 200
    assert len(at.workspace.ephemerals(MAYA)) == 1


async def test_what_nobody_listens_to_is_acknowledged_and_not_kept(at: Desk) -> None:
    event = {"type": "reaction_added", "user": MAYA}
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": "T", "event": event}).encode()
    assert (await post(at, body, kind="json")).status_code == 200
    assert inbound(at) == []


async def test_an_old_button_says_that_it_is_old(at: Desk) -> None:
    assert (await post(at, form(click("button_of_last_year", "1")))).status_code == 200
    assert "older version" in at.told(MAYA)


async def test_a_command_of_another_manifest_is_told_apart_from_a_button(at: Desk) -> None:
    for command, meant in (("/oncalls", "/oncall"), ("/xyzzy", None)):
        assert (await post(at, slash(command, "who"))).status_code == 200
        said = at.workspace.ephemerals(MAYA)[-1]
        assert f"`{command}` is no command of this version of Goldilocks." in shown(said)
        assert "button" not in shown(said)
        offered = [
            each["value"] for block in said.blocks if block["type"] == "actions" for each in block["elements"]
        ]
        assert offered[0] == (f"{meant} who" if meant else "/goldilocks oncall")


async def test_what_was_typed_into_a_form_of_another_version_stays_in_it(at: Desk) -> None:
    sent = submission("form_of_last_year", {"why": {"i": {"type": "plain_text_input", "value": "a long story"}}})
    answer = (await post(at, form(sent))).json()
    assert answer["response_action"] == "errors"
    assert "This form belongs to an older version" in answer["errors"]["why"]


async def test_two_people_at_the_same_instant_are_decided_once(at: Desk) -> None:
    message = at.parent(ONCALL)
    await asyncio.gather(
        *(
            at.workspace.click(user, ONCALL, message.ts, Action.ACKNOWLEDGE, seen=message)
            for user in (MAYA, JONAS, "U0AMINA", "U0LEO")
        )
    )
    await at.surface.settle()
    with at.database.read() as session:
        entries = [e for e in audit.of(session, "alert_group", 1) if e.action == "alert.acknowledge"]
    assert sorted(entry.allowed for entry in entries) == [False, False, False, True]


async def test_a_click_that_a_crash_cut_off_takes_effect_after_the_restart_once(at: Desk) -> None:
    await recorded(at, Kind.ACTION, click(Action.ACKNOWLEDGE, "1"))
    reborn = create_slack(at.deps)
    assert await reborn.replay_unfinished() == 1
    assert await reborn.replay_unfinished() == 0
    with at.database.read() as session:
        assert statuses(session) == [GroupStatus.ACKNOWLEDGED]
    assert inbound(at)[0].status == InboundStatus.DONE


async def test_a_crash_after_the_effect_does_not_repeat_it(at: Desk) -> None:
    request = await recorded(at, Kind.ACTION, click(Action.ACKNOWLEDGE, "1"))
    await alerts.acknowledge(request)
    assert await create_slack(at.deps).replay_unfinished() == 0
    assert inbound(at)[0].status == InboundStatus.DONE


async def test_a_form_that_a_crash_kept_from_opening_asks_for_another_click(at: Desk) -> None:
    await recorded(at, Kind.ACTION, click(Action.FILE_BUG, "1"))
    await create_slack(at.deps).replay_unfinished()
    assert at.told(MAYA) == EXPIRED


async def test_nothing_secret_is_stored(at: Desk) -> None:
    await post(at, form({**click(Action.ACKNOWLEDGE, "1"), "token": "verification"}))
    (row,) = inbound(at)
    assert not {"token", "trigger_id"} & set(row.body)


async def test_what_breaks_is_told_in_one_line(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts.respond, "acknowledge", lambda *_: 1 / 0)
    await at.click(MAYA, at.parent(ONCALL), Action.ACKNOWLEDGE)
    assert at.told(MAYA) == BROKEN
    assert inbound(at)[-1].status == InboundStatus.FAILED
    assert await create_slack(at.deps).replay_unfinished() == 0


async def test_a_form_that_cannot_be_saved_stays_and_can_be_submitted_again(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at.click(MAYA, at.parent(ONCALL), Action.FILE_BUG)
    view = at.workspace.views(MAYA)[-1]
    values = {Field.TITLE: "typed with care"}
    with monkeypatch.context() as patch:
        patch.setattr(bugs.workflow, "file_bug", lambda *_: 1 / 0)
        outcome = await at.workspace.submit(MAYA, view["id"], values)
    assert outcome.errors == {Field.TITLE: STILL_THERE}
    assert at.workspace.views(MAYA)
    assert (await at.workspace.submit(MAYA, view["id"], values)).ok
    assert at.workspace.views(MAYA) == []
    with at.database.read() as session:
        assert [ticket.title for ticket in session.scalars(select(Ticket))] == ["typed with care"]


async def test_a_submission_that_arrives_twice_files_one_bug(at: Desk) -> None:
    payload = {
        "type": "view_submission",
        "user": {"id": MAYA},
        "team": {"id": "T"},
        "trigger_id": "1.2.x",
        "view": {
            "id": "V1",
            "hash": "h",
            "type": "modal",
            "callback_id": "file_bug",
            "private_metadata": "1",
            "blocks": [],
            "state": {
                "values": {
                    "title": {"input": {"type": "plain_text_input", "value": "once"}},
                    "severity": {"input": {"type": "static_select", "selected_option": {"value": "high"}}},
                    "symptom": {"input": {"type": "static_select", "selected_option": {"value": "other"}}},
                }
            },
        },
    }
    for _ in range(2):
        answer = await post(at, form(payload))
        assert (answer.status_code, answer.text) == (200, "")
    with at.database.read() as session:
        assert len(list(session.scalars(select(Ticket)))) == 1


async def test_an_alert_full_of_mischief_is_shown_safely(at: Desk) -> None:
    mischief = "<!channel> <https://evil.example|https://bank.example> \u202etxet " + "x" * 9_000
    labels = {"alertname": "Mischief <!here>"}
    at.do(lambda s, c, now: respond.receive(s, c, [api(labels, annotations={"summary": mischief})], now))
    await at.deliver()
    message = at.parent(ONCALL)
    text = shown(message)
    assert "&lt;!channel&gt;" in text
    assert "<!" not in text.replace("<!date", "")
    assert "more characters" in text
    assert "\u202e" not in text
    await at.click(MAYA, message, Action.ALERT_DETAILS)
    assert str(at.workspace.views(MAYA)[-1]["blocks"]).count("x") >= 9_000, "the details show all of it"
