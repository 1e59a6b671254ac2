"""Which labels the alerts of a group, or of all groups of a storm, have, counted where they lie; and which alerts have
some labels."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.alerts.matching import match_all
from core.alerts.spread import Cause, Spread, spread
from core.alerts.tables import AlertCold, AlertGroup, AlertHot

MOST = 20_000
"""Rows of (label, value, count), or alerts, that are looked at."""

MOST_GROUPS = 5_000
"""Both databases limit the parameters of a statement."""


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names that both databases take as a place in JSON as they are."""


def may_match(matchers: Sequence[Mapping[str, Any]]) -> list[ColumnElement[bool]]:
    """What the database can leave out by: alerts whose labels are not those that have to be equal. Only the labels of
    the others have to be read, and what is left still has to be matched."""
    return [
        AlertCold.labels[matcher["name"]].as_string() == matcher["value"]
        for matcher in matchers
        if matcher["value"] and not matcher.get("isRegex", False) and matcher.get("isEqual", True)
        if _PLAIN.fullmatch(matcher["name"])
    ]


def groups_having(session: Session, matchers: Sequence[Mapping[str, Any]]) -> Select[int] | list[int]:
    """The groups with an alert for which every matcher holds, as a condition may name them: where the database cannot
    tell, the newest of them."""
    where = may_match(matchers)
    if len(where) == len(matchers):
        return select(AlertCold.group_id).where(*where)
    query = select(AlertCold.group_id, AlertCold.labels).where(*where).order_by(AlertCold.id.desc())
    met = (group_id for group_id, labels in session.execute(query.limit(MOST)) if match_all(matchers, labels))
    return list(dict.fromkeys(met))[:MOST_GROUPS]


def of_group(session: Session, group_id: int) -> list[Spread]:
    """The labels in which the firing alerts of a group differ."""
    return _spread(session, AlertCold.group_id == group_id)


def of_storm(session: Session, storm_id: int) -> list[Spread]:
    """The same over all groups of a storm."""
    groups = select(AlertGroup.id).where(AlertGroup.storm_id == storm_id)
    return _spread(session, AlertCold.group_id.in_(groups))


def count_firing_of_storm(session: Session, storm_id: int) -> int:
    """How many alerts fire in all groups of a storm."""
    query = select(func.count()).select_from(AlertHot).join(AlertCold, AlertCold.id == AlertHot.id)
    query = query.join(AlertGroup, AlertGroup.id == AlertCold.group_id)
    return session.scalar(query.where(AlertGroup.storm_id == storm_id, not_(AlertHot.resolved))) or 0


def causes_of_storm(session: Session, storm_id: int, labels: Collection[str], limit: int) -> list[Cause]:
    """By which of these labels, the declared causes, the groups of a storm name what is broken: the most frequent
    first."""
    pairs: Any = _pairs(session, AlertGroup.labels)
    count = func.count()
    query = select(pairs.c.key, pairs.c.value, count).select_from(AlertGroup).join(pairs, pairs.c.key.in_(labels))
    query = query.where(AlertGroup.storm_id == storm_id, pairs.c.value != "").group_by(pairs.c.key, pairs.c.value)
    query = query.order_by(count.desc(), pairs.c.key, pairs.c.value).limit(limit)
    return [Cause(str(row[0]), str(row[1]), int(row[2])) for row in session.execute(query)]


def _spread(session: Session, which: ColumnElement[bool]) -> list[Spread]:
    pairs: Any = _pairs(session, AlertCold.labels)
    count = func.count()
    query = select(pairs.c.key, pairs.c.value, count).select_from(AlertCold).join(pairs, pairs.c.key != "")
    query = query.join(AlertHot, AlertHot.id == AlertCold.id).where(which, not_(AlertHot.resolved))
    query = query.group_by(pairs.c.key, pairs.c.value).order_by(count.desc(), pairs.c.key, pairs.c.value)
    return spread((str(row[0]), str(row[1]), int(row[2])) for row in session.execute(query.limit(MOST)))


def _pairs(session: Session, labels: InstrumentedAttribute[dict[str, str]]) -> Any:
    """The labels of each row as rows of their own; the two databases have a function of their own for it."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    unpack = func.json_each if sqlite else func.json_each_text
    return unpack(labels).table_valued("key", "value", joins_implicitly=True).alias("pair")
