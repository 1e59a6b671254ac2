"""The ingest and the outbox in one process, as the composition root wires them, without the worker's libraries."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def load_flights(wait_s: int = 30, interval_s: int = 300) -> "Any":
    """The flights example with Alertmanager's own defaults of group_wait and group_interval."""
    from core.config.load import load

    config = load(ROOT / "examples" / "flights", {"data": "/nowhere", "python": "python", "serving": "http://x"})
    times = {"wait": timedelta(seconds=wait_s), "interval": timedelta(seconds=interval_s)}
    alerts = config.team.alerts.model_copy(update=times)
    return replace(config, team=config.team.model_copy(update={"alerts": alerts}))


def many_channels(config: "Any", count: int) -> "Any":
    """A channel for each value of the label `slot`, and no wait before the first message of a group."""
    from core.config.alerts import Route
    from core.config.declared import Channel

    made = [Channel(id=f"slot{n}", name=f"slot-{n}", slack=f"C0SLOT{n}") for n in range(count)]
    routes = [Route(id=f"slot{n}", match=[f"slot={n}"], channel=f"slot{n}") for n in range(count)]
    alerts = config.team.alerts.model_copy(update={"routes": routes, "wait": timedelta(0)})
    changes = {"alerts": alerts, "channels": [*config.team.channels, *made]}
    return replace(config, team=config.team.model_copy(update=changes))


def serve(
    port: int,
    url: str,
    slack: str | None = None,
    name: str = "bench",
    forget: bool = False,
    channels: int = 0,
) -> None:
    """Serve until killed. Messages go to `slack`, a Web API's address, when there is one; with `forget` every alert
    is decoded, checked and known by its fingerprint, and nothing is stored."""
    import uvloop

    uvloop.run(_serve(port, url, slack, name, forget, channels))


async def _serve(port: int, url: str, slack: str | None, name: str, forget: bool, channels: int) -> None:
    import gc

    import uvicorn

    from bench.support.forgetful import Forgetful
    from bot.http.ingest.app import Ingest
    from bot.http.ingest.quick import QuickProtocol
    from core.clock import SystemClock
    from core.db.database import Database
    from workflows.lapse import expire
    from workflows.receiver import Receiver, Writer

    config, database, clock = load_flights(), Database(url), SystemClock()
    config = many_channels(config, channels) if channels else config
    sender = _sender(database, clock, config, slack, name) if slack else None
    if forget:
        writer: Writer = Forgetful(Receiver(config), clock)
    else:
        writer = Writer(database, clock, Receiver(config), stirred=sender.wake if sender else None)

    async def nothing(_scope: object, _receive: object, _send: object) -> None:
        return None

    async def pulse() -> None:
        while True:
            await asyncio.sleep(1)
            await database.run(lambda session: expire(session, config, clock.now()))

    app = Ingest(config, database, clock, writer, nothing)
    settings = uvicorn.Config(
        app, port=port, http=QuickProtocol, log_level="critical", access_log=False, lifespan="off"
    )
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    if forget:
        await uvicorn.Server(settings).serve()
        return
    async with writer:
        work = [uvicorn.Server(settings).serve(), pulse()]
        await asyncio.gather(*work, *([sender.run()] if sender else []))


def _sender(database: "Any", clock: "Any", config: "Any", slack: str, name: str) -> "Any":
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.render import Renderer
    from bot.slack.sender import Sender, SenderDeps

    client = AsyncWebClient(token="xoxb-bench", base_url=slack, retry_handlers=[])  # noqa: S106 - no secret
    render = Renderer(config).render
    return Sender(
        SenderDeps(
            database=database,
            clock=clock,
            client=client,
            team=config.team,
            render=render,
            pictures=ROOT,
            name=name,
        )
    )


if __name__ == "__main__":
    _port, _url, *_rest = sys.argv[1:]
    _channels = next((int(word.partition("=")[2]) for word in _rest if word.startswith("channels=")), 0)
    serve(int(_port), _url, *_rest[:2], forget="forget" in _rest, channels=_channels)
