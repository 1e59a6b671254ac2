"""Unread marks: what is new to a person in a channel, and what of it calls them."""

from ..acting.mentions import mentioned
from ..context import Context
from ..messages import Json, Message
from ..state import Channel

_EVERYONE = frozenset({"channel", "here", "everyone"})
"""Whom nobody calls inside a thread."""


def counts(ctx: Context, user: str, channel: Channel) -> tuple[int, int]:
    """(unread messages of the channel itself, unread mentions of this person anywhere in it).

    In a direct conversation every unread message counts as a mention.
    """
    last_read = channel.last_read.get(user, "")
    new = [item for item in reversed_until(channel, last_read) if item.user != user]
    shown = [item for item in new if not item.is_reply or item.broadcast]
    if channel.is_direct:
        return len(shown), len(shown)
    own = {user, *(group for group, members in ctx.state.user_groups.items() if user in members)}
    return len(shown), sum(bool(mentioned(item) & (own if item.is_reply else own | _EVERYONE)) for item in new)


def reversed_until(channel: Channel, ts: str) -> list[Message]:
    """Messages newer than `ts`, newest first."""
    found: list[Message] = []
    for message in reversed(channel.messages.values()):
        if message.ts <= ts:
            break
        found.append(message)
    return found


def channel_row(ctx: Context, user: str, channel: Channel) -> Json:
    """A channel as the page lists it."""
    unread, mentions = counts(ctx, user, channel)
    return {
        "id": channel.id,
        "name": ctx.config.bot_display if channel.is_direct and channel.id.startswith("D") else channel.name,
        "topic": channel.topic,
        "is_member": user in channel.members,
        "unread": unread,
        "mentions": mentions,
        "last_ts": next(reversed(channel.messages), None),
        "last_read": channel.last_read.get(user),
        "bookmarks": channel.bookmarks,
        "pins": channel.pins,
        "kind": channel.kind,
        "user": ctx.config.bot_user_id if channel.is_direct else None,
    }
