"""The Web API over HTTP: token, fault, rate, then the method; always 200 with `ok`, except for 429 and faults."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ..context import Context
from ..errors import RateLimitedError, SlackError
from ..faults import Fault
from ..messages import Json
from .arguments import Arguments
from .registry import METHODS, Method


class CutConnection(Response):
    """Promises more than it sends, so that the server cuts the connection and the outcome stays unknown."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def call(ctx: Context, request: Request) -> Response:
    """Answer one call of a Web API method."""
    name = request.path_params["method"]
    ctx.calls[name] += 1
    try:
        values = await _values(request)
    except SlackError as refusal:
        return JSONResponse(refusal.body())
    fault = ctx.faults.take(name, values)
    if fault is not None:
        return await _misbehave(ctx, fault, request, name, values)
    return _answer(ctx, request, name, values)


def _answer(ctx: Context, request: Request, name: str, values: Json) -> Response:
    try:
        return JSONResponse(_run(ctx, request, name, values))
    except RateLimitedError as refusal:
        return _too_many(refusal.retry_after)
    except SlackError as refusal:
        return JSONResponse(refusal.body())


def _run(ctx: Context, request: Request, name: str, values: Json) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    _authorise(ctx, method, _token(request, values))
    ctx.rates.check_method(name, method.tier)
    return method.handler(ctx, Arguments(values))


def _authorise(ctx: Context, method: Method, token: str) -> None:
    config = ctx.config
    if not token:
        raise SlackError("not_authed")
    if token not in (config.bot_token, config.app_token):
        raise SlackError("invalid_auth")
    if token != (config.app_token if method.kind == "app" else config.bot_token):
        raise SlackError("not_allowed_token_type")
    if config.scopes is not None and method.scopes and not config.scopes & set(method.scopes):
        provided = ",".join(sorted(config.scopes))
        raise SlackError("missing_scope", needed=method.scopes[0], provided=provided)


async def _misbehave(ctx: Context, fault: Fault, request: Request, name: str, values: Json) -> Response:
    match fault.kind:
        case "rate_limited":
            return _too_many(int(fault.seconds))
        case "server_error":
            return Response("Internal Server Error", status_code=500, media_type="text/plain")
        case "page":
            return Response("<html><body>Please sign in</body></html>", media_type="text/html")
        case "error":
            return JSONResponse(SlackError(fault.error).body())
        case "slow":
            await asyncio.sleep(fault.seconds)
            return _answer(ctx, request, name, values)
        case "hang":
            with suppress(TimeoutError):
                await asyncio.wait_for(_gone(request), fault.seconds)
        case "drop_after":
            _answer(ctx, request, name, values)
    return CutConnection()


async def _gone(request: Request) -> None:
    """Wait until the caller has hung up."""
    while not await request.is_disconnected():  # noqa: ASYNC110 - the server tells it only when asked
        await asyncio.sleep(0.1)


def _too_many(seconds: int) -> Response:
    body = SlackError("ratelimited").body()
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(seconds)})


def _token(request: Request, values: Json) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(values.get("token") or "")


async def _values(request: Request) -> Json:
    """Arguments from the query, then from a JSON or form body."""
    values: dict[str, Any] = dict(request.query_params)
    if "json" in request.headers.get("content-type", ""):
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        return values | body if isinstance(body, dict) else values
    async with request.form() as form:
        return values | {name: value for name, value in form.items() if isinstance(value, str)}
