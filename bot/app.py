"""The composition root: the only place that builds adapters and wires them together."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from bot.calendars import Calendars
from bot.http import calendar, health
from bot.http.ingest.app import Ingest
from bot.outage.herald import Done, Herald
from bot.outage.watch import Work
from bot.settings import Settings
from bot.slack.app import SlackSurface, create_slack
from bot.slack.deps import SlackDeps
from bot.slack.remedies import remedied
from bot.tls import trusted
from core.alerts import inhibit_store
from core.clock import AgreedClock, Clock
from core.config.load import Config
from core.config.pipeline import Deployment
from core.db import strays
from core.db.database import Database
from core.db.migrate import upgrade
from core.evaluation.log.ibis_log import open_log
from core.models.deploy import HttpTarget
from core.models.mlflow_registry import MlflowRegistry
from core.models.registry import Registry
from workflows.catalog import WORKFLOWS
from workflows.clocks import Agreement
from workflows.durable import DbosEngine
from workflows.engine_watch import EngineWatch
from workflows.failures import in_words
from workflows.last_resort import learn
from workflows.ports import Workshop
from workflows.receiver import Receiver, Writer
from workflows.replicas import watch
from workflows.retention.files import forget_files
from workflows.retention.runs import forget_runs
from workflows.runtime import Runtime

if TYPE_CHECKING:
    from core.models.deploy import DeployTarget

log = structlog.get_logger(__name__)

STANDS_S = 30
"""How long nothing may be written before it is looked whether another database server has taken over."""

ARTIFACTS = "models"
"""The folder of model files inside the data folder, when the registry is our own."""


@dataclass
class Goldilocks:
    """Everything that runs in one process; `web` serves it, `start` and `stop` frame its life.

    `web` answers senders itself, as plain ASGI, and hands every other path to FastAPI.
    """

    settings: Settings
    config: Config
    clock: Clock
    database: Database
    workshop: Workshop
    runtime: Runtime
    engine: DbosEngine
    runs: EngineWatch
    slack: SlackSurface
    alerts: Writer
    web: Ingest
    http: httpx.AsyncClient
    herald: Herald
    standing: health.Standing
    agreement: Agreement | None = None
    wrote: float = field(default_factory=time.monotonic)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    leaving: threading.Thread | None = None

    async def start(self) -> None:
        """Take up what a crash cut off, then new work. Must be called in the loop that serves."""
        if self.agreement is not None:
            await self.agreement.renew()
        await self.database.run(lambda session: inhibit_store.refresh(session, self.config.team.alerts.inhibit))
        await self.alerts.__aenter__()
        self.engine.will(self.runtime.perform)
        await self.runs.begin()
        await self.watch()
        await self.slack.sender.recover()
        await self.slack.start()
        await self.runtime.pulse()

    async def watch(self) -> None:
        """Say that this replica lives, and take over from those that do not; learn whom to tell when it cannot. A lost
        database is logged."""
        try:
            if self.agreement is not None:
                await self.agreement.renew()
            await watch(self.workshop, self.settings.replica)
            self.wrote, self.herald.problem = time.monotonic(), remedied(self.slack.sender.problem)
            config, now = self.config, self.clock.now()
            self.herald.learned = await self.database.fetch(lambda session: learn(session, config, now))
        except SQLAlchemyError as error:
            self.herald.problem = in_words(error)
            log.exception("watch failed, the next one tries again")

    async def leave_strays(self) -> None:
        """Where nothing was written for long, or runs cannot be kept: leave the server that gives no answer, if another
        one took over. In a thread of its own, since all others may wait for that server."""
        stands = time.monotonic() - self.wrote > STANDS_S or self.runs.problem
        if stands and not (self.leaving and self.leaving.is_alive()):
            self.leaving = threading.Thread(target=strays.leave, daemon=True)
            self.leaving.start()

    async def forget(self) -> None:
        """Forget what is long done. A lost database is logged."""
        await self.slack.forget()
        try:
            if self.engine.launched:
                await forget_runs(self.workshop, self.engine)
            await forget_files(self.workshop)
        except SQLAlchemyError:
            log.exception("forgetting runs and files failed, the next time tries again")

    @property
    def done(self) -> Done:
        """When each kind of work was last done."""
        return {
            Work.WRITING: lambda: self.wrote,
            Work.TAKING: lambda: self.runtime.went_well,
            Work.SENDING: lambda: self.slack.sender.went_well,
        }

    async def stop(self) -> None:
        """Stop taking work, let what is under way finish or be resumed by the next start."""
        await self.slack.stop()
        await self.alerts.__aexit__(None, None, None)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.engine.stop()
        await self.http.aclose()
        self.database.dispose()


async def build(
    settings: Settings,
    config: Config,
    clock: Clock,
    spacing: timedelta = timedelta(seconds=1),
    *,
    pagers: bool = True,
) -> Goldilocks:
    """Build the whole from its settings; nothing is started yet. `spacing` is the pace of posts in a channel; without
    `pagers` no phone rings."""
    data = settings.data.resolve()
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await asyncio.to_thread(upgrade, database)
    except BaseException:
        database.dispose()
        raise
    registry = await asyncio.to_thread(open_registry, settings)
    http = httpx.AsyncClient(verify=trusted())
    calendars = Calendars(private=settings.allow_private_calendars)
    workshop = Workshop(database, config, clock, data, registry, open_log, _targets(http), calendars=calendars)
    engine = DbosEngine(settings.runs, settings.replica)
    runs = EngineWatch(workshop, engine, settings.replica)
    runtime = Runtime(workshop, WORKFLOWS, engine)
    slack = create_slack(replace(_slack_deps(settings, workshop, runtime, spacing), pagers=pagers))
    alerts = Writer(database, clock, Receiver(config), stirred=slack.sender.wake)
    herald = Herald(config, clock, slack.client, slack.pagers, settings.replica, settings.url)
    standing = health.Standing(lambda: herald.writes, lambda: runs.problem)
    web = Ingest(config, database, clock, alerts, _web(config, database, clock, slack, standing))
    agreed = Agreement(database, config, clock, settings.replica) if isinstance(clock, AgreedClock) else None
    return Goldilocks(
        settings,
        config,
        clock,
        database,
        workshop,
        runtime,
        engine,
        runs,
        slack,
        alerts,
        web,
        http,
        herald,
        standing,
        agreed,
    )


def open_registry(settings: Settings) -> Registry:
    """MLflow at its URI, or our own beside the other state. Blocks: it imports MLflow."""
    root = None if settings.registry_uri else settings.data.resolve() / ARTIFACTS
    return MlflowRegistry(settings.registry, root)


def _targets(http: httpx.AsyncClient) -> "Callable[[Deployment], DeployTarget]":
    return lambda deployment: HttpTarget(deployment.version_url, http)


def _slack_deps(settings: Settings, workshop: Workshop, runtime: Runtime, spacing: timedelta) -> SlackDeps:
    return SlackDeps(
        database=workshop.database,
        config=workshop.config,
        clock=workshop.clock,
        registry=workshop.registry,
        data=workshop.data,
        bot_token=settings.slack_bot_token or "",
        signing_secret=settings.slack_signing_secret or "",
        app_token=settings.slack_app_token,
        api_url=settings.slack_api_url,
        url=settings.url,
        sender=settings.replica,
        log=workshop.log,
        calendars=workshop.calendars,
        changed=runtime.wake,
        spacing=spacing,
        stamp=stamp_of(workshop.clock),
    )


def stamp_of(clock: Clock) -> Callable[[], float]:
    """Slack's signatures are of real time: a clock that replicas agree on tells it, one of a replay does not."""
    return (lambda: clock.now().timestamp()) if isinstance(clock, AgreedClock) else time.time


def _web(
    config: Config, database: Database, clock: Clock, slack: SlackSurface, standing: health.Standing
) -> FastAPI:
    web = FastAPI(title="Goldilocks", docs_url=None, redoc_url=None)
    web.router.routes.append(slack.route)
    web.router.routes.extend(health.routes(database, clock, standing))
    web.router.routes.extend(calendar.routes(config, database, clock))
    return web


@asynccontextmanager
async def running(app: Goldilocks) -> AsyncIterator[Goldilocks]:
    """The app, started; stopped when the block ends, however it ends."""
    async with stopping(app):
        await app.start()
        yield app


@asynccontextmanager
async def stopping(app: Goldilocks) -> AsyncIterator[None]:
    """Stops it when the block ends, however it ends."""
    try:
        yield
    finally:
        await app.stop()


def places(data: Path, python: str, serving: str) -> dict[str, str]:
    """What `{data}`, `{python}` and `{serving}` stand for in the YAML."""
    return {"data": str(data.resolve()), "python": python, "serving": serving}
