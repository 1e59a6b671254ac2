"""What the app says in answer to an interaction: in the acknowledgement of a command, or at a response URL."""

from ..context import Context
from ..errors import SlackError
from ..messages import Json, Message
from ..state import Channel
from ..triggers import ResponseUrl
from ..webapi import content
from ..webapi.arguments import Arguments


def respond(ctx: Context, url: ResponseUrl, payload: Json) -> Message | None:
    """Carry out a response: a new message (private unless `in_channel`), or a change of the one acted on.

    Returns the message, or None when it was deleted; raises SlackError where Slack refuses.
    """
    args = Arguments(payload)
    channel = ctx.state.channels[url.channel]
    if args.flag("delete_original"):
        ctx.state.remove(_original(channel, url))
        return None
    fields = content.read(ctx, args)
    content.require_something(fields)
    if args.flag("replace_original"):
        return _replace(ctx, _original(channel, url), fields)
    private = args.text("response_type", "ephemeral") != "in_channel"
    thread_ts = args.optional("thread_ts")
    message = ctx.post_as_bot(
        channel, {**fields, "thread_ts": thread_ts, "ephemeral_to": url.user if private else None}
    )
    if url.source_ts is None:
        url.source_ts = message.ts
    return message


def _replace(ctx: Context, message: Message, fields: Json) -> Message:
    message.text, message.blocks = fields["text"], fields["blocks"]
    message.attachments = fields["attachments"]
    message.metadata = fields["metadata"] or message.metadata
    message.edited = {"user": ctx.config.bot_user_id, "ts": ctx.state.next_ts()}
    ctx.state.changed(message)
    return message


def _original(channel: Channel, url: ResponseUrl) -> Message:
    ts = url.source_ts or ""
    message = channel.messages.get(ts) or channel.ephemerals.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    return message
