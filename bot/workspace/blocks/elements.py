"""The interactive elements, and which of them a block may hold."""

import re
from typing import Any

from .. import limits
from .objects import confirm, option, option_groups, options, plain, slack_file, text
from .schema import Check, Report, array, boolean, both, integer, one_of, record, string, tagged, url

_COMMON: dict[str, Check] = {"action_id": string(limits.ACTION_ID), "confirm": confirm, "focus_on_load": boolean}
_PLACEHOLDER: dict[str, Check] = {"placeholder": plain(limits.PLACEHOLDER)}
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _matching(pattern: re.Pattern[str], example: str) -> Check:
    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            report.add(f"must be formatted like {example}", at)

    return check


def _element(kind: str, required: dict[str, Check], optional: dict[str, Check], *without: str) -> Check:
    common = {name: check for name, check in _COMMON.items() if name not in without}
    return record({"type": one_of(kind), **required}, {**common, **optional})


def _one_source(value: Any, at: str, report: Report) -> None:
    if isinstance(value, dict) and ("options" in value) == ("option_groups" in value):
        report.add("must provide exactly one of: options, option_groups", at)


def _initial_is_offered(value: Any, at: str, report: Report) -> None:
    """An initial choice must be one of the options, exactly as it is offered."""
    if not isinstance(value, dict) or not isinstance(value.get("options", []), list):
        return
    groups = value.get("option_groups") or []
    offered = [*value.get("options", [])]
    offered += [item for group in groups if isinstance(group, dict) for item in group.get("options") or []]
    one = [value["initial_option"]] if "initial_option" in value else []
    many = value.get("initial_options", [])
    if any(item not in offered for item in [*one, *(many if isinstance(many, list) else [])]):
        report.add("initial option must match one of the options", at)


def _static(kind: str, initial: dict[str, Check]) -> Check:
    source: dict[str, Check] = {"options": options(limits.OPTIONS, "plain_text"), "option_groups": option_groups}
    return both(_element(kind, {}, {**source, **initial, **_PLACEHOLDER}), _one_source, _initial_is_offered)


def _menu(kind: str, extra: dict[str, Check]) -> Check:
    return _element(kind, {}, {**extra, **_PLACEHOLDER})


_ID = string(255)
_IDS = array(_ID, 100)
_MANY: dict[str, Check] = {"max_selected_items": integer(1, 100)}
_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_CONVERSATION: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_ONE_REPLY: dict[str, Check] = {"response_url_enabled": boolean}
_INITIAL_OPTION: dict[str, Check] = {"initial_option": option("plain_text")}
_INITIAL_OPTIONS: dict[str, Check] = {"initial_options": options(limits.OPTIONS, "plain_text")}

button = _element(
    "button",
    {"text": plain(limits.BUTTON_TEXT)},
    {
        "value": string(limits.BUTTON_VALUE),
        "url": url(limits.URL),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(limits.ACCESSIBILITY_LABEL),
    },
    "focus_on_load",
)

overflow = _element(
    "overflow",
    {"options": options(limits.OVERFLOW_OPTIONS, "plain_text", with_url=True)},
    {},
    "focus_on_load",
)


def _choices(kind: str, initial: dict[str, Check]) -> Check:
    return both(_element(kind, {"options": options(limits.CHOICE_OPTIONS)}, initial), _initial_is_offered)


_DISPATCH = record({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
_TYPED: dict[str, Check] = {**_PLACEHOLDER, "dispatch_action_config": _DISPATCH}


def _typed(kind: str, required: dict[str, Check], extra: dict[str, Check]) -> Check:
    return _element(kind, required, {**_TYPED, **extra}, "confirm")


image = both(
    record(
        {"type": one_of("image"), "alt_text": string(limits.ALT_TEXT)},
        {"image_url": url(limits.URL), "slack_file": slack_file},
    ),
    lambda value, at, report: one_picture(value, at, report),
)


def one_picture(value: Any, at: str, report: Report) -> None:
    """An image names its picture by exactly one of two ways."""
    if isinstance(value, dict) and ("image_url" in value) == ("slack_file" in value):
        report.add("must provide exactly one of: image_url, slack_file", at)


ELEMENTS: dict[str, Check] = {
    "button": button,
    "overflow": overflow,
    "image": image,
    "static_select": _static("static_select", _INITIAL_OPTION),
    "multi_static_select": _static("multi_static_select", {**_INITIAL_OPTIONS, **_MANY}),
    "external_select": _menu("external_select", {**_INITIAL_OPTION, "min_query_length": integer(0, 255)}),
    "multi_external_select": _menu(
        "multi_external_select", {**_INITIAL_OPTIONS, **_MANY, "min_query_length": integer(0, 255)}
    ),
    "users_select": _menu("users_select", {"initial_user": _ID}),
    "multi_users_select": _menu("multi_users_select", {"initial_users": _IDS, **_MANY}),
    "conversations_select": _menu(
        "conversations_select", {"initial_conversation": _ID, **_CONVERSATION, **_ONE_REPLY}
    ),
    "multi_conversations_select": _menu(
        "multi_conversations_select", {"initial_conversations": _IDS, **_CONVERSATION, **_MANY}
    ),
    "channels_select": _menu("channels_select", {"initial_channel": _ID, **_ONE_REPLY}),
    "multi_channels_select": _menu("multi_channels_select", {"initial_channels": _IDS, **_MANY}),
    "datepicker": _menu("datepicker", {"initial_date": _matching(_DATE, "2013-02-08")}),
    "timepicker": _menu("timepicker", {"initial_time": _matching(_TIME, "09:30"), "timezone": string(255)}),
    "datetimepicker": _element("datetimepicker", {}, {"initial_date_time": integer(10**9, 10**10 - 1)}),
    "radio_buttons": _choices("radio_buttons", {"initial_option": option()}),
    "checkboxes": _choices("checkboxes", {"initial_options": options(limits.CHOICE_OPTIONS)}),
    "plain_text_input": _typed(
        "plain_text_input",
        {},
        {
            "initial_value": string(limits.INPUT_TEXT, 0),
            "multiline": boolean,
            "min_length": integer(0, limits.INPUT_TEXT),
            "max_length": integer(1, limits.INPUT_TEXT),
        },
    ),
    "email_text_input": _typed("email_text_input", {}, {"initial_value": string(limits.INPUT_TEXT)}),
    "url_text_input": _typed("url_text_input", {}, {"initial_value": url(limits.URL)}),
    "number_input": _typed(
        "number_input",
        {"is_decimal_allowed": boolean},
        {"initial_value": string(255), "min_value": string(255), "max_value": string(255)},
    ),
    "file_input": _element(
        "file_input",
        {},
        {"filetypes": array(string(20), 100), "max_files": integer(1, limits.FILE_INPUT_FILES)},
        "confirm",
        "focus_on_load",
    ),
}

MENUS = frozenset(kind for kind in ELEMENTS if kind.endswith("_select"))
_EVERYWHERE = MENUS | {"datepicker", "timepicker", "radio_buttons", "checkboxes"}
TYPED = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})

in_actions = tagged(ELEMENTS, _EVERYWHERE | {"button", "overflow", "datetimepicker"})
in_section = tagged(ELEMENTS, _EVERYWHERE | {"button", "overflow", "image"})
in_input = tagged(ELEMENTS, _EVERYWHERE | TYPED | {"datetimepicker", "file_input"})
in_context = tagged({"image": image, "mrkdwn": text(limits.CONTEXT_TEXT), "plain_text": text(limits.CONTEXT_TEXT)})
