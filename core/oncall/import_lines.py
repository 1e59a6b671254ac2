"""Shifts or absences that somebody typed, one a line or as YAML, with the line of whatever is wrong. Pure.

    maya 2030-12-24 to 2030-12-27 skiing
    jonas: 2030-12-28 09:00 to 2031-01-04 09:00

or a list of `{person: maya, from: 2030-12-24, to: 2030-12-27, why: skiing}`. Absences by days last to the end of the
last one; shifts by days change hands at the rotation's hour.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from core.config.declared import Person, Role
from core.config.named import find_person, near_people
from core.config.rotation import Rotation
from core.config.team import Team
from core.nearest import nearest
from core.oncall.calendar_in import Held
from core.oncall.holiday_file import CalendarError, one_line
from core.runs.schedule import instant_of

MOST = 300
"""How many shifts or absences one list may have."""

TOLD = 5
"""How many mistakes are told at once."""

KEYS = ("person", "from", "to", "why")
AHEAD, LONG = timedelta(days=14), timedelta(days=3)
"""What is written as an example lies so far ahead, and is so long."""

_AT = r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?"
_LINE = re.compile(
    rf"(?:[-*•]\s+)?(?:(?P<person>\D.*?)\s*[:,]?\s+)?(?P<start>{_AT})"
    rf"(?:\s*(?:to|until|till|–|—|-|\.\.|,|\s)\s*(?P<end>{_AT}|\d{{1,2}}:\d{{2}}))?(?:\s*[,;:#]\s*|\s+|$)(?P<why>.*)"
)
_YAML = re.compile(r"\s*(?:\[|\{|-\s*\{|(?:-\s*)?(?:person|from|to|why)\s*:)")


@dataclass(frozen=True)
class Clock:
    """On whose clock days and times are, and at what time a day begins: for shifts the hour of the handoff."""

    zone: str
    begins: time = time()
    whole_days: bool = True
    """Whether a last day is one of the days, as of a vacation, or the day on which another takes over."""


@dataclass(frozen=True)
class _Typed:
    """One entry as it was typed."""

    line: int
    person: str
    start: str
    end: str
    why: str = ""


class _BadError(ValueError):
    """One entry cannot be used; the text says why."""


def read_lines(
    text: str, team: Team, now: datetime, rotation: Rotation | None = None, person: Person | None = None
) -> list[Held]:
    """The shifts of `rotation`, or without one absences, of `person` where a line names nobody; in order of time.
    `now` dates what is written as an example.

    Raises CalendarError, whose text names the lines that cannot be used, the first `TOLD` of them.
    """
    held: list[Held] = []
    how = f"write it like this: {example(team, person, now)}"
    problems: list[str] = []
    typed = list(_typed(text))
    if not typed:
        raise CalendarError(f"there is nothing in it; {how}")
    if len(typed) > MOST:
        raise CalendarError(f"{len(typed):,} entries are more than {MOST}; import them in parts, or as a calendar")
    for each in typed:
        try:
            held.append(_held(each, team, rotation, person, how))
        except _BadError as error:
            problems.append(f"line {each.line}: {error}")
    held.sort(key=lambda each: (each.start, each.end))
    problems += _overlaps(held) if rotation is not None else []
    if problems:
        more = f"; and {len(problems) - TOLD} more" if len(problems) > TOLD else ""
        raise CalendarError("; ".join(problems[:TOLD]) + more)
    return held


def example(team: Team, person: Person | None, now: datetime) -> str:
    """One entry as it could be typed now."""
    who = (person or team.people[0]).id
    first = (now + AHEAD).date()
    return f"{who} {first} to {first + LONG}"


def _typed(text: str) -> Iterator[_Typed]:
    if _YAML.match(text.lstrip("\ufeff \n\t-")) or _YAML.match(text):
        yield from _of_yaml(text)
        return
    for number, row in enumerate(text.splitlines(), 1):
        row = " ".join(row.split())  # also keeps the pattern from trying every way to share out a thousand spaces
        if not row or row.startswith("#"):
            continue
        found = _LINE.fullmatch(row)
        if found is None:
            yield _Typed(number, row, "", "")
        else:
            yield _Typed(number, *(one_line(found[part] or "") for part in ("person", "start", "end", "why")))


def _of_yaml(text: str) -> Iterator[_Typed]:
    try:
        root = YAML(pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise CalendarError(f"{line}this cannot be read as YAML: {one_line(error.problem or error)}") from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise CalendarError(f"this cannot be read as YAML: {one_line(error)}") from None
    items = root.value if isinstance(root, SequenceNode) else [root]
    if len(items) > MOST:
        raise CalendarError(f"{len(items):,} entries are more than {MOST}")
    yield from map(_of_node, items)


def _of_node(node: Node) -> _Typed:
    line = node.start_mark.line + 1
    if not isinstance(node, MappingNode):
        raise CalendarError(f"line {line}: this is no entry with person, from and to")
    values: dict[str, str] = {}
    for key, value in node.value:
        at, name = key.start_mark.line + 1, one_line(key.value)
        if name not in KEYS:
            meant = "".join(f"; did you mean {each}?" for each in nearest(name, KEYS, 1))
            raise CalendarError(f"line {at}: there is no “{name}” here{meant or ', only ' + ', '.join(KEYS)}")
        if not isinstance(value, ScalarNode):
            raise CalendarError(f"line {at}: {name} has to be one value")
        values[name] = one_line(value.value)
    return _Typed(line, *(values.get(name, "") for name in KEYS))


def _held(typed: _Typed, team: Team, rotation: Rotation | None, person: Person | None, how: str) -> Held:
    if not typed.start:
        raise _BadError(f"no day is found in it; {how}")
    if re.match(_AT, typed.why):
        raise _BadError(f"it has more than two days; {how}")
    who = _person(typed.person, team, person)
    if rotation is not None and Role.RESPONDER not in who.roles:
        raise _BadError(f"{who.name} is no responder")
    clock = Clock(rotation.timezone, rotation.handoff.at, whole_days=False) if rotation else Clock(who.timezone)
    start, end = _span(typed.start, typed.end, clock)
    if start >= end:
        raise _BadError("it ends before it begins")
    return Held(who.id, start, end, typed.why, typed.line)


def _person(name: str, team: Team, person: Person | None) -> Person:
    found = find_person(team, name) if name else person
    if found is None and not name:
        raise _BadError("whose it is is not said; begin with a name")
    if found is None:
        near = " or ".join(near_people(team, name))
        raise _BadError(
            f"there is nobody called “{one_line(name)}” in the team" + (f"; did you mean {near}?" if near else "")
        )
    return found


def _span(first: str, last: str, clock: Clock) -> tuple[datetime, datetime]:
    """`[start, end)` in UTC. Without an end it is one day, a shift of one day."""
    begins = _moment(first)
    if re.fullmatch(r"\d{1,2}:\d{2}", last):
        day = begins.date() if isinstance(begins, datetime) else begins
        ends: date | datetime = datetime.combine(day, _time(last))
    elif last:
        ends = _moment(last)
    elif isinstance(begins, datetime):
        raise _BadError("it has no end; write: to, and when")
    else:
        ends = begins if clock.whole_days else begins + timedelta(days=1)
    if not isinstance(ends, datetime) and clock.whole_days:
        ends += timedelta(days=1)
    return _instant(begins, clock), _instant(ends, clock)


def _moment(text: str) -> date | datetime:
    """A day, or a time on it; raises _BadError."""
    day, _, hour = text.replace("T", " ").partition(" ")
    try:
        on = date(*map(int, day.split("-")))
        if not hour.strip():
            return on
        return datetime.fromisoformat(f"{on.isoformat()}T{hour.strip().zfill(5)}")
    except ValueError:
        raise _BadError(f"“{one_line(text)}” is no day or time that there is") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError:
        raise _BadError(f"“{text}” is no time of day") from None


def _instant(at: date | datetime, clock: Clock) -> datetime:
    zone = ZoneInfo(clock.zone)
    if not isinstance(at, datetime):
        return instant_of(at, clock.begins, zone)
    if at.tzinfo is None:
        return instant_of(at.date(), at.time(), zone)
    return at.astimezone(ZoneInfo("UTC"))


def _overlaps(held: Sequence[Held]) -> list[str]:
    return [
        f"lines {one.line} and {other.line}: both are on call at {other.start:%Y-%m-%d %H:%M} UTC; only one can be"
        for one, other in pairwise(held)
        if other.start < one.end
    ]
