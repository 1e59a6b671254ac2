"""Blocks, elements and views that are just right, and what the workspace says of those that are not."""

from collections.abc import Callable
from typing import Any

from bot.workspace.blocks.check import check_message, check_view
from bot.workspace.errors import SlackError

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": mrkdwn("x"), **fields}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(element: Json, **fields: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **fields}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **fields}


def option(name: str = "a", **fields: Any) -> Json:
    return {"text": plain(name), "value": name, **fields}


def menu(**fields: Any) -> Json:
    return {"type": "static_select", "action_id": "menu", "options": [option()], **fields}


def confirm(**fields: Any) -> Json:
    dialog = {"title": plain("Sure?"), "text": plain("Really."), "confirm": plain("Yes"), "deny": plain("No")}
    return dialog | fields


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": [section()]} | fields


def message_problems(*blocks: Any) -> list[str]:
    return _problems("invalid_blocks", lambda: check_message(list(blocks), [], lambda _: False))


def view_problems(view: Any, kind: Any = "modal") -> list[str]:
    return _problems("invalid_arguments", lambda: check_view(view, kind, lambda _: False))


def _problems(error: str, check: Callable[[], None]) -> list[str]:
    """What a check complains of; any other refusal than the expected one fails the test."""
    try:
        check()
    except SlackError as refusal:
        if refusal.error != error:
            raise
        return refusal.problems
    return []
