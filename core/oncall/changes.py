"""Who may change a rota, and how: overrides, taken shifts, shadows, absences, swaps. Pure.

Times in a `detail` are written `{at:EPOCH}`, people `{person:ID}`: whoever shows it fills them in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from core.config.declared import Person, Role
from core.decision import Decision, allow, refuse
from core.oncall.duty import Duty
from core.oncall.rota import Rota
from core.oncall.rota_tables import Absence, DutyRole, Override, Swap, SwapStatus

LONGEST = timedelta(days=92)
"""Longer than a quarter is not a change of the rota but another rotation, which belongs into the reviewed YAML."""

FARTHEST = timedelta(days=366)
SHOWN = 4
"""How many stretches one sentence lists."""

PATIENCE = timedelta(days=2)
"""How long a swap waits for its answer, if its stretch does not begin before."""

OVER = refuse("over", "That is over already; what was cannot be changed.")


@dataclass(frozen=True)
class Stretch:
    """`[start, end)`."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"from {at(self.start)} to {at(self.end)}"


def at(instant: datetime) -> str:
    """The place of a time in a sentence."""
    return f"{{at:{int(instant.timestamp())}}}"


def named(person: str) -> str:
    """The place of a person in a sentence."""
    return f"{{person:{person}}}"


def may_override(
    actor: Person | None, chosen: Person | None, span: Stretch, now: datetime, rota: Rota | None = None
) -> Decision:
    """Whether `actor` may put `chosen` on call; nobody relies on a shadow who is learning."""
    if not _responds(actor):
        return refuse("not_a_responder", "Only responders of the team can change who is on call.")
    if chosen is None or not _responds(chosen):
        return refuse("cannot_answer", "Only a responder of the team can be on call.")
    if rota is not None and span.start < span.end and chosen.id in rota.learning(span.start, span.end):
        return _learns(chosen)
    away = _said_away(rota, chosen.id, span) if rota is not None and actor != chosen else ""
    return _in_reach(span, now) or allow("overridden", f"{named(chosen.id)} is on call {span}.{away}")


def may_take(person: Person | None, rota: Rota, span: Stretch, now: datetime) -> Decision:
    """Whether `person` may take over what is in `span`."""
    decision, duties = may_override(person, person, span, now, rota), rota.between(span.start, span.end)
    if decision.allowed and person and all(duty.primary == person.id for duty in duties):
        return refuse("already_yours", "You are on call then already.")
    return allow("taken", decision.detail) if decision.allowed else decision


def may_shadow(person: Person | None, duties: list[Duty], span: Stretch, now: datetime) -> Decision:
    """Whether `person` may go along as shadow: anybody in the team but the primary."""
    if person is None:
        return refuse("not_in_team", "Only people of the team can go along.")
    if any(duty.primary == person.id for duty in duties):
        return refuse("is_primary", "You are the primary for a part of that time.")
    return _in_reach(span, now) or allow("shadowing", f"{named(person.id)} goes along as shadow {span}.")


def may_be_away(actor: Person | None, chosen: Person | None, span: Stretch, now: datetime) -> Decision:
    """Whether `actor` may say that `chosen` is away: oneself, or a responder for anybody (who may be ill)."""
    if actor is None or chosen is None:
        return refuse("not_in_team", "Only people of the team can be away.")
    if actor.id != chosen.id and not _responds(actor):
        return refuse("not_a_responder", "Only responders can say that somebody else is away.")
    return _in_reach(span, now) or allow("away", f"{named(chosen.id)} is away {span}.")


def may_cancel(row: Override | Absence | Swap | None, actor: Person | None, now: datetime) -> Decision:
    """Whether a change can be taken back: by any responder, and by the one it is about, while it is not over."""
    if row is None:
        return refuse("no_such_change", "There is no such change.")
    own = actor is not None and actor.id in _people_of(row)
    if not own and not _responds(actor):
        return refuse("not_a_responder", "Only responders of the team can change who is on call.")
    if row.cancelled_at is not None:
        return refuse("already_cancelled", f"{named(row.cancelled_by or '')} has taken this back already.")
    if _end(row) <= now:
        return OVER
    return allow("cancelled")


def may_ask(
    asker: Person | None, other: Person | None, rota: Rota, give: Stretch, back: Stretch | None
) -> Decision:
    """Whether `asker` may offer `give`, which must be theirs, to `other` for `back`, which must be the other's."""
    if asker is None or not _responds(asker):
        return refuse("not_a_responder", "Only responders of the team can swap shifts.")
    if other is None or not _responds(other) or other.id == asker.id:
        return refuse("cannot_answer", "Choose another responder of the team.")
    if other.id in rota.learning(give.start, give.end):
        return _learns(other)
    if not _is_of(rota, give, asker.id):
        return refuse("not_yours", "That shift is not yours, so it is not yours to give.")
    if back is not None and not _is_of(rota, back, other.id):
        return refuse("not_theirs", f"{named(other.id)} is not on call then.")
    asked = f"{named(asker.id)} asks {named(other.id)} to {_terms(asker.id, give, back)}."
    return allow("asked", f"{asked}{_said_away(rota, other.id, give)}")


def due_of(give: Stretch, back: Stretch | None, now: datetime) -> datetime:
    """Until when the answer is waited for: it is worth nothing once one of the shifts has begun."""
    starts = [span.start for span in (give, back) if span is not None and span.start > now]
    return min([now + PATIENCE, give.end, *starts])


def may_answer(
    swap: Swap | None, person: Person | None, rota: Rota | None, *, yes: bool, now: datetime
) -> Decision:
    """Whether `person` may accept or decline: only who was asked, once, in time, and while both shifts are theirs."""
    if swap is None or rota is None:
        return refuse("no_such_swap", "There is no such swap any more.")
    if swap.status != SwapStatus.ASKED:
        return refuse(f"already_{swap.status}", f"This swap is {swap.status} already.")
    if person is None or person.id != swap.asked_of:
        return refuse("not_asked", f"Only {named(swap.asked_of)}, who was asked, can answer this.")
    if swap.due_at <= now:
        return refuse("expired", f"This was to be answered by {at(swap.due_at)}.")
    asker, other = named(swap.asked_by), named(swap.asked_of)
    if not yes:
        return allow("declined", f"{other} cannot swap with {asker}: everything stays as it was.")
    give, back = stretches(swap)
    if not _is_of(rota, give, swap.asked_by) or (back and not _is_of(rota, back, swap.asked_of)):
        return refuse("changed_since", "Somebody changed these shifts since you were asked. Please ask anew.")
    returned = f", and {asker} {back}: they swapped" if back else ""
    return allow("accepted", f"{other} is on call {give}{returned}.")


def stretches(swap: Swap) -> tuple[Stretch, Stretch | None]:
    """What is given, and what for."""
    give = Stretch(swap.starts_at, swap.ends_at)
    if swap.back_starts_at is None or swap.back_ends_at is None:
        return give, None
    return give, Stretch(swap.back_starts_at, swap.back_ends_at)


@dataclass(frozen=True)
class Move:
    """A stretch in which a role went from `was` to `now`; None is nobody."""

    span: Stretch
    role: DutyRole
    was: str | None
    now: str | None


def moves(before: Rota, after: Rota, span: Stretch) -> list[Move]:
    """How two rotas of one rotation differ in `span`, for each role by time; stretches that touch are one."""
    found: list[Move] = []
    for role in DutyRole:
        for move in _differences(before, after, span, role):
            last = found[-1] if found else None
            if last and last == replace(move, span=last.span) and last.span.end == move.span.start:
                found[-1] = replace(move, span=Stretch(last.span.start, move.span.end))
            else:
                found.append(move)
    return found


@dataclass(frozen=True)
class Piece:
    """A stretch that somebody gained or lost; `other` had it before, or has it now. None is nobody."""

    span: Stretch
    gained: bool
    other: str | None


def concerned(found: list[Move], role: DutyRole) -> dict[str, list[Piece]]:
    """Who gained or lost which stretches, by person."""
    people: dict[str, list[Piece]] = {}
    for move in (each for each in found if each.role is role):
        if move.was is not None:
            people.setdefault(move.was, []).append(Piece(move.span, gained=False, other=move.now))
        if move.now is not None:
            people.setdefault(move.now, []).append(Piece(move.span, gained=True, other=move.was))
    return people


def consequence(found: list[Move]) -> str:
    """Who is on call as primary now, where that changed: sentences, or nothing."""
    gained = _joined([each for each in found if each.role is DutyRole.PRIMARY and each.now])
    told = [f"{named(each.now)} is on call {each.span}" for each in gained if each.now]
    rest = len(told) - SHOWN
    more = [f"and {rest} more change{'s' if rest > 1 else ''}"] if rest > 0 else []
    return " " + "; ".join([*told[:SHOWN], *more]) + "." if told else ""


def _joined(found: list[Move]) -> list[Move]:
    """The same, in order, with those as one that follow each other and give to the same person."""
    joined: list[Move] = []
    for move in sorted(found, key=lambda each: each.span.start):
        if joined and joined[-1].now == move.now and joined[-1].span.end == move.span.start:
            joined[-1] = replace(joined[-1], span=Stretch(joined[-1].span.start, move.span.end))
        else:
            joined.append(move)
    return joined


def left_alone(found: list[Move]) -> list[Stretch]:
    """Where nobody is on call any more."""
    return [move.span for move in found if move.role is DutyRole.PRIMARY and move.now is None]


def instead_of(found: list[Move]) -> str:
    """Whom the primary was put on call for, who has nothing in return: part of a sentence, or nothing."""
    changed = [move for move in found if move.role is DutyRole.PRIMARY]
    gained = {move.now for move in changed}
    replaced = dict.fromkeys(move.was for move in changed if move.was and move.was not in gained)
    return ", instead of " + " and ".join(map(named, replaced)) if replaced else ""


def _differences(before: Rota, after: Rota, span: Stretch, role: DutyRole) -> Iterator[Move]:
    old, new = before.between(span.start, span.end), after.between(span.start, span.end)
    cuts = sorted({duty.start for duty in (*old, *new)} | {span.end})
    for start, end in pairwise(cuts):
        was, now = (next(duty for duty in duties if start in duty).person(role) for duties in (old, new))
        if was != now:
            yield Move(Stretch(start, end), role, was, now)


def _said_away(rota: Rota, person: str, span: Stretch) -> str:
    """That somebody who is put on call said that they are away then: a sentence, or nothing."""
    found = [
        each for each in rota.absences if each.person == person and each.start < span.end and each.end > span.start
    ]
    if not found:
        return ""
    away = Stretch(max(span.start, found[0].start), min(span.end, found[0].end))
    return f" They had said that they are away {away}: please make sure that they know."


def _learns(person: Person) -> Decision:
    return refuse("still_learning", f"{named(person.id)} goes along as shadow by plan, and is not relied on yet.")


def _responds(person: Person | None) -> bool:
    return person is not None and Role.RESPONDER in person.roles


def _in_reach(span: Stretch, now: datetime) -> Decision | None:
    if span.end <= now:
        return OVER
    if span.start >= span.end:
        return refuse("ends_before_it_starts", "The end has to be after the start.")
    if span.end - span.start > LONGEST:
        return refuse("too_long", f"At most {LONGEST.days} days at a time; longer changes belong into team.yaml.")
    if span.start - now > FARTHEST:
        return refuse("too_far", "That is more than a year ahead.")
    return None


def _is_of(rota: Rota, span: Stretch, person: str) -> bool:
    return all(duty.primary == person for duty in rota.between(span.start, span.end))


def _terms(asker: str, give: Stretch, back: Stretch | None) -> str:
    if back is None:
        return f"take over {give}"
    return f"take over {give}; in return {named(asker)} is on call {back}"


def _people_of(row: Override | Absence | Swap) -> set[str]:
    if isinstance(row, Swap):
        return {row.asked_by, row.asked_of}
    return {row.person, row.created_by}


def _end(row: Override | Absence | Swap) -> datetime:
    if isinstance(row, Swap):
        return max(row.ends_at, row.back_ends_at or row.ends_at)
    return row.ends_at
