"""A message, and how Slack's API and the page each see it."""

from dataclasses import dataclass, field, fields
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Message:
    """One message of a channel; `ts` is its name there. `ephemeral_to` is set where only one person sees it."""

    channel: str
    ts: str
    text: str = ""
    user: str | None = None
    bot_id: str | None = None
    username: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    edited: Json | None = None
    reactions: list[Json] = field(default_factory=list)
    reply_count: int = 0
    reply_users: list[str] = field(default_factory=list)
    latest_reply: str | None = None
    ephemeral_to: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def to_slack(self, with_metadata: bool = False) -> Json:
        """The message as conversations.history returns it; empty fields are left out."""
        body: Json = {"type": "message", "ts": self.ts, "text": self.text, "user": self.user}
        if self.bot_id:
            body["bot_id"] = self.bot_id
        for name in ("blocks", "attachments", "files", "edited", "reactions", "thread_ts"):
            if value := getattr(self, name):
                body[name] = value
        if self.files:
            body["upload"] = False
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        if self.reply_count:
            body |= self._thread_fields()
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body

    def _thread_fields(self) -> Json:
        return {
            "thread_ts": self.ts,
            "reply_count": self.reply_count,
            "reply_users": self.reply_users,
            "reply_users_count": len(self.reply_users),
            "latest_reply": self.latest_reply,
        }

    def to_page(self) -> Json:
        """The message as the page draws it: every field, always."""
        body = {item.name: getattr(self, item.name) for item in fields(self)}
        body["ephemeral"] = body.pop("ephemeral_to") is not None
        body["deleted"] = False
        return body
