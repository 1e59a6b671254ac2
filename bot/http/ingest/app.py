"""The ingest application: knows its paths, asks who sends, and hands everything else on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot import goldilocks_client
from bot.http.ingest.alertmanager import AlertsApi
from bot.http.ingest.auth import Sources
from bot.http.ingest.draining import Drained
from bot.http.ingest.exchange import (
    Asgi,
    Knock,
    Receive,
    RejectError,
    Reply,
    Scope,
    Send,
    failure,
    problem,
    query_of,
    send_reply,
)
from bot.http.ingest.openapi import document
from bot.http.ingest.routes import Route, routes
from bot.secrets import read_secret
from core.alerts.writer import NO_ANSWER, OverloadedError
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from workflows.receiver import Writer

PREFIXES = ("/api/v2/", "/v2/", "/webhooks/", "/heartbeat/", "/-/")
PAGES = ("/events", "/changes", "/openapi.json", "/goldilocks_client.py")
_TEXT = b"text/plain; charset=utf-8"
DEADLINE_S = 15
"""How long anything may take once a request has been read: longer than the writer's own patience with the database."""


class Ingest:
    """An ASGI application in front of `otherwise`, which gets every request that is not for a sender's path.

    Raises SecretError when a secret that a source signs with cannot be read.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        writer: Writer,
        otherwise: Asgi,
        secrets: Callable[[str], bytes] = read_secret,
    ) -> None:
        self._writer, self._otherwise = writer, otherwise
        self.sources = Sources(config.team.sources, secrets)
        self.alerts = AlertsApi(writer, writer.pulse, clock)
        self.heads: dict[bytes, Any] = {}
        table = list(routes(config, database, clock, writer, self.sources, self.alerts))
        self._routes: dict[str, dict[str, Route]] = {}
        for route in table:
            self._routes.setdefault(route.path.partition("{")[0], {})[route.method] = route
        client = Path(goldilocks_client.__file__).read_bytes()
        self._pages = {
            "/openapi.json": Reply(200, document(table)),
            "/goldilocks_client.py": Reply(200, client, b"text/x-python; charset=utf-8"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._otherwise(scope, receive, send)
            return
        ends = Drained(scope, receive, send)
        if not (scope["path"].startswith(PREFIXES) or scope["path"] in PAGES):
            await self._otherwise(scope, ends.receive, ends.send)
            return
        try:
            reply = await self._reply(scope, ends.receive)
        except RejectError as error:
            reply = error.reply
        except (OverloadedError, SQLAlchemyError) as error:
            reply = failure(error, scope["path"])
        await send_reply(ends.send, reply, head_only=scope["method"] == "HEAD")

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"], scope["method"]
        if path in ("/-/healthy", "/-/ready"):
            return self._health(path)
        if path in self._pages:
            return self._pages[path]
        found = self._routes.get(path) or self._routes.get(path[: path.rfind("/") + 1])
        if found is None or path.endswith("/"):
            return problem(404, f"path {path[:200]} was not found")
        route = found.get(method)
        if route is None:
            allowed = ", ".join(found).encode()
            return problem(405, f"method {method} is not allowed", None, (b"allow", allowed))
        knock = Knock(method, path, dict(scope["headers"]), query_of(scope), receive)
        request = await route.entry(knock)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await route.handler(request)
        except TimeoutError:
            raise OverloadedError(NO_ANSWER) from None

    def _health(self, path: str) -> Reply:
        """Healthy is who answers at all; ready is who can store."""
        if path == "/-/healthy" or self._writer.ready:
            return Reply(200, b"OK", _TEXT)
        return Reply(503, b"not ready to store alerts", _TEXT)
