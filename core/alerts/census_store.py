"""How the alerts of groups stand: how many fire, and what keeps which of them quiet."""

from collections.abc import Collection, Sequence

from sqlalchemy import case, func, not_, select
from sqlalchemy.orm import Session

from core.alerts.inhibition import Inhibiting, inhibited_by
from core.alerts.label_store import may_match
from core.alerts.labels import Labels
from core.alerts.lifecycle import Census
from core.alerts.matching import Silencing, longest
from core.alerts.silence_tables import Silence
from core.alerts.tables import AlertCold, AlertGroup, AlertHot, GroupStatus

_AT_ONCE = 5_000
"""Alerts that silences are put to together."""

_CHUNK = 500
"""Values per IN list; both databases limit the parameters of a statement."""


def census(
    session: Session, group_ids: Collection[int], silences: Silencing, inhibiting: Inhibiting
) -> dict[int, Census]:
    """How many alerts of each group fire, and are kept quiet; labels are read only where something may do that."""
    found = dict.fromkeys(group_ids, Census())
    ids = sorted(group_ids)
    for chunk in (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)):
        if silences or inhibiting.sources:
            found.update(_one_by_one(session, chunk, silences, inhibiting))
        else:
            found.update(_counted(session, chunk))
    return found


def _counted(session: Session, group_ids: Sequence[int]) -> dict[int, Census]:
    query = select(AlertCold.group_id, func.sum(case((AlertHot.resolved, 0), else_=1)))
    query = query.join(AlertHot, AlertHot.id == AlertCold.id).where(AlertCold.group_id.in_(group_ids))
    return {group_id: Census(count) for group_id, count in session.execute(query.group_by(AlertCold.group_id))}


def _one_by_one(
    session: Session, group_ids: Sequence[int], silences: Silencing, inhibiting: Inhibiting
) -> dict[int, Census]:
    query = select(AlertCold.group_id, AlertCold.labels).join(AlertHot, AlertHot.id == AlertCold.id)
    query = query.where(AlertCold.group_id.in_(group_ids), not_(AlertHot.resolved)).order_by(AlertCold.id)
    found: dict[int, Census] = {}
    for rows in session.execute(query).partitions(_AT_ONCE):
        quiet = map(longest, silences.of_all([row.labels for row in rows]))
        for (group_id, labels), silence in zip(rows, quiet, strict=True):
            found[group_id] = _and(found.get(group_id, Census()), labels, silence, inhibiting)
    return found


def groups_with(session: Session, silence: Silence, statuses: Collection[GroupStatus]) -> list[int]:
    """The groups in these states that have a firing alert which a silence means."""
    query = select(AlertCold.group_id, AlertCold.labels).where(*may_match(silence.matchers))
    query = query.join(AlertHot, AlertHot.id == AlertCold.id).join(AlertGroup, AlertGroup.id == AlertCold.group_id)
    query = query.where(AlertGroup.status.in_(statuses), not_(AlertHot.resolved)).order_by(AlertCold.id)
    found: set[int] = set()
    for rows in session.execute(query).partitions(_AT_ONCE):
        met = Silencing([silence]).of_all([row.labels for row in rows])
        found.update(row.group_id for row, hits in zip(rows, met, strict=True) if hits)
    return sorted(found)


def _and(old: Census, labels: Labels, silence: Silence | None, inhibiting: Inhibiting) -> Census:
    """One more firing alert; a silence counts before an inhibition, for people asked for it."""
    source = inhibited_by(labels, inhibiting) if silence is None else None
    return Census(
        old.firing + 1,
        old.silenced + (silence is not None),
        silence.id if silence else old.silence_id,
        old.inhibited + (source is not None),
        source or old.source,
    )
