"""The ingest application: knows its paths, asks who sends, and hands everything else on."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.http.ingest.alertmanager import AlertsApi
from bot.http.ingest.auth import UNAUTHORIZED, Sources
from bot.http.ingest.exchange import (
    Asgi,
    Handler,
    Receive,
    RejectError,
    Reply,
    Request,
    Scope,
    Send,
    problem,
    query_of,
    read_body,
    send_reply,
)
from bot.http.ingest.listing import Listing
from bot.http.ingest.silences import SilencesApi
from bot.http.ingest.webhook import Webhook
from core.alerts.writer import AlertWriter, OverloadedError
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database

log = structlog.get_logger(__name__)

PREFIXES = ("/api/v2/", "/webhooks/alertmanager", "/-/")
_ONE_SILENCE = "/api/v2/silence/"
_TEXT = b"text/plain; charset=utf-8"


class Ingest:
    """An ASGI application in front of `otherwise`, which gets every request that is not for a sender's path."""

    def __init__(
        self, config: Config, database: Database, clock: Clock, writer: AlertWriter, otherwise: Asgi
    ) -> None:
        self._sources, self._writer, self._otherwise = Sources(config.team.sources), writer, otherwise
        alerts, webhook = AlertsApi(writer), Webhook(writer, clock)
        silences = SilencesApi(config, database, clock)
        listing = Listing(database, clock)
        self._one_silence: dict[str, Handler] = {"GET": silences.get, "DELETE": silences.delete}
        self._routes: dict[str, dict[str, Handler]] = {
            "/api/v2/alerts": {"POST": alerts.post, "GET": listing.alerts},
            "/webhooks/alertmanager": {"POST": webhook.post},
            "/api/v2/alerts/groups": {"GET": listing.groups},
            "/api/v2/silences": {"GET": silences.list, "POST": silences.post},
            "/api/v2/status": {"GET": listing.status},
            "/api/v2/receivers": {"GET": listing.receivers},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            await self._otherwise(scope, receive, send)
            return
        try:
            reply = await self._reply(scope, receive)
        except RejectError as error:
            reply = error.reply
        except OverloadedError as error:
            reply = problem(503, str(error), None, (b"retry-after", b"1"))
        except SQLAlchemyError as error:
            log.error("ingest.not_stored", path=scope["path"], error=type(error).__name__, exc_info=error)
            reply = problem(500, "this could not be stored; please send it again")
        await send_reply(send, reply, head_only=scope["method"] == "HEAD")

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"], scope["method"]
        if path in ("/-/healthy", "/-/ready"):
            return self._health(path)
        handlers = self._one_silence if path.startswith(_ONE_SILENCE) else self._routes.get(path)
        if handlers is None:
            return problem(404, f"path {path[:200]} was not found")
        handler = handlers.get(method)
        if handler is None:
            allowed = ", ".join(handlers).encode()
            return problem(405, f"method {method} is not allowed", None, (b"allow", allowed))
        headers = dict(scope["headers"])
        source = self._sources.authenticate(headers.get(b"authorization", b""))
        if source is None:
            return UNAUTHORIZED
        body = b"" if method == "GET" else await read_body(headers, receive)
        return await handler(Request(source, path, query_of(scope), body))

    def _health(self, path: str) -> Reply:
        """Healthy is who answers at all; ready is who can store."""
        if path == "/-/healthy" or self._writer.ready:
            return Reply(200, b"OK", _TEXT)
        return Reply(503, b"not ready to store alerts", _TEXT)
