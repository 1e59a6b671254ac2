"""Cursors: long lists are handed out in pages."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from ..errors import SlackError
from .arguments import Arguments

T = TypeVar("T")


def page(items: Sequence[T], args: Arguments, most: int, default: int = 100) -> tuple[list[T], str]:
    """The page that `cursor` and `limit` ask for, and the next page's cursor (empty at the end)."""
    limit = args.integer("limit", default) or default
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = _position(args.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), cursor


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise SlackError("invalid_cursor")
