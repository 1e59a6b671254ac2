"""Ids that Slack makes up where the app gave none."""

import itertools
from typing import Any

from ..messages import Json
from .check import elements_of

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def fill_ids(blocks: list[Json], counter: "itertools.count[int]") -> list[Json]:
    """Copies of the blocks in which each block has a block_id and each interactive element an action_id."""
    filled = [_copied(block) for block in blocks]
    for block in filled:
        if not block.get("block_id"):
            block["block_id"] = _short(next(counter))
        for _, element in elements_of(block):
            if element.get("type") != "image" and not element.get("action_id"):
                element["action_id"] = _short(next(counter))
    return filled


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def _short(number: int) -> str:
    """A five-character id; distinct numbers below 62^5 give distinct ids."""
    number = (number * 387_420_489 + 123_456_789) % len(_DIGITS) ** 5
    digits = []
    for _ in range(5):
        number, rest = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[rest])
    return "".join(digits)
