"""The Slack surface in front of a workspace: real signed requests in, real Web API calls out, one clock."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.calendars import Calendars
from bot.slack.app import SlackSurface, create_slack
from bot.slack.deps import SlackDeps
from bot.slack.inbound import Kind
from bot.slack.request import Request
from bot.workspace.app import Workspace, create_workspace
from bot.workspace.config import ChannelConfig, Person, Shortcut, SlashCommand, WorkspaceConfig
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.db.database import Database
from core.evaluation.log.ibis_log import open_log
from core.evaluation.log.prediction_log import PredictionLogReader
from core.inbound.tables import InboundRequest
from tests.fakes_models import FakeRegistry
from tests.loopback import free_socket, serving
from tests.manners import problems

T = TypeVar("T")

MAYA, JONAS, AMINA, LEO, SOFIA, STRANGER = "U0MAYA", "U0JONAS", "U0AMINA", "U0LEO", "U0SOFIA", "U0STRANGER"
FLIGHTS, ONCALL = "C0FLIGHTS", "C0ONCALL"
PEOPLE = {MAYA: "Maya Chen", JONAS: "Jonas Weber", AMINA: "Amina Diallo", LEO: "Leo Rossi", SOFIA: "Sofia Lund"}
COMMANDS = ("/oncall", "/alerts", "/bug", "/model", "/review", "/goldilocks")


@dataclass
class Desk:
    """Everything a scenario touches."""

    workspace: Workspace
    surface: SlackSurface
    database: Database
    config: Config
    clock: SimulatedClock
    registry: FakeRegistry
    deps: SlackDeps

    def do(self, work: Callable[[Session, Config, datetime], T]) -> T:
        """Change something as a sender of alerts or a schedule would."""
        with self.database.write() as session:
            return work(session, self.config, self.clock.now())

    async def deliver(self) -> int:
        """Send everything that waits, moving the clock along as the channels' pace asks for."""
        sent = await self.surface.sender.drain(self.clock.now())
        while (due := await self.surface.sender.next_due()) is not None and due <= self.clock.now() + timedelta(
            minutes=10
        ):
            self.clock.advance_to(due)
            sent += await self.surface.sender.drain(self.clock.now())
        return sent

    async def click(self, user: str, message: Message, action: str, value: Any = None) -> None:
        """Click, wait until it took effect, and deliver what it caused."""
        outcome = await self.workspace.click(user, message.channel, message.ts, action, value, seen=message)
        assert outcome.ok, outcome
        await self.surface.settle()
        await self.deliver()

    async def slash(self, user: str, command: str, text: str = "", channel: str = FLIGHTS) -> str:
        """Run a command and return what the person was told privately."""
        before = len(self.workspace.ephemerals(user))
        outcome = await self.workspace.slash(user, channel, command, text)
        assert outcome.ok, outcome
        await self.surface.settle()
        return "\n".join(shown(message) for message in self.workspace.ephemerals(user)[before:])

    async def home(self, user: str) -> dict[str, Any]:
        """Open the Home tab; gives its view."""
        await self.workspace.open_home(user)
        await self.workspace.settle()
        await self.surface.settle()
        found = self.workspace.home(user)
        assert found is not None
        return found

    def told(self, user: str) -> str:
        """The last thing that only this person was told."""
        private = self.workspace.ephemerals(user)
        return shown(private[-1]) if private else ""

    def parent(self, channel: str, number: int = -1) -> Message:
        """A message of the channel as it looks now."""
        return deepcopy(self.workspace.messages(channel)[number])

    def thread(self, parent: Message) -> list[Message]:
        """The replies to a message as they look now."""
        return deepcopy(self.workspace.thread(parent.channel, parent.ts)[1:])

    def replies(self, channel: str, parent: Message) -> list[str]:
        return [shown(message) for message in self.workspace.thread(channel, parent.ts)[1:]]


def form_of(at: Desk, user: str) -> dict[str, Any]:
    """The form on top."""
    return at.workspace.views(user)[-1]


async def submit(at: Desk, user: str, values: dict[str, Any]) -> Any:
    """Send the form on top, wait until it took effect, and deliver what it caused; gives what Slack says of it."""
    outcome = await at.workspace.submit(user, form_of(at, user)["id"], values)
    await at.surface.settle()
    await at.deliver()
    return outcome


def inbound(at: Desk) -> list[InboundRequest]:
    with at.database.read() as session:
        return list(session.scalars(select(InboundRequest).order_by(InboundRequest.id)))


async def recorded(at: Desk, kind: Kind, body: dict[str, Any]) -> Request:
    """A request that was acknowledged by a process that died before it did anything."""
    request = await at.surface.dispatcher.record(kind, body)
    assert request is not None
    return request


def shown(message: Message) -> str:
    """All text of a message, as one string."""
    return "\n".join(texts([message.blocks, message.attachments]) or [message.text])


def said(view: dict[str, Any]) -> str:
    """All text of a view, on one line."""
    return " ".join(texts(view))


def texts(node: Any) -> list[str]:
    """Every text in blocks, in order."""
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        inner = (
            value for name, value in node.items() if name not in ("text", "fallback") or isinstance(value, dict)
        )
        return own + [text for value in inner for text in texts(value)]
    return []


def actions_of(message: Message) -> set[str]:
    """The action ids of a message's buttons and menus."""
    blocks = message.blocks + [block for item in message.attachments for block in item.get("blocks", [])]
    return {
        element["action_id"] for block in blocks if block["type"] == "actions" for element in block["elements"]
    }


def workspace_config(base_url: str, events_url: str, **changes: Any) -> WorkspaceConfig:
    people = (*PEOPLE.items(), (STRANGER, "Sam Stranger"))
    values: dict[str, Any] = {
        "people": tuple(Person(user, name.split()[0].lower(), name) for user, name in people),
        "channels": (ChannelConfig(FLIGHTS, "flights-model"), ChannelConfig(ONCALL, "ml-oncall")),
        "commands": tuple(SlashCommand(command, should_escape=False) for command in COMMANDS),
        "shortcuts": (Shortcut("message_file_bug", "File a bug"),),
        "file_processing_seconds": 0.0,
        "retry_delays": (),
        # Slack's three seconds are of the wall clock, and the first click of a busy machine takes longer than that.
        # What must be quick is measured by itself (test_workspace_with_bolt), and lateness has a test of its own.
        "ack_seconds": 60.0,
    }
    return WorkspaceConfig(base_url=base_url, events_url=events_url, **(values | changes))


@asynccontextmanager
async def desk(
    database: Database,
    config: Config,
    clock: SimulatedClock,
    data: Path,
    log: Callable[[Pipeline], PredictionLogReader] = open_log,
    **changes: Any,
) -> AsyncIterator[Desk]:
    """A running workspace with the surface behind it; at its end every message is held to its manners."""
    workspace_socket, base_url = free_socket()
    bot_socket, bot_url = free_socket()
    workspace = create_workspace(workspace_config(base_url, f"{bot_url}/slack/events", **changes), clock)
    registry = FakeRegistry()
    deps = SlackDeps(
        database=database,
        config=config,
        clock=clock,
        registry=registry,
        data=data,
        bot_token=workspace.config.bot_token,
        signing_secret=workspace.config.signing_secret,
        api_url=workspace.config.url("api/"),
        call_timeout_s=3,
        calendars=Calendars(private=True),
        log=log,
    )
    surface = create_slack(deps)
    async with serving(surface.asgi, bot_socket), serving(workspace.asgi, workspace_socket):
        await workspace.start()
        try:
            yield Desk(workspace, surface, database, config, clock, registry, deps)
            found = ill_mannered(workspace, config)
            assert not found, found
        finally:
            await workspace.stop()


def ill_mannered(workspace: Workspace, config: Config) -> list[str]:
    """What is wrong with the manners of the bot's messages, public and private."""
    channels = workspace.ctx.state.channels.values()
    messages = [
        each for channel in channels for each in (*channel.messages.values(), *channel.ephemerals.values())
    ]
    loud = "mention='here'" in str(config.team.escalation)
    return [problem for each in messages if each.bot_id for problem in problems(each, may_be_loud=loud)]
