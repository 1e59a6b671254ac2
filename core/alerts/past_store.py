"""Looking back: which stored alerts some matchers hold for."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, not_, select
from sqlalchemy.orm import Session

from core.alerts.label_store import may_match
from core.alerts.matching import match_all
from core.alerts.silencing import PastGroup
from core.alerts.tables import AlertCold, AlertGroup, AlertHot, GroupStatus

MOST = 50_000
"""How many alerts are looked at, newest first: about a second's work."""

_CHUNK = 500


def matched(
    session: Session, matchers: Sequence[Mapping[str, Any]], since: datetime
) -> tuple[list[PastGroup], bool]:
    """The groups since then in which an alert matches, newest first, and whether there was more than is looked at.

    Raises RefusedError for a pattern that nobody can read.
    """
    query = select(AlertCold.group_id, AlertCold.labels).where(AlertCold.first_seen >= since, *may_match(matchers))
    rows = session.execute(query.order_by(AlertCold.id.desc()).limit(MOST)).all()
    hits = Counter(group_id for group_id, labels in rows if match_all(matchers, labels))
    return _groups(session, hits), len(rows) == MOST


def firing_matched(session: Session, matchers: Sequence[Mapping[str, Any]]) -> int:
    """How many alerts that fire now match."""
    query = select(AlertCold.labels).where(*may_match(matchers)).join(AlertHot, AlertHot.id == AlertCold.id)
    query = query.where(AlertCold.is_open, not_(AlertHot.resolved))
    return sum(match_all(matchers, labels) for labels in session.scalars(query.limit(MOST)))


def any_firing(session: Session, matchers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an alert that matches fires now."""
    query = select(AlertCold.labels).where(*may_match(matchers)).join(AlertHot, AlertHot.id == AlertCold.id)
    query = query.where(AlertCold.is_open, not_(AlertHot.resolved)).order_by(AlertCold.id)
    return any(match_all(matchers, labels) for labels in session.scalars(query))


def labels_of(session: Session, group_id: int, limit: int = 1_000) -> list[dict[str, str]]:
    """The labels of a group's alerts, those of the newest first."""
    query = select(AlertCold.labels).where(AlertCold.group_id == group_id).order_by(AlertCold.id.desc())
    return list(session.scalars(query.limit(limit)))


def over(session: Session, limit: int) -> Sequence[AlertGroup]:
    """Groups that have ended, the newest first."""
    query = select(AlertGroup).where(AlertGroup.status == GroupStatus.RESOLVED)
    return session.scalars(query.order_by(AlertGroup.id.desc()).limit(limit)).all()


def storms_within(session: Session, group_ids: Collection[int]) -> list[int]:
    """The storms all of whose groups are among these: nobody would have been called for them either."""
    ids, found = sorted(group_ids), Counter[int]()
    for chunk in (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)):
        query = select(AlertGroup.storm_id, func.count()).where(AlertGroup.id.in_(chunk))
        query = query.where(AlertGroup.storm_id.is_not(None)).group_by(AlertGroup.storm_id)
        found.update({row[0]: row[1] for row in session.execute(query) if row[0] is not None})
    whole = select(AlertGroup.storm_id, func.count()).where(AlertGroup.storm_id.in_(found))
    counted = session.execute(whole.group_by(AlertGroup.storm_id))
    return [storm for storm, total in counted if storm is not None and found[storm] == total]


def _groups(session: Session, hits: Mapping[int, int]) -> list[PastGroup]:
    found = []
    ids = sorted(hits, reverse=True)
    for chunk in (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)):
        query = select(AlertGroup.id, AlertGroup.title, AlertGroup.opened_at, func.count())
        query = query.join(AlertCold, AlertCold.group_id == AlertGroup.id).where(AlertGroup.id.in_(chunk))
        query = query.group_by(AlertGroup.id, AlertGroup.title, AlertGroup.opened_at).order_by(
            AlertGroup.id.desc()
        )
        found += [PastGroup(row[0], row[1], row[2], hits[row[0]], row[3]) for row in session.execute(query)]
    return found
