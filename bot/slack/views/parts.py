"""The few pieces of Block Kit that our messages are made of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.slack.escape import web_address
from bot.slack.ids import Action, numbered
from bot.slack.rendered import Json
from core.text import plural as plural  # one of the pieces of a text

PICTURE = "file:"
"""A picture that the sender still has to upload: `slack_file.id` is this and its path."""


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    """Formatted text; `verbatim` keeps Slack from making links and mentions out of bare words."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str, accessory: Json | None = None) -> Json:
    return {"type": "section", "text": mrkdwn(text), **({"accessory": accessory} if accessory else {})}


def context(*texts: str) -> Json:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts if text]}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text)}


def divider() -> Json:
    return {"type": "divider"}


def actions(block_id: str, *elements: Json | None) -> Json:
    """A row of buttons and menus; None stands for one that does not fit the state."""
    return {"type": "actions", "block_id": block_id, "elements": [item for item in elements if item]}


def button(
    text: str, action_id: str, value: object, *, style: str | None = None, confirm: Json | None = None
) -> Json:
    """A button; its value carries ids only."""
    done: Json = {"type": "button", "text": plain(text), "action_id": action_id, "value": str(value)}
    if style:
        done["style"] = style
    if confirm:
        done["confirm"] = confirm
    return done


def link_button(text: str, url: str) -> Json | None:
    """A button that opens an address; None when the address is none."""
    address = web_address(url)
    if address is None:
        return None
    name = numbered(Action.LINK, text.lower().replace(" ", "_"))
    return {"type": "button", "text": plain(text), "action_id": name, "url": address}


def menu_buttons(block_id: str, choices: Sequence[tuple[str, str]]) -> Json:
    """Buttons that run a command: (label, command). Their action ids differ within a view, too."""
    named = ((f"{block_id}-{number}", *choice) for number, choice in enumerate(choices))
    return actions(block_id, *(menu_button(label, name, command) for name, label, command in named))


def menu_button(label: str, name: str, command: str) -> Json:
    """One of them; `name` tells it from the others of its message or view."""
    return button(label, numbered(Action.MENU, name), command)


def confirm(title: str, text: str, yes: str, *, danger: bool = False) -> Json:
    done: Json = {"title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain("Cancel")}
    return done | ({"style": "danger"} if danger else {})


def option(text: str, value: object) -> Json:
    return {"text": plain(text), "value": str(value)}


def select(action_id: str, placeholder: str, options: list[Json], initial: Json | None = None) -> Json:
    done: Json = {"type": "static_select", "action_id": action_id, "placeholder": plain(placeholder)}
    return done | {"options": options} | ({"initial_option": initial} if initial else {})


def overflow(action_id: str, options: list[Json]) -> Json:
    """The ⋯ menu: up to five things that are wanted less often."""
    return {"type": "overflow", "action_id": action_id, "options": options}


def picture(path: Path | str, alt: str) -> Json:
    """A picture on this machine's disk, uploaded when the message is sent."""
    return {"type": "image", "slack_file": {"id": f"{PICTURE}{path}"}, "alt_text": alt}


def when(at: datetime, style: str = "{date_short_pretty}, {time}") -> str:
    """A time that Slack shows in the reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{style}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def day(at: datetime) -> str:
    """A calendar day as it was in UTC: a window's name must not change with the reader's zone."""
    return f"{at.astimezone(UTC):%a %-d %b %Y}"


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"


def modal(callback_id: str, title: str, blocks: list[Json], *, submit: str | None = None, data: str = "") -> Json:
    view: Json = {"type": "modal", "callback_id": callback_id, "title": plain(title), "blocks": blocks}
    view["close"] = plain("Cancel" if submit else "Close")
    return view | ({"submit": plain(submit)} if submit else {}) | ({"private_metadata": data} if data else {})


def text_input(
    block_id: str, label: str, *, initial: str = "", long: bool = False, optional: bool = False, most: int = 0
) -> Json:
    """A field to type in; `most` characters, by default 250 in one line and 3,000 in several."""
    most = most or (3000 if long else 250)
    element: Json = {"type": "plain_text_input", "action_id": Action.INPUT, "multiline": long, "max_length": most}
    if initial:
        element["initial_value"] = initial
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }


def time_input(block_id: str, label: str, initial: datetime | None, *, optional: bool = False) -> Json:
    """A moment, picked in the zone of whoever picks it."""
    element: Json = {"type": "datetimepicker", "action_id": Action.INPUT}
    element |= {"initial_date_time": int(initial.timestamp())} if initial else {}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": optional}


def select_input(
    block_id: str, label: str, options: list[Json], initial: Json | None = None, *, optional: bool = False
) -> Json:
    element = select(Action.INPUT, "Choose", options, initial)
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": optional}


def file_input(block_id: str, label: str, types: Sequence[str]) -> Json:
    """A place for one file of these types; it may be left empty."""
    element = {"type": "file_input", "action_id": Action.INPUT, "filetypes": list(types), "max_files": 1}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, "optional": True}
