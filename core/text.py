"""Text that has to fit somewhere."""

from itertools import zip_longest

BREAK = "  "
"""At the end of a line of Markdown: the next one begins a new line."""


def shorten(text: str, limit: int) -> str:
    """At most `limit` (from 1) characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """With a full stop, unless it ends with a mark of its own."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def as_paragraphs(text: str) -> str:
    """Several lines for a Markdown document: each stays one, and none can begin a heading or a block of code."""
    lines = [f"\\{line}" if line.lstrip().startswith(("#", "```", "~~~")) else line for line in text.splitlines()]
    return "\n".join(
        line + BREAK if line.strip() and after.strip() else line
        for line, after in zip_longest(lines, lines[1:], fillvalue="")
    )


def in_minutes(minutes: float) -> str:
    """`5 min`; a tenth of a minute is no figure for people."""
    return f"{minutes:g} min" if minutes >= 1 else "under a minute"
