"""Files on their way into Slack: ask for a place, send the bytes there, complete it, and perhaps share it."""

from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient


async def upload(
    client: AsyncWebClient,
    name: str,
    content: bytes,
    title: str,
    *,
    alt: str = "",
    channel: str | None = None,
    thread: str | None = None,
) -> str:
    """Upload a file and return its id; with a `channel` it is posted there, in a `thread` if one is given.

    Raises what the Web API raises, and aiohttp.ClientError when the bytes do not arrive.
    """
    described: dict[str, Any] = {"alt_txt": alt[:1000]} if alt else {}
    place = await client.files_getUploadURLExternal(filename=name, length=len(content), **described)
    timeout = aiohttp.ClientTimeout(total=client.timeout)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(str(place["upload_url"]), data=content) as answer,
    ):
        answer.raise_for_status()
    file_id = str(place["file_id"])
    where: dict[str, Any] = {"channel_id": channel, "thread_ts": thread} if channel else {}
    await client.files_completeUploadExternal(files=[{"id": file_id, "title": title[:200]}], **where)
    return file_id
