"""What is wrong with a value of the YAML, in words that say what to write instead. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from core.nearest import nearest

MAX_SHOWN = 40
"""Characters of a value that are repeated."""


def said(error: Mapping[str, Any]) -> str:
    """The message about one of pydantic's errors: its own words where they are ours, else what they come to."""
    kind, message = str(error["type"]), str(error["msg"])
    if kind in WORDS:
        message = WORDS[kind](error)
    return message.removeprefix("Value error, ").replace("Input should", "this should", 1)


def _value(error: Mapping[str, Any]) -> str:
    text = str(error["input"])
    return f"“{text[:MAX_SHOWN]}…”" if len(text) > MAX_SHOWN else f"“{text}”"


def _none_of(error: Mapping[str, Any]) -> str:
    known = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
    near = nearest(str(error["input"]), known, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"{_value(error)} is none of {', '.join(known)}{meant}"


def _not(what: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda error: f"{_value(error)} is not {what}"


def _no_list(error: Mapping[str, Any]) -> str:
    plain = isinstance(error["input"], str | int | float)
    return "this should be a list" + (f"; write [{error['input']}]" if plain else "")


WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda error: f"“{error['loc'][-1]}” is missing; add it",
    "enum": _none_of,
    "literal_error": _none_of,
    "list_type": _no_list,
    "tuple_type": _no_list,
    "frozen_set_type": _no_list,
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _not("a whole number")),
    **dict.fromkeys(("float_parsing", "float_type"), _not("a number; write it for example as 0.75")),
    **dict.fromkeys(("bool_parsing", "bool_type"), _not("true or false")),
    **dict.fromkeys(
        ("date_parsing", "date_from_datetime_parsing", "date_type", "date_from_datetime_inexact"),
        _not("a date; write it for example as 2026-01-31"),
    ),
    "string_type": lambda _: "this should be a text; put it in quotes",
    **dict.fromkeys(("model_type", "dict_type"), lambda _: "there should be “key: value” lines here"),
}
