"""A shift of Grafana OnCall as turns: what its recurrence means, and why some cannot be carried. Pure.

The public documentation and RFC 5545 say what a shift means: with `rolling_users` the k-th period from `start` is of
the k-th group of people (from `start_rotation_from_user_index` on), a period being `interval` hours, days or weeks;
daily shifts with `by_day` pass on from one of these days to the next. Weeks begin on `week_start`. All of it is on the
wall clock of `time_zone`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import lcm
from typing import Any

from bot.imports.turns import HOUR, Hours, Turns, each_day, each_week, fits, merged
from core.config.rotation import DAY, WEEK

ICAL_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PERIODS = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}
MOST_MEMBERS = 370
GAPS = "between its turns nobody is on call for days, and hours here recur every week"


class CannotError(Exception):
    """Why a shift has no turns here."""


def turns(shift: Mapping[str, Any], name: str, members: Sequence[str], timezone: str) -> Turns:
    """The shift's turns; `members` are its groups in their order, each by the person who is on call for it."""
    rule = _Rule(shift)
    if shift.get("by_month") or shift.get("by_monthday") or rule.frequency not in PERIODS:
        raise CannotError("months have no turns here")
    if not members:
        raise CannotError("it has nobody")
    queue = _from(members, int(shift.get("start_rotation_from_user_index") or 0))
    made = {
        "hourly": _hourly,
        "daily": _by_days if rule.days else _daily,
        "weekly": _by_weekdays if rule.days else _weekly,
    }[rule.frequency](rule, queue)
    every, begins, who, hours = made
    if not fits(every):
        raise CannotError("turns are whole days or weeks here, or hours that divide a day")
    return Turns(name, tuple(who), every, begins, timezone, tuple(merged(hours)))


Made = tuple[timedelta, datetime, Sequence[str], list[Hours]]


class _Rule:
    def __init__(self, shift: Mapping[str, Any]) -> None:
        self.frequency = str(shift.get("frequency") or "")
        self.interval = int(shift.get("interval") or 1)
        self.lasts = timedelta(seconds=int(shift.get("duration") or 0))
        self.days = sorted({ICAL_DAYS.index(each) for each in shift.get("by_day") or []})
        self.week = ICAL_DAYS.index(str(shift.get("week_start") or "SU"))
        self.begins = self._first(datetime.fromisoformat(str(shift["start"])).replace(tzinfo=None))
        self.period = PERIODS.get(self.frequency, DAY) * self.interval

    def _first(self, start: datetime) -> datetime:
        """The first of its days, in the order of its week, where it does not begin on one."""
        if not self.days or start.weekday() in self.days:
            return start
        wanted = min(self.days, key=lambda day: (day - self.week) % 7)
        return start + timedelta(days=(wanted - start.weekday()) % 7)


def _hourly(rule: _Rule, queue: Sequence[str]) -> Made:
    if rule.lasts < rule.period or rule.days:
        raise CannotError(GAPS)
    return rule.period, rule.begins, queue, []


def _daily(rule: _Rule, queue: Sequence[str]) -> Made:
    if rule.interval == 1:
        return DAY, rule.begins, queue, each_day(rule.begins.time(), rule.lasts)
    return _whole(rule, queue)


def _weekly(rule: _Rule, queue: Sequence[str]) -> Made:
    if rule.interval == 1:
        hours = each_week(rule.begins.weekday(), rule.begins.time(), rule.lasts)
        return WEEK, rule.begins, queue, hours
    return _whole(rule, queue)


def _whole(rule: _Rule, queue: Sequence[str]) -> Made:
    if rule.lasts < rule.period:
        raise CannotError(GAPS)
    return rule.period, rule.begins, queue, []


def _by_weekdays(rule: _Rule, queue: Sequence[str]) -> Made:
    if rule.interval > 1:
        raise CannotError(GAPS)
    if len(set(queue)) > 1 and rule.lasts > DAY:
        raise CannotError("its hours reach from one turn into the next")
    since = (rule.begins.weekday() - rule.week) % 7
    return WEEK, rule.begins - timedelta(days=since), queue, _on(rule)


def _by_days(rule: _Rule, queue: Sequence[str]) -> Made:
    """A turn for each calendar day, until people and days come round together; days between are of whoever was last."""
    if len(set(queue)) == 1:
        return DAY, rule.begins, queue[:1], _on(rule)
    if rule.lasts > DAY:
        raise CannotError("its hours reach from one turn into the next")
    weeks = lcm(len(rule.days), len(queue) * rule.interval) // len(rule.days)
    if weeks * 7 > MOST_MEMBERS:
        raise CannotError(f"people and days come round together only after {weeks} weeks")
    return DAY, rule.begins, list(_day_by_day(rule, queue, rule.begins.date(), weeks * 7)), _on(rule)


def _day_by_day(rule: _Rule, queue: Sequence[str], first: date, count: int) -> Iterator[str]:
    events = -1
    for number in range(count):
        if (first + timedelta(days=number)).weekday() in rule.days:
            events += 1
        yield queue[events // rule.interval % len(queue)]


def _on(rule: _Rule) -> list[Hours]:
    found = [each_week(day, rule.begins.time(), rule.lasts) for day in rule.days]
    whole = not all(found) or (len(rule.days) == 7 and rule.lasts >= DAY)
    return [] if whole else [hours for each in found for hours in each]


def _from(members: Sequence[str], index: int) -> list[str]:
    first = index if 0 <= index < len(members) else 0
    return [*members[first:], *members[:first]]
