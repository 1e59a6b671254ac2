"""A change as its sender told it, checked and cut to size."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

MAX_SUMMARY = 1_024
MAX_TEXT = 2_000
MAX_DETAILS = 32
MAX_LINKS = 10

LOOSE = (
    "No pipeline of the YAML is named, so this stands in shift reports and beside alerts of no pipeline, and in no "
    "thread."
)
"""What the sender of such a change is told."""

REPEAT = timedelta(minutes=10)
"""How long the same words of the same sender count as a repeat: a request sent again as its answer was lost."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """An address, and what it is called."""

    href: str
    text: str = ""


class ChangeEvent(msgspec.Struct, frozen=True, gc=False):
    """Something that changed. `pipeline` is None when it names none that we know; `digest` is equal for repeats."""

    source: str
    summary: str
    pipeline: str | None
    at: datetime
    links: tuple[Link, ...]
    details: Mapping[str, str]
    digest: str


def change_event(
    source: str,
    summary: str,
    pipeline: str | None,
    at: datetime,
    *,
    links: Iterable[Link] = (),
    details: Mapping[str, str] | None = None,
    repeats: str,
) -> ChangeEvent:
    """A change with its texts cut to size. `repeats` is equal for two requests that tell the same change: the
    sender's id of the delivery, or the body."""
    kept = tuple(Link(_cut(link.href), _cut(link.text)) for link in links)[:MAX_LINKS]
    told = {_cut(name): _cut(value) for name, value in list((details or {}).items())[:MAX_DETAILS]}
    digest = blake2b(f"{source}\x00{repeats}".encode(errors="replace"), digest_size=16).hexdigest()
    return ChangeEvent(source, _cut(summary, MAX_SUMMARY), pipeline, at, kept, told, digest)


def _cut(text: str, limit: int = MAX_TEXT) -> str:
    """NUL has no place in a PostgreSQL text."""
    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
