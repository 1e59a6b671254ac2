"""The short-lived permissions that come with an interaction: trigger ids and response URLs."""

import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import Clock

from . import limits
from .errors import SlackError

PAGE: ContextVar[str] = ContextVar("page", default="")
"""The open page on which somebody acts just now; empty where it is none, as in tests."""


@dataclass(slots=True)
class Trigger:
    """Lets the app open one view for the person who acted; `view_id` is the modal they acted in, if any, and `page` the
    open page on which they did."""

    user: str
    view_id: str | None
    born: float
    page: str = ""
    used: bool = False


class Triggers:
    """Trigger ids: usable once, and for a few real seconds."""

    def __init__(self, life: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._monotonic = monotonic
        self._triggers: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        self._forget_old()
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, view_id, self._monotonic(), PAGE.get())
        return trigger_id

    def _forget_old(self) -> None:
        """Those long expired are dropped; a while after, Slack does not know them either."""
        now = self._monotonic()
        while self._triggers and now - next(iter(self._triggers.values())).born > 20 * self._life:
            del self._triggers[next(iter(self._triggers))]

    def check(self, trigger_id: str) -> Trigger:
        """The live trigger of this id; raises SlackError where there is none."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._monotonic() - trigger.born > self._life:
            raise SlackError("expired_trigger_id")
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Where the app may answer an interaction, a few times; `source_ts` is the message that was acted on."""

    user: str
    channel: str
    born: datetime
    source_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Response URLs by their secret part: five uses within thirty minutes of the workspace's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._urls: dict[str, ResponseUrl] = {}

    def issue(self, user: str, channel: str, source_ts: str | None = None, thread_ts: str | None = None) -> str:
        key = secrets.token_urlsafe(18)
        self._urls[key] = ResponseUrl(user, channel, self._clock.now(), source_ts, thread_ts)
        return key

    def peek(self, key: str) -> ResponseUrl:
        """What an address stands for; an answer inside the acknowledgement is no use of it."""
        if key not in self._urls:
            raise SlackError("invalid_url")
        return self._urls[key]

    def use(self, key: str) -> ResponseUrl:
        """Count one use; raises SlackError when the address is unknown, too old or used up."""
        url = self.peek(key)
        if self._clock.now() - url.born > timedelta(minutes=limits.RESPONSE_URL_MINUTES):
            raise SlackError("expired_url")
        if url.uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url")
        url.uses += 1
        return url
