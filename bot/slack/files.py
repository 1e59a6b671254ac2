"""Files that people give in a form."""

import httpx
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.escape import line
from bot.slack.trouble import NETWORK, code_of
from bot.tls import trusted
from core.oncall.holiday_file import MAX_BYTES, CalendarError


async def read_file(client: AsyncWebClient, file_id: str, token: str, timeout_s: float) -> tuple[str, bytes]:
    """What it is called and its content, from where Slack itself says that it is; raises CalendarError."""
    try:
        file = (await client.files_info(file=file_id))["file"]
    except SlackApiError as error:
        raise CalendarError(f"Slack does not give the file: {code_of(error)}") from None
    except NETWORK:
        raise CalendarError("Slack could not be asked for the file; try again in a moment") from None
    name = f"the file “{line(str(file.get('name', '')))[:80]}”"
    if int(file.get("size") or 0) > MAX_BYTES:
        raise CalendarError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return name, await _fetch(str(file["url_private_download"]), token, timeout_s)
    except (httpx.HTTPError, httpx.InvalidURL, KeyError) as error:
        raise CalendarError(f"{name} cannot be read: {type(error).__name__}") from None


async def _fetch(url: str, token: str, timeout_s: float) -> bytes:
    """The body, as far as it may be long; the token goes to this address and follows no redirect."""
    content = bytearray()
    async with (
        httpx.AsyncClient(timeout=timeout_s, trust_env=False, verify=trusted()) as client,
        client.stream("GET", url, headers={"authorization": f"Bearer {token}"}) as response,
    ):
        response.raise_for_status()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > MAX_BYTES:
                raise CalendarError(f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    return bytes(content)
