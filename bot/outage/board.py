"""The message about an outage in the team's catch-all channel: posted past the outbox, which is in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.outage.watch import Outage, Work
from bot.slack.limits import fit_message
from bot.slack.rendered import Rendered

EVENT_TYPE = "goldilocks_outage"
LOOK_BACK = timedelta(days=7)
"""How old a message may be that a replica of this name left behind."""

NEAR = timedelta(minutes=10)
"""How far apart replicas may have seen the same outage begin."""


@dataclass(frozen=True)
class _Posted:
    ts: str
    outage: Outage
    mine: bool


class Board:
    """One message for an outage, whoever of the replicas says it first; it is brought up to date in place.

    What it says of itself is in its metadata, so that others find it, and this replica after a restart.
    """

    def __init__(self, client: AsyncWebClient, channel: str, replica: str) -> None:
        self._client, self._channel, self._replica = client, channel, replica
        self._posted: _Posted | None = None
        self._sure = True
        """Whether it is known that nobody said it before."""

    @property
    def shows(self) -> Outage | None:
        """The outage that it tells of."""
        return self._posted.outage if self._posted else None

    async def recover(self, now: datetime) -> None:
        """Find what this replica said before it was restarted. Raises what Slack raises."""
        found = [each for each in await self._lasting(now - LOOK_BACK) if each.mine]
        self._posted = found[0] if found else None

    async def tell(self, outage: Outage, rendered: Callable[[], Rendered]) -> None:
        """Say it, unless it was said. Raises what Slack raises.

        Replicas that start together say it together: each looks once more after it, and only the first message stays.
        """
        if self._posted is None:
            said = await self._lasting(outage.since - NEAR)
            self._posted = said[0] if said else await self._post(outage, rendered())
            self._sure = bool(said)
        if not self._sure:
            first = min(await self._lasting(outage.since - NEAR), key=lambda each: each.ts, default=self._posted)
            if first.ts < self._posted.ts:
                await self._client.chat_delete(channel=self._channel, ts=self._posted.ts)
                self._posted = first
            self._sure = True

    async def end(self, rendered: Callable[[Outage], Rendered]) -> None:
        """It is over: whoever said it says so, in place and, where people are told of it, below. Raises what Slack
        raises."""
        posted = self._posted
        if posted is not None and posted.mine:
            done = rendered(posted.outage)
            await self._client.chat_update(ts=posted.ts, **self._message(posted.outage, done, over=True))
            self._posted = None
            await self._client.chat_postMessage(channel=self._channel, thread_ts=posted.ts, text=done.text)
        self._posted = None

    async def _post(self, outage: Outage, rendered: Rendered) -> _Posted:
        answer = await self._client.chat_postMessage(**self._message(outage, rendered, over=False))
        return _Posted(str(answer["ts"]), outage, mine=True)

    def _message(self, outage: Outage, rendered: Rendered, *, over: bool) -> dict[str, Any]:
        since = int(outage.since.timestamp())
        told = {"replica": self._replica, "work": str(outage.work), "since": since, "over": over}
        metadata = {"event_type": EVENT_TYPE, "event_payload": told}
        return {
            "channel": self._channel,
            "metadata": metadata,
            "parse": "none",
            **fit_message(**rendered.content()),
        }

    async def _lasting(self, since: datetime) -> list[_Posted]:
        """What was said since then and is not over, the newest first."""
        answer = await self._client.conversations_history(
            channel=self._channel, oldest=f"{since.timestamp():.6f}", include_all_metadata=True, limit=200
        )
        told = [(str(each["ts"]), each.get("metadata", {})) for each in answer["messages"]]
        return [
            self._read(ts, metadata["event_payload"])
            for ts, metadata in told
            if metadata.get("event_type") == EVENT_TYPE and not metadata["event_payload"]["over"]
        ]

    def _read(self, ts: str, told: dict[str, Any]) -> _Posted:
        outage = Outage(Work(told["work"]), datetime.fromtimestamp(told["since"], UTC), rings=True)
        return _Posted(ts, outage, mine=told["replica"] == self._replica)
