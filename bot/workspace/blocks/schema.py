"""Small checks that compose into the schema of a block; each reports what is wrong and where."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from ..errors import Problem

Surface = Literal["message", "modal", "home"]


@dataclass(slots=True)
class Report:
    """Collects problems while a payload is checked; `shows_file` says whether a `slack_file` may be shown."""

    surface: Surface
    shows_file: Callable[[dict[str, Any]], bool] = lambda _: True
    problems: list[Problem] = field(default_factory=list)

    def add(self, message: str, pointer: str) -> None:
        self.problems.append(Problem(message, pointer))


Check = Callable[[Any, str, Report], None]


def string(most: int, least: int = 1) -> Check:
    """Text of `least` to `most` characters."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must be a string", at)
        elif len(value) > most:
            report.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", at)

    return check


def boolean(value: Any, at: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add("must be a boolean", at)


def integer(least: int, most: int) -> Check:
    """A whole number from `least` to `most`."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must be an integer", at)
        elif not least <= value <= most:
            report.add(f"must be between {least} and {most}", at)

    return check


def url(most: int) -> Check:
    """An absolute http(s) address."""

    def check(value: Any, at: str, report: Report) -> None:
        string(most)(value, at, report)
        if isinstance(value, str) and not _is_url(value):
            report.add("must be a valid URL", at)

    return check


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https", "mailto") and bool(parts.netloc or parts.path) and " " not in value


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, at: str, report: Report) -> None:
        if value not in allowed:
            report.add(f"must be one of: {', '.join(allowed)}", at)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items that all pass."""

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", at)
            return
        if len(value) > most:
            report.add(f"no more than {most} items allowed", at)
        elif len(value) < least:
            report.add(f"no fewer than {least} items allowed", at)
        for index, element in enumerate(value[:most]):
            item(element, f"{at}/{index}", report)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", at)
            return
        for name in required:
            if name not in value:
                report.add(f"missing required field: {name}", at)
        for name, content in value.items():
            if name not in known:
                report.add(f"invalid additional property: {name}", at)
            else:
                known[name](content, f"{at}/{name}", report)

    return check


def tagged(variants: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """An object whose `type` chooses its schema; other types are not supported here."""
    kinds = frozenset(variants if allowed is None else allowed)

    def check(value: Any, at: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", at)
        elif "type" not in value:
            report.add("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            report.add(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            variants[value["type"]](value, at, report)

    return check


def both(*checks: Check) -> Check:
    """Several checks of the same value."""

    def check(value: Any, at: str, report: Report) -> None:
        for each in checks:
            each(value, at, report)

    return check


def anything(value: Any, at: str, report: Report) -> None:
    """Checked elsewhere."""
