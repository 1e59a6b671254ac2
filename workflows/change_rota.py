"""Changing who is on call: overrides, taken shifts, shadows and absences, each a row that can be taken back.

Every change holds the rota's plan, writes one audit row, says in the rotation's channel what is now true, and tells
everybody directly whose duty somebody else moved. The past is never changed: what begins before now begins now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow, refuse
from core.oncall import changes, rota_store
from core.oncall.changes import Stretch, at, named
from core.oncall.rota import Rota
from core.oncall.rota_tables import Absence, DutyRole, Override, Swap, SwapStatus
from core.outbox.store import Post, enqueue
from workflows.rota_changes import Act, hold, settle

NO_ROTATION = refuse("no_such_rotation", "There is no such rotation any more.")


@dataclass(frozen=True)
class Wish:
    """What is asked for: `person` (an id) for `[start, end)`, and why. Absences name no rotation."""

    person: str
    start: datetime
    end: datetime
    comment: str = ""
    rotation: str = ""

    def from_now(self, now: datetime) -> Stretch:
        return Stretch(max(self.start, now), self.end)


def override(
    session: Session, config: Config, wish: Wish, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Put somebody on call as primary."""
    chosen = config.team.person(wish.person)

    def judge(rota: Rota, span: Stretch) -> Decision:
        return changes.may_override(person, chosen, span, now, rota)

    return _put(session, config, wish, judge, ("rota.override", DutyRole.PRIMARY, False), actor, now)


def take(
    session: Session, config: Config, wish: Wish, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Take a shift, or a part of it, oneself."""

    def judge(rota: Rota, span: Stretch) -> Decision:
        return changes.may_take(person, rota, span, now)

    return _put(session, config, wish, judge, ("rota.take", DutyRole.PRIMARY, True), actor, now)


def shadow(
    session: Session, config: Config, wish: Wish, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Go along as shadow."""

    def judge(rota: Rota, span: Stretch) -> Decision:
        return changes.may_shadow(person, rota.between(span.start, span.end), span, now)

    return _put(session, config, wish, judge, ("rota.shadow", DutyRole.SHADOW, True), actor, now)


def away(
    session: Session, config: Config, wish: Wish, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Say that somebody is away: their turns fall to the next in every rotation."""
    span, chosen = wish.from_now(now), config.team.person(wish.person)
    decision = changes.may_be_away(person, chosen, span, now)
    if not decision.allowed:
        audit.record(
            session, at=now, actor=actor, action="rota.away", subject=("person", wish.person), decision=decision
        )
        return decision
    before = hold(session, config.team.rotations, now)
    row = Absence(
        person=wish.person,
        starts_at=span.start,
        ends_at=span.end,
        comment=wish.comment,
        created_by=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    act = Act("rota.away", ("absence", row.id), actor, decision, wish.comment)
    return settle(session, before, [span], act, now)


def cancel(
    session: Session, config: Config, kind: str, row_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Take a change back, from now on. `kind` is override, absence or swap.

    The plans are held before the change itself, as everybody does: two who did it in another order could wait for
    each other.
    """
    found = _locked(session, kind, row_id, hold=False)
    concerned = [
        r for r in config.team.rotations if isinstance(found, Absence) or (found and r.id == found.rotation)
    ]
    before = hold(session, concerned, now) if found else []
    row = _locked(session, kind, row_id)
    decision, subject = changes.may_cancel(row, person, now), (kind, row_id)
    if row is None or not decision.allowed:
        audit.record(session, at=now, actor=actor, action="rota.cancel", subject=subject, decision=decision)
        return decision
    row.cancelled_by, row.cancelled_at = person.id if person else actor, now
    if isinstance(row, Swap):
        row.status = SwapStatus.WITHDRAWN if row.status == SwapStatus.ASKED else row.status
        row.revision += 1
        enqueue(session, Post("swap", row.id, row.message, f"@{row.asked_of}", revision=row.revision), now)
    session.flush()
    spans = [Stretch(max(start, now), end) for start, end in _spans(row) if end > now]
    told = allow("cancelled", f"{named(actor)} took back: {_in_words(row)}.")
    return settle(session, before, spans, Act("rota.cancel", subject, actor, told), now)


def _put(
    session: Session,
    config: Config,
    wish: Wish,
    judge: Callable[[Rota, Stretch], Decision],
    what: tuple[str, DutyRole, bool],
    actor: str,
    now: datetime,
) -> Decision:
    """Write one override, if the rule allows it."""
    action, role, taken = what
    rotation = next((each for each in config.team.rotations if each.id == wish.rotation), None)
    before = hold(session, [rotation], now) if rotation else []
    span = wish.from_now(now)
    decision = judge(before[0], span) if before else NO_ROTATION
    if not decision.allowed:
        subject = ("rotation", wish.rotation)
        audit.record(session, at=now, actor=actor, action=action, subject=subject, decision=decision)
        return decision
    row = Override(
        rotation=wish.rotation,
        role=role,
        person=wish.person,
        taken=taken,
        starts_at=span.start,
        ends_at=span.end,
        comment=wish.comment,
        created_by=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    act = Act(action, ("override", row.id), actor, decision, wish.comment, explained=False)
    return settle(session, before, [span], act, now)


def _locked(session: Session, kind: str, row_id: int, *, hold: bool = True) -> Override | Absence | Swap | None:
    """The change, held against another one at the same instant unless it is only looked at."""
    if not hold:
        return rota_store.change(session, kind, row_id)
    if kind == "override":
        return rota_store.lock_override(session, row_id)
    if kind == "absence":
        return rota_store.lock_absence(session, row_id)
    return rota_store.lock_swap(session, row_id)


def _spans(row: Override | Absence | Swap) -> list[tuple[datetime, datetime]]:
    spans = [(row.starts_at, row.ends_at)]
    if isinstance(row, Swap) and row.back_starts_at and row.back_ends_at:
        spans.append((row.back_starts_at, row.back_ends_at))
    return spans


def _in_words(row: Override | Absence | Swap) -> str:
    span = f"from {at(row.starts_at)} to {at(row.ends_at)}"
    if isinstance(row, Swap):
        return f"the swap of {named(row.asked_by)} and {named(row.asked_of)} {span}"
    if isinstance(row, Absence):
        return f"{named(row.person)} is away {span}"
    return f"{named(row.person)} is {row.role} {span}"
