"""Channels, direct conversations, and reading their messages."""

from collections.abc import Iterable

from .. import limits
from ..context import Context
from ..errors import SlackError
from ..messages import Json, Message
from ..state import Channel
from . import lookup
from .arguments import Arguments
from .pages import page
from .registry import method

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


def describe(ctx: Context, channel: Channel) -> Json:
    """A channel as the API shows it to the bot."""
    body: Json = {
        "id": channel.id,
        "created": 0,
        "is_archived": False,
        "is_im": channel.id.startswith("D"),
        "is_mpim": channel.id.startswith("G") and channel.is_direct,
        "is_channel": not channel.is_direct,
        "is_private": channel.is_private,
        "is_member": ctx.config.bot_user_id in channel.members,
    }
    if body["is_im"]:
        body["user"] = next(iter(channel.members - {ctx.config.bot_user_id}))
        return body
    return body | {
        "name": channel.name,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }


def _kind(channel: Channel) -> str:
    if channel.is_direct:
        return "im" if channel.id.startswith("D") else "mpim"
    return "private_channel" if channel.is_private else "public_channel"


@method("conversations.list", tier=2, scopes=READ)
def list_channels(ctx: Context, args: Arguments) -> Json:
    kinds = args.words("types") or ["public_channel"]
    visible = [item for item in ctx.state.channels.values() if _kind(item) in kinds and _visible(ctx, item)]
    found, cursor = page(visible, args, most=1000)
    return {
        "ok": True,
        "channels": [describe(ctx, item) for item in found],
        "response_metadata": {"next_cursor": cursor},
    }


def _visible(ctx: Context, channel: Channel) -> bool:
    return not channel.is_private or ctx.config.bot_user_id in channel.members


@method("conversations.info", tier=3, scopes=READ)
def info(ctx: Context, args: Arguments) -> Json:
    return {"ok": True, "channel": describe(ctx, lookup.channel(ctx, args, as_member=False))}


@method("conversations.open", tier=3, scopes=("im:write", "mpim:write", "channels:manage"))
def open_direct(ctx: Context, args: Arguments) -> Json:
    people = args.words("users")
    if not people and args.has("channel"):
        channel = lookup.channel(ctx, args)
    elif not people or len(people) > 8:
        raise SlackError("users_list_not_supplied" if not people else "too_many_users")
    elif any(ctx.config.person(user) is None for user in people):
        raise SlackError("user_not_found")
    else:
        channel = ctx.state.open_direct(people)
    body = describe(ctx, channel) if args.flag("return_im") else {"id": channel.id}
    return {"ok": True, "no_op": False, "already_open": False, "channel": body}


@method("conversations.join", tier=3, scopes=("channels:join",))
def join(ctx: Context, args: Arguments) -> Json:
    channel = lookup.channel(ctx, args, as_member=False)
    if channel.is_direct or channel.is_private:
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.add(ctx.config.bot_user_id)
    ctx.state.announce("channel", channel)
    return {"ok": True, "channel": describe(ctx, channel)}


@method("conversations.members", tier=4, scopes=READ)
def members(ctx: Context, args: Arguments) -> Json:
    found, cursor = page(sorted(lookup.channel(ctx, args, as_member=False).members), args, most=1000)
    return {"ok": True, "members": found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.history", tier=3, scopes=HISTORY)
def history(ctx: Context, args: Arguments) -> Json:
    channel = lookup.channel(ctx, args)
    newest_first = list(_between(channel.top_level(), args))[::-1]
    return _messages(newest_first, args)


@method("conversations.replies", tier=3, scopes=HISTORY)
def replies(ctx: Context, args: Arguments) -> Json:
    channel = lookup.channel(ctx, args)
    thread = channel.thread(args.required("ts", "thread_not_found"))
    if not thread:
        raise SlackError("thread_not_found")
    return _messages([thread[0], *_between(thread[1:], args)], args)


def _between(messages: Iterable[Message], args: Arguments) -> Iterable[Message]:
    """Messages from `oldest` to `latest`; the two themselves only if `inclusive`."""
    oldest, latest = _moment(args, "oldest", (0, 0)), _moment(args, "latest", (10**12, 0))
    inclusive = args.flag("inclusive")
    for message in messages:
        at = _ts(message.ts)
        if oldest < at < latest or (inclusive and at in (oldest, latest)):
            yield message


def _moment(args: Arguments, name: str, default: tuple[int, int]) -> tuple[int, int]:
    value = args.text(name)
    try:
        return _ts(value) if value else default
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _ts(value: str) -> tuple[int, int]:
    seconds, _, fraction = value.partition(".")
    return int(seconds), int(fraction.ljust(6, "0")[:6] or 0)


def _messages(found: list[Message], args: Arguments) -> Json:
    chosen, cursor = page(found, args, most=limits.HISTORY_PAGE)
    with_metadata = args.flag("include_all_metadata")
    return {
        "ok": True,
        "messages": [item.to_slack(with_metadata) for item in chosen],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }
