"""Values of interactive elements: how they start, how a choice is shaped, and whether a form is complete."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .. import limits
from ..blocks.check import elements_of
from ..messages import Json

# element type -> (the name of its value in `state`, the name of its initial value, whether it holds several)
_FIELDS: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "static_select": ("selected_option", "initial_option", False),
    "external_select": ("selected_option", "initial_option", False),
    "radio_buttons": ("selected_option", "initial_option", False),
    "overflow": ("selected_option", "", False),
    "users_select": ("selected_user", "initial_user", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "multi_users_select": ("selected_users", "initial_users", True),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", True),
    "multi_channels_select": ("selected_channels", "initial_channels", True),
    "file_input": ("files", "", True),
}
_HOLDS = {"selected_option": dict, "selected_options": dict, "files": dict, "selected_date_time": int}
"""Of what type a value is that is no text, by its name in `state`; of several, each."""

_STATELESS = frozenset({"overflow", "button", "image"})
_OFFERED = frozenset({"static_select", "radio_buttons", "overflow", "multi_static_select", "checkboxes"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def initial_state(blocks: Iterable[Json]) -> Json:
    """`state.values` of freshly shown blocks."""
    values: Json = {}
    for block in blocks:
        for _, element in elements_of(block):
            kind = element["type"]
            if kind in _STATELESS or kind not in _FIELDS:
                continue
            name, initial, many = _FIELDS[kind]
            value = element.get(initial, [] if many else None)
            values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": kind, name: value}
    return values


def merged(defaults: Json, given: Mapping[str, Any]) -> Json:
    """The defaults, with what was given for the same blocks and actions in their place."""
    return {
        block_id: {
            action_id: (given.get(block_id) or {}).get(action_id, value) for action_id, value in actions.items()
        }
        for block_id, actions in defaults.items()
    }


def entered(blocks: Iterable[Json], given: Mapping[str, Any]) -> Json:
    """What was entered, in the shape that each element has in `state`, by block and action.

    `given` is `{block_id: {action_id: value or state}}`, of an input also plainly `{block_id: value}`; what belongs to
    no element is left out. Raises ValueError when a value is none of its element.
    """
    found: Json = {}
    for block in blocks:
        elements = {each["action_id"]: each for _, each in elements_of(block) if each["type"] in _FIELDS}
        values = given.get(block.get("block_id", ""))
        if values is None or not elements:
            continue
        if not isinstance(values, dict) or not elements.keys() & values.keys():
            values = dict.fromkeys(elements, values) if block["type"] == "input" else {}
        found[block["block_id"]] = {
            name: shaped(elements[name], values[name]) for name in elements.keys() & values
        }
    return found


def offered(element: Json) -> list[Json]:
    """The options of a menu, groups opened up."""
    groups = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *groups]


def shaped(element: Json, value: Any) -> Json:
    """A plain value (`"high"`, a list of them, a date ...) in the shape that the element has in `state`.

    Raises ValueError when a menu does not offer it, or the element cannot hold it.
    """
    kind = element["type"]
    if isinstance(value, dict) and value.get("type") == kind:
        return _from_offer(element, value)
    if kind == "button":
        return {"type": kind, "value": value if value is not None else element.get("value")}
    name, _, many = _FIELDS[kind]
    wanted = list(value) if many and isinstance(value, (list, tuple)) else [value] if many else value
    if kind in _OFFERED:
        wanted = [_option(element, item) for item in wanted] if many else _option(element, wanted)
    elif "external" in kind and isinstance(value, str):
        wanted = {"text": {"type": "plain_text", "text": value}, "value": value}
    return _held(element, {"type": kind, name: wanted})


def _held(element: Json, state: Json) -> Json:
    """A state that its element can be in."""
    name, _, many = _FIELDS[element["type"]]
    value = state.get(name)
    one = _HOLDS.get(name, str)
    each = value if many and isinstance(value, list) else [] if value is None else [value]
    if (many and not isinstance(value, list)) or not all(isinstance(item, one) for item in each):
        raise ValueError(f"{element['action_id']} cannot hold {value!r}")
    return state


def _from_offer(element: Json, value: Json) -> Json:
    """Whoever clicks cannot make up a choice: it is taken from what the element offers."""
    kind = element["type"]
    if kind not in _OFFERED:
        return _held(element, value) if kind in _FIELDS else value
    name, _, many = _FIELDS[kind]
    chosen = value.get(name)
    if not chosen:
        return {"type": kind, name: [] if many else None}
    if many and not isinstance(chosen, list):
        raise ValueError(f"{element['action_id']} cannot hold {chosen!r}")
    return {"type": kind, name: [_option(element, item) for item in chosen] if many else _option(element, chosen)}


def _option(element: Json, wanted: Any) -> Json | None:
    if wanted is None:
        return None
    value = wanted.get("value") if isinstance(wanted, dict) else wanted
    for option in offered(element):
        if option["value"] == value or option["text"]["text"] == value:
            return option
    raise ValueError(f"{element['action_id']} does not offer {value!r}")


def value_of(state: Json | None) -> Any:
    """The value in an element's state, whatever its name there."""
    if state is None or state.get("type") not in _FIELDS:
        return None
    return state.get(_FIELDS[state["type"]][0])


def complaints(blocks: Iterable[Json], values: Json) -> dict[str, str]:
    """What Slack's own client would not let a person submit, by block id."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            state = values.get(block["block_id"], {}).get(element["action_id"])
            if text := _complaint(block, element, value_of(state)):
                found[block["block_id"]] = text
    return found


def _complaint(block: Json, element: Json, value: Any) -> str | None:
    if value in (None, "", []):
        return None if block.get("optional") else "Please complete this required field."
    if not isinstance(value, str):
        return None
    match element["type"]:
        case "plain_text_input":
            return _length_complaint(element, value)
        case "email_text_input":
            return None if _EMAIL.fullmatch(value) else "Please enter a valid email address."
        case "url_text_input":
            return None if value.startswith(("http://", "https://")) else "Please enter a valid URL."
        case "number_input":
            return _number_complaint(element, value)
    return None


def _length_complaint(element: Json, value: str) -> str | None:
    most, least = element.get("max_length", limits.INPUT_TEXT), element.get("min_length", 0)
    if len(value) > most:
        return f"Must be at most {most} characters."
    return f"Must be at least {least} characters." if len(value) < least else None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return "Please enter a number." if element.get("is_decimal_allowed") else "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return None
