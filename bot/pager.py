"""Pages to pagers outside, in PagerDuty's Events v2 format: signed, bounded in time, safe to send twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import HMAC, compare_digest
from random import Random
from typing import Any

import httpx
import msgspec

from bot.secrets import read_secret
from bot.slack.trouble import UnknownPlaceError
from bot.tls import trusted
from core.config.escalation import Pager
from core.config.team import Team

SIGNATURE = "X-Goldilocks-Signature"
TOLERANCE_S = 300
"""How far a signature's time may be from the receiver's clock."""

TRIES = 25
"""After so many refusals, over about two hours, a pager is given up for this page; people were told long before."""

RETRY_FIRST, RETRY_MOST = timedelta(seconds=1), timedelta(minutes=10)
Json = dict[str, Any]


class PagerError(Exception):
    """A pager did not take an event: `wait` before it is tried again, None when it never will."""

    def __init__(self, reason: str, wait: timedelta | None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


@dataclass(frozen=True)
class _Receiver:
    declared: Pager
    routing_key: str
    secret: bytes | None


class Pagers:
    """The team's pagers. Raises SecretError when a secret cannot be read: a phone that stays silent is found at the
    start, and not at night."""

    def __init__(self, team: Team, secrets: Callable[[str], bytes] = read_secret) -> None:
        self._receivers = {
            pager.id: _Receiver(
                pager,
                secrets(pager.routing_key).decode(),
                secrets(pager.signing_secret) if pager.signing_secret else None,
            )
            for pager in team.pagers
        }

    async def send(self, pager_id: str, event: Json, uid: str, attempts: int, now: datetime) -> None:
        """Post one event; raises PagerError, or UnknownPlaceError where there is no such pager. `uid` is the same for
        every try of one event."""
        receiver = self._receivers.get(pager_id)
        if receiver is None:
            raise UnknownPlaceError(f"“{pager_id}” is not a pager of the team")
        body = msgspec.json.encode({"routing_key": receiver.routing_key, **event})
        headers = {"Content-Type": "application/json", "Idempotency-Key": uid}
        if receiver.secret is not None:
            headers[SIGNATURE] = sign(receiver.secret, body, now)
        try:
            patience = receiver.declared.timeout.total_seconds()
            async with (
                asyncio.timeout(patience),  # httpx's is for each piece of an answer, and some drip
                httpx.AsyncClient(timeout=patience, verify=trusted()) as client,
                client.stream("POST", receiver.declared.url, content=body, headers=headers) as answer,
            ):
                if not answer.is_success:  # what else it says, and how much, is nobody's concern
                    raise _refused(answer, uid, attempts)
        except (httpx.HTTPError, TimeoutError) as error:
            raise _again(f"no answer: {type(error).__name__}", uid, attempts) from None


def sign(secret: bytes, body: bytes, now: datetime) -> str:
    """`t=SECONDS,v1=HEX`: the HMAC-SHA256 of the time, a dot and the body, so that neither can be replaced."""
    stamp = str(int(now.timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def verify(secret: bytes, body: bytes, signature: str, now: datetime) -> bool:
    """Whether a receiver may believe `signature`: made with the secret, for this body, within five minutes."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(int(stamp) - now.timestamp()) > TOLERANCE_S:
        return False
    return compare_digest(_digest(secret, stamp, body).encode(), parts.get("v1", "").encode())


def retry_after(uid: str, attempts: int) -> timedelta:
    """1, 2, 4 ... seconds up to ten minutes, each by a factor from .5 to 1.5 that differs from event to event, so that
    a receiver that comes back is not met by all at once."""
    wait = min(RETRY_FIRST * (1 << min(attempts - 1, 16)), RETRY_MOST)
    return wait * (0.5 + Random(f"{uid}:{attempts}").random())


def _digest(secret: bytes, stamp: str, body: bytes) -> str:
    return HMAC(secret, f"{stamp}.".encode() + body, sha256).hexdigest()


def _refused(answer: httpx.Response, uid: str, attempts: int) -> PagerError:
    """429 and 5xx are tried again, as the format says; any other refusal stays one."""
    reason = f"HTTP {answer.status_code}"
    if answer.status_code != 429 and answer.status_code < 500:
        return PagerError(reason, None)
    again = _again(reason, uid, attempts)
    stated = answer.headers.get("retry-after", "")
    if again.wait is not None and stated.isascii() and stated.isdigit():
        return PagerError(reason, max(again.wait, timedelta(seconds=min(int(stated), 3_600))))
    return again


def _again(reason: str, uid: str, attempts: int) -> PagerError:
    return PagerError(reason, None if attempts >= TRIES else retry_after(uid, attempts))
