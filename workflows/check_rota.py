"""Looking ahead for what is wrong with the rotations: when asked, and once a week without being asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.fields import Every, Schedule
from core.config.load import Config
from core.config.rotation import Rotation
from core.decision import allow
from core.oncall import rota_store
from core.oncall.check import Finding, findings, sentence
from core.outbox.store import Post, enqueue
from core.runs import store as runs
from core.runs.schedule import due, next_after

TOLD = 8
"""How many findings of a rotation one notice names."""


def check(session: Session, config: Config, now: datetime) -> list[tuple[Rotation, list[Finding]]]:
    """What is wrong with each rotation in the coming four weeks."""
    return [(each, _of(session, config, each, now)) for each in config.team.rotations]


def watch(session: Session, config: Config, now: datetime) -> int:
    """On Monday morning, where the rotation is, tell its channel what is wrong; how many were told. Nothing wrong is
    not told, and a Monday that was slept through is told when it wakes."""
    return sum(_watch(session, config, rotation, now) for rotation in config.team.rotations)


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When the next look is due; `now` for a rotation that was never seen."""
    known = [(each, runs.last_firing(session, _name(each))) for each in config.team.rotations]
    return min((next_after(_weekly(each), last) if last else now for each, last in known), default=None)


def _watch(session: Session, config: Config, rotation: Rotation, now: datetime) -> int:
    last = runs.last_firing(session, _name(rotation))
    if last is not None and next_after(_weekly(rotation), last) > now:
        return 0
    runs.set_last_firing(session, _name(rotation), now)
    found = _of(session, config, rotation, now) if last and due(_weekly(rotation), last, now) else []
    if not found:
        return 0
    more = f"\n… and {len(found) - TOLD} more; `/oncall check` has all" if len(found) > TOLD else ""
    lines = "\n".join(f"• {sentence(each)}" for each in found[:TOLD])
    decision = allow("faults_found", f"{rotation.title}, the coming four weeks:\n{lines}{more}")
    entry = audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="rota.check",
        subject=("rotation", rotation.id),
        decision=decision,
    )
    enqueue(session, Post("note", entry.id, f"note:{entry.id}", rotation.channel), now)
    return 1


def _of(session: Session, config: Config, rotation: Rotation, now: datetime) -> list[Finding]:
    return findings(rota_store.rota(session, rotation, now), config.team, now)


def _weekly(rotation: Rotation) -> Schedule:
    return Schedule.model_validate({"every": Every.WEEK, "at": "10:00", "timezone": rotation.timezone})


def _name(rotation: Rotation) -> str:
    return f"check_rota:{rotation.id}"
