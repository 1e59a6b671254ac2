"""What the workspace remembers: channels, messages, home tabs; every change is announced to listeners."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock

from .config import WorkspaceConfig
from .messages import Json, Message

Listener = Callable[[str, Any], None]
"""Called with the kind of change (`message`, `deleted`, `ephemeral`, `channel`, ...) and what changed."""


@dataclass(slots=True)
class Channel:
    """A channel or direct conversation with its messages in the order of their ts."""

    id: str
    name: str
    kind: str
    members: set[str]
    topic: str = ""
    is_private: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)
    _replies: dict[str, dict[str, Message]] = field(default_factory=dict)

    @property
    def is_direct(self) -> bool:
        return self.kind == "dm"

    def top_level(self) -> Iterable[Message]:
        return (message for message in self.messages.values() if not message.is_reply or message.broadcast)

    def thread(self, ts: str) -> list[Message]:
        """The parent and its replies in order; empty where there is no such message."""
        if ts not in self.messages:
            return []
        return [self.messages[ts], *self._replies.get(ts, {}).values()]

    def put(self, message: Message) -> None:
        """Store a message under its ts."""
        if message.ephemeral_to:
            self.ephemerals[message.ts] = message
            return
        self.messages[message.ts] = message
        if message.is_reply and message.thread_ts:
            self._replies.setdefault(message.thread_ts, {})[message.ts] = message

    def drop(self, ts: str) -> None:
        """Forget a message, if there is one."""
        self.ephemerals.pop(ts, None)
        message = self.messages.pop(ts, None)
        if message is not None and message.thread_ts:
            self._replies.get(message.thread_ts, {}).pop(ts, None)


class WorkspaceState:
    """The workspace's memory. It enforces nothing of Slack's rules: the API in front of it does."""

    def __init__(self, config: WorkspaceConfig, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self._last_ts = (0, 0)
        self._listeners: list[Listener] = []
        self.channels: dict[str, Channel] = {}
        self.homes: dict[str, Json] = {}
        self.user_groups: dict[str, list[str]] = {group.id: list(group.members) for group in config.user_groups}
        self._open_configured_channels()

    def _open_configured_channels(self) -> None:
        everybody = {person.id for person in self.config.people}
        for item in self.config.channels:
            members = set(item.members) or set(everybody)
            if item.bot_is_member:
                members.add(self.config.bot_user_id)
            self.channels[item.id] = Channel(
                item.id, item.name, "channel", members, topic=item.topic, is_private=item.is_private
            )
        for person in self.config.people:
            self.open_direct([person.id])

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def announce(self, kind: str, subject: Any) -> None:
        for listener in self._listeners:
            listener(kind, subject)

    def next_ts(self) -> str:
        """`<unix seconds>.<6 digits>`, strictly increasing in the workspace even if the clock stands still."""
        seconds, sequence = int(self._clock.now().timestamp()), 1
        if seconds <= self._last_ts[0]:
            seconds, sequence = self._last_ts[0], self._last_ts[1] + 1
            if sequence > 999_999:
                seconds, sequence = seconds + 1, 1
        self._last_ts = (seconds, sequence)
        return f"{seconds}.{sequence:06d}"

    def seen_ts(self, ts: str) -> None:
        """Never hand out a ts up to this one again."""
        seconds, _, sequence = ts.partition(".")
        self._last_ts = max(self._last_ts, (int(seconds), int(sequence)))

    # conversations

    def find_channel(self, name_or_id: str) -> Channel | None:
        """By id, by `#name`, or by the id of a person (their direct conversation with the bot)."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        if self.config.person(name_or_id):
            return self.open_direct([name_or_id])
        name = name_or_id.removeprefix("#")
        return next((item for item in self.channels.values() if item.name == name and not item.is_direct), None)

    def open_direct(self, people: list[str]) -> Channel:
        """The bot's direct conversation with these people; the same people always get the same one."""
        members = sorted(set(people))
        channel_id = f"D{members[0][1:]}" if len(members) == 1 else "G" + "".join(item[-3:] for item in members)
        if channel_id not in self.channels:
            name = self.config.bot_name if len(members) == 1 else "mpdm-" + "--".join(members).lower()
            everyone = {*members, self.config.bot_user_id}
            self.channels[channel_id] = Channel(channel_id, name, "dm", everyone, is_private=True)
        return self.channels[channel_id]

    def audience(self, channel: Channel) -> set[str]:
        """Who may see the channel: everybody, unless it is private."""
        if channel.is_private:
            return channel.members
        return {person.id for person in self.config.people}

    # messages

    def add(self, message: Message) -> Message:
        """Store a message; a reply also updates its parent's counters."""
        channel = self.channels[message.channel]
        channel.put(message)
        self.changed(message)
        if message.is_reply and not message.ephemeral_to:
            self._count_reply(channel, message)
        return message

    def changed(self, message: Message) -> None:
        """Tell everyone that a stored message is different now."""
        self.announce("ephemeral" if message.ephemeral_to else "message", message)

    def remove(self, message: Message) -> None:
        channel = self.channels[message.channel]
        channel.drop(message.ts)
        self.announce("deleted", message)
        if message.is_reply and message.thread_ts in channel.messages:
            self._recount_thread(channel, channel.messages[message.thread_ts])

    def _count_reply(self, channel: Channel, reply: Message) -> None:
        parent = channel.messages.get(reply.thread_ts or "")
        if parent is None:
            return
        parent.reply_count += 1
        parent.latest_reply = reply.ts
        if reply.user and reply.user not in parent.reply_users:
            parent.reply_users.append(reply.user)
        self.announce("message", parent)

    def _recount_thread(self, channel: Channel, parent: Message) -> None:
        replies = channel.thread(parent.ts)[1:]
        parent.reply_count = len(replies)
        parent.latest_reply = replies[-1].ts if replies else None
        parent.reply_users = list(dict.fromkeys(reply.user for reply in replies if reply.user))
        self.announce("message", parent)

    # people

    def mark_read(self, user_id: str, channel: Channel, ts: str) -> None:
        channel.last_read[user_id] = max(ts, channel.last_read.get(user_id, ""))
        self.announce("read", (user_id, channel))

    def publish_home(self, user_id: str, view: Json) -> None:
        self.homes[user_id] = view
        self.announce("home", user_id)
