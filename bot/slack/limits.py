"""Slack's limits, enforced on the final JSON: over one of them the whole message would be refused.

What is too long is cut and counted. Blocks are copied, never changed in place. Where text has to go, buttons stay.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.slack.escape import clean, cut

Json = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_TEXT = 12_500
"""All text of a message; Slack refuses somewhere above 13,000."""
FALLBACK_TEXT = 3_000
NO_TEXT = "(no text)"
"""Slack refuses a message that says nothing."""
VIEW_TEXT, VIEW_BYTES = 200_000, 240_000
"""Slack refuses a view of more than 250 KB."""
SECTION, FIELD, FIELDS, HEADER, CONTEXT_TEXT, CONTEXT_ELEMENTS = 3_000, 2_000, 10, 150, 2_000, 10
ELEMENTS, BUTTON, VALUE, ID, URL = 25, 75, 2_000, 255, 3_000
OPTIONS, OPTION, OPTION_VALUE, CHOICES, OVERFLOW, PLACEHOLDER = 100, 75, 150, 10, 5, 150
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
LABEL, HINT, INITIAL, ALT, VIEW_TITLE, METADATA = 2_000, 2_000, 3_000, 2_000, 24, 3_000

_CHOOSERS = {"static_select": OPTIONS, "multi_static_select": OPTIONS, "overflow": OVERFLOW}
_CHOOSERS |= {"radio_buttons": CHOICES, "checkboxes": CHOICES}


@dataclass
class Budget:
    """How much text a message may still hold."""

    left: int = MESSAGE_TEXT

    def take(self, text: str, limit: int) -> str:
        kept = cut(text, max(min(limit, self.left), 1))
        self.left = max(0, self.left - len(kept))
        return kept


def fit_message(text: str, blocks: list[Json], attachments: list[Json]) -> Json:
    """`text`, `blocks` and `attachments` of a message that Slack will take."""
    budget = Budget()
    body: Json = {"text": cut(clean(text).strip(), FALLBACK_TEXT) or NO_TEXT}
    body["blocks"] = fit_blocks(blocks, MESSAGE_BLOCKS, budget)
    room = MESSAGE_BLOCKS - len(body["blocks"])
    body["attachments"] = [
        {**item, "fallback": cut(clean(item.get("fallback", text)), FALLBACK_TEXT), "blocks": fitted}
        for item in attachments
        if (fitted := fit_blocks(item.get("blocks", []), room, budget))
    ]
    return body


def fit_view(view: Json) -> Json:
    """A modal or Home tab that Slack will take."""
    blocks = fit_blocks(view["blocks"], VIEW_BLOCKS, Budget(VIEW_TEXT))
    fitted = {**view, "blocks": _within_bytes(blocks, VIEW_BYTES)}
    for part in ("title", "submit", "close"):
        if part in view:
            fitted[part] = _text(view[part], VIEW_TITLE)
    if len(view.get("private_metadata", "")) > METADATA:
        raise ValueError("private_metadata carries ids only; this is longer than Slack takes")
    return fitted


def fit_blocks(blocks: list[Json], most: int, budget: Budget) -> list[Json]:
    """At most `most` blocks, each within its limits; interactive ones are kept first, the rest is counted."""
    reserved = sum(_interactive_text(block) for block in blocks)
    budget.left -= min(reserved, budget.left)
    fitted = _distinct([done for block in blocks if (done := _block(block, budget))])
    if len(fitted) <= most:
        return fitted
    keep = _keep(fitted, most - 1)
    notice = _notice(len(fitted) - len(keep))
    at = next((i for i, block in enumerate(keep) if block["type"] == "actions"), len(keep))
    return [*keep[:at], notice, *keep[at:]] if most > 0 else []


def _notice(hidden: int) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": f"… {hidden:,} more parts are not shown"}]}


def _within_bytes(blocks: list[Json], most: int) -> list[Json]:
    """The blocks as far as their JSON fits, and how many are missing: a character may take twelve bytes."""
    size = 0
    for index, block in enumerate(blocks):
        size += len(json.dumps(block)) + 2
        if size > most:
            return [*blocks[:index], _notice(len(blocks) - index)]
    return blocks


def _keep(blocks: list[Json], most: int) -> list[Json]:
    """The first blocks, and every interactive one."""
    interactive = [block for block in blocks if block["type"] in ("actions", "input")][: max(most, 0)]
    room = max(most - len(interactive), 0)
    kept: list[Json] = []
    for block in blocks:
        if block["type"] in ("actions", "input"):
            kept += [block] if any(block is item for item in interactive) else []
        elif room:
            kept, room = [*kept, block], room - 1
    return kept


def _distinct(blocks: list[Json]) -> list[Json]:
    """No block id twice: a second one goes, and Slack makes up its own."""
    seen: set[str] = set()
    out = []
    for block in blocks:
        if (block_id := block.get("block_id")) in seen:
            block = {key: value for key, value in block.items() if key != "block_id"}
        elif block_id:
            seen.add(block_id)
        out.append(block)
    return out


def _interactive_text(block: Json) -> int:
    """About how much text the buttons of this block need."""
    return 100 * len(block.get("elements", [])) if block["type"] == "actions" else 0


def _block(block: Json, budget: Budget) -> Json | None:
    fitters: dict[str, Callable[[Json, Budget], Json | None]] = {
        "section": _section,
        "header": _header,
        "context": _context,
        "actions": _actions,
        "input": _input,
        "image": _image,
    }
    fit = fitters.get(block["type"])
    done = fit(block, budget) if fit else dict(block)
    if done and "block_id" in done:
        done["block_id"] = done["block_id"][:ID]
    return done


def _section(block: Json, budget: Budget) -> Json | None:
    done = {key: value for key, value in block.items() if key not in ("text", "fields", "accessory")}
    if text := _text_or_none(block.get("text"), SECTION, budget):
        done["text"] = text
    if block.get("fields"):
        fields = [_text_or_none(item, FIELD, budget) for item in block["fields"][:FIELDS]]
        done["fields"] = [item for item in fields if item]
    if accessory := _element(block["accessory"]) if "accessory" in block else None:
        done["accessory"] = accessory
    return done if done.get("text") or done.get("fields") else None


def _header(block: Json, budget: Budget) -> Json | None:
    text = _text_or_none(block["text"], HEADER, budget)
    return {**block, "text": text} if text else None


def _context(block: Json, budget: Budget) -> Json | None:
    elements = [
        _text_or_none(item, CONTEXT_TEXT, budget) if "text" in item else item
        for item in block["elements"][:CONTEXT_ELEMENTS]
    ]
    kept = [item for item in elements if item]
    return {**block, "elements": kept} if kept else None


def _actions(block: Json, _budget: Budget) -> Json | None:
    elements = [done for item in block["elements"][:ELEMENTS] if (done := _element(item))]
    return {**block, "elements": elements} if elements else None


def _input(block: Json, _budget: Budget) -> Json | None:
    element = _element(block["element"])
    if element is None:
        return None
    done = {**block, "label": _text(block["label"], LABEL), "element": element}
    if "hint" in block:
        done["hint"] = _text(block["hint"], HINT)
    return done


def _image(block: Json, budget: Budget) -> Json:
    done = {**block, "alt_text": budget.take(clean(block["alt_text"]), ALT) or "picture"}
    return done | ({"title": _text(block["title"], ALT)} if "title" in block else {})


def _element(element: Json) -> Json | None:
    """A button, menu or input within limits; None for a menu without options, which Slack refuses."""
    done = dict(element)
    if "text" in done:
        done["text"] = _text(done["text"], BUTTON)
    if "placeholder" in done:
        done["placeholder"] = _text(done["placeholder"], PLACEHOLDER)
    if len(done.get("value", "")) > VALUE:
        raise ValueError("a button's value carries ids only; this is longer than Slack takes")
    if "initial_value" in done:
        done["initial_value"] = clean(done["initial_value"])[: min(INITIAL, done.get("max_length", INITIAL))]
    if "initial_option" in done:
        done["initial_option"] = _option(done["initial_option"])
    if "confirm" in done:
        done["confirm"] = {
            **done["confirm"],
            **{
                part: _text(done["confirm"][part], most)
                for part, most in CONFIRM.items()
                if part in done["confirm"]
            },
        }
    if done["type"] in _CHOOSERS:
        done["options"] = [_option(item) for item in done.get("options", [])[: _CHOOSERS[done["type"]]]]
        if done.get("initial_option") not in done["options"]:
            done.pop("initial_option", None)
        return done if done["options"] else None
    return done


def _option(option: Json) -> Json:
    if len(option["value"]) > OPTION_VALUE:
        raise ValueError("an option's value carries ids only; this is longer than Slack takes")
    return {**option, "text": _text(option["text"], OPTION)}


def _text(text: Json, limit: int) -> Json:
    """A short text of ours: cut with an ellipsis, never empty."""
    value = clean(text["text"])
    short = value if len(value) <= limit else value[: limit - 1].rstrip() + "…"
    return {**text, "text": short or "–"}


def _text_or_none(text: Json | None, limit: int, budget: Budget) -> Json | None:
    if text is None or not clean(text["text"]).strip() or budget.left <= 0:
        return None
    return {**text, "text": budget.take(clean(text["text"]), limit)}
