"""Reading Slack's payloads: what kind, which delivery, who, where. Pure."""

import hashlib
import json
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

CREDENTIALS = ("token", "trigger_id", "authorizations")
"""Parts of a payload that are not stored: they are secrets, or worthless a moment later."""


class Kind(StrEnum):
    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    SHORTCUT = "shortcut"
    EVENT = "event"


_KINDS = {
    "block_actions": Kind.ACTION,
    "view_submission": Kind.SUBMISSION,
    "shortcut": Kind.SHORTCUT,
    "message_action": Kind.SHORTCUT,
    "event_callback": Kind.EVENT,
}


def kind_of(body: Json) -> Kind | None:
    """The kind of a payload, or None for those that nobody here listens to."""
    return Kind.COMMAND if "command" in body else _KINDS.get(str(body.get("type", "")))


def _part(body: Json, name: str) -> Json:
    """An object inside the payload; empty when there is none."""
    return body.get(name) or {}


def key_of(kind: Kind, body: Json) -> str:
    """The name of this delivery: a second one of the same name is the same request."""
    if kind is Kind.EVENT:
        return f"event:{body['event_id']}"
    if kind is Kind.SUBMISSION:
        view = body["view"]
        return f"view:{view['id']}:{view.get('hash', '')}:{user_of(body)}:{_digest(view['state'])}"
    return f"{kind}:{body.get('trigger_id') or _digest(body)}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def kept(body: Json) -> Json:
    """What is stored of a payload: enough to carry it out later."""
    done = {name: value for name, value in body.items() if name not in CREDENTIALS}
    if done.get("message"):
        names = ("ts", "thread_ts", "text", "user")
        done["message"] = {name: body["message"][name] for name in names if name in body["message"]}
    return done


def user_of(body: Json) -> str:
    """The Slack id of the person who caused this."""
    event = _part(body, "event")
    return str(body.get("user_id") or _part(body, "user").get("id") or event.get("user") or "")


def channel_of(body: Json) -> str | None:
    """The Slack id of the channel it happened in; None for modals and the Home tab."""
    container, event = _part(body, "container"), _part(body, "event")
    found = body.get("channel_id") or _part(body, "channel").get("id") or container.get("channel_id")
    found = found or event.get("channel")
    return str(found) if found else None


def thread_of(body: Json) -> str | None:
    """The thread it happened in, if it did in one; a thread's first message stands in the channel."""
    message, event = _part(body, "message"), _part(body, "event")
    found = message.get("thread_ts") or _part(body, "container").get("thread_ts") or event.get("thread_ts")
    return str(found) if found and found != message.get("ts") else None


def route_of(kind: Kind, body: Json) -> str:
    """What the handlers are found by: the command, the action's id, the modal's callback or the event's type."""
    match kind:
        case Kind.COMMAND:
            return str(body["command"])
        case Kind.ACTION:
            return str(body["actions"][0]["action_id"]).partition(":")[0]
        case Kind.SUBMISSION:
            return str(body["view"]["callback_id"])
        case Kind.SHORTCUT:
            return str(body["callback_id"])
        case Kind.EVENT:
            return str(body["event"]["type"])


def chosen(body: Json) -> str:
    """The value of the button that was clicked, or of the option that was chosen."""
    action = body["actions"][0]
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or "")


def entered(body: Json) -> dict[str, str]:
    """What was entered in a modal, by block id; what was left empty is missing. Times are seconds since 1970."""
    found: dict[str, str] = {}
    for block_id, elements in body["view"]["state"]["values"].items():
        for element in elements.values():
            option = element.get("selected_option") or {}
            value = element.get("value") or option.get("value") or element.get("selected_date_time")
            if value:
                found[block_id] = str(value)
    return found


def given_files(body: Json) -> list[str]:
    """The ids of the files that were given in a modal, in order."""
    values = body["view"]["state"]["values"].values()
    given = [file for elements in values for element in elements.values() for file in element.get("files") or ()]
    return [str(file["id"]) for file in given if isinstance(file, dict) and file.get("id")]


RANGE = 50
"""How many ids `3-5` may stand for."""


def number_in(text: str) -> int | None:
    """The id in `12`, `#12` or `12 and more`; None when there is none."""
    word = text.strip().split(" ")[0].lstrip("#")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


def number_among(text: str) -> int | None:
    """The id that `text` begins with, or the only one among its words."""
    found = [
        number for word in text.replace(",", " ").split() if (number := number_in(word.strip("?!.:"))) is not None
    ]
    return number_in(text) or (found[0] if len(found) == 1 else None)


def numbers_in(text: str) -> list[int]:
    """The ids that a text begins with, where there are several: `1, 2 and 4`, `3-5`; those behind other words do not
    count."""
    found: list[int] = []
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        start, end = number_in(first), number_in(last)
        if dash and start is not None and end is not None and 0 <= end - start < RANGE:
            found += range(start, end + 1)
        elif not dash and start is not None:
            found.append(start)
        elif word.lower() not in ("and", "&", "+"):
            break
    return found


def first_input(view: Json) -> str | None:
    """The block next to which an error of the whole modal can be shown."""
    return next((str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"), None)


def metadata(body: Json) -> str:
    """What the form carried along: the id of what it is about, or more as JSON."""
    return str(body["view"].get("private_metadata") or "")


def in_home(body: Json) -> bool:
    """Whether it was clicked in the Home tab."""
    return "actions" in body and _part(body, "view").get("type") == "home"
