"""Text that has to fit somewhere."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import zip_longest

BREAK = "  "
"""At the end of a line of Markdown: the next one begins a new line."""


def shorten(text: str, limit: int) -> str:
    """At most `limit` (from 1) characters; what was cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def percent(share: float) -> str:
    """Whole percents, but never 0% or 100% for what is neither."""
    if 0 < share < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < share < 1 else f"{share:.0%}"


def plural(number: int, noun: str) -> str:
    """“1 page”, “1,200 pages”, “2 misses”."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{'' if number == 1 else ending}"


def listed(names: Sequence[str], most: int) -> str:
    """“a”, “a, b and c”; of more than `most` (from 1) names the first so many: “a, b and 138 more”."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join([part for part in (", ".join(names[:-1]), *names[-1:]) if part])


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


def length(span: timedelta) -> str:
    """`2 days 3 h`, `1 h 5 min`, `4 min`; less than that is no figure for people."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return plural(days, "day") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "less than a minute"


def as_written(span: timedelta) -> str:
    """`1h30m`, as the YAML writes it."""
    seconds = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def in_minutes(minutes: float) -> str:
    """The same of so many minutes."""
    return length(timedelta(minutes=minutes))
