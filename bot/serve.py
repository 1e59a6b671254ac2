"""`goldilocks serve`: the whole bot in one process, until it is asked to stop."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
import typer
import uvloop

from bot.app import Goldilocks, places, stopping
from bot.every import Work, repeating
from bot.http.server import serving
from bot.logs import configure
from bot.outage.herald import watching
from bot.settings import Settings
from bot.starting import Start
from core.clock import AgreedClock
from core.config.load import Config, ConfigError, load, to_be_filled

log = structlog.get_logger(__name__)

PULSE_S = 1
"""How often the pass over what is due is woken; most of the time it finds nothing, in one reading query."""

INSPECT_S = 30
"""How often the auditor looks for pages and messages that stood still."""

WATCH_S = 10
"""How often this replica says that it lives, and looks after the others; see `core.runs.store.SILENCE`."""

TAKE_OVER_S = 5
"""How often this replica looks for clicks that another one did not finish: a reading query finds none."""

GRACE_S = 10
"""How long a request that has begun may take to be answered when the server stops: longer than the ingest's patience
with the database."""

LEAVE_S = 25
"""How long after a signal (and the time it was told to serve on) the process is gone: less than supervisors wait."""

FORGET_S = 3_600
"""How often finished requests of Slack's and runs are looked for that nobody will ask for again."""

GROUPS_S = 10
"""How often the user groups are compared with who is on call; Slack is asked only after a change."""


def run(host: str | None, port: int | None) -> None:
    """Read the settings, check them, and serve; exits with a sentence when something is missing."""
    configure("info")
    changes = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings().model_copy(update=changes)
    problem = _problem(settings)
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(2)
    config = load(settings.config, places(settings.data, sys.executable, settings.serving_url))
    if missing := to_be_filled(settings.config, config.team):
        raise ConfigError(missing)  # a page to a placeholder would reach nobody
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, config))


def _problem(settings: Settings) -> str | None:
    if not settings.slack_bot_token:
        return "SLACK_BOT_TOKEN is not set; it is on the app's “OAuth & Permissions” page and starts with xoxb-"
    if not settings.slack_signing_secret and not settings.slack_app_token:
        return "set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode); see docs/slack.md"
    return None


async def _serve(settings: Settings, config: Config) -> None:
    stop, at_once = asyncio.Event(), asyncio.Event()

    def terminated() -> None:
        stop.set()
        _leave_within(settings.drain_seconds + LEAVE_S)

    def interrupted() -> None:
        at_once.set()
        terminated()

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated)
    app = await Start(settings, config, AgreedClock()).app(stop)
    if app is None:
        return
    _spare_the_collector()
    async with stopping(app), serving(app.web, settings.host, settings.port, GRACE_S) as door, beating(app):
        log.info("serving", url=settings.url, pipelines=sorted(config.pipelines))
        await stop.wait()
        if settings.drain_seconds and not at_once.is_set():
            app.standing.leaving = True
            door.leave()
            with suppress(TimeoutError):
                await asyncio.wait_for(at_once.wait(), settings.drain_seconds)


def _leave_within(seconds: float) -> None:
    """End the process by then, whatever hangs: a thread that waits for a database which does not answer would keep it.
    What it was doing is durable, and taken up as after any kill."""

    def leave() -> None:
        log.warning("left", why="something did not end in time, such as a call to a database that hangs")
        sys.stdout.flush()
        os._exit(0)

    last = threading.Timer(seconds, leave)
    last.daemon = True
    last.start()


def _spare_the_collector() -> None:
    """What is loaded by now stays: collecting it again and again would only make senders wait."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@asynccontextmanager
async def beating(app: Goldilocks) -> AsyncIterator[None]:
    """The sender at work, the pass over what is due woken every second, the other replicas watched, and itself."""
    works: dict[Work, float] = {
        app.runtime.pulse: PULSE_S,
        app.runtime.inspect: INSPECT_S,
        app.watch: WATCH_S,
        app.runs.look: WATCH_S,
        app.leave_strays: WATCH_S,
        app.slack.take_over: TAKE_OVER_S,
        app.slack.user_groups.sync: GROUPS_S,
        app.forget: FORGET_S,
    }
    sending = asyncio.create_task(app.slack.sender.run())
    try:
        async with repeating(works), watching(app.herald, app.done):
            yield
    finally:
        await app.slack.sender.stop()
        await sending
