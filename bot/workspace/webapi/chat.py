"""Posting, changing and deleting messages."""

from .. import limits
from ..context import Context
from ..errors import SlackError
from ..messages import Json, Message
from ..state import Channel
from . import content, lookup
from .arguments import Arguments
from .registry import method


@method("chat.postMessage", tier=0, scopes=("chat:write",))
def post_message(ctx: Context, args: Arguments) -> Json:
    channel = lookup.channel(ctx, args)
    fields = content.read(ctx, args)
    content.require_something(fields)
    thread_ts = _thread(channel, args)
    ctx.rates.check_post(channel.id)
    message = ctx.post_as_bot(
        channel,
        {
            **fields,
            "username": args.optional("username"),
            "thread_ts": thread_ts,
            "broadcast": thread_ts is not None and args.flag("reply_broadcast"),
        },
    )
    return {"ok": True, "channel": channel.id, "ts": message.ts, "message": message.to_slack(with_metadata=True)}


def _thread(channel: Channel, args: Arguments) -> str | None:
    """The thread to reply in; a reply's own ts leads to its parent, as in Slack."""
    ts = args.optional("thread_ts")
    if ts is None:
        return None
    parent = channel.messages.get(ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


@method("chat.postEphemeral", tier=4, scopes=("chat:write",))
def post_ephemeral(ctx: Context, args: Arguments) -> Json:
    channel = lookup.channel(ctx, args)
    user = args.required("user", "user_not_found")
    if ctx.config.person(user) is None:
        raise SlackError("user_not_found")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    fields = content.read(ctx, args)
    content.require_something(fields)
    message = ctx.post_as_bot(channel, {**fields, "thread_ts": args.optional("thread_ts"), "ephemeral_to": user})
    return {"ok": True, "message_ts": message.ts}


@method("chat.update", tier=3, scopes=("chat:write",))
def update(ctx: Context, args: Arguments) -> Json:
    message = _own(ctx, lookup.message(ctx, args), "cant_update_message")
    fields = content.read(ctx, args, limits.UPDATE_TEXT)
    if not any(args.has(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    revise(ctx, message, fields, args)
    return {
        "ok": True,
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message.to_slack(),
    }


def revise(ctx: Context, message: Message, fields: Json, args: Arguments) -> None:
    """Slack's way of updating: a text without blocks removes the blocks, attachments stay unless passed."""
    if args.has("text"):
        message.text = fields["text"]
    if args.has("blocks") or args.has("text"):
        message.blocks = fields["blocks"]
    if args.has("attachments"):
        message.attachments = fields["attachments"]
    if args.has("metadata"):
        message.metadata = fields["metadata"]
    message.edited = {"user": ctx.config.bot_user_id, "ts": ctx.state.next_ts()}
    ctx.state.changed(message)


@method("chat.delete", tier=3, scopes=("chat:write",))
def delete(ctx: Context, args: Arguments) -> Json:
    message = _own(ctx, lookup.message(ctx, args), "cant_delete_message")
    ctx.state.remove(message)
    return {"ok": True, "channel": message.channel, "ts": message.ts}


def _own(ctx: Context, message: Message, refusal: str) -> Message:
    if message.bot_id != ctx.config.bot_id:
        raise SlackError(refusal)
    return message


@method("chat.getPermalink", tier=0)
def get_permalink(ctx: Context, args: Arguments) -> Json:
    message = lookup.message(ctx, args, "message_ts")
    path = f"archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        path += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return {"ok": True, "channel": message.channel, "permalink": ctx.config.url(path)}
