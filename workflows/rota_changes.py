"""Around every change of who is on call: the rota is held, and then it is said what is true now, and whom it moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import AuditEntry
from core.config.rotation import Rotation
from core.decision import Decision, allow, quoted
from core.oncall import changes, rota_store
from core.oncall.changes import SHOWN, Move, Piece, Stretch
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, Notice, NoticeKind, NoticeStatus
from core.outbox.store import Post, enqueue
from workflows.tell_duty import replan

Subject = tuple[str, str | int]
Moved = list[tuple[Rotation, list[Move]]]
"""The rotations that a change moves anybody in, and how."""


@dataclass(frozen=True)
class Act:
    """What was done, for the audit trail and for the people whom it concerns.

    `explained`: who is on call now does not go without saying, as it does where somebody was put on call by name.
    `why`: what happened, for those whom it moved, where the decision's sentence says no more than who is on call.
    `quiet`: what moves nobody needs no confirmation.
    """

    action: str
    subject: Subject
    actor: str
    decision: Decision
    comment: str = ""
    explained: bool = True
    why: str = ""
    quiet: bool = False


def hold(session: Session, rotations: Iterable[Rotation], now: datetime) -> list[Rota]:
    """The rotas as they are, held until the transaction ends; always in the same order, so that two never wait for
    each other."""
    ordered = sorted(rotations, key=lambda rotation: rotation.id)
    for rotation in ordered:
        rota_store.lock_plan(session, rotation.id)
    return [rota_store.rota(session, rotation, now) for rotation in ordered]


def settle(session: Session, before: list[Rota], spans: list[Stretch], act: Act, now: datetime) -> Decision:
    """After a change: record it, say in the channels what is true now, tell whom it moved, plan their notices anew.

    A change that moves nobody is confirmed to whoever made it, and to nobody else.
    """
    pairs = [(rota, rota_store.rota(session, rota.rotation, now)) for rota in before]
    return settle_between(session, pairs, spans, act, now)


def settle_between(
    session: Session, pairs: Sequence[tuple[Rota, Rota]], spans: list[Stretch], act: Act, now: datetime
) -> Decision:
    """The same, for rotas as they were before and as they are."""
    moves = [(new, [move for span in spans for move in changes.moves(old, new, span)]) for old, new in pairs]
    moved = [(rota.rotation, found) for rota, found in moves if found]
    decision = allow(act.decision.reason, _sentences(act, moved))
    gaps = sorted(each.id for each, found in moved if changes.left_alone(found))
    data = {"comment": act.comment, "why": act.decision.detail if act.explained else act.why, "gaps": gaps}
    entry = audit.record(
        session, at=now, actor=act.actor, action=act.action, subject=act.subject, decision=decision, data=data
    )
    for rotation, found in moved:
        enqueue(session, Post("note", entry.id, f"note:{entry.id}:{rotation.id}", rotation.channel), now)
        _tell_moved(session, rotation, found, entry, now)
    for _, rota in pairs:
        replan(session, rota, now)
    if not moved and not act.quiet:
        tell_directly(session, entry, act.actor, now)
    return decision


def tell_directly(session: Session, entry: AuditEntry, person: str, now: datetime) -> None:
    """The entry as a line to one person alone."""
    enqueue(session, Post("note", entry.id, f"note:{entry.id}:@{person}", f"@{person}"), now)


def _sentences(act: Act, moved: Moved) -> str:
    """What was done, what follows, and where nobody is left; by rotation where it is several."""
    comment = f" “{quoted(act.comment)}”" if act.comment else ""
    done = act.decision.detail
    if not act.explained:
        found = [move for _, each in moved for move in each]
        done = f"{done.removesuffix('.')}{changes.instead_of(found)}."
    told = [(rotation, text) for rotation, found in moved if (text := _follows(act, found))]
    named = len(told) > 1
    return done + comment + "".join(f" {quoted(each.title)}:{text}" if named else text for each, text in told)


def _follows(act: Act, found: list[Move]) -> str:
    left = [f" *Nobody* is on call {span}: somebody please take it." for span in changes.left_alone(found)[:SHOWN]]
    return (changes.consequence(found) if act.explained else "") + "".join(left)


def _tell_moved(session: Session, rotation: Rotation, moves: list[Move], entry: AuditEntry, now: datetime) -> None:
    """Tell everybody of the team but the actor whose duty moved."""
    for role in DutyRole:
        for person, pieces in changes.concerned(moves, role).items():
            if person == entry.actor or not rotation.knows(person):
                continue
            row = _moved(rotation, role, person, pieces, now)
            row.audit_id = entry.id
            session.add(row)
            session.flush()
            enqueue(session, Post("duty", row.id, f"duty:{row.id}", f"@{person}"), now)


def _moved(rotation: Rotation, role: DutyRole, person: str, pieces: Sequence[Piece], now: datetime) -> Notice:
    return Notice(
        rotation=rotation.id,
        kind=NoticeKind.MOVED,
        person=person,
        role=role,
        starts_at=pieces[0].span.start,
        ends_at=pieces[-1].span.end,
        due_at=now,
        status=NoticeStatus.TOLD,
        spans=[_stored(piece) for piece in pieces],
    )


def _stored(piece: Piece) -> dict[str, Any]:
    span = piece.span
    ends = {"start": span.start.isoformat(), "end": span.end.isoformat()}
    return {**ends, "gained": piece.gained, "other": piece.other}
