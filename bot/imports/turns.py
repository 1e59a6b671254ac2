"""Turns as another tool has them, as rotations and layers of ours. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

from core.config.fields import Weekday
from core.config.rotation import DAY, WEEK, Window
from core.oncall.working_hours import is_open, spans

HOUR = timedelta(hours=1)
DAYS = list(Weekday)
MOST_LAYERS = 8
MIDNIGHT = time()

Hours = dict[str, Any]
"""A window as the YAML has it: `days`, `from`, `to`."""


@dataclass(frozen=True)
class Turns:
    """People who take turns of `every`, the first from the wall clock's `begins` on, in the hours of `during` (always,
    if there are none)."""

    name: str
    members: tuple[str, ...]
    every: timedelta
    begins: datetime
    timezone: str
    during: tuple[Hours, ...] = ()

    def values(self, names: str) -> dict[str, Any]:
        """As a rotation or a layer has them."""
        weekly = {} if self.every % WEEK else {"on": DAYS[self.begins.weekday()].value}
        found: dict[str, Any] = {
            "id": names,
            "timezone": self.timezone,
            "every": self.every,
            "handoff": {**weekly, "at": self.begins.time()},
            "starts": self.begins.date(),
            "members": list(self.members),
        }
        return found | ({"during": list(self.during)} if self.during else {})


def fits(every: timedelta) -> bool:
    """Whether a rotation here may have turns of this length."""
    return HOUR <= every <= 52 * WEEK and not every % HOUR and not (every % DAY and DAY % every)


def rotation(
    ids: tuple[str, str], channel: str, turns: Sequence[tuple[str, Turns]], **more: Any
) -> dict[str, Any]:
    """One rotation (`ids` are its id and title): the first turns are its base, each later one goes before those
    before it."""
    (_, base), *layers = turns
    found = {"id": ids[0], "title": ids[1], **{k: v for k, v in base.values(ids[0]).items() if k != "id"}}
    found |= {"channel": channel, **more}
    return found | ({"layers": [each.values(name) for name, each in layers]} if layers else {})


def each_day(begins: time, lasts: timedelta, days: Sequence[int] = ()) -> list[Hours]:
    """Hours that begin at the same time, on some days (0 is Monday) or on all; none if that is always."""
    if lasts >= DAY and not days:
        return []
    end = (datetime.combine(date(2001, 1, 1), begins) + min(lasts, DAY)).time()
    named = {"days": [DAYS[day].value for day in days]} if days else {}
    return [{**named, "from": begins, "to": end}]


def each_week(day: int, begins: time, lasts: timedelta) -> list[Hours]:
    """Hours that begin once a week, cut at midnights where they are longer than a day; none if that is always."""
    if lasts >= WEEK:
        return []
    if lasts <= DAY:
        return each_day(begins, lasts, [day])
    whole = datetime(2001, 1, 1)  # a Monday  # noqa: DTZ001 - a wall clock
    start = datetime.combine((whole + timedelta(days=day)).date(), begins)
    found: dict[tuple[time, time], list[int]] = {}
    for opens, closes in _by_midnight(start, start + lasts):
        found.setdefault((opens.time(), closes.time()), []).append(opens.weekday())
    return [
        {"days": [DAYS[each].value for each in sorted(days)], "from": opens, "to": closes}
        for (opens, closes), days in found.items()
    ]


def _by_midnight(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        midnight = datetime.combine(start.date() + DAY, MIDNIGHT)
        yield start, min(midnight, end)
        start = midnight


def overlap(turns: Sequence[Turns], now: datetime) -> tuple[Turns, Turns] | None:
    """Two that have somebody on call at the same time in the coming two weeks."""
    for one, other in combinations(turns, 2):
        if any(_meet(each, other) for each in _open(one, now)):
            return one, other
    return None


def _windows(turns: Turns) -> list[Window]:
    return [Window.model_validate(each) for each in turns.during]


def _open(turns: Turns, now: datetime) -> list[tuple[datetime, datetime]]:
    until = now + 2 * WEEK
    return list(spans(_windows(turns), turns.timezone, now, until)) if turns.during else [(now, until)]


def _meet(span: tuple[datetime, datetime], other: Turns) -> bool:
    start, end = span
    windows = _windows(other)
    return (
        is_open(windows, other.timezone, start)
        or next(spans(windows, other.timezone, start, end), None) is not None
    )


def merged(hours: Sequence[Hours]) -> list[Hours]:
    """Hours that differ in their days alone, as one."""
    found: dict[tuple[Any, Any], Hours] = {}
    for each in hours:
        key = (each["from"], each["to"])
        if key in found and "days" in found[key] and "days" in each:
            found[key] = {**found[key], "days": list(dict.fromkeys([*found[key]["days"], *each["days"]]))}
        else:
            found[key] = each if key not in found else {k: v for k, v in each.items() if k != "days"}
    return list(found.values())
