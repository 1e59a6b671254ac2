"""Small things that stick to messages and channels: reactions, pins, bookmarks; and who is calling."""

from ..context import Context
from ..errors import SlackError
from ..messages import Json
from ..state import Channel
from . import lookup
from .arguments import Arguments
from .registry import method


@method("auth.test", tier=0)
def auth_test(ctx: Context, args: Arguments) -> Json:  # noqa: ARG001 - every handler has the same shape
    config = ctx.config
    return {
        "ok": True,
        "url": config.url(""),
        "team": config.team_name,
        "user": config.bot_name,
        "team_id": config.team_id,
        "user_id": config.bot_user_id,
        "bot_id": config.bot_id,
        "is_enterprise_install": False,
    }


@method("reactions.add", tier=3, scopes=("reactions:write",))
def add_reaction(ctx: Context, args: Arguments) -> Json:
    message = lookup.message(ctx, args, "timestamp")
    name = args.required("name", "invalid_name").strip(":")
    bot = ctx.config.bot_user_id
    reaction = next((item for item in message.reactions if item["name"] == name), None)
    if reaction is None:
        message.reactions.append({"name": name, "users": [bot], "count": 1})
    elif bot in reaction["users"]:
        raise SlackError("already_reacted")
    else:
        reaction["users"].append(bot)
        reaction["count"] += 1
    ctx.state.changed(message)
    return {"ok": True}


@method("pins.add", tier=2, scopes=("pins:write",))
def add_pin(ctx: Context, args: Arguments) -> Json:
    message = lookup.message(ctx, args, "timestamp")
    pins = ctx.state.channels[message.channel].pins
    if message.ts in pins:
        raise SlackError("already_pinned")
    pins.append(message.ts)
    return {"ok": True}


@method("bookmarks.add", tier=2, scopes=("bookmarks:write",))
def add_bookmark(ctx: Context, args: Arguments) -> Json:
    channel = _channel(ctx, args)
    title, kind, link = args.required("title"), args.required("type"), args.text("link")
    if kind != "link" or not link.startswith(("http://", "https://")):
        raise SlackError("invalid_bookmark_type" if kind != "link" else "invalid_link")
    bookmark: Json = {
        "id": f"Bk{len(channel.bookmarks) + 1:08d}",
        "channel_id": channel.id,
        "title": title,
        "type": kind,
        "link": link,
        "emoji": args.text("emoji"),
    }
    channel.bookmarks.append(bookmark)
    ctx.state.announce("channel", channel)
    return {"ok": True, "bookmark": bookmark}


@method("bookmarks.list", tier=3, scopes=("bookmarks:read",))
def list_bookmarks(ctx: Context, args: Arguments) -> Json:
    return {"ok": True, "bookmarks": _channel(ctx, args).bookmarks}


def _channel(ctx: Context, args: Arguments) -> Channel:
    """These methods name the channel `channel_id`."""
    return lookup.channel(ctx, Arguments({"channel": args.raw("channel_id")}))
