"""The content of a message as an app sends it, checked: text, blocks, attachments, metadata."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from .. import limits
from ..blocks.check import check_message
from ..blocks.fill import fill_ids
from ..context import Context
from ..errors import SlackError
from ..messages import Json
from . import lookup
from .arguments import Arguments


def read(ctx: Context, args: Arguments, most_text: int = limits.MESSAGE_TEXT) -> Json:
    """Fields for a Message. Attachments get ids; blocks and elements without ids are given some."""
    text = args.text("text")
    if len(text) > most_text:
        raise SlackError("msg_too_long")
    blocks = args.items("blocks", "invalid_blocks_format")
    attachments = args.items("attachments", "invalid_attachments")
    check_message(blocks, attachments, partial(lookup.shows_file, ctx))
    return {
        "text": text,
        "blocks": fill_ids(blocks, ctx.ids),
        "attachments": [_attachment(ctx, index, item) for index, item in enumerate(attachments, start=1)],
        "metadata": metadata(args),
    }


def require_something(content: Mapping[str, Any]) -> None:
    """A message must say something."""
    if not (content["text"].strip() or content["blocks"] or content["attachments"]):
        raise SlackError("no_text")


def metadata(args: Arguments) -> Json | None:
    """Message metadata: an event type and a flat enough payload."""
    value = args.object("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value.get("event_type"), str) or not isinstance(value.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value).encode()) > limits.METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return value


def _attachment(ctx: Context, index: int, item: Json) -> Json:
    filled = {"id": index, **item}
    if "blocks" in item:
        filled["blocks"] = fill_ids(item["blocks"], ctx.ids)
    filled.setdefault("fallback", "[no preview available]")
    return filled
