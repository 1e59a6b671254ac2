"""Reading and writing the last good copies of calendars."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.oncall.calendar_in import Held
from core.oncall.calendar_tables import ABSENCES as ABSENCES
from core.oncall.calendar_tables import IMPORT as IMPORT
from core.oncall.calendar_tables import CalendarCopy, CalendarEvent


def copy_of(session: Session, source: str) -> CalendarCopy:
    """What is known of a calendar, held by its row's change; a new row for one that was never read."""
    found = session.get(CalendarCopy, source, with_for_update=True, populate_existing=True)
    if found is None:
        found = CalendarCopy(source=source, sha256="")
        session.add(found)
        session.flush()
    return found


def copies(session: Session) -> Sequence[CalendarCopy]:
    """All calendars that were ever tried, by name."""
    return session.scalars(select(CalendarCopy).order_by(CalendarCopy.source)).all()


def away_after(session: Session, instant: datetime) -> Sequence[CalendarEvent]:
    """Everybody's absences by calendar that end after then, soonest first."""
    query = select(CalendarEvent).where(CalendarEvent.source.startswith(ABSENCES), CalendarEvent.ends_at > instant)
    return session.scalars(query.order_by(CalendarEvent.starts_at, CalendarEvent.id)).all()


def shifts_after(session: Session, rotation: str, instant: datetime) -> Sequence[CalendarEvent]:
    """A rotation's shifts by calendar that end after then, soonest first."""
    query = select(CalendarEvent).where(
        CalendarEvent.source == f"{IMPORT}{rotation}", CalendarEvent.ends_at > instant
    )
    return session.scalars(query.order_by(CalendarEvent.starts_at, CalendarEvent.id)).all()


def replace(session: Session, source: str, held: Sequence[Held], now: datetime) -> bool:
    """Make a calendar's stretches these; whether any changed. What stays keeps its row, and since when it is known."""
    query = select(CalendarEvent).where(CalendarEvent.source == source)
    known = {(row.person, row.starts_at, row.ends_at): row for row in session.scalars(query)}
    wanted = {(each.person, each.start, each.end): each for each in held}
    for key, row in known.items():
        if key not in wanted:
            session.delete(row)
        else:
            row.name = wanted[key].name
    new = [wanted[key] for key in wanted if key not in known]
    session.add_all(
        CalendarEvent(source=source, person=e.person, starts_at=e.start, ends_at=e.end, name=e.name, seen_at=now)
        for e in new
    )
    session.flush()
    return bool(new) or any(key not in wanted for key in known)


def forget(session: Session, source: str) -> None:
    """A calendar that the YAML does not name any more."""
    session.execute(delete(CalendarEvent).where(CalendarEvent.source == source))
    session.execute(delete(CalendarCopy).where(CalendarCopy.source == source))
