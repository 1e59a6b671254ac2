"""A sender in front of a workspace, on a simulated clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.slack.rendered import Rendered
from bot.slack.sender import Sender, SenderDeps
from bot.slack.views.parts import picture, section
from bot.workspace.app import Workspace, create_workspace
from core.clock import SimulatedClock
from core.db.database import Database
from core.outbox import store
from core.outbox.store import Post
from core.outbox.tables import OutboxRow
from tests.loopback import free_socket, serving
from tests.oncall_support import config
from tests.slack_support import FLIGHTS, workspace_config

SECOND = timedelta(seconds=1)


def draw(_session: Session, row: OutboxRow) -> Rendered | None:
    """A text message; subjects starting with `picture` show that file, `gone` is gone, `broken` cannot be drawn."""
    if row.subject == "gone":
        return None
    if row.subject == "broken":
        raise ValueError("nobody can draw this")
    blocks = [section(row.subject)]
    if row.subject.startswith("picture"):
        blocks.append(picture(f"{row.subject}.png", "a chart"))
    return Rendered(row.subject, blocks)


@dataclass
class Office:
    """A sender in front of a workspace."""

    workspace: Workspace
    database: Database
    clock: SimulatedClock
    deps: SenderDeps
    sender: Sender

    def enqueue(self, subject: str, key: str = "", **more: object) -> None:
        post = Post("test", subject, key or subject, **({"channel": "flights"} | more))  # type: ignore[arg-type]
        with self.database.write() as session:
            store.enqueue(session, post, self.clock.now())

    async def drain(self) -> int:
        return await self.sender.drain(self.clock.now())

    async def finish(self) -> int:
        """Drain until nothing waits, moving the clock to each next due instant."""
        sent = await self.drain()
        while (due := await self.sender.next_due()) is not None:
            self.clock.advance_to(due)
            sent += await self.drain()
        return sent

    def texts(self, channel: str = FLIGHTS) -> list[str]:
        return [message.text for message in self.workspace.messages(channel)]

    def rows(self) -> list[OutboxRow]:
        with self.database.read() as session:
            return list(session.query(OutboxRow).order_by(OutboxRow.id))


@asynccontextmanager
async def opened(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Office]:
    """An office that works while the block lasts."""
    bound, url = free_socket()
    workspace = create_workspace(workspace_config(url, "http://127.0.0.1:9/none"), clock)
    client = AsyncWebClient(
        token=workspace.config.bot_token, base_url=workspace.config.url("api/"), timeout=4, retry_handlers=[]
    )
    deps = SenderDeps(database, clock, client, config().team, draw, tmp_path, burst=1)
    async with serving(workspace.asgi, bound):
        yield Office(workspace, database, clock, deps, Sender(deps))
