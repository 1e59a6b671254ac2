"""Text from outside, made safe to show: it cannot mention, link, reorder or break what is around it."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

from core.text import shorten

_KEPT = "\n\t"
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TOKEN = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]*>")
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
MAX_URL = 2_500
_LOOK_ALIKES = str.maketrans("*_~`", "∗ˍ∼ˋ")
_MARKS = re.compile(r"[*`]|(?<![A-Za-z0-9])[_~]|[_~](?![A-Za-z0-9])")
"""What can begin or end bold, code, italic or struck text; within a word `_` and `~` do neither."""


def clean(text: str) -> str:
    """Without control characters, lone surrogates and marks that would change the direction of text around it."""
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if _is_shown(c))


def _is_shown(character: str) -> bool:
    if character in _KEPT:
        return True
    return character not in _BIDI_CONTROLS and unicodedata.category(character) not in ("Cc", "Cs")


def line(text: str) -> str:
    """Clean text on one line."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Clean text for mrkdwn: `& < >` as entities, so that nothing in it is a mention or a link."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person typed, from how Slack hands it on: `a &lt; b` was `a < b`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def inline(text: str, limit: int = 300) -> str:
    """Text from outside within a line of ours: one line, cut to `limit` of its own characters, escaped, unmarked."""
    return unmarked(escape(shorten(line(text), limit)))


def unmarked(text: str) -> str:
    """Text in which nothing begins or ends bold, italic, struck or code text, which would break ours around it: Slack
    knows no escape for its marks, so they become characters that look like them."""
    return _MARKS.sub(lambda found: found[0].translate(_LOOK_ALIKES), text)


def code(text: str, limit: int = 300) -> str:
    """Text from outside as inline code; a backtick in it would end the code early."""
    return f"`{escape(shorten(line(text), limit)).replace('`', 'ˋ') or ' '}`"


def remark(hidden: int) -> str:
    """What stands where text was cut."""
    return f"… {hidden:,} more character{'s' if hidden != 1 else ''}"


def cut(text: str, limit: int) -> str:
    """`text` (already escaped) in at most `limit` characters, ending with how many are missing.

    Never cuts inside an entity or a `<…>` reference: half of one would show as garbage, or swallow what follows.
    """
    if len(text) <= limit:
        return text
    room = limit - len(remark(len(text))) - 1
    if room < 1:
        return "…"[:limit]
    end = _boundary(text, room)
    return f"{text[:end].rstrip()} {remark(len(text) - end)}"


def _boundary(text: str, end: int) -> int:
    """The last place at or before `end` that is not inside an entity or a reference."""
    for token in _TOKEN.finditer(text):
        if token.start() >= end:
            break
        if token.end() > end:
            return token.start()
    return end


def web_address(url: str) -> str | None:
    """`url` if it is a web address that may stand in `<url|label>`, made of safe characters; None otherwise."""
    candidate = quote(line(url), safe=_URL_SAFE).replace("|", "%7C")
    try:
        parts = urlsplit(candidate)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(candidate) > MAX_URL:
        return None
    return candidate


def link(url: str, label: str) -> str:
    """A link if the address is one, else the label alone."""
    address, text = web_address(url), inline(label).replace("|", "¦")
    return f"<{address.replace('&', '&amp;')}|{text}>" if address else text


def pieces(text: str, limit: int) -> list[str]:
    """The whole of a text, escaped, in pieces of at most `limit` (> 5) characters."""
    done: list[str] = []
    current: list[str] = []
    size = 0
    for character in clean(text):
        safe = escape(character)
        if size + len(safe) > limit:
            done.append("".join(current))
            current, size = [], 0
        current.append(safe)
        size += len(safe)
    return [*done, "".join(current)]
