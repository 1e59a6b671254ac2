"""Whole payloads: the blocks of a message, attachments, modals and home tabs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from .. import limits
from ..errors import Problem, SlackError
from ..messages import Json
from . import rich_text
from .elements import in_actions, in_context, in_input, in_section, one_picture
from .objects import plain, slack_file, text
from .schema import Check, Report, Surface, anything, array, boolean, both, one_of, record, string, tagged, url

ShowsFile = Callable[[Json], bool]


def _block(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return record({"type": one_of(kind), **required}, {"block_id": string(limits.BLOCK_ID), **(optional or {})})


def _says_something(value: Any, at: str, report: Report) -> None:
    if isinstance(value, dict) and "text" not in value and "fields" not in value:
        report.add("missing required field: text", at)


BLOCKS: dict[str, Check] = {
    "section": both(
        _block(
            "section",
            {},
            {
                "text": text(limits.SECTION_TEXT),
                "fields": array(text(limits.SECTION_FIELD_TEXT), limits.SECTION_FIELDS),
                "accessory": in_section,
                "expand": boolean,
            },
        ),
        _says_something,
    ),
    "divider": _block("divider", {}),
    "header": _block("header", {"text": plain(limits.HEADER_TEXT)}),
    "context": _block("context", {"elements": array(in_context, limits.CONTEXT_ELEMENTS)}),
    "actions": _block("actions", {"elements": array(in_actions, limits.ACTIONS_ELEMENTS)}),
    "image": both(
        _block(
            "image",
            {"alt_text": string(limits.ALT_TEXT)},
            {"image_url": url(limits.URL), "slack_file": slack_file, "title": plain(limits.IMAGE_TITLE)},
        ),
        one_picture,
    ),
    "input": _block(
        "input",
        {"label": plain(limits.INPUT_LABEL), "element": in_input},
        {"hint": plain(limits.INPUT_HINT), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": _block("rich_text", {"elements": rich_text.elements}),
    "markdown": _block("markdown", {"text": string(limits.MARKDOWN_TEXT)}),
}

_ON_SURFACE: dict[Surface, frozenset[str]] = {
    "message": frozenset(BLOCKS),
    "modal": frozenset(BLOCKS) - {"markdown"},
    "home": frozenset(BLOCKS) - {"markdown"},
}
_MOST: dict[Surface, int] = {
    "message": limits.MESSAGE_BLOCKS,
    "modal": limits.VIEW_BLOCKS,
    "home": limits.VIEW_BLOCKS,
}

_ATTACHMENT_TEXT = ("fallback", "text", "pretext", "title", "author_name", "footer", "color", "callback_id")


def check_message(blocks: Any, attachments: Any, shows_file: ShowsFile) -> None:
    """Raise SlackError (`invalid_blocks`, `invalid_attachments`, ...) unless a message may carry these."""
    report = Report("message", shows_file)
    check_block_list(blocks, "/blocks", report)
    if report.problems:
        raise SlackError("invalid_blocks", report.problems)
    if sum(len(item) for item in _all_texts(blocks)) > limits.MESSAGE_BLOCKS_TEXT:
        raise SlackError("msg_blocks_too_long")
    _check_attachments(attachments, shows_file)


def _check_attachments(attachments: Any, shows_file: ShowsFile) -> None:
    if not isinstance(attachments, list) or not all(isinstance(item, dict) for item in attachments):
        raise SlackError("invalid_attachments", [Problem("must provide an array of objects", "/attachments")])
    if len(attachments) > limits.MESSAGE_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    report = Report("message", shows_file)
    for index, attachment in enumerate(attachments):
        at = f"/attachments/{index}"
        if "blocks" in attachment:
            check_block_list(attachment["blocks"], f"{at}/blocks", report)
        for name in _ATTACHMENT_TEXT:
            if name in attachment and not isinstance(attachment[name], str):
                report.add("must be a string", f"{at}/{name}")
    if report.problems:
        raise SlackError("invalid_attachments", report.problems)
    if sum(len(item) for item in _all_texts(attachments)) > limits.MESSAGE_BLOCKS_TEXT:
        raise SlackError("msg_blocks_too_long")


def check_block_list(blocks: Any, at: str, report: Report) -> None:
    """Report what is wrong with the blocks of a surface, ids included."""
    surface = report.surface
    array(tagged(BLOCKS, _ON_SURFACE[surface]), _MOST[surface], least=0)(blocks, at, report)
    if isinstance(blocks, list):
        _check_ids(blocks, at, report)


def _check_ids(blocks: list[Any], at: str, report: Report) -> None:
    """Block ids are unique on a surface, action ids within a block, and one element at most takes the focus."""
    seen: set[str] = set()
    focused = 0
    for index, block in enumerate(item for item in blocks if isinstance(item, dict)):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            report.add(f"block_id `{block_id}` already exists", f"{at}/{index}/block_id")
        seen.add(str(block_id))
        actions: set[str] = set()
        for place, element in elements_of(block):
            action_id = element.get("action_id")
            if isinstance(action_id, str) and action_id in actions:
                report.add(f"action_id `{action_id}` already exists", f"{at}/{index}{place}/action_id")
            actions.add(str(action_id))
            focused += element.get("focus_on_load") is True
    if focused > 1:
        report.add("only one element may have focus_on_load", at)


def elements_of(block: Json) -> Iterator[tuple[str, Json]]:
    """The elements of a block with their place in it."""
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict):
            yield f"/{name}", block[name]
    if block.get("type") == "actions" and isinstance(block.get("elements"), list):
        for index, element in enumerate(block["elements"]):
            if isinstance(element, dict):
                yield f"/elements/{index}", element


def _all_texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _all_texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "text" and isinstance(item, str):
                yield item
            else:
                yield from _all_texts(item)


_COMMON_VIEW: dict[str, Check] = {
    "private_metadata": string(limits.PRIVATE_METADATA, 0),
    "callback_id": string(limits.CALLBACK_ID, 0),
    "external_id": string(limits.EXTERNAL_ID, 0),
}
_VIEWS: dict[str, Check] = {
    "modal": record(
        {"type": one_of("modal"), "title": plain(limits.VIEW_TITLE), "blocks": anything},
        {
            **_COMMON_VIEW,
            "submit": plain(limits.VIEW_BUTTON),
            "close": plain(limits.VIEW_BUTTON),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": record({"type": one_of("home"), "blocks": anything}, _COMMON_VIEW),
}


def check_view(view: Any, kind: Surface, shows_file: ShowsFile) -> None:
    """Raise SlackError (`invalid_arguments`, `view_too_large`) unless this is a view of the given kind."""
    report = Report(kind, shows_file)
    tagged(_VIEWS, {kind})(view, "/view", report)
    if isinstance(view, dict) and "blocks" in view:
        check_block_list(view["blocks"], "/view/blocks", report)
        if kind == "modal" and "submit" not in view and _has_input(view["blocks"]):
            report.add("missing required field: submit", "/view")
    if report.problems:
        raise SlackError("invalid_arguments", report.problems)
    if len(json.dumps(view).encode()) > limits.VIEW_BYTES:
        raise SlackError("view_too_large")


def _has_input(blocks: Any) -> bool:
    return isinstance(blocks, list) and any(
        isinstance(item, dict) and item.get("type") == "input" for item in blocks
    )
