"""What of an import counts, and who may import or take it back. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.config.declared import Person, Role
from core.config.team import Team
from core.decision import Decision, allow, refuse
from core.oncall import changes
from core.oncall.calendar_in import Held
from core.oncall.changes import Stretch, named
from core.oncall.rota import Rota
from core.oncall.rota_tables import RotaImport

NOTHING = refuse("nothing_to_import", "Everything in it is over, or is there already.")
Known = Collection[tuple[str, datetime, datetime]]


@dataclass(frozen=True)
class Sifted:
    """What an import brings, and how much of what was read is over, or is there already."""

    held: list[Held]
    over: int = 0
    known: int = 0


def sift(read: Sequence[Held], known: Known, now: datetime) -> Sifted:
    """Without what is over, and what is there already; what runs begins now. In order of time."""
    coming = [each for each in read if each.end > now]
    fresh = [each for each in coming if not _is_known(each, known, now)]
    held = [Held(e.person, max(e.start, now), e.end, e.name, e.line) for e in fresh]
    held.sort(key=lambda each: (each.start, each.end, each.person))
    return Sifted(held, len(read) - len(coming), len(coming) - len(fresh))


def _is_known(each: Held, known: Known, now: datetime) -> bool:
    """One that runs was cut to where it began to count, so that its end tells."""
    runs = each.start <= now and any(
        person == each.person and start <= now and end == each.end for person, start, end in known
    )
    return runs or (each.person, each.start, each.end) in known


def judge(held: Sequence[Held], team: Team, person: Person | None, rota: Rota | None, now: datetime) -> Decision:
    """Whether `person` may import all of it: each as if it were changed by hand, of `rota` or, without, as absences.
    The first that may not be is told with its line."""
    if not held:
        return NOTHING
    for each in held:
        chosen, span = team.person(each.person), Stretch(each.start, each.end)
        if rota is None:
            decision = changes.may_be_away(person, chosen, span, now)
        else:
            decision = changes.may_override(person, chosen, span, now, rota)
        if not decision.allowed:
            place = f"line {each.line}: " if each.line else ""
            return refuse(decision.reason, f"{place}{decision.detail}")
    return allow("imported")


def may_apply(row: RotaImport | None, actor: str) -> Decision:
    """Only who looked at it, once."""
    if row is None or row.created_by != actor or not row.items:
        return refuse("no_such_import", "This import is not there any more; please look at it again.")
    if row.applied_at is not None:
        return refuse("already_imported", "This was imported already; `/oncall changes` has it.")
    return allow("imported")


def may_take_back(row: RotaImport | None, person: Person | None, actor: str, now: datetime) -> Decision:
    """Any responder, and who imported it, while it is not over."""
    if row is None or row.applied_at is None:
        return refuse("no_such_change", "There is no such change.")
    if row.created_by != actor and (person is None or Role.RESPONDER not in person.roles):
        return refuse("not_a_responder", "Only responders of the team can change who is on call.")
    if row.cancelled_at is not None:
        return refuse("already_cancelled", f"{named(row.cancelled_by or '')} has taken this back already.")
    return changes.OVER if row.ends_at <= now else allow("cancelled")


def spans(held: Sequence[Held]) -> list[Stretch]:
    """The time that all of it covers, stretches that touch as one."""
    found: list[Stretch] = []
    for each in sorted(held, key=lambda each: each.start):
        if found and each.start <= found[-1].end:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(Stretch(each.start, each.end))
    return found


def told(count: int, rotation: str | None) -> str:
    """What an import is, in words; `rotation` is its title."""
    noun = ("shift" if rotation is not None else "absence") + ("" if count == 1 else "s")
    return f"{count:,} {noun}" + (f" of {rotation}" if rotation is not None else "")


def packed(held: Sequence[Held]) -> list[dict[str, Any]]:
    """As plain values, to be kept."""
    return [
        {
            "person": e.person,
            "start": e.start.isoformat(),
            "end": e.end.isoformat(),
            "name": e.name,
            "line": e.line,
        }
        for e in held
    ]


def unpacked(items: Sequence[dict[str, Any]]) -> list[Held]:
    return [
        Held(
            each["person"],
            datetime.fromisoformat(each["start"]),
            datetime.fromisoformat(each["end"]),
            each["name"],
            each["line"],
        )
        for each in items
    ]
