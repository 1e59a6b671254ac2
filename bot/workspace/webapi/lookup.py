"""What the methods look up first: a channel that the bot may use, a message, a file that a block shows."""

from ..context import Context
from ..errors import SlackError
from ..messages import Json, Message
from ..state import Channel
from .arguments import Arguments


def channel(ctx: Context, args: Arguments, *, as_member: bool = True) -> Channel:
    """The channel argument; raises `channel_not_found`, and `not_in_channel` unless the bot is in it."""
    found = ctx.state.find_channel(args.required("channel", "channel_not_found"))
    bot = ctx.config.bot_user_id
    if found is None or (found.is_private and bot not in found.members):
        raise SlackError("channel_not_found")
    if as_member and bot not in found.members:
        raise SlackError("not_in_channel")
    return found


def message(ctx: Context, args: Arguments, name: str = "ts") -> Message:
    """The message at `channel` and `ts`; raises `message_not_found`."""
    place = channel(ctx, args, as_member=False)
    found = place.messages.get(args.required(name, "message_not_found"))
    if found is None:
        raise SlackError("message_not_found")
    return found


def shows_file(ctx: Context, reference: Json) -> bool:
    """Whether an image block may show this `slack_file` now."""
    file_id, address = reference.get("id"), reference.get("url")
    file = ctx.files.get(str(file_id)) if file_id else ctx.files.by_url(str(address))
    return file is not None and file.shows_as_image
