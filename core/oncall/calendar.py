"""A rota as an iCalendar feed (RFC 5545), for the calendars that people have anyway. Pure.

Times are UTC instants, so every calendar shows them in its own zone and no rule about clock changes can differ. An
entry keeps its UID as long as the same person begins the same turn, so that calendars update it in place. Its
LAST-MODIFIED is when anything about its rotation was changed last; its SEQUENCE counts that in minutes, and so rises.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.oncall.notices import Stint, stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import shift_at

if TYPE_CHECKING:
    from icalendar import Event

PAST, AHEAD = timedelta(days=30), timedelta(days=180)
"""What a feed shows: enough to look back at last month, and ahead to the next holidays."""

COUNTED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
REFRESH = timedelta(hours=1)


def feed(
    rotas: Iterable[Rota],
    names: dict[str, str],
    now: datetime,
    person: str | None = None,
    changed: Mapping[str, datetime] | None = None,
) -> bytes:
    """The calendar of whole rotations, or of what one `person` has in them; `names` are by person's id.

    `changed` is when each rotation (by id) was last changed; those that never were are missing.

    Each rota has to know its changes since `now - PAST`.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Goldilocks//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {names.get(person, person)}" if person else "On call")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(hours=1)}H")  # the same for older Outlooks
    for rota in rotas:
        for stint in _shown(rota, now, person):
            calendar.add_component(_event(rota, stint, names, now, (changed or {}).get(rota.rotation.id)))
    content: bytes = calendar.to_ical()
    return content


def _shown(rota: Rota, now: datetime, person: str | None) -> Iterator[Stint]:
    """A rotation's primaries and gaps; for one person, what they are shadow of as well."""
    duties = rota.between(shift_at(rota.rotation, now - PAST).start, now + AHEAD)
    for role in DutyRole:
        for stint in stints(duties, role):
            if stint.person == person if person else role is DutyRole.PRIMARY:
                yield stint


def _event(rota: Rota, stint: Stint, names: dict[str, str], now: datetime, changed: datetime | None) -> "Event":
    from icalendar import Event

    title, who = rota.rotation.title, names.get(stint.person or "", stint.person or "nobody")
    event = Event()
    event.add("uid", f"{rota.rotation.id}-{stint.role}-{stint.person}-{stint.start:%Y%m%dT%H%MZ}@goldilocks")
    event.add("dtstamp", now)
    event.add("dtstart", stint.start)
    event.add("dtend", stint.end)
    event.add("summary", f"{title}: {who}" + (" (shadow)" if stint.role is DutyRole.SHADOW else ""))
    event.add("sequence", 0 if changed is None else max(0, (changed - COUNTED_FROM) // timedelta(minutes=1)))
    if changed is not None:
        event.add("last-modified", changed)
    event.add("transp", "TRANSPARENT")
    return event
