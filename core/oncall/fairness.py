"""How the load of being on call is shared: hours, nights, weekends, holidays and calls by person. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import spoken_span
from core.config.fields import Weekday
from core.config.rotation import DayOff, Rotation, Window
from core.oncall.notices import Stint
from core.oncall.working_hours import Span, span_of, spans

NIGHT = [Window.model_validate({"from": "22:00", "to": "07:00"})]
WEEKEND = [Window(days=[Weekday.SATURDAY, Weekday.SUNDAY])]
"""On the wall clock of where each person lives."""

HOUR = timedelta(hours=1)

PERIODS = "write for example 30d or 12w for the past, or next 8w"


@dataclass(frozen=True)
class Share:
    """One person's part of a period, in real hours; an hour may be of a night and of a weekend. `calls` counts how
    often an escalation step called them."""

    person: str
    hours: float
    night: float
    weekend: float
    holiday: float
    calls: int


def shares(
    held: Iterable[Stint], zones: Mapping[str, str], days_off: Iterable[DayOff], called: Iterable[str]
) -> list[Share]:
    """Everybody's share of the stints `held`, most hours first; also of who was only called or only in `zones`.

    `zones` tells where each person lives (by id; UTC for others), `called` names a person once for each call.
    """
    mine: dict[str, list[Span]] = {person: [] for person in zones}
    for stint in held:
        if stint.person is not None:
            mine.setdefault(stint.person, []).append((stint.start, stint.end))
    calls: dict[str, int] = {}
    for person in called:
        calls[person] = calls.get(person, 0) + 1
        mine.setdefault(person, [])
    off: dict[str, list[Span]] = {}
    for day in days_off:
        off.setdefault(day.person, []).append(span_of(day))
    found = [
        _share(person, had, zones.get(person, "UTC"), off.get(person, []), calls.get(person, 0))
        for person, had in mine.items()
    ]
    return sorted(found, key=lambda share: (-share.hours, share.person))


def spread(found: Iterable[Share]) -> float:
    """How far the person with most hours is above an equal share, in percent of it; 0 when nobody has any."""
    hours = [share.hours for share in found]
    equal = sum(hours) / len(hours) if hours else 0.0
    return 100 * (max(hours) / equal - 1) if equal else 0.0


def round_of(rotations: Iterable[Rotation]) -> timedelta:
    """How long it takes until everybody has had a turn: the longest round of any layer; zero without rotations.

    Over less than that, shares differ because some wait for their turn, not because it is unfair.
    """
    layers = (layer for rotation in rotations for _, layer in rotation.stack)
    return max((layer.every * len(layer.members) for layer in layers), default=timedelta())


def _share(person: str, had: list[Span], zone: str, off: list[Span], calls: int) -> Share:
    return Share(
        person=person,
        hours=sum((end - start) / HOUR for start, end in had),
        night=sum(_overlap(span, spans(NIGHT, zone, *span)) for span in had),
        weekend=sum(_overlap(span, spans(WEEKEND, zone, *span)) for span in had),
        holiday=sum(_overlap(span, set(off)) for span in had),
        calls=calls,
    )


def _overlap(span: Span, others: Iterable[Span]) -> float:
    start, end = span
    zero = timedelta()
    return sum(max(zero, min(end, closes) - max(start, opens)) / HOUR for opens, closes in others)


def parse_period(text: str, now: datetime) -> tuple[datetime, datetime]:
    """`30d` or `12w` back from `now`, `next 8w` ahead; twelve weeks back without a word. ValueError in one line for
    anything else, and for more than a year."""
    words = text.lower().split()
    ahead = words[:1] == ["next"]
    led = int(words[:1] in (["next"], ["last"], ["past"], ["this"], ["for"]))
    length = spoken_span.ahead(words[led:] or ["12w"], now, "UTC")
    if length is None:
        raise ValueError(f"“{text[:60]}” is not a period: {PERIODS}")
    if not timedelta(days=1) <= length <= timedelta(days=366):
        raise ValueError(f"a period is between 1d and 366d long: {PERIODS}")
    return (now, now + length) if ahead else (now - length, now)
