"""An append-only journal of what changed, so that a restarted workspace has its messages again."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

from .files import Files, StoredFile
from .messages import Json, Message
from .state import Channel, WorkspaceState

_FIELDS = tuple(item.name for item in fields(Message))


class Journal:
    """JSON lines, one for each change, flushed but not synced: a workspace is rebuilt, never relied on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def record(self, kind: str, subject: Any) -> None:
        """A listener of WorkspaceState."""
        entry = self._entry(kind, subject)
        if entry is not None:
            if self._file is None:
                self._file = self._opened()
            self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")
            self._file.flush()

    def _opened(self) -> TextIO:
        """The journal, open at its end; a line torn by a kill is closed first, so that the next one stays whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        torn = self._path.is_file() and not self._path.read_bytes().endswith(b"\n")
        file = self._path.open("a", encoding="utf-8")
        if torn:
            file.write("\n")
        return file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _entry(self, kind: str, subject: Any) -> Json | None:
        match kind, subject:
            case (("message" | "ephemeral"), Message() as message):
                return {"kind": "message"} | {name: getattr(message, name) for name in _FIELDS}
            case "deleted", Message() as message:
                return {"kind": "deleted", "channel": message.channel, "ts": message.ts}
            case "file", StoredFile() as file:
                body = {"id": file.id, "name": file.name, "title": file.title, "alt_txt": file.alt_text}
                return {"kind": "file", "created": file.created, **body}
            case "channel", Channel() as channel:
                return {
                    "kind": "channel",
                    "channel": channel.id,
                    "members": sorted(channel.members),
                    "bookmarks": channel.bookmarks,
                }
            case "group", (str() as group_id, list() as users):
                return {"kind": "group", "id": group_id, "users": users}
            case "read", (str() as user_id, Channel() as channel):
                return {"kind": "read", "channel": channel.id, "user": user_id, "ts": channel.last_read[user_id]}
        return None

    def replay(self, state: WorkspaceState, files: Files) -> None:
        """Take back what was recorded; a torn last line (a kill while writing) is left out."""
        if not self._path.is_file():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            self._apply(entry, state, files)

    def _apply(self, entry: Json, state: WorkspaceState, files: Files) -> None:
        kind = entry.pop("kind")
        channel = state.find_channel(entry.get("channel", "")) if "channel" in entry else None
        if kind == "file":
            files.restore(entry)
        elif kind == "group":
            state.user_groups[entry["id"]] = entry["users"]
        elif channel is None:
            return
        elif kind == "message":
            message = Message(**entry)
            channel.put(message)
            state.seen_ts(message.ts)
        elif kind == "deleted":
            channel.drop(entry["ts"])
        elif kind == "channel":
            channel.members, channel.bookmarks = set(entry["members"]), entry["bookmarks"]
        elif kind == "read":
            channel.last_read[entry["user"]] = entry["ts"]
