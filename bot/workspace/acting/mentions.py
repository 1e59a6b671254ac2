"""Slack's text escapes: what a person types, what is stored, and whom a stored text mentions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..messages import Message

_REFERENCE = re.compile(r"<(?:@|#|!subteam\^)([A-Z0-9]+)(?:\|[^>]*)?>|<!(channel|here|everyone)(?:\|[^>]*)?>")
_TYPED_NAME = re.compile(r"(?<![\w@])([@#])([\w.-]+)")


def escape(text: str) -> str:
    """`& < >` as Slack stores them, so that text from outside cannot mention or link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str, names: Mapping[str, str]) -> str:
    """What somebody typed, as it is stored: `@name` becomes a mention, everything else is escaped.

    References that the client's completion already put in (`<@U1>`, `<!here>`) stay. `names` maps `@name` and
    `#name` to the reference.
    """
    parts: list[str] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        parts += [_resolve(escape(text[end : match.start()]), names), match.group(0)]
        end = match.end()
    parts.append(_resolve(escape(text[end:]), names))
    return "".join(parts)


def _resolve(text: str, names: Mapping[str, str]) -> str:
    def reference(match: re.Match[str]) -> str:
        name = match.group(0)
        bare = name.rstrip(".-")
        found = names.get(name.lower()) or names.get(bare.lower())
        return match.group(0) if found is None else found + ("" if name.lower() in names else name[len(bare) :])

    return _TYPED_NAME.sub(reference, text)


def texts(value: Any) -> Iterable[str]:
    """Every mrkdwn or rich text reference in blocks, as Slack would parse it; plain_text mentions nobody."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        match value:
            case {"type": "mrkdwn", "text": str(text)} | {"type": "markdown", "text": str(text)}:
                yield text
            case {"type": "user", "user_id": str(user_id)}:
                yield f"<@{user_id}>"
            case {"type": "usergroup", "usergroup_id": str(group_id)}:
                yield f"<!subteam^{group_id}>"
            case {"type": "broadcast", "range": str(everyone)}:
                yield f"<!{everyone}>"
            case _:
                yield from texts(list(value.values()))


def mentioned(message: Message) -> set[str]:
    """Ids of the people and groups that a message mentions; `channel`, `here`, `everyone` stand for themselves."""
    blocks = message.blocks or [block for item in message.attachments for block in item.get("blocks", [])]
    sources = [*texts(blocks)] if message.blocks else [message.text, *texts(blocks)]
    found: set[str] = set()
    for source in sources:
        found |= {match.group(1) or match.group(2) for match in _REFERENCE.finditer(source)}
    return found
