"""PagerDuty's Events API v2: what its senders send, what it answers, and what it finds wrong."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from bot.http.ingest.exchange import RejectError, Reply, answer
from core.changes.event import LOOSE

MAX_EVENT = 512 * 1024
"""Bytes of one event, as PagerDuty limits it."""

MAX_KEY = 255
MAX_SUMMARY = 1_024

Text = Annotated[str, msgspec.Meta(min_length=1)]
Summary = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SUMMARY)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_KEY)]
Severity = Literal["critical", "error", "warning", "info"]


class Link(msgspec.Struct, gc=False):
    href: str
    text: str | None = None


class Image(msgspec.Struct, gc=False):
    src: str
    href: str | None = None
    alt: str | None = None


class TriggerPayload(msgspec.Struct, rename={"kind": "class"}):
    """What is wrong."""

    summary: Summary
    source: Text
    severity: Severity
    timestamp: str | None = None
    component: str | None = None
    group: str | None = None
    kind: str | None = None
    custom_details: Any = None


class Event(msgspec.Struct):
    """What every event says; its `payload` counts for a trigger only."""

    event_action: Literal["trigger", "acknowledge", "resolve"]
    routing_key: str = ""
    dedup_key: Annotated[str, msgspec.Meta(max_length=MAX_KEY)] | None = None


class Trigger(msgspec.Struct):
    """Something is wrong."""

    payload: TriggerPayload
    client: str | None = None
    client_url: str | None = None
    links: list[Link] | None = None
    images: list[Image] | None = None


class PostedEvent(msgspec.Struct):
    """A whole event, as it is documented; a `payload` is read of a trigger only."""

    routing_key: Text
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: Key | None = None
    payload: TriggerPayload | None = None
    client: str | None = None
    client_url: str | None = None
    links: list[Link] | None = None
    images: list[Image] | None = None


class ChangePayload(msgspec.Struct):
    """What changed."""

    summary: Summary
    source: str | None = None
    timestamp: str | None = None
    custom_details: Any = None


class ChangePosted(msgspec.Struct):
    """Something changed."""

    payload: ChangePayload
    routing_key: str = ""
    links: list[Link] | None = None


T = TypeVar("T")


def read(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as the decoder's type; raises RejectError with PagerDuty's 400 that names what is wrong."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RejectError(invalid(_where(str(error)))) from None


def _where(message: str) -> str:
    """`Expected `str`, got `int` - at `$.payload.summary`` as PagerDuty starts it: with the place."""
    what, _, place = message.partition(" - at `$.")
    return f"'{place.rstrip('`')}' is invalid: {what}" if place else message


def invalid(*errors: str) -> Reply:
    return answer({"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}, 400)


def accepted(dedup_key: str) -> Reply:
    return answer({"status": "success", "message": "Event processed", "dedup_key": dedup_key}, 202)


CHANGE_ACCEPTED = answer({"status": "success", "message": "Change event processed"}, 202)
LOOSE_CHANGE_ACCEPTED = answer({"status": "success", "message": "Change event processed", "hint": LOOSE}, 202)
"""Of a change that names no pipeline that is declared."""


def stated_time(text: str | None) -> datetime | None:
    """A sender's time, which some clients write as `…+00:00Z`; None for one that nobody can read."""
    for written in (text or "", (text or "").removesuffix("Z")):
        try:
            at = datetime.fromisoformat(written)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def told(details: Any, limit: int) -> dict[str, str]:
    """Custom details as texts by name; those beyond `limit` names are kept as one JSON text."""
    if details is None:
        return {}
    if not isinstance(details, Mapping):
        return {"custom_details": _text(details)}
    found = {str(name): _text(value) for name, value in details.items() if value not in (None, "")}
    if len(found) <= limit:
        return found
    names = list(found)
    rest = {name: details[name] for name in names[limit - 1 :]}
    return {**{name: found[name] for name in names[: limit - 1]}, "custom_details": _text(rest)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def extras(trigger: Trigger) -> Iterator[tuple[str, str]]:
    """What an event says beside its details, kept as annotations; not its time, which is about when it arrives."""
    payload = trigger.payload
    yield "title", payload.summary
    yield "source", payload.source
    yield "client", trigger.client or ""
    yield "links", "\n".join(f"{link.text or ''} {link.href}".strip() for link in trigger.links or [])
    yield "images", "\n".join(f"{image.alt or ''} {image.src}".strip() for image in trigger.images or [])
