"""Field types that the YAML files share: durations, times of day, weekdays, zones."""

import re
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhdw])")
LONGEST = timedelta(days=3660)
"""Ten years; far beyond, sums of instants and durations leave the calendar."""


class Model(BaseModel):
    """Base of everything read from YAML: frozen, and unknown keys are errors (they are usually typos)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def parse_duration(value: Any) -> timedelta:
    """`90s`, `15m`, `2h`, `3d`, `1w` or a sum such as `1h30m`; ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().lower()
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError(f"“{value}” is not a duration; write for example 90s, 15m, 2h, 3d or 1h30m")
    total = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    if total > LONGEST:
        raise ValueError(f"“{value}” is longer than {LONGEST.days} days")
    return total


def _parse_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    try:
        found = time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'“{value}” is not a time of day; write it in quotes, for example "09:00"') from None
    if found.tzinfo is not None:
        raise ValueError(f"“{value}” has a zone of its own; write the time alone, it is in “timezone”")
    return found


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for the folder of a region, such as America
        raise ValueError(f"“{name}” is not a time zone; write for example Europe/Berlin or UTC") from None
    return name


def _known_id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value):
        raise ValueError(f"“{value}” is not an id; use lower-case letters, digits, - and _ (at most 63)")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("this is blank; write what people call it")
    return value.strip()


def _reference(value: str) -> str:
    """Says nothing of the value: it may be the secret itself."""
    if not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", value):
        raise ValueError("this is no reference to a secret; write env:NAME or file:/path, never the secret itself")
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


T = TypeVar("T")
OneOrMore = Annotated[tuple[T, ...], BeforeValidator(_listed)]
"""One value, or a list of them while an old and a new one are both good."""

SecretRef = Annotated[str, AfterValidator(_reference)]
"""Where a secret is found when the server starts: `env:NAME`, or `file:/path`."""


def _calendar(value: str) -> str:
    """Says nothing of the value: an address may be secret itself."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value) and not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value):
        raise ValueError("a calendar is read by http(s), without a password in its address, or from a file")
    if value.startswith(("env:", "file:")):
        return _reference(value)
    if not value or "\n" in value:
        raise ValueError("name a calendar: https://…, {here}/name.ics, or env:NAME where the address is secret")
    return value


CalendarRef = Annotated[str, AfterValidator(_calendar)]
"""An iCalendar: its address, the path of its file, or `env:NAME` / `file:/path` that hold a secret address."""


@dataclass(frozen=True)
class Shape:
    """A text that matches `pattern` as a whole; others are told `what` it should be. What may be secret is not
    `shown`."""

    pattern: str
    what: str
    shown: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._fits, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^({self.pattern})$"}

    def _fits(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise ValueError(f"{f'“{value}”' if self.shown else 'this'} is not {self.what}")
        return value


WebAddress = Annotated[
    str, Shape(r"https?://\S+", "the address of a page; it begins with https:// or http://", shown=False)
]
UserGroupId = Annotated[
    str, Shape("S[A-Z0-9]{2,}", "the id of a Slack user group, such as S0123ABCD (at the end of its address)")
]

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TimeOfDay = Annotated[time, BeforeValidator(_parse_time)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Id = Annotated[str, AfterValidator(_known_id)]
Name = Annotated[str, AfterValidator(_said)]
"""What people call something: never blank."""


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @cached_property
    def number(self) -> int:
        """0 for Monday, as `datetime.weekday()` counts."""
        return list(Weekday).index(self)


class Every(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


class CatchUp(StrEnum):
    """What to do with firings that fell into downtime.

    ALL runs each of them, oldest first; LATEST only the newest; NONE waits for the next.
    """

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


class Schedule(Model):
    """When something happens, on the wall clock of `timezone`."""

    every: Every
    at: TimeOfDay = Field(default_factory=lambda: _parse_time("00:00"))
    on: Weekday = Weekday.MONDAY
    timezone: ZoneName = "UTC"
    catch_up: CatchUp = CatchUp.LATEST

    @property
    def spoken(self) -> str:
        """`every Monday at 09:30 (America/New_York)`, `every hour`."""
        if self.every is Every.HOUR:
            return "every hour" if not self.at.minute else f"every hour at minute {self.at.minute}"
        day = self.on.value.capitalize() if self.every is Every.WEEK else self.every.value
        return f"every {day} at {self.at:%H:%M} ({self.timezone})"
