"""Uploaded files: a place is reserved, the bytes arrive, the upload is completed, and processing ends later."""

import asyncio
import mimetypes
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from .config import WorkspaceConfig
from .errors import SlackError
from .messages import Json

IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif"})


@dataclass(slots=True)
class StoredFile:
    """A file of the workspace. Until it is processed, Slack knows no type, and no block may show it."""

    id: str
    upload_key: str
    name: str
    length: int
    created: int
    title: str = ""
    alt_text: str = ""
    content: bytes | None = None
    completed: bool = False
    processed: bool = False
    shares: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def shows_as_image(self) -> bool:
        return self.processed and self.mimetype in IMAGE_TYPES


class Files:
    """All files by id; the bytes are kept in memory, and beside the journal where there is one."""

    def __init__(self, config: WorkspaceConfig) -> None:
        self._config = config
        self._files: dict[str, StoredFile] = {}
        self._when_processed: dict[str, list[Callable[[], None]]] = {}
        self._folder = None if config.journal is None else config.journal.with_suffix(".files")

    def reserve(self, name: str, length: int, alt_text: str, created: int) -> StoredFile:
        file_id = f"F{secrets.token_hex(5).upper()}"
        file = StoredFile(file_id, secrets.token_urlsafe(24), name, length, created, name, alt_text)
        self._files[file_id] = file
        return file

    def get(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def by_upload_key(self, key: str) -> StoredFile | None:
        return next((file for file in self._files.values() if file.upload_key == key), None)

    def by_url(self, url: str) -> StoredFile | None:
        return next((file for file in self._files.values() if url in self._addresses(file)), None)

    def receive(self, file: StoredFile, content: bytes) -> None:
        """Take the bytes; raises SlackError when they are not as many as were announced."""
        if len(content) != file.length:
            raise SlackError("upload_size_mismatch")
        file.content = content

    def complete(self, file: StoredFile, title: str | None, at_once: bool = False) -> None:
        """The upload is done; processing starts and ends by itself after a real moment, or `at_once`."""
        if file.content is None:
            raise SlackError("file_not_found")
        file.completed = True
        file.title = title or file.title
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / file.id).write_bytes(file.content)
        if at_once or self._config.file_processing_seconds <= 0:
            self.finish_processing(file.id)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self._config.file_processing_seconds, self.finish_processing, file.id)

    def when_processed(self, file: StoredFile, action: Callable[[], None]) -> None:
        """Run `action` once the file is processed; at once if it is."""
        if file.processed:
            action()
        else:
            self._when_processed.setdefault(file.id, []).append(action)

    def finish_processing(self, file_id: str) -> None:
        """End the processing of a file (a test may do so early)."""
        self._files[file_id].processed = True
        for action in self._when_processed.pop(file_id, []):
            action()

    def restore(self, record: Json) -> None:
        """Take back a completed file from the journal's record and its bytes from the folder beside it."""
        path = (self._folder or Path()) / record["id"]
        content = path.read_bytes() if path.is_file() else b""
        self._files[record["id"]] = StoredFile(
            record["id"],
            secrets.token_urlsafe(24),
            record["name"],
            len(content),
            record["created"],
            record["title"],
            record.get("alt_txt", ""),
            content,
            completed=True,
            processed=True,
        )

    def describe(self, file: StoredFile) -> Json:
        """The file as files.info returns it; type and size of picture appear only after processing."""
        body: Json = {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "alt_txt": file.alt_text,
            "mimetype": file.mimetype if file.processed else "",
            "filetype": PurePath(file.name).suffix.removeprefix(".") if file.processed else "",
            "user": self._config.bot_user_id,
            "size": len(file.content or b""),
            "mode": "hosted",
            "is_external": False,
            "is_public": bool(file.shares),
            "url_private": self._addresses(file)[0],
            "url_private_download": self._addresses(file)[0],
            "permalink": self._addresses(file)[1],
            "shares": {"public": file.shares} if file.shares else {},
            "channels": list(file.shares),
            "url": f"files/{file.id}",
        }
        if file.shows_as_image and (size := png_size(file.content or b"")):
            body["original_w"], body["original_h"] = size
        return body

    def _addresses(self, file: StoredFile) -> tuple[str, str]:
        return self._config.url(f"files/{file.id}"), self._config.url(f"files/{file.id}/{file.name}")


def png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG; None for anything else."""
    if len(content) < 24 or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height
