"""The door for Slack's requests over HTTP: first who it is, then whether it can be read."""

import hashlib
import hmac
from http import HTTPStatus

from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from bot.slack.shape import MisshapenError, check

MAX_BODY = 4 * 1024 * 1024
"""Bytes; a view of Slack's largest size, with all that was typed into it, is well below."""

WINDOW_S = 5 * 60
"""How far a request's timestamp may be from our clock, as Slack advises."""

REFUSED = "the signature is not Slack's, or it is too old"
"""Says not which: whoever sends forged requests learns nothing."""

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)
"""What bolt raises on a body of another shape than Slack's."""


class TurnedAwayError(Exception):
    """A request that ends at the door, with this status and the reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ClocksApartError(TurnedAwayError):
    """Slack's signature, but as of `seconds` before our clock (after it, where negative): that is wrong, or somebody
    sends an old request again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, REFUSED)
        self.seconds = seconds


async def admit(request: HttpRequest, signing_secret: str, now_s: float) -> AsyncBoltRequest:
    """The request, signed by Slack within the last minutes and readable; raises TurnedAwayError otherwise."""
    body = await _read(request)
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not is_signed(signing_secret, stamp, signature, body):
        raise TurnedAwayError(HTTPStatus.UNAUTHORIZED, REFUSED)
    if abs(now_s - int(stamp)) > WINDOW_S:
        raise ClocksApartError(now_s - int(stamp))
    try:
        admitted = AsyncBoltRequest(body=body.decode(), headers=dict(request.headers))
        check(admitted.body)
    except (*_MALFORMED, MisshapenError):
        raise TurnedAwayError(HTTPStatus.BAD_REQUEST, "this is not shaped like a request of Slack's") from None
    return admitted


def is_signed(signing_secret: str, stamp: str, signature: str, body: bytes) -> bool:
    """Whether `signature` is Slack's for this body at `stamp` (Unix seconds).

    Nothing is, when there is no secret: an app in Socket Mode need not have one, and its route is open all the same.
    """
    if not signing_secret or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= len("9999999999")):
        return False
    made = hmac.new(signing_secret.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={made}".encode(), signature.encode("latin-1", "replace"))


async def _read(request: HttpRequest) -> bytes:
    """The whole body; nobody knows yet who sends it, so it is bounded while it is read."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BODY:
                raise TurnedAwayError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_BODY} bytes")
            parts.append(part)
    except ClientDisconnect:
        raise TurnedAwayError(HTTPStatus.BAD_REQUEST, "the request broke off before its end") from None
    return b"".join(parts)
