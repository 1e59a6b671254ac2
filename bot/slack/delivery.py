"""One message on its way to Slack: post it, update it, or find out whether it arrived."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.escape import cut
from bot.slack.limits import fit_message
from bot.slack.rendered import Json, Rendered
from bot.slack.trouble import TOO_MUCH, UnknownPlaceError, code_of
from core.config.team import Team
from core.outbox.claim_store import Claim
from core.outbox.tables import OutboxRow

log = structlog.get_logger(__name__)

EVENT_TYPE = "goldilocks_outbox"
LOOK_BACK = timedelta(minutes=5)
"""How far Slack's clock may be from ours when a message is looked for."""
PAGE_SIZE = 200
PLAIN = 2_000
"""Characters of a message that is sent as text alone."""
THREAD_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})


@dataclass(frozen=True)
class Sent:
    """Where the message is."""

    channel: str
    ts: str


class Delivery:
    """Delivers rows through the Web API; raises whatever the API raises."""

    def __init__(self, client: AsyncWebClient, team: Team) -> None:
        self._client = client
        self._team = team
        self._direct: dict[str, str] = {}
        self._opening: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def deliver(self, claim: Claim, rendered: Rendered, parent: OutboxRow | None) -> Sent:
        """Send the message once: an update in place, else a new one unless it is found to have arrived already."""
        content = fit_message(**rendered.content())
        if claim.update_of is not None:
            return await self._update(claim.update_of, content)
        channel, thread = await self._where(claim.row, parent)
        if claim.uncertain and (ts := await self._find(claim.row, channel, thread)):
            return Sent(channel, ts)
        return await self._post(claim.row, channel, thread, content)

    async def _update(self, earlier: OutboxRow, content: Json) -> Sent:
        channel, ts = str(earlier.slack_channel), str(earlier.slack_ts)
        await _taken(partial(self._client.chat_update, channel=channel, ts=ts, parse="none"), content)
        return Sent(channel, ts)

    async def _post(self, row: OutboxRow, channel: str, thread: str | None, content: Json) -> Sent:
        message: dict[str, Any] = {
            "channel": channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"uid": row.uid}},
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
        }
        post = partial(self._client.chat_postMessage, **message)
        try:
            answer = await _taken(partial(post, thread_ts=thread), content)
        except SlackApiError as error:
            # Somebody deleted the thread's parent: a page must not be lost with it.
            if thread is None or code_of(error) not in THREAD_GONE:
                raise
            answer = await _taken(post, content)
        return Sent(str(answer["channel"]), str(answer["ts"]))

    async def _where(self, row: OutboxRow, parent: OutboxRow | None) -> tuple[str, str | None]:
        """A reply belongs to its thread, wherever that is by now and whatever the YAML calls its channel today."""
        if parent is not None and parent.slack_channel is not None:
            return parent.slack_channel, parent.slack_ts
        return await self._place(row.channel), None

    async def _place(self, name: str) -> str:
        """The Slack id of a channel of the team, of `@person`'s direct conversation, or the id itself."""
        if name.startswith("@"):
            return await self._open(name.removeprefix("@"))
        channel = self._team.channel(name)
        if channel is not None:
            return channel.slack
        if name[:1] in "CGD" and name.isupper():
            return name
        raise UnknownPlaceError(f"“{name}” is not a channel of the team")

    async def _open(self, person_id: str) -> str:
        person = self._team.person(person_id)
        if person is None:
            raise UnknownPlaceError(f"“{person_id}” is not a person of the team")
        async with self._opening[person.slack]:
            if person.slack not in self._direct:
                answer = await self._client.conversations_open(users=person.slack)
                self._direct[person.slack] = str(answer["channel"]["id"])
        return self._direct[person.slack]

    async def _find(self, row: OutboxRow, channel: str, thread: str | None) -> str | None:
        """The `ts` of the message that carries the row's uid, if it arrived."""
        query: dict[str, Any] = {
            "channel": channel,
            "include_all_metadata": True,
            "oldest": f"{(row.created_at - LOOK_BACK).timestamp():.6f}",
            "limit": PAGE_SIZE,
        }
        while True:
            if thread is None:
                answer = await self._client.conversations_history(**query)
            else:
                answer = await self._client.conversations_replies(ts=thread, **query)
            for message in answer["messages"]:
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("uid") == row.uid:
                    return str(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            query["cursor"] = cursor


async def _taken(send: Callable[..., Awaitable[Any]], content: Json) -> Any:
    """Slack's answer; where it takes neither the layout nor the length, to the text alone. That is a mistake of ours,
    and logged, but nobody's page."""
    try:
        return await send(**content)
    except SlackApiError as error:
        if (code := code_of(error)) not in TOO_MUCH:
            raise
        log.exception("outbox.sent_as_text", why=code)
        return await send(text=cut(content["text"], PLAIN), blocks=[], attachments=[])
