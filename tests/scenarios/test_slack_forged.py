"""Whatever comes to the door of Slack is refused clearly, without an error of ours; a refused act is one audit row."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select

from bot.app import stamp_of
from bot.slack.door import MAX_BODY, is_signed
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners.reviews import read_where
from core.alerts.tables import AlertGroup
from core.audit.tables import AuditEntry
from core.clock import AgreedClock, SimulatedClock
from core.db.database import Database
from core.inbound.tables import InboundRequest, InboundStatus
from core.tickets.tables import Ticket
from tests.alerts_support import api
from tests.oncall_support import config as team_config
from tests.slack_support import MAYA, ONCALL, Desk, desk
from tests.slack_wire import click, form, post, slash, submission
from workflows import respond

DEEP = '{"a":' * 5_000 + "1" + "}" * 5_000
UNREADABLE = [
    "",
    "no json",
    "[]",
    "null",
    "{}",
    DEEP,
    '{"type":"event_callback"}',
    '{"type":"event_callback","event_id":"E1","event":"x"}',
    '{"type":"event_callback","event_id":"E1","event":{"type":"app_mention","text":5}}',
    '{"type":"event_callback","event_id":"E1","authorizations":[1],"event":{"type":"app_mention"}}',
    '{"type":"block_actions","user":{"id":"U0MAYA"},"actions":[]}',
    '{"type":"block_actions","user":5,"actions":[{"action_id":"x"}]}',
    '{"type":"view_submission","user":{"id":"U0MAYA"},"view":{"id":"V1"}}',
    '{"command":5}',
]


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), clock, tmp_path) as running:
        running.do(lambda s, c, now: respond.receive(s, c, [api()], now))
        await running.deliver()
        yield running


def refusals(at: Desk) -> list[tuple[str, str]]:
    with at.database.read() as session:
        query = select(AuditEntry).where(~AuditEntry.allowed).order_by(AuditEntry.id)
        return [(row.action, row.reason) for row in session.scalars(query)]


def failed(at: Desk) -> list[str | None]:
    with at.database.read() as session:
        query = select(InboundRequest).where(InboundRequest.status == InboundStatus.FAILED)
        return [row.error for row in session.scalars(query)]


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: body[:40] or "nothing")
async def test_what_is_signed_but_unreadable_is_a_400_and_what_is_not_signed_a_401(at: Desk, body: str) -> None:
    assert (await post(at, body.encode(), kind="json")).status_code == 400
    assert (await post(at, body.encode(), kind="json", secret="another")).status_code == 401


async def test_bytes_that_are_no_text_and_bodies_without_end(at: Desk) -> None:
    assert (await post(at, b"\xff\xfe")).status_code == 400
    assert (await post(at, b"\xff\xfe", secret="another")).status_code == 401
    assert (await post(at, b"x" * (MAX_BODY + 1), secret="another")).status_code == 413


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "1e9", "-1", "9" * 5_000, "\xb2\xb3"])
async def test_headers_of_any_kind_are_a_401(at: Desk, stamp: str) -> None:
    headers = [
        (b"x-slack-request-timestamp", stamp.encode("latin-1")),
        (b"x-slack-signature", b"v0=\xe9"),
        (b"content-type", b"application/json"),
    ]
    async with httpx.AsyncClient() as client:
        answer = await client.post(str(at.workspace.config.events_url), content=b"{}", headers=headers)
    assert answer.status_code == 401


def test_without_a_secret_nothing_is_signed() -> None:
    now = time.time()
    made = hmac.new(b"", b"v0:%d:{}" % now, hashlib.sha256).hexdigest()
    assert not is_signed("", str(int(now)), f"v0={made}", b"{}")


async def test_signatures_are_held_against_the_clock_that_replicas_agree_on(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's clock is an hour behind, and Slack's and the database's are right."""
    clock = AgreedClock()
    clock.agree(datetime.now(UTC) + timedelta(hours=1), clock.steady(), clock.steady())
    monkeypatch.setattr(at.surface, "_stamp", stamp_of(clock))
    for age, status in ((0, 200), (290, 200), (310, 401), (-310, 401), (3600, 401)):
        answer = await post(at, slash("/oncall", f"who {age}"), age=age - 3600)
        assert (age, answer.status_code) == (age, status)


async def test_what_is_signed_and_far_from_our_clock_is_told_once(at: Desk) -> None:
    for age in (720, 720, 0, 720, 720):
        await post(at, slash("/oncall", "help"), age=age)
    with at.database.read() as session:
        assert list(session.scalars(select(AlertGroup).where(AlertGroup.title.contains("clock")))) == []
    for _ in range(2):
        assert (await post(at, slash("/oncall"), age=720)).status_code == 401
    assert (await post(at, slash("/oncall"), age=720, secret="another")).status_code == 401
    with at.database.read() as session:
        (told,) = session.scalars(select(AlertGroup).where(AlertGroup.title.contains("clock")))
    assert "is 12 min ahead of their signatures" in told.summary


@pytest.mark.parametrize(
    ("action", "refused"),
    [
        (Action.ACKNOWLEDGE, ("alert.acknowledge", "no_such_group")),
        (Action.SILENCE, ("alert.silence", "no_such_group")),
        (Action.APPROVE, ("approval.decide", "no_such_request")),
        (Action.START_TICKET, ("ticket.change", "no_such_ticket")),
        (Action.ACCEPT_HANDOFF, ("handoff.accept", "no_such_handoff")),
        (Action.DISMISS_CARD, ("review.dismiss", "no_such_card")),
    ],
)
async def test_a_button_about_nothing_is_refused_once(at: Desk, action: Action, refused: tuple[str, str]) -> None:
    values = ["", "none", "999999", "9" * 40, "-1", "1e3", "²"]
    for number, value in enumerate(values):
        assert (await post(at, form(click(action, value, trigger=str(number))))).status_code == 200
    assert refusals(at) == [refused] * len(values)
    assert failed(at) == []
    assert len(at.workspace.ephemerals(MAYA)) == len(values)


async def test_a_trigger_that_slack_never_gave_asks_for_another_click(at: Desk) -> None:
    typed = {"command": "/bug", "text": "", "user_id": MAYA, "channel_id": ONCALL, "trigger_id": "made up"}
    answer = await post(at, urlencode(typed).encode())
    assert (answer.status_code, answer.text) == (200, "")
    assert "Open the form" in at.told(MAYA)


async def test_a_length_that_is_not_on_offer_silences_nothing(at: Desk) -> None:
    await post(at, form(click(Action.SILENCE, "1:for ever")))
    assert refusals(at) == [("alert.silence", "length_invalid")]


@pytest.mark.parametrize(
    ("callback", "action", "reasons"),
    [
        (Callback.FILE_BUG, "ticket.file", {"invalid_draft", "no_such_group"}),
        (Callback.CLOSE_TICKET, "ticket.change", {"no_such_ticket"}),
        (Callback.CONFIRM_CARD, "review.confirm", {"no_such_card"}),
        (Callback.ROLL_BACK, "approval.request", {"nothing_to_roll_back_to"}),
    ],
)
async def test_a_forged_form_is_refused_next_to_its_field(
    at: Desk, callback: Callback, action: str, reasons: set[str]
) -> None:
    forged = ["", "x", "[]", "9" * 3_000, '{"pipeline":"nowhere","group":"x","to":null}', "{"]
    for number, data in enumerate(forged):
        payload = submission(callback, {Field.TITLE: {"value": None}}, data=data, view=f"V{number}")
        answer = await post(at, form(payload))
        assert answer.json()["response_action"] == "errors", data
    told = refusals(at)
    assert len(told) == len(forged)
    assert {name for name, _ in told} == {action}
    assert {reason for _, reason in told} == reasons


def bug(title: str) -> dict[str, Any]:
    values = {
        Field.TITLE: {"value": title},
        Field.SEVERITY: {"selected_option": {"value": "high"}},
        Field.SYMPTOM: {"selected_option": {"value": "other"}},
    }
    return submission(Callback.FILE_BUG, values)


async def test_what_no_database_can_hold_is_replaced_and_nothing_typed_is_lost(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    async with desk(database, team_config(), clock, tmp_path) as at:
        answer = await post(at, form(bug("half \ud83d a\x00b \N{BEAR FACE}")))
    assert (answer.status_code, answer.text) == (200, "")
    with database.read() as session:
        assert [ticket.title for ticket in session.scalars(select(Ticket))] == [
            "half \ufffd a\ufffdb \N{BEAR FACE}"
        ]


async def test_a_title_cannot_mention_anybody(at: Desk) -> None:
    await post(at, form(bug("{person:jonas} <!channel> <@U0JONAS>")))
    await at.deliver()
    told = str(
        [message.blocks for channel in ("C0ONCALL", "C0FLIGHTS") for message in at.workspace.messages(channel)]
    )
    replies = str([m.blocks for m in at.thread(at.parent("C0ONCALL"))])
    assert "person:jonas" in told + replies
    assert "<@U0JONAS>" not in told + replies


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "9" * 400, "9" * 5_000, "²", "0x10"])
def test_a_slice_is_made_of_numbers_that_can_be_compared(value: str) -> None:
    for like in (1, 1.0):
        where, problem = read_where(f"hour = {value}", {"hour": like})
        assert (where, "not a number" in problem) == ({}, True)
