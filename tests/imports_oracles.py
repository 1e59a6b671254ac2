"""Who is on call by what Grafana OnCall and PagerDuty document, read off wall clocks without any of our rules."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, FR, HOURLY, MO, SA, SU, TH, TU, WE, WEEKLY, rrule

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ICAL = {"MO": MO, "TU": TU, "WE": WE, "TH": TH, "FR": FR, "SA": SA, "SU": SU}
FREQUENCIES = {"hourly": HOURLY, "daily": DAILY, "weekly": WEEKLY}


def wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def pagerduty(schedule: Mapping[str, Any], at: datetime) -> str | None:
    """By the first layer of the API's list, which is PagerDuty's last, that is in force and within its restrictions."""
    zone = schedule["time_zone"]
    for layer in schedule["schedule_layers"]:
        if layer["end"] and datetime.fromisoformat(layer["end"]) <= at:
            continue
        now = wall(at, zone)
        if layer["restrictions"] and not any(_restricted(each, now) for each in layer["restrictions"]):
            continue
        begun = wall(datetime.fromisoformat(layer["rotation_virtual_start"]), zone)
        turn = (now - begun) // timedelta(seconds=layer["rotation_turn_length_seconds"])
        return str(layer["users"][turn % len(layer["users"])]["user"]["id"])
    return None


def _restricted(rule: Mapping[str, Any], now: datetime) -> bool:
    """Whether one of the periods that begin at the rule's time, in the week before, reaches to now."""
    begins = datetime.strptime(rule["start_time_of_day"], "%H:%M:%S").time()  # noqa: DTZ007 - a wall clock
    for back in range(8):
        start = datetime.combine((now - back * DAY).date(), begins)
        on_its_day = rule["type"] == "daily_restriction" or start.isoweekday() == rule["start_day_of_week"]
        if on_its_day and start <= now < start + timedelta(seconds=rule["duration_seconds"]):
            return True
    return False


def grafana(shifts: Sequence[Mapping[str, Any]], schedule_zone: str, start: datetime, end: datetime) -> "Grafana":
    return Grafana([(int(each["level"]), _Events(each, schedule_zone, start, end)) for each in shifts])


class Grafana:
    """The shifts of one schedule: of those that overlap the highest level counts."""

    def __init__(self, leveled: list[tuple[int, "_Events"]]) -> None:
        self._leveled = leveled

    def at(self, instant: datetime) -> set[str]:
        here = [(level, who) for level, events in self._leveled for who in events.at(instant)]
        top = max((level for level, _ in here), default=0)
        return {who for level, who in here if level == top}


class _Events:
    """The events of one shift, expanded by its recurrence rule (RFC 5545) around some weeks."""

    def __init__(self, shift: Mapping[str, Any], zone: str, start: datetime, end: datetime) -> None:
        self._zone = shift.get("time_zone") or zone
        self._lasts = timedelta(seconds=shift["duration"])
        first, last = wall(start, self._zone) - 3 * WEEK, wall(end, self._zone) + DAY
        self._events = [each for each in _expanded(shift, last) if each[0] >= first]

    def at(self, instant: datetime) -> set[str]:
        now = wall(instant, self._zone)
        return {who for begins, who in self._events if begins <= now < begins + self._lasts}


def _expanded(shift: Mapping[str, Any], until: datetime) -> Iterator[tuple[datetime, str]]:
    """Each event with the person of its group: groups take the periods in turn, from the index on."""
    groups = [group[0] for group in shift["rolling_users"]]
    index = shift["start_rotation_from_user_index"]
    queue = groups[index:] + groups[:index]
    interval, begins = shift["interval"], datetime.fromisoformat(shift["start"])
    days = shift["by_day"] or []
    names = list(ICAL)
    week = names.index(shift["week_start"])
    if days and names[begins.weekday()] not in days:
        first = min((names.index(day) for day in days), key=lambda day: (day - week) % 7)
        begins += (first - begins.weekday()) % 7 * DAY
    by_event = shift["frequency"] == "daily" and bool(days)
    rule = rrule(
        FREQUENCIES[shift["frequency"]],
        dtstart=begins,
        until=until,
        interval=1 if by_event else interval,
        wkst=ICAL[shift["week_start"]],
        byweekday=[ICAL[day] for day in days] or None,
    )
    monday = begins.date() - (begins.weekday() - week) % 7 * DAY
    for number, event in enumerate(rule):
        if shift["frequency"] == "weekly":
            turn = (event.date() - monday).days // 7 // interval
        else:
            turn = number // interval if by_event else number
        yield event, queue[turn % len(queue)]


def near_a_change(zones: Sequence[str], at: datetime) -> bool:
    """Within three hours of a change of one of the clocks, where times are skipped or come twice."""
    reach = timedelta(hours=3)
    return any(
        (at - reach).astimezone(ZoneInfo(zone)).utcoffset() != (at + reach).astimezone(ZoneInfo(zone)).utcoffset()
        for zone in zones
    )


def hours(start: datetime, weeks: int = 8) -> Iterator[datetime]:
    """The middle of every hour."""
    for number in range(weeks * 7 * 24):
        yield start.astimezone(UTC) + timedelta(hours=number, minutes=30)
