"""Swapping shifts: one asks, the other accepts or declines, and a question that nobody answers ends."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow
from core.oncall import changes, rota_store
from core.oncall.changes import Stretch, named, stretches
from core.oncall.rota_tables import Swap, SwapStatus
from core.outbox.store import Post, enqueue
from workflows.change_rota import NO_ROTATION
from workflows.rota_changes import Act, hold, settle, tell_directly


@dataclass(frozen=True)
class Offer:
    """`give`, a stretch of whoever asks, for `back`, one of `other`'s; without `back` it is a favour."""

    rotation: str
    other: str
    give: Stretch
    back: Stretch | None = None
    comment: str = ""


def ask(
    session: Session, config: Config, offer: Offer, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Ask somebody to swap; they are told directly, and nothing changes until they accept."""
    rotation = next((each for each in config.team.rotations if each.id == offer.rotation), None)
    give, back = _from_now(offer.give, now), offer.back and _from_now(offer.back, now)
    if rotation is None or any(each.start >= each.end for each in (give, back) if each):
        decision = NO_ROTATION if rotation is None else changes.OVER
    else:
        rota = rota_store.rota(session, rotation, now)
        decision = changes.may_ask(person, config.team.person(offer.other), rota, give, back)
    subject: tuple[str, str | int] = ("rotation", offer.rotation)
    if decision.allowed and person is not None:
        row = _row(offer, give, back, person, now)
        session.add(row)
        session.flush()
        subject = ("swap", row.id)
        enqueue(session, _message(row), now)
    entry = audit.record(session, at=now, actor=actor, action="swap.ask", subject=subject, decision=decision)
    if decision.allowed:
        tell_directly(session, entry, actor, now)
    return decision


def answer(
    session: Session,
    config: Config,
    swap_id: int,
    person: Person | None,
    actor: str,
    now: datetime,
    *,
    yes: bool,
) -> Decision:
    """Accept or decline, if one was asked. Whoever asked is told directly."""
    found = rota_store.swap(session, swap_id)
    rotations = [each for each in config.team.rotations if found and each.id == found.rotation]
    before = hold(session, rotations, now)
    row = rota_store.lock_swap(session, swap_id)
    decision = changes.may_answer(row, person, before[0] if before else None, yes=yes, now=now)
    if row is None or not decision.allowed:
        _record(session, swap_id, actor, _action(yes=yes), decision, now)
        return decision
    row.status, row.decided_at = SwapStatus.ACCEPTED if yes else SwapStatus.DECLINED, now
    row.revision += 1
    session.flush()
    enqueue(session, _message(row), now)
    if not yes:
        entry = _record(session, row.id, actor, "swap.decline", decision, now)
        tell_directly(session, entry, row.asked_by, now)
        return decision
    spans = [Stretch(max(span.start, now), span.end) for span in stretches(row) if span]
    why = f"{named(row.asked_by)} and {named(row.asked_of)} swapped."
    act = Act("swap.accept", ("swap", row.id), actor, decision, explained=False, why=why)
    return settle(session, before, spans, act, now)


def expire_swaps(session: Session, config: Config, now: datetime) -> int:  # noqa: ARG001 - as every pass
    """End the questions that nobody answered in time; returns how many."""
    overdue = rota_store.overdue_swaps(session, now)
    for row in overdue:
        row.status, row.decided_at = SwapStatus.EXPIRED, now
        row.revision += 1
        detail = f"{named(row.asked_of)} did not answer {named(row.asked_by)} in time: everything stays as it was."
        entry = _record(session, row.id, GOLDILOCKS, "swap.expire", allow("expired", detail), now)
        enqueue(session, _message(row), now)
        tell_directly(session, entry, row.asked_by, now)
    return len(overdue)


def _record(
    session: Session, swap_id: int, actor: str, action: str, decision: Decision, now: datetime
) -> AuditEntry:
    return audit.record(session, at=now, actor=actor, action=action, subject=("swap", swap_id), decision=decision)


def _action(*, yes: bool) -> str:
    return "swap.accept" if yes else "swap.decline"


def _from_now(stretch: Stretch, now: datetime) -> Stretch:
    """What is left of a stretch: a form may have stood open while it began."""
    return Stretch(max(stretch.start, now), stretch.end)


def _row(offer: Offer, give: Stretch, back: Stretch | None, person: Person, now: datetime) -> Swap:
    return Swap(
        rotation=offer.rotation,
        asked_by=person.id,
        asked_of=offer.other,
        starts_at=give.start,
        ends_at=give.end,
        back_starts_at=back.start if back else None,
        back_ends_at=back.end if back else None,
        comment=offer.comment,
        due_at=changes.due_of(give, back, now),
    )


def _message(row: Swap) -> Post:
    """The question, in the direct conversation of whoever was asked."""
    return Post("swap", row.id, row.message, f"@{row.asked_of}", revision=row.revision)
