"""Every command of `/oncall` and `/alerts` is reached by typing, by the menu, from App Home and in words, and asks for
what it needs by a choice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners.every_command import COMMANDS
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import LATENCY, groups, statuses, webhook
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, JONAS, MAYA, ONCALL, Desk, desk, shown
from workflows import respond

ALERTS = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["alertname", "host"]}
TOLD, FORM, CHOICE = "told", "form", "choice"

NEEDED = [
    ("/oncall who", TOLD, "Primary"),
    ("/oncall next", TOLD, "on call"),
    ("/oncall schedule", TOLD, "Flights on-call"),
    ("/oncall override", FORM, Callback.OVERRIDE),
    ("/oncall swap", FORM, Callback.SWAP),
    ("/oncall take", FORM, Callback.TAKE),
    ("/oncall handoff", TOLD, "so far"),
    ("/oncall shadow", FORM, Callback.SHADOW),
    ("/oncall away", FORM, Callback.AWAY),
    ("/oncall import", FORM, Callback.IMPORT),
    ("/alerts list", TOLD, "2 open alerts"),
    ("/alerts show", CHOICE, "show"),
    ("/alerts why", CHOICE, "why"),
    ("/alerts ack", CHOICE, "ack"),
    ("/alerts resolve", CHOICE, "resolve"),
    ("/alerts silence", CHOICE, "silence"),
    ("/alerts noise", FORM, Callback.NOISE),
    ("/alerts page", FORM, Callback.CALL),
]
"""What issue and documentation promise: the command, how it answers without an argument, and what that shows."""


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Two alerts: one calls, one only posts."""
    async with desk(sqlite_database, team_config(alerts=ALERTS), SimulatedClock(T0), tmp_path) as running:
        for host, severity in (("a", "critical"), ("b", "warning")):
            labels = {**LATENCY, "host": host, "severity": severity}
            running.do(
                lambda s, c, now, labels=labels: respond.receive(s, c, [webhook(labels, starts_at=now)], now)
            )
        await running.deliver()
        yield running


async def typed(at: Desk, command: str) -> None:
    name, _, text = command.partition(" ")
    await at.slash(MAYA, name, text)


async def by_menu(at: Desk, command: str) -> None:
    """The bare command, then the button of its menu."""
    await at.slash(MAYA, command.split()[0])
    menu = at.workspace.ephemerals(MAYA)[-1]
    await at.click(MAYA, menu, button_of(menu.blocks, command))


async def from_home(at: Desk, command: str) -> None:
    """The choice of a menu at the end of App Home."""
    await at.workspace.open_home(MAYA)
    await settle(at)
    view = at.workspace.home(MAYA)
    assert view is not None
    menu = next(each for each in elements_of(view["blocks"]) if command in str(each.get("options")))
    outcome = await at.workspace.click_in_view(MAYA, view["id"], menu["action_id"], command)
    assert outcome.ok, outcome
    await settle(at)


async def in_words(at: Desk, command: str) -> None:
    """In a thread, where slash commands do not work; forms then take one more click."""
    await at.workspace.say(MAYA, ONCALL, f"@goldilocks {command.lstrip('/')}", thread_ts=at.parent(ONCALL, 0).ts)
    await settle(at)
    said = private(at)[-1]
    if said.text.startswith("Slack opens a form only"):
        await at.click(MAYA, said, f"{Action.MENU}:form")


Way = Callable[[Desk, str], Awaitable[None]]
WAYS: list[Way] = [typed, by_menu, from_home, in_words]


async def settle(at: Desk) -> None:
    await at.workspace.settle()
    await at.surface.settle()


def button_of(blocks: list[dict[str, Any]], command: str) -> str:
    """The action of the button that runs a command."""
    return next(str(each["action_id"]) for each in elements_of(blocks) if each.get("value") == command)


def elements_of(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [element for block in blocks for element in block.get("elements", [])]


def private(at: Desk) -> list[Message]:
    """What only Maya was told, wherever she asked, in the order of time."""
    found = [*at.workspace.ephemerals(MAYA), *at.workspace.direct(MAYA)]
    return sorted(found, key=lambda message: message.ts)


def choices(message: Message) -> list[str]:
    return [
        str(option["value"])
        for block in message.blocks
        for option in (block.get("accessory") or {}).get("options", [])
    ]


def test_every_command_that_is_promised_is_here_and_each_has_a_button() -> None:
    here = {f"{each.name} {usage.usage.split()[0]}" for each in COMMANDS for usage in each.usages}
    assert {command for command, _, _ in NEEDED} <= here
    for each in COMMANDS[:2]:
        assert all(usage.label for usage in each.usages if usage.usage != "help"), each.name


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_each_command_answers_the_same_whichever_way_it_is_asked(at: Desk, way: Way) -> None:
    for command, kind, what in NEEDED:
        at.clock.advance(timedelta(seconds=5))  # the workspace, too, takes only so many messages a second
        await way(at, command)
        if kind == FORM:
            form = at.workspace.views(MAYA)[-1]
            assert form["callback_id"] == what, command
            await at.workspace.close(MAYA, form["id"])
            continue
        answer = private(at)[-1]
        if kind == CHOICE:
            assert choices(answer) == [f"{what}:1", f"{what}:2"], command
        else:
            assert what in shown(answer), command


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("show", "HighLatency"),
        ("why", "`severity_waits`"),
        ("ack", f"<@{MAYA}> acknowledged"),
        ("resolve", f"<@{MAYA}> resolved"),
    ],
)
async def test_what_is_chosen_is_answered_as_if_it_had_been_typed(at: Desk, verb: str, told: str) -> None:
    await at.slash(MAYA, "/alerts", verb)
    await at.click(MAYA, private(at)[-1], Action.ALERT_MORE, f"{verb}:2")
    assert told in shown(private(at)[-1])


async def test_only_what_fits_is_offered(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "ack 1")
    await at.slash(MAYA, "/alerts", "ack")
    assert choices(private(at)[-1]) == ["ack:2"]
    await at.slash(MAYA, "/alerts", "resolve 2")
    await at.slash(MAYA, "/alerts", "resolve")
    assert choices(private(at)[-1]) == ["resolve:1"]
    await at.slash(MAYA, "/alerts", "why")
    assert choices(private(at)[-1]) == ["why:1", "why:2"], "one that is over can be asked about"
    await at.slash(MAYA, "/alerts", "ack")
    assert "No alert waits for somebody to acknowledge it" in shown(private(at)[-1])


async def test_a_silence_is_chosen_or_written(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence")
    asked = private(at)[-1]
    await at.click(MAYA, asked, Action.ALERT_MORE, "silence:2")
    form = at.workspace.views(MAYA)[-1]
    assert 'host="b"' in str(form)
    await at.workspace.close(MAYA, form["id"])
    await at.click(MAYA, asked, button_of(asked.blocks, "/alerts silence new"))
    assert "Write matchers" in str(at.workspace.views(MAYA)[-1])


async def test_a_call_can_be_about_an_alert_that_is_chosen(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "page")
    values = {Field.ALERT: "2", Field.PERSON: "person:leo", Field.WHY: "please look"}
    assert (await at.workspace.submit(MAYA, at.workspace.views(MAYA)[-1]["id"], values)).ok
    await settle(at)
    await at.deliver()
    assert any("please look" in reply for reply in at.replies(ONCALL, at.parent(ONCALL, 1)))
    with at.database.read() as session:
        assert len(groups(session)) == 2
        assert statuses(session) == ["firing", "firing"]


async def test_a_calendar_of_a_rotation_is_one_click_from_ones_own(at: Desk) -> None:
    await at.slash(JONAS, "/oncall", "calendar")
    own = at.workspace.ephemerals(JONAS)[-1]
    await at.click(JONAS, own, button_of(own.blocks, "/oncall calendar flights"))
    assert "*Flights on-call*" in at.told(JONAS)


async def test_a_form_that_slack_would_not_open_any_more_is_a_click_away(at: Desk) -> None:
    at.workspace.faults.add("views.open", "error", error="expired_trigger_id")
    await at.slash(MAYA, "/oncall", "take", channel=FLIGHTS)
    said = private(at)[-1]
    await at.click(MAYA, said, f"{Action.MENU}:form")
    assert at.workspace.views(MAYA)[-1]["callback_id"] == Callback.TAKE
