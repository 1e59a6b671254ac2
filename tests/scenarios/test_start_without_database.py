"""The bot starts while its database is away: it waits and is not ready, people hear of it, and then it works."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.app import Goldilocks
from bot.embedded import workspace_config
from bot.outage.watch import RING_AFTER, TELL_AFTER, Work
from bot.settings import Settings
from bot.starting import Start
from bot.workspace.app import Workspace, create_workspace
from core.clock import SimulatedClock, SystemClock
from core.config.load import Config
from tests.loopback import free_port, free_socket, serving
from tests.oncall_support import config as team_config
from tests.pager_support import KEY, SECRET, declared, receiving
from tests.pager_support import Receiver as Phones
from tests.slack_support import ONCALL, shown


@dataclasses.dataclass
class Street:
    start: Start
    settings: Settings
    workspace: Workspace
    phones: Phones
    away: Path

    async def look(self, times: int) -> None:
        for _ in range(times):
            self.start.herald.look({Work.STARTING: 0.0})
            await self.start.herald.settle()

    def said(self) -> list[str]:
        return [shown(message) for message in self.workspace.messages(ONCALL)]


@pytest.fixture
async def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    """A bot whose database is in a folder that is not there, its workspace and its pager."""
    monkeypatch.setenv("PAGER_KEY", KEY)
    monkeypatch.setenv("PAGER_SECRET", SECRET.decode())
    clock, (socket, url), port = SystemClock(), free_socket(), free_port()
    async with receiving(SimulatedClock(datetime.now(UTC))) as phones:
        config = team_config(**declared(phones.url))
        made = dataclasses.replace(workspace_config(config, f"http://127.0.0.1:{port}"), base_url=url)
        workspace = create_workspace(made, clock)
        async with serving(workspace.asgi, socket):
            yield make(tmp_path, config, workspace, phones, port)


def make(folder: Path, config: Config, workspace: Workspace, phones: Phones, port: int) -> Street:
    slack = workspace.config
    settings = Settings(data=folder, port=port, database_url=f"sqlite:///{folder}/away/goldilocks.db").model_copy(
        update={"slack_bot_token": slack.bot_token, "slack_signing_secret": slack.signing_secret}
        | {"slack_api_url": slack.url("api/")}
    )
    return Street(
        Start(settings, config, SystemClock(), again_s=0.05), settings, workspace, phones, folder / "away"
    )


@asynccontextmanager
async def starting(start: Start) -> AsyncIterator["asyncio.Task[Goldilocks | None]"]:
    stop = asyncio.Event()
    task = asyncio.create_task(start.app(stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def comes_to_say(settings: Settings, status: str) -> tuple[int, int, int]:
    """What a probe, a sender and a second probe are answered once it says this of itself."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}") as client, asyncio.timeout(30):
        while True:
            with suppress(httpx.TransportError):
                ready = await client.get("/readyz")
                if ready.json() == {"status": status}:
                    turned, alive = await client.post("/api/v2/alerts", json=[]), await client.get("/healthz")
                    return ready.status_code, turned.status_code, alive.status_code
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_it_says_so_and_goes_on_trying(street: Street) -> None:
    async with starting(street.start) as task:
        assert await comes_to_say(street.settings, "database_unavailable") == (503, 503, 200)
        await street.look(TELL_AFTER + 1)
        (said,) = street.said()
        assert "cannot start: its database is away" in said
        assert "please look" in said
        assert "unable to open database file" in said
        assert street.phones.events == []
        await street.look(RING_AFTER)
        assert [event["event_action"] for event in street.phones.events] == ["trigger"]
        street.away.mkdir()
        app = await task
        assert app is not None
        app.herald.look({work: last() for work, last in app.done.items()})
        await app.herald.settle()
        app.herald.look({work: last() for work, last in app.done.items()})
        await app.herald.settle()
        await app.stop()
    assert "works again" in street.said()[0]
    assert [event["event_action"] for event in street.phones.events] == ["trigger", "resolve"]


async def test_it_ends_when_it_is_asked_to_while_it_waits(street: Street) -> None:
    async with starting(street.start) as task:
        await comes_to_say(street.settings, "database_unavailable")
    assert task.result() is None


async def test_what_waiting_does_not_mend_is_raised(street: Street) -> None:
    street.away.mkdir()
    (street.away / "goldilocks.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Exception, match="file is not a database"):
        await street.start.app(asyncio.Event())
