"""What follows when the YAML declares a rotation otherwise than before, or no more: whoever it moves is told, as after
any other change of who is on call, and handoffs ask whoever is on call now."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.config.rotation import Rotation
from core.decision import allow, quoted
from core.oncall import notice_store, rota_store
from core.oncall.changes import Stretch, named
from core.oncall.declaring import digest, read
from core.oncall.notices import horizon
from core.oncall.rota import Rota
from core.oncall.schedule import shift_at
from core.outbox.store import Post, enqueue
from workflows.hand_off import pass_on
from workflows.rota_changes import Act, settle_between

YAML_CHANGED = allow("yaml_changed", "The YAML has changed.")


def tell_redeclared(session: Session, config: Config, now: datetime) -> int:
    """Tell of every rotation that is declared otherwise since its notices were planned; how many."""
    declared = {rotation.id: rotation for rotation in config.team.rotations}
    told = 0
    for rotation_id in rota_store.planned_rotations(session):
        if rotation_id in declared:
            told += _tell_moved(session, config, declared[rotation_id], now)
        else:
            told += _tell_gone(session, config, rotation_id, now)
    return told


def _tell_moved(session: Session, config: Config, rotation: Rotation, now: datetime) -> bool:
    known = rota_store.plan_of(session, rotation.id)
    if known is None or known.declaration is None or known.declared == digest(rotation):
        return False
    held = rota_store.lock_plan(session, rotation.id)
    before, held.declaration = read(held.declaration) if held.declaration else None, None
    pass_on(session, config, rotation, now)
    if before is None:
        return False
    old, new = (rota_store.rota(session, each, now) for each in (before, rotation))
    until = max(horizon(old, now), horizon(new, now))
    span = Stretch(now, shift_at(rotation, until).end)  # no stretch ends where the horizon happens to be
    act = Act("rota.redeclare", ("rotation", rotation.id), GOLDILOCKS, YAML_CHANGED, quiet=True)
    settle_between(session, [(old, new)], [span], act, now)
    return True


def _tell_gone(session: Session, config: Config, rotation_id: str, now: datetime) -> bool:
    """Nobody is on call in it any more, and what was arranged in it moves nobody: those whom it concerns are named."""
    held = rota_store.lock_plan(session, rotation_id)
    before = read(held.declaration) if held.declaration else None
    for notice in notice_store.planned(session, rotation_id):
        session.delete(notice)
    held.planned_until, held.declared, held.declaration = None, "", None
    if before is None:
        return False
    detail = _gone(rota_store.rota(session, before, now), config, now)
    entry = audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="rota.redeclare",
        subject=("rotation", rotation_id),
        decision=allow("rotation_gone", detail),
    )
    known = config.team.channel(before.channel)
    channel = known.id if known else config.team.alerts.channel
    enqueue(session, Post("note", entry.id, f"note:{entry.id}", channel), now)
    return True


def _gone(rota: Rota, config: Config, now: datetime) -> str:
    rotation = rota.rotation
    concerned = [*rotation.everybody, *rotation.shadows, *(each.person for each in rota.changes if each.end > now)]
    people = [named(each) for each in dict.fromkeys(concerned) if config.team.person(each)]
    whom = f" {', '.join(people)}: you are not on call in it any more." if people else ""
    changes = sum(each.end > now for each in rota.changes)
    arranged = " What you arranged in it (overrides, swaps) counts no more." if changes else ""
    return f"The rotation {quoted(rotation.title)} is not in the YAML any more.{whom}{arranged}"
