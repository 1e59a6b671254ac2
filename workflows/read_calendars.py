"""Calendars in: fetched every hour by a durable run; the last good copy counts, and what is wrong is told once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.config.rotation import Rotation
from core.decision import allow, quoted, refuse
from core.oncall import calendar_store
from core.oncall.calendar_in import AHEAD, Held, absences, shifts
from core.oncall.calendar_store import ABSENCES, IMPORT
from core.oncall.changes import LONGEST, Stretch
from core.oncall.holiday_file import CalendarError
from core.outbox.store import Post, enqueue
from core.runs import store as runs
from workflows.ports import CalendarReader, Workshop
from workflows.rota_changes import Act, hold, settle
from workflows.steps import Steps

KIND = "read_calendars"
EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Source:
    """A calendar that the YAML names: of a person's absences, or of a rotation's shifts."""

    reference: str
    person: Person | None = None
    rotation: Rotation | None = None

    @property
    def name(self) -> str:
        return (
            f"{ABSENCES}{self.person.id}"
            if self.person
            else f"{IMPORT}{self.rotation.id if self.rotation else ''}"
        )

    @property
    def told(self) -> str:
        """What it is, in a sentence."""
        return f"The calendar of {self.person.name}'s absences" if self.person else "The calendar of shifts"

    @property
    def zone(self) -> str:
        """On whose clock days are, and times without a zone."""
        about = self.person or self.rotation
        return about.timezone if about else "UTC"

    async def read(self, config: Config, reader: CalendarReader, now: datetime) -> tuple[list[Held], str]:
        """What it says, and the content's digest; raises CalendarError."""
        content = await reader(self.reference)
        found = await reader.events(content, self.zone, now)
        held = absences(found, self.person.id) if self.person else shifts(found, config.team)
        return held, sha256(content).hexdigest()


def sources(config: Config) -> Iterator[Source]:
    """Every calendar that the YAML names."""
    yield from (Source(each.absences, person=each) for each in config.team.people if each.absences)
    yield from (Source(each.imported, rotation=each) for each in config.team.rotations if each.imported)


def fire(session: Session, config: Config, now: datetime) -> int:
    """Ask for the hour's run, once; hours that were slept through are not made up for."""
    due = next_due(session, config, now)
    if due is None or due > now:
        return 0
    runs.set_last_firing(session, KIND, now)
    runs.request(session, f"{KIND}:{now:%Y-%m-%dT%H:%M}", KIND, {"at": now.isoformat()}, now)
    return 1


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When calendars are read next; None where there are none, and none are left of an earlier YAML."""
    if not any(sources(config)) and not calendar_store.copies(session):
        return None
    last = runs.last_firing(session, KIND)
    return last + EVERY if last else now


async def read_calendars(steps: Steps, workshop: Workshop, _args: dict[str, Any]) -> None:
    """Read every calendar, one after the other; one that fails holds up no other."""
    for source in sources(workshop.config):
        await steps(source.name, partial(_read, workshop, source))
    await steps("forget", partial(_forget, workshop))


async def _read(workshop: Workshop, source: Source) -> str:
    """Fetch and read one; its problem, or nothing."""
    config, now = workshop.config, workshop.clock.now()
    try:
        held, digest = await source.read(config, workshop.calendars, now)
    except CalendarError as error:
        problem = str(error)
        await workshop.database.run(lambda session: _bad(session, config, source, problem, now))
        return problem
    await workshop.database.run(lambda session: _good(session, config, source, held, digest, now))
    return ""


def _good(session: Session, config: Config, source: Source, held: list[Held], digest: str, now: datetime) -> None:
    """Make it the last good copy; whom it moves is told as of every other change."""
    before = hold(session, _concerned(config, source), now)
    copy = calendar_store.copy_of(session, source.name)
    copy.sha256, copy.read_at, copy.problem = digest, now, None
    if not calendar_store.replace(session, source.name, held, now):
        return
    copy.changed_at = now
    said = allow("calendar_changed", f"{source.told} changed.")
    act = Act("calendar.read", ("calendar", source.name), GOLDILOCKS, said, quiet=True)
    settle(session, before, [Stretch(now, now + min(LONGEST, AHEAD))], act, now)


def _bad(session: Session, config: Config, source: Source, problem: str, now: datetime) -> None:
    """The last good copy goes on to count. Told once, and again only when something else is wrong."""
    copy = calendar_store.copy_of(session, source.name)
    if copy.problem == problem:
        return
    copy.problem = problem
    kept = "What was last read counts on." if copy.read_at else "It was never read, so it counts for nothing yet."
    decision = refuse("calendar_bad", f"{source.told} cannot be used: {quoted(problem)}. {kept}")
    entry = audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="calendar.fail",
        subject=("calendar", source.name),
        decision=decision,
    )
    for channel in dict.fromkeys(rotation.channel for rotation in _concerned(config, source)):
        enqueue(session, Post("note", entry.id, f"note:{entry.id}:{channel}", channel), now)


async def _forget(workshop: Workshop) -> int:
    config, now = workshop.config, workshop.clock.now()

    def work(session: Session) -> int:
        """Calendars that the YAML does not name any more count no longer."""
        known = {source.name for source in sources(config)}
        gone = [copy.source for copy in calendar_store.copies(session) if copy.source not in known]
        before = hold(session, config.team.rotations, now) if gone else []
        for source in gone:
            calendar_store.forget(session, source)
            said = allow("calendar_gone", f"The calendar {source} is not in the YAML any more.")
            act = Act("calendar.forget", ("calendar", source), GOLDILOCKS, said, quiet=True)
            settle(session, before, [Stretch(now, now + LONGEST)], act, now)
        return len(gone)

    return await workshop.database.run(work)


def _concerned(config: Config, source: Source) -> list[Rotation]:
    if source.rotation is not None:
        return [source.rotation]
    person = source.person.id if source.person else ""
    return [each for each in config.team.rotations if person in (*each.everybody, *each.shadows)]
