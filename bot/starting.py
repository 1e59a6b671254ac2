"""A start while the database is away: it is tried again until it works, and told as an outage that begins later is."""

import asyncio

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.app import Goldilocks, build
from bot.http.server import serving
from bot.outage.herald import Done, Herald, watching
from bot.outage.watch import Work
from bot.pager import Pagers
from bot.plainly import sentence
from bot.settings import Settings
from core.clock import Clock
from core.config.load import Config
from core.db.database import is_lost
from workflows.failures import in_words
from workflows.last_resort import declared

log = structlog.get_logger(__name__)

AGAIN_S = 5.0
"""How long after a start that failed the next one is tried."""

CALL_S = 15
"""How long a call to Slack may take."""

NEVER: Done = {Work.STARTING: lambda: 0.0}


class Start:
    """Tries to start until that works, and answers meanwhile: it lives, and is not ready. `herald` tells people."""

    def __init__(self, settings: Settings, config: Config, clock: Clock, again_s: float = AGAIN_S) -> None:
        self._settings, self._config, self._clock, self._again_s = settings, config, clock, again_s
        client = AsyncWebClient(
            token=settings.slack_bot_token, base_url=settings.slack_api_url, timeout=CALL_S, retry_handlers=[]
        )
        pagers = Pagers(config.team)
        self.herald = Herald(config, clock, client, pagers, settings.replica, settings.url, starts=True)
        self.herald.learned = declared(config)

    async def app(self, stop: asyncio.Event) -> Goldilocks | None:
        """The app, built and started; None when it is to stop before. Raises what waiting does not mend."""
        settings, asked = self._settings, asyncio.create_task(stop.wait())
        async with serving(self.web, settings.host, settings.port), watching(self.herald, NEVER):
            while not asked.done():
                attempt = asyncio.create_task(self._attempt())
                await asyncio.wait({attempt, asked}, return_when=asyncio.FIRST_COMPLETED)
                if not attempt.done():
                    attempt.cancel()
                elif (found := attempt.result()) is not None:
                    asked.cancel()
                    return found
                await asyncio.wait({asked}, timeout=self._again_s)
        return None

    async def _attempt(self) -> Goldilocks | None:
        """None when the database was away."""
        try:
            return await started(self._settings, self._config, self._clock)
        except Exception as error:
            lost = _lost(error)
            if lost is None:
                raise
            if self.herald.problem != (said := in_words(lost)):
                self.herald.problem = said
                log.error("start.failed", why=sentence(lost), again_every_s=self._again_s)
            return None

    @property
    def web(self) -> Starlette:
        """What is answered until the start has worked."""
        return Starlette(
            routes=[
                Route("/healthz", lambda _: JSONResponse({"status": "ok"})),
                Route("/{path:path}", self._not_yet, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )

    async def _not_yet(self, _: Request) -> Response:
        status = "database_unavailable" if self.herald.problem else "starting"
        return JSONResponse({"status": status}, status_code=503, headers={"Retry-After": str(int(AGAIN_S))})


async def started(settings: Settings, config: Config, clock: Clock) -> Goldilocks:
    """The app, built and started; nothing of it is left when that fails."""
    app = await build(settings, config, clock)
    try:
        await app.start()
    except BaseException:
        await app.stop()
        raise
    return app


def _lost(error: BaseException | None) -> Exception | None:
    """The database's own word, where that is why."""
    while error is not None:
        if isinstance(error, Exception) and is_lost(error):
            return error
        error = error.__cause__ or error.__context__
    return None
