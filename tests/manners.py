"""What is owed to everybody who reads a message: somebody who cannot see it, sleeps, or lives in another zone."""

import re
from collections.abc import Iterator
from typing import Any

from bot.workspace.messages import Message

LOUD = re.compile(r"<!(?:channel|here|everyone|subteam)\b")
CLOCK = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b(?! ?(?:UTC|\())")
TOKEN = re.compile(r"<!date\^[^>]*>|<https?://[^>]*>|`[^`]*`|[\d:]+ to [\d:]+ at home")
SPOKEN = re.compile(r"\w")
ALT_WORDS = 3


def problems(message: Message, *, may_be_loud: bool = False) -> list[str]:
    """What is wrong with a message's manners; only where a team's own YAML asks for it may one wake a channel."""
    shown = [message.blocks, message.attachments]
    found = []
    if any(shown) and not SPOKEN.search(message.text):
        found.append("no text for notifications and readers of screens")
    if not may_be_loud and LOUD.search(str([message.text, *shown])):
        found.append(f"wakes everybody: {[message.text, *shown]}"[:400])
    for node in _nodes(shown):
        kind = node.get("type")
        if kind == "image" and len(str(node.get("alt_text", "")).split()) < ALT_WORDS:
            found.append(f"a picture that nobody describes: {node.get('alt_text')!r}")
        if kind in ("mrkdwn", "plain_text") and not SPOKEN.search(_own_text(node)):
            found.append(f"no word, only a sign: {_own_text(node)!r}")
        if kind == "mrkdwn" and CLOCK.search(TOKEN.sub("", _own_text(node))):
            found.append(f"a time that is not the reader's: {_own_text(node)[:200]!r}")
    return found


def _own_text(node: dict[str, Any]) -> str:
    text = node.get("text", "")
    return str(text.get("text", "") if isinstance(text, dict) else text)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in inner:
        yield from _nodes(each)
