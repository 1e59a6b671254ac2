"""Telling people that they go on call: the notices of each rotation are planned as rows, and taken when due."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.config.load import Config
from core.config.rotation import Rotation
from core.oncall import notice_store, rota_store
from core.oncall.declaring import digest, kept
from core.oncall.notices import Planned, is_worth_telling, key_of, plan, reach
from core.oncall.rota import Rota
from core.oncall.rota_tables import Notice, NoticeStatus
from core.oncall.schedule import shift_at
from core.outbox.store import Post, enqueue
from workflows.rota import rotation_of


def plan_due(session: Session, config: Config, now: datetime) -> int:
    """Plan the notices of every rotation whose shift has ended, or whose YAML changed; returns how many rotations."""
    due = [rotation for rotation in config.team.rotations if _is_due(session, rotation, now)]
    for rotation in due:
        rota_store.lock_plan(session, rotation.id)
        replan(session, rota_store.rota(session, rotation, now), now)
    return len(due)


def replan(session: Session, rota: Rota, now: datetime) -> None:
    """Make the planned notices those of this rota; what was told stays told. The plan is held by the caller."""
    rotation = rota.rotation
    rota = rota_store.rota(session, rotation, reach(rotation, now))
    waiting = notice_store.planned(session, rotation.id)
    wanted = {planned.key: planned for planned in plan(rota, now, {key_of(notice) for notice in waiting})}
    known = {key_of(notice): notice for notice in notice_store.since(session, rotation.id, now)}
    for notice in waiting:
        if notice.starts_at > now and key_of(notice) not in wanted:
            session.delete(notice)
    for key, planned in wanted.items():
        if key not in known:
            session.add(_row(rotation, planned))
        elif known[key].status == NoticeStatus.PLANNED:
            known[key].ends_at, known[key].due_at = planned.stint.end, planned.due_at
            known[key].spans = _spans(planned)
    held = rota_store.lock_plan(session, rotation.id)
    held.seen_since = now if held.planned_until is None else held.seen_since
    held.planned_until = shift_at(rotation, now).end
    held.declared, held.declaration = digest(rotation), kept(rotation)
    session.flush()


def tell_due(session: Session, config: Config, now: datetime) -> int:
    """Tell what is due, by direct message or in the rotation's channel; returns how many notices were settled."""
    due = notice_store.due(session, now)
    for notice in due:
        reachable = not notice.person or config.team.person(notice.person) is not None
        if reachable and is_worth_telling(notice, now):
            notice.status = NoticeStatus.TOLD
            channel = f"@{notice.person}" if notice.person else rotation_of(config, notice.rotation).channel
            enqueue(session, Post("duty", notice.id, f"duty:{notice.id}", channel), now)
        else:
            notice.status = NoticeStatus.DROPPED
    return len(due)


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When the next notice is to be told or the next plan to be made."""
    known = [notice_store.next_due(session)]
    for rotation in config.team.rotations:
        held = rota_store.plan_of(session, rotation.id)
        known.append(now if _is_due(session, rotation, now) or held is None else held.planned_until)
    return min((at for at in known if at is not None), default=None)


def _is_due(session: Session, rotation: Rotation, now: datetime) -> bool:
    held = rota_store.plan_of(session, rotation.id)
    if held is None or held.planned_until is None or held.declared != digest(rotation):
        return True
    return held.planned_until <= now


def _row(rotation: Rotation, planned: Planned) -> Notice:
    return Notice(
        rotation=rotation.id,
        kind=planned.kind,
        person=planned.stint.person or "",
        role=planned.stint.role,
        starts_at=planned.stint.start,
        ends_at=planned.stint.end,
        due_at=planned.due_at,
        spans=_spans(planned),
    )


def _spans(planned: Planned) -> list[dict[str, str]]:
    """The parts of a tour; nothing where it is in one piece."""
    parts = planned.spans if len(planned.spans) > 1 else ()
    return [{"start": start.isoformat(), "end": end.isoformat()} for start, end in parts]
