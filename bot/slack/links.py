"""Addresses of messages: where in Slack somebody who was called finds the alert with its thread."""

import asyncio

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.slack.trouble import NETWORK
from core.outbox import store

log = structlog.get_logger(__name__)

LEARN_S = 1.0
"""How long one question may take: the message that it follows holds one of its channel's places meanwhile."""


class Links:
    """Knows the workspace's own address once it has been asked for; until then, messages have none."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._base = ""

    async def learn(self) -> None:
        """Ask Slack for the address, unless it is known. Nothing depends on it: what fails is asked again later."""
        if self._base:
            return
        try:
            async with asyncio.timeout(LEARN_S):
                answer = await self._client.auth_test()
        except (SlackApiError, *NETWORK) as error:
            log.warning("slack.address_unknown", reason=str(error))
            return
        self._base = str(answer.get("url") or "")

    def to(self, session: Session, key: str) -> str | None:
        """The address of the message of this key; None where it has not arrived yet, or the workspace's is unknown."""
        row = store.posted(session, key)
        if not self._base or row is None or not row.slack_channel or not row.slack_ts:
            return None
        return f"{self._base.rstrip('/')}/archives/{row.slack_channel}/p{row.slack_ts.replace('.', '')}"
