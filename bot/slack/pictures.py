"""Pictures on their way into Slack: upload, wait until they are processed, put the file's id into the block."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.escape import inline
from bot.slack.rendered import Json, Rendered
from bot.slack.trouble import NETWORK, Fate, judge
from bot.slack.upload import upload
from bot.slack.views.parts import PICTURE, context

log = structlog.get_logger(__name__)

PATIENCE = 40
"""How often a file is asked for before the message goes back into the queue."""
PAUSE_S = 0.1


class UnreadableError(Exception):
    """The picture's file is not there, or may not be read."""


class NotProcessedError(Exception):
    """Slack has the file and is not done with it; the message must be tried again."""


class Pictures:
    """Uploads each picture once and remembers its file id while the process lives.

    A picture that cannot be read, or is refused, is replaced by a line that says so: the message matters more.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        folder: Path,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._folder = folder
        self._pause = pause
        self._uploaded: dict[tuple[str, int], str] = {}

    async def place(self, rendered: Rendered) -> Rendered:
        """The message with every picture uploaded and ready; raises what the Web API raises."""
        if not any(True for _ in rendered.pictures()):
            return rendered
        blocks = [await self._place(block) for block in rendered.blocks]
        return Rendered(rendered.text, blocks, rendered.color)

    async def place_or_leave_out(self, rendered: Rendered) -> Rendered:
        """The same; what cannot be uploaded now is left out, because the answer is what was asked for."""
        try:
            return await self.place(rendered)
        except (SlackApiError, NotProcessedError, *NETWORK) as error:
            log.warning("picture.left_out", error=str(error))
            kept = [block for block in rendered.blocks if block["type"] != "image"]
            return Rendered(rendered.text, kept, rendered.color)

    async def _place(self, block: Json) -> Json:
        reference = block.get("slack_file", {}).get("id", "") if block["type"] == "image" else ""
        if not reference.startswith(PICTURE):
            return block
        path = self._folder / reference.removeprefix(PICTURE)
        try:
            file_id = await self._file(path, block["alt_text"])
        except (UnreadableError, SlackApiError) as error:
            if isinstance(error, SlackApiError) and judge(error, 1).fate is not Fate.DEAD:
                raise
            log.warning("picture.left_out", path=str(path), error=str(error))
            return context(f"_The picture “{inline(block['alt_text'], 200)}” could not be shown._")
        return {**block, "slack_file": {"id": file_id}}

    async def _file(self, path: Path, alt: str) -> str:
        content, stamp = await asyncio.to_thread(_read, path)
        key = (str(path), stamp)
        if key not in self._uploaded:
            self._uploaded[key] = await upload(self._client, path.name, content, alt, alt=alt)
        await self._processed(self._uploaded[key])
        return self._uploaded[key]

    async def _processed(self, file_id: str) -> None:
        """A block may show a file only once Slack knows its type."""
        for _ in range(PATIENCE):
            answer = await self._client.files_info(file=file_id)
            if answer["file"].get("mimetype"):
                return
            await self._pause(PAUSE_S)
        raise NotProcessedError(file_id)


def _read(path: Path) -> tuple[bytes, int]:
    try:
        return path.read_bytes(), path.stat().st_mtime_ns
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
