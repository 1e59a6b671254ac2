"""File upload in three steps: ask for a place, send the bytes there, complete it (and perhaps share it)."""

from functools import partial
from typing import Any

from ..context import Context
from ..errors import SlackError
from ..files import StoredFile
from ..messages import Json
from ..state import Channel
from .arguments import Arguments
from .registry import method


@method("files.getUploadURLExternal", tier=4, scopes=("files:write",))
def get_upload_url(ctx: Context, args: Arguments) -> Json:
    name = args.required("filename")
    length = args.integer("length", 0)
    if length < 1:
        raise SlackError("invalid_arguments", ["must be greater than 1 [json-pointer:/length]"])
    created = int(ctx.clock.now().timestamp())
    file = ctx.files.reserve(name, length, args.text("alt_txt"), created)
    return {"ok": True, "upload_url": ctx.config.url(f"upload/v1/{file.upload_key}"), "file_id": file.id}


@method("files.completeUploadExternal", tier=4, scopes=("files:write",))
def complete_upload(ctx: Context, args: Arguments) -> Json:
    given = args.items("files", "invalid_arguments")
    if not given:
        raise SlackError("invalid_arguments", ["missing required field: files"])
    files = [_uploaded(ctx, item) for item in given]
    channels = [_target(ctx, channel_id) for channel_id in args.words("channels") or args.words("channel_id")]
    thread_ts = args.optional("thread_ts")
    for item, file in zip(given, files, strict=True):
        ctx.files.complete(file, item.get("title"))
        ctx.state.announce("file", file)
    for channel in channels:
        _share(ctx, channel, files, args.text("initial_comment"), thread_ts)
    return {"ok": True, "files": [ctx.files.describe(file) for file in files]}


def _uploaded(ctx: Context, item: Any) -> StoredFile:
    file = ctx.files.get(str(item.get("id"))) if isinstance(item, dict) else None
    if file is None or file.content is None or file.completed:
        raise SlackError("file_not_found")
    return file


def _target(ctx: Context, channel_id: str) -> Channel:
    channel = ctx.state.find_channel(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if ctx.config.bot_user_id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _share(ctx: Context, channel: Channel, files: list[StoredFile], comment: str, thread_ts: str | None) -> None:
    """Post the files as one message once the last of them is processed, as Slack does."""
    if thread_ts is not None and thread_ts not in channel.messages:
        raise SlackError("thread_not_found")
    waiting = {file.id for file in files}

    def processed(file: StoredFile) -> None:
        waiting.discard(file.id)
        if waiting:
            return
        fields: Json = {
            "text": comment,
            "thread_ts": thread_ts,
            "files": [ctx.files.describe(item) for item in files],
        }
        message = ctx.post_as_bot(channel, fields)
        for item in files:
            item.shares.setdefault(channel.id, []).append({"ts": message.ts, "thread_ts": thread_ts})

    for file in files:
        ctx.files.when_processed(file, partial(processed, file))


@method("files.info", tier=4, scopes=("files:read",))
def info(ctx: Context, args: Arguments) -> Json:
    file = ctx.files.get(args.required("file", "file_not_found"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"ok": True, "file": ctx.files.describe(file)}
