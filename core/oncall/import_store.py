"""Reading and writing imports of shifts and absences, and what came with them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.oncall.rota_tables import Absence, DutyRole, Override, RotaImport


def get(session: Session, import_id: int) -> RotaImport | None:
    return session.get(RotaImport, import_id)


def lock(session: Session, import_id: int) -> RotaImport | None:
    """The import, held against a second click at the same instant."""
    query = select(RotaImport).where(RotaImport.id == import_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def forget_looks(session: Session, actor: str, before: datetime) -> None:
    """Empty what somebody only looked at before then, and never imported. The rows stay, so that a form that is still
    open somewhere never leads to what came after."""
    looks = RotaImport.created_by == actor, RotaImport.applied_at.is_(None), RotaImport.created_at < before
    session.execute(update(RotaImport).where(*looks).values(items=[]))


def in_force(session: Session, now: datetime) -> Sequence[RotaImport]:
    """Imports that run or are to come, soonest first."""
    query = select(RotaImport).where(
        RotaImport.applied_at.is_not(None), RotaImport.cancelled_at.is_(None), RotaImport.ends_at > now
    )
    return session.scalars(query.order_by(RotaImport.starts_at, RotaImport.id)).all()


def overrides_of(session: Session, import_id: int) -> Sequence[Override]:
    """The shifts that came with an import; so are the absences below."""
    return session.scalars(select(Override).where(Override.import_id == import_id).order_by(Override.id)).all()


def absences_of(session: Session, import_id: int) -> Sequence[Absence]:
    return session.scalars(select(Absence).where(Absence.import_id == import_id).order_by(Absence.id)).all()


def known(session: Session, rotation: str | None, now: datetime) -> set[tuple[str, datetime, datetime]]:
    """Who is put on call in a rotation, or without one away, already: person, start and end of each."""
    if rotation is None:
        away = select(Absence).where(Absence.ends_at > now, Absence.cancelled_at.is_(None))
        return {(row.person, row.starts_at, row.ends_at) for row in session.scalars(away)}
    put = select(Override).where(
        Override.rotation == rotation,
        Override.role == DutyRole.PRIMARY,
        Override.ends_at > now,
        Override.cancelled_at.is_(None),
    )
    return {(row.person, row.starts_at, row.ends_at) for row in session.scalars(put)}
