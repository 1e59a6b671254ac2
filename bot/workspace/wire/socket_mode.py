"""Socket Mode: the app opens a WebSocket; requests come in envelopes, and each is acknowledged by its id."""

import asyncio
import json
import secrets
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..config import WorkspaceConfig
from ..context import Context
from ..messages import Json
from ..webapi.arguments import Arguments
from ..webapi.registry import method


@method("apps.connections.open", tier=0, kind="app")
def open_connection(ctx: Context, args: Arguments) -> Json:  # noqa: ARG001 - every handler has the same shape
    ticket = secrets.token_urlsafe(16)
    ctx.tickets.add(ticket)
    address = ctx.config.url(f"link?ticket={ticket}&app_id={ctx.config.app_id}")
    return {"ok": True, "url": "ws" + address.removeprefix("http")}


class SocketMode:
    """The app's open connections; each request goes to one of them."""

    def __init__(self, config: WorkspaceConfig) -> None:
        self._config = config
        self._connections: list[WebSocket] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    @property
    def connected(self) -> bool:
        return bool(self._connections)

    async def serve(self, ctx: Context, websocket: WebSocket) -> None:
        """One connection from its ticket to its end."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in ctx.tickets:
            await websocket.close(code=4401)
            return
        ctx.tickets.discard(ticket)
        await websocket.accept()
        self._connections.append(websocket)
        try:
            await websocket.send_text(json.dumps(self._hello()))
            while True:
                self._acknowledged(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            if websocket in self._connections:
                self._connections.remove(websocket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._config.app_id},
            "debug_info": {"host": "workspace", "approximate_connection_time": 18060},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload"))

    async def request(self, kind: str, payload: Json, retry: int, reason: str | None) -> Any:
        """Send an envelope and wait for its acknowledgement's payload; the caller bounds the time."""
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason or ""}
        waiting = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await self._connections[-1].send_text(json.dumps(envelope))
            return await waiting
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def close(self) -> None:
        """Ask the app to reconnect elsewhere, and end every connection."""
        for websocket in self._connections[:]:
            await websocket.send_text(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
            await websocket.close()
