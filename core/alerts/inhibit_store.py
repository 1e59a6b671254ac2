"""The sources of inhibitions: few rows, so that finding out who quietens whom does not read every alert."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, exists, not_, select
from sqlalchemy.orm import Session, aliased

from core.alerts.inhibition import Source, by_digest, source_of
from core.alerts.labels import Labels
from core.alerts.tables import AlertCold, AlertHot, Inhibitor
from core.config.alerts import Inhibition


def note_sources(session: Session, rules: Sequence[Inhibition], alerts: Iterable[tuple[int, Labels]]) -> int:
    """Remember which of these new alerts (id, labels) are sources; returns how many rows that were."""
    known = by_digest(rules)
    rows = [
        Inhibitor(alert_id=alert_id, rule=rule, equal=equal)
        for alert_id, labels in alerts
        for rule, equal in source_of(labels, known).items()
    ]
    session.add_all(rows)
    session.flush()
    return len(rows)


def firing(session: Session) -> list[Source]:
    """Every source that fires, oldest first."""
    query = select(
        AlertCold.id,
        AlertCold.group_id,
        AlertCold.fingerprint,
        AlertCold.labels,
        Inhibitor.rule,
        Inhibitor.equal,
    )
    query = query.join(Inhibitor, Inhibitor.alert_id == AlertCold.id).join(AlertHot, AlertHot.id == AlertCold.id)
    rows = session.execute(query.where(AlertCold.is_open, not_(AlertHot.resolved)).order_by(Inhibitor.id))
    return [Source(*row) for row in rows]


def turn(session: Session) -> int:
    """Mark the sources that began or ended as told to the groups; how many there were."""
    query = select(Inhibitor, AlertHot.resolved).join(AlertHot, AlertHot.id == Inhibitor.alert_id)
    rows = session.execute(query.where(_turned()).order_by(Inhibitor.id).with_for_update(of=Inhibitor)).all()
    for row, resolved in rows:
        row.applied = not resolved
    over = select(AlertCold.id).where(not_(AlertCold.is_open), AlertCold.id == Inhibitor.alert_id)
    if rows:
        session.flush()
        session.execute(delete(Inhibitor).where(over.exists()))
    return len(rows)


def waits(session: Session) -> bool:
    """Whether a source began or ended that the groups have not been told of."""
    return bool(session.scalar(select(exists(select(Inhibitor.id).where(_turned())))))


def refresh(session: Session, rules: Sequence[Inhibition]) -> int:
    """Find the sources among all open alerts again, because the rules may have changed; how many there are."""
    session.execute(delete(Inhibitor))
    if not rules:
        return 0
    query = select(AlertCold.id, AlertCold.labels).where(AlertCold.is_open).order_by(AlertCold.id)
    return note_sources(session, rules, [(row[0], row[1]) for row in session.execute(query)])


def _turned() -> ColumnElement[bool]:
    """Began or ended since. Asked from the few sources: a join would have SQLite look through all alerts there ever
    were, once a second."""
    hot = aliased(AlertHot)
    resolved = select(hot.resolved).where(hot.id == Inhibitor.alert_id).correlate(Inhibitor).scalar_subquery()
    return Inhibitor.applied == resolved
