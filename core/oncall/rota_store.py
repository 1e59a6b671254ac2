"""Reading and writing what people change about a rotation, and building its rota from it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.config.rotation import Rotation
from core.oncall import calendar_store, shadow_store
from core.oncall.calendar_tables import CalendarCopy
from core.oncall.duty import Away, Change, Imported, Layer, Why
from core.oncall.rota import Rota
from core.oncall.rota_tables import Absence, DutyRole, Override, RotaPlan, ShadowStep, Swap, SwapStatus
from core.oncall.schedule import shift_at


def rota(session: Session, rotation: Rotation, since: datetime) -> Rota:
    """The rota from the shift on that runs at `since`. Changes that name somebody who has left the team count no more:
    nobody could reach them.
    """
    start = shift_at(rotation, since).start
    absences = session.scalars(select(Absence).where(Absence.ends_at > start, _in_force(Absence, start)))
    overrides = session.scalars(
        select(Override).where(
            Override.rotation == rotation.id, Override.ends_at > start, _in_force(Override, start)
        )
    )
    swapped = session.scalars(
        select(Swap).where(
            Swap.rotation == rotation.id,
            Swap.status == SwapStatus.ACCEPTED,
            or_(Swap.ends_at > start, Swap.back_ends_at > start),
            _in_force(Swap, start),
        )
    )
    changes = [*map(_override, overrides), *(change for swap in swapped for change in _swap(swap))]
    real = [each for each in changes if each.start < each.end and rotation.knows(each.person)]
    away = [_away(row) for row in absences]
    away += [
        Away(row.person, row.starts_at, row.ends_at, row.seen_at)
        for row in calendar_store.away_after(session, start)
    ]
    learners, imported = shadow_store.of_rotation(session, rotation), _imported(session, rotation, start)
    return Rota(rotation, away, real, start, learners, imported)


def last_word(session: Session, rotation: str) -> datetime | None:
    """When people last changed anything about a rotation, or took it back; None where nobody ever did."""
    asked = (
        select(func.max(Absence.created_at), func.max(Absence.cancelled_at)),
        select(func.max(Override.created_at), func.max(Override.cancelled_at)).where(
            Override.rotation == rotation
        ),
        select(func.max(Swap.decided_at), func.max(Swap.cancelled_at)).where(Swap.rotation == rotation),
        select(func.max(ShadowStep.decided_at)).where(ShadowStep.rotation == rotation),
        select(func.max(CalendarCopy.changed_at)),
    )
    found = [at for query in asked for at in session.execute(query).one() if at is not None]
    return max(found, default=None)


def _imported(session: Session, rotation: Rotation, start: datetime) -> list[Imported]:
    if rotation.imported is None:
        return []
    found = calendar_store.shifts_after(session, rotation.id, start)
    return [Imported(row.id, row.person, row.starts_at, row.ends_at) for row in found]


def lock_plan(session: Session, rotation: str) -> RotaPlan:
    """The rotation's plan, held: whoever changes a rota does so one after the other."""
    query = select(RotaPlan).where(RotaPlan.rotation == rotation).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        try:
            with session.begin_nested():
                session.add(RotaPlan(rotation=rotation))
        except IntegrityError:
            pass  # another process has just made it
        found = session.scalars(query).one()
    return found


def plan_of(session: Session, rotation: str) -> RotaPlan | None:
    return session.get(RotaPlan, rotation)


def planned_rotations(session: Session) -> Sequence[str]:
    """Every rotation whose notices are planned, by id."""
    query = select(RotaPlan.rotation).where(RotaPlan.planned_until.is_not(None))
    return session.scalars(query.order_by(RotaPlan.rotation)).all()


def swap(session: Session, swap_id: int) -> Swap | None:
    return session.get(Swap, swap_id)


def lock_override(session: Session, override_id: int) -> Override | None:
    """The override, held against a second change at the same instant; so are the two below."""
    query = select(Override).where(Override.id == override_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def lock_absence(session: Session, absence_id: int) -> Absence | None:
    query = select(Absence).where(Absence.id == absence_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def change(session: Session, kind: str, row_id: int) -> Override | Absence | Swap | None:
    """An override, absence or swap by its id, as `kind` says; not held."""
    if kind == "override":
        return session.get(Override, row_id)
    if kind == "absence":
        return session.get(Absence, row_id)
    return session.get(Swap, row_id)


def lock_swap(session: Session, swap_id: int) -> Swap | None:
    query = select(Swap).where(Swap.id == swap_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def overrides_after(session: Session, now: datetime) -> Sequence[Override]:
    """Overrides that run or are to come, soonest first, without those of an import; so are the two below."""
    query = select(Override).where(Override.ends_at > now, Override.cancelled_at.is_(None))
    query = query.where(Override.import_id.is_(None))
    return session.scalars(query.order_by(Override.starts_at, Override.id)).all()


def absences_after(session: Session, now: datetime) -> Sequence[Absence]:
    query = select(Absence).where(Absence.ends_at > now, Absence.cancelled_at.is_(None))
    query = query.where(Absence.import_id.is_(None))
    return session.scalars(query.order_by(Absence.starts_at, Absence.id)).all()


def swaps_after(session: Session, now: datetime) -> Sequence[Swap]:
    """Those that are asked too."""
    query = select(Swap).where(
        Swap.status.in_((SwapStatus.ASKED, SwapStatus.ACCEPTED)),
        or_(Swap.ends_at > now, Swap.back_ends_at > now),
        Swap.cancelled_at.is_(None),
    )
    return session.scalars(query.order_by(Swap.starts_at, Swap.id)).all()


def overdue_swaps(session: Session, now: datetime) -> Sequence[Swap]:
    """Questions whose time is over, without those that somebody is answering just now."""
    query = select(Swap).where(Swap.status == SwapStatus.ASKED, Swap.due_at <= now).order_by(Swap.due_at, Swap.id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(locked).all()


def next_swap_due(session: Session) -> datetime | None:
    """When the next question expires."""
    return session.scalar(select(func.min(Swap.due_at)).where(Swap.status == SwapStatus.ASKED))


def _in_force(table: type[Absence] | type[Override] | type[Swap], since: datetime) -> ColumnElement[bool]:
    """Not cancelled before `since`."""
    return or_(table.cancelled_at.is_(None), table.cancelled_at > since)


def _until(end: datetime, cancelled: datetime | None) -> datetime:
    return end if cancelled is None else min(end, cancelled)


def _away(row: Absence) -> Away:
    return Away(row.person, row.starts_at, _until(row.ends_at, row.cancelled_at), row.created_at)


def _override(row: Override) -> Change:
    return Change(
        id=row.id,
        layer=Layer.OVERRIDE,
        why=Why.TAKEN if row.taken else Why.OVERRIDE,
        role=DutyRole(row.role),
        person=row.person,
        start=row.starts_at,
        end=_until(row.ends_at, row.cancelled_at),
        said_at=row.created_at,
    )


def _swap(row: Swap) -> Iterator[Change]:
    """Both stretches; one that ran before the answer came stays as it was."""
    stretches = [(row.asked_of, row.starts_at, row.ends_at), (row.asked_by, row.back_starts_at, row.back_ends_at)]
    for person, start, end in stretches:
        if start is None or end is None or row.decided_at is None:
            continue
        yield Change(
            id=row.id,
            layer=Layer.SWAP,
            why=Why.SWAP,
            role=DutyRole.PRIMARY,
            person=person,
            start=max(start, row.decided_at),
            end=_until(end, row.cancelled_at),
            said_at=row.decided_at,
        )
