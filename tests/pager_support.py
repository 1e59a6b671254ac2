"""A receiver of pages, as phones' services have one: it believes signatures, keeps incidents, and fails on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.pager import SIGNATURE, verify
from core.clock import Clock
from tests.loopback import free_socket, serving
from tests.oncall_support import TEAM

KEY, SECRET = "pager-routing-key", b"pager-signing-secret"


@dataclass
class Receiver:
    """`answers` are status codes (or seconds of silence, as floats) for the next requests; 202 when there are none."""

    clock: Clock
    url: str
    answers: list[int | float] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    incidents: dict[str, list[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    tries: list[datetime] = field(default_factory=list)
    refused: int = 0
    drips: bool = False
    """Whether its answers go on for ever, a piece at a time."""

    async def take(self, request: Request) -> Response:
        body, now = await request.body(), self.clock.now()
        self.tries.append(now)
        if not verify(SECRET, body, request.headers.get(SIGNATURE, ""), now):
            self.refused += 1
            return JSONResponse({"status": "invalid signature"}, status_code=401)
        answer = self.answers.pop(0) if self.answers else 202
        if isinstance(answer, float):
            self._keep(body, request)
            await asyncio.sleep(answer)
        elif answer == 202:
            self._keep(body, request)
        if self.drips:
            return StreamingResponse(_for_ever(), status_code=202)
        headers = {"Retry-After": "7"} if answer == 429 else {}
        return JSONResponse({}, status_code=202 if isinstance(answer, float) else answer, headers=headers)

    def _keep(self, body: bytes, request: Request) -> None:
        """As such services do: the same event again is no news."""
        event = msgspec.json.decode(body)
        if request.headers["idempotency-key"] not in self.seen:
            self.seen.add(request.headers["idempotency-key"])
            self.incidents.setdefault(event["dedup_key"], []).append(event["event_action"])
        self.events.append(event)


async def _for_ever() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.2)


@asynccontextmanager
async def receiving(clock: Clock) -> AsyncIterator[Receiver]:
    bound, url = free_socket()
    receiver = Receiver(clock, f"{url}/v2/enqueue")
    web = Starlette(routes=[Route("/v2/enqueue", receiver.take, methods=["POST"])])
    async with serving(web, bound):
        yield receiver


def declared(url: str, **pager: Any) -> dict[str, Any]:
    """The team: amina has a pager of her own, and the second step names one."""
    phones = {
        "id": "phones",
        "url": url,
        "routing_key": "env:PAGER_KEY",
        "signing_secret": "env:PAGER_SECRET",
        "timeout": "1s",
    }
    people = [{**p, "pager": "phones"} if p["id"] == "amina" else p for p in TEAM["people"]]
    steps = [{"notify": "primary", "wait": "15m"}, {"notify": {"webhook": "phones"}, "wait": "15m"}]
    return {
        "people": people,
        "pagers": [phones | pager],
        "escalation": [{"id": "page", "steps": steps}],
    }
