"""What Slack's payloads must look like before anything reads them, and text that every database can hold. Pure."""

from typing import Annotated, Any

import msgspec

from bot.slack.inbound import Json, Kind, kind_of

DEEPEST = 100
"""Slack's payloads nest about fifteen levels; far deeper ones would exhaust the interpreter's stack."""

Text = Annotated[str, msgspec.Meta(min_length=1)]


class MisshapenError(ValueError):
    """A payload that is not shaped as Slack shapes it."""


class _Named(msgspec.Struct):
    id: Text


class _Option(msgspec.Struct):
    value: str | None = None


class _Element(msgspec.Struct):
    value: str | None = None
    selected_option: _Option | None = None


class _Acted(_Element, kw_only=True):
    action_id: Text


class _Container(msgspec.Struct):
    channel_id: str | None = None
    thread_ts: str | None = None


class _Message(msgspec.Struct):
    ts: str | None = None
    thread_ts: str | None = None
    text: str | None = None


class _State(msgspec.Struct):
    values: dict[str, dict[str, _Element]]


class _Block(msgspec.Struct):
    type: str
    block_id: str | None = None


class _View(msgspec.Struct):
    type: str | None = None
    blocks: list[_Block] = []


class _Submitted(msgspec.Struct):
    id: Text
    callback_id: str
    state: _State
    blocks: list[_Block]
    private_metadata: str = ""
    hash: str | None = None


class _Event(msgspec.Struct):
    type: Text
    user: str | Json | None = None
    channel: str | Json | None = None
    text: str | None = None


class _Command(msgspec.Struct):
    command: Text
    user_id: Text
    text: str = ""
    channel_id: str = ""


class _Interaction(msgspec.Struct):
    user: _Named
    trigger_id: str | None = None
    response_url: str | None = None
    channel: _Named | None = None
    container: _Container | None = None
    message: _Message | None = None


class _Click(_Interaction, kw_only=True):
    actions: Annotated[list[_Acted], msgspec.Meta(min_length=1)]
    view: _View | None = None


class _Submission(_Interaction, kw_only=True):
    view: _Submitted


class _Shortcut(_Interaction, kw_only=True):
    callback_id: Text


class _Happened(msgspec.Struct):
    event_id: Text
    event: _Event


_SHAPES: dict[Kind, type[msgspec.Struct]] = {
    Kind.COMMAND: _Command,
    Kind.ACTION: _Click,
    Kind.SUBMISSION: _Submission,
    Kind.SHORTCUT: _Shortcut,
    Kind.EVENT: _Happened,
}


def check(body: Any) -> None:
    """Raises MisshapenError unless everything that is read of a payload of this kind is there and of its type.

    What nobody here listens to only has to be an object.
    """
    if not isinstance(body, dict) or not body:
        raise MisshapenError("not an object")
    kind = kind_of(readable(body))
    if kind is None:
        return
    try:
        msgspec.convert(body, _SHAPES[kind])
    except msgspec.ValidationError as error:
        raise MisshapenError(str(error)) from None


def readable(body: Json) -> Json:
    """The payload with U+FFFD for what databases refuse in a text: NUL, and halves of surrogate pairs.

    Raises MisshapenError when it is nested too deeply.
    """
    made: Json = _readable(body, 0)
    return made


def _readable(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise MisshapenError(f"nested more than {DEEPEST} levels deep")
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(name): _readable(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_readable(each, depth + 1) for each in value]
    return value


def _storable(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}")
