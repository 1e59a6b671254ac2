"""Reading what the page sends, and telling a person what they cannot do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..messages import Json
from ..outcome import NotPossibleError
from ..triggers import PAGE

Handler = Callable[[Request], Awaitable[Response]]


def read_route(path: str, handler: Handler) -> Route:
    """A GET; what cannot be shown is a 404 with the reason."""
    return Route(f"/ui/{path}", _guarded(handler, 404), methods=["GET"])


def act_route(path: str, handler: Callable[["Form"], Awaitable[Response]]) -> Route:
    """A POST of JSON; what a person cannot do is told to them with 200, as Slack's client shows it."""

    async def parsed(request: Request) -> Response:
        form = await _form(request)
        PAGE.set(form.optional("page") or "")
        return await handler(form)

    return Route(f"/ui/{path}", _guarded(parsed, 200), methods=["POST"])


def _guarded(handler: Handler, status: int) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except NotPossibleError as problem:
            return JSONResponse({"ok": False, "error": str(problem)}, status_code=status)

    return answer


@dataclass(frozen=True, slots=True)
class Form:
    """The JSON object that a page sent."""

    values: Json

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise NotPossibleError(f"The page did not say: {name}.")
        return value

    def optional(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None or value == "" else str(value)

    def raw(self, name: str) -> Any:
        return self.values.get(name)

    def object(self, name: str) -> Json:
        value = self.values.get(name)
        return value if isinstance(value, dict) else {}


async def _form(request: Request) -> Form:
    # A page of another origin can post only simple content types unasked: JSON alone keeps it out.
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise NotPossibleError("The page must send application/json.")
    try:
        body = msgspec.json.decode(await request.body())
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
    ):  # halves of surrogate pairs and deep nests, too
        body = None
    if not isinstance(body, dict):
        raise NotPossibleError("The page sent something that is not a JSON object.")
    return Form(body)
