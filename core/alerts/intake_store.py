"""The statements that every new and every ended alert goes through, written for each database as it is quickest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.alerts.activity import Activity
from core.alerts.delivery import Delivery
from core.db.direct import Bulk, Statement, is_sqlite, micros_to_driver, to_driver
from core.db.times import as_text

Rows = Sequence[Sequence[Any]]

_COLD = ["id", "group_id", "fingerprint", "source", "labels", "annotations", "generator_url", "digest", "is_open"]
_COLD.append("first_seen")
_HOT = ["id", "starts_at", "ends_at", "ends_explicit", "resolved", "last_seen", "counted"]
_TIMES = ("first_seen", "starts_at", "ends_at", "last_seen")
_TYPES = {
    **dict.fromkeys(("id", "group_id"), "bigint"),
    **dict.fromkeys(("is_open", "ends_explicit", "resolved"), "boolean"),
    **dict.fromkeys(_TIMES, "timestamptz"),
    "counted": "integer",
}
"""PostgreSQL's, for the columns that are no text; JSON travels as text."""


def _insert(table: str, names: list[str], json: Collection[str] = ()) -> Bulk:
    columns, places = ", ".join(names), ", ".join(f"{{{name}}}" for name in names)
    chosen = ", ".join(f"{name}::json" if name in json else name for name in names)
    return Bulk(
        f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608 - constants only
        f"INSERT INTO {table} ({columns}) SELECT {chosen} FROM {{new}}",  # noqa: S608
        names,
        _TYPES,
    )


_ADD_COLD = _insert("alert_cold", _COLD, json=("labels", "annotations"))
_ADD_HOT = _insert("alert_hot", _HOT)
_UPDATE_HOT = Bulk(
    """UPDATE alert_hot SET starts_at = {starts_at}, ends_at = {ends_at}, ends_explicit = {ends_explicit},
       resolved = {resolved}, last_seen = {last_seen}, counted = counted + {counted} WHERE id = {id}""",
    """UPDATE alert_hot SET starts_at = new.starts_at, ends_at = new.ends_at, ends_explicit = new.ends_explicit,
       resolved = new.resolved, last_seen = new.last_seen, counted = alert_hot.counted + new.counted
       FROM {new} WHERE alert_hot.id = new.id""",
    _HOT,
    _TYPES,
)
_END = Bulk(
    """UPDATE alert_hot SET ends_at = {ends_at}, ends_explicit = 1, resolved = 1, last_seen = {last_seen},
       counted = counted + {counted} WHERE id = {id}""",
    """UPDATE alert_hot SET ends_at = new.ends_at, ends_explicit = true, resolved = true, last_seen = new.last_seen,
       counted = alert_hot.counted + new.counted FROM {new} WHERE alert_hot.id = new.id""",
    ["ends_at", "last_seen", "counted", "id"],
    _TYPES,
)
_NEXT_IDS = Statement(
    "WITH RECURSIVE n(id) AS (SELECT (SELECT coalesce(max(id), 0) FROM alert_cold) + 1 UNION ALL "
    "SELECT id + 1 FROM n LIMIT {count}) SELECT id FROM n",
    "WITH s AS MATERIALIZED (SELECT pg_get_serial_sequence('alert_cold', 'id')::regclass AS name) "
    "SELECT nextval(s.name) FROM s, generate_series(1, {count})",
)


class Fresh(NamedTuple):
    """A new alert, and how often it was delivered."""

    delivery: Delivery
    activity: Activity
    counted: int


class HotRow(NamedTuple):
    """The new state of an alert, and how often it was delivered since."""

    id: int
    activity: Activity
    resolved: bool
    last_seen: datetime
    counted: int


def next_ids(session: Session, count: int) -> Sequence[int]:
    """Ids for new alerts, which rise."""
    return [row[0] for row in _NEXT_IDS.run(session, count=count)] if count else ()


def alert_rows(
    session: Session, ids: Sequence[int], group_ids: Sequence[int], fresh: Sequence[Fresh], now: datetime
) -> tuple[Rows, Rows]:
    """The cold and the hot rows of new alerts, as the driver takes them."""
    time, seen = as_text if is_sqlite(session) else _same, to_driver(session, now)
    cold: list[tuple[Any, ...]] = []
    hot: list[tuple[Any, ...]] = []
    for at, group_id, (delivery, (starts_at, ends_at, explicit), counted) in zip(
        ids, group_ids, fresh, strict=True
    ):
        who, said = delivery.identity, delivery.texts
        cold.append(
            (
                at,
                group_id,
                who.fingerprint,
                delivery.source,
                who.json,
                said.json,
                said.generator_url,
                said.digest,
                True,
                seen,
            )
        )
        over = ends_at is not None and ends_at <= now
        hot.append((at, time(starts_at), time(ends_at), explicit, over, seen, counted))
    return cold, hot


def insert_alerts(session: Session, cold: Rows, hot: Rows) -> None:
    """New alerts, as rows of `alert_rows`."""
    _ADD_COLD.run(session, cold)
    _ADD_HOT.run(session, hot)


def _hot_rows(session: Session, rows: Sequence[HotRow]) -> list[tuple[Any, ...]]:
    time = as_text if is_sqlite(session) else _same
    seen = {at: time(at) for at in {row.last_seen for row in rows}}
    return [
        (h.id, time(h.activity[0]), time(h.activity[1]), h.activity[2], h.resolved, seen[h.last_seen], h.counted)
        for h in rows
    ]


def _same(at: datetime | None) -> Any:
    return at


def update_hot(session: Session, rows: Sequence[HotRow]) -> None:
    """Write new states by id; `counted` is added to what is stored."""
    _UPDATE_HOT.run(session, _hot_rows(session, rows))


class EndedAlert(NamedTuple):
    """An alert whose sender says that it has ended: when, in microseconds since 1970, and how often it was heard of
    since it was last written."""

    id: int
    group_id: int
    ends: int
    counted: int


def ended_rows(session: Session, ended: Sequence[EndedAlert], now: datetime) -> Rows:
    """What `write_ended` is given, as the driver takes it."""
    seen, time = to_driver(session, now), micros_to_driver(session)
    return [(time(ends), seen, counted, alert_id) for alert_id, _, ends, counted in ended]


def write_ended(session: Session, rows: Rows) -> None:
    """These alerts, which fire, are over."""
    _END.run(session, rows)


class GroupRow(NamedTuple):
    """What decides whether a group has to be looked at. It `waits` when people will hear of it later, or a storm tells
    of it."""

    id: int
    key: str
    status: str
    severity: str
    channel: str
    waits: bool


_GROUPS_SQL = """
    SELECT id, key, status, severity, channel, due_at IS NOT NULL OR (storm_id IS NOT NULL AND revision = 0)
    FROM alert_group WHERE id IN {ids:list} OR (key IN {keys:list} AND status <> 'resolved') ORDER BY id"""
_GROUPS = Statement(
    _GROUPS_SQL,
    _GROUPS_SQL.replace("IN {ids:list}", "= ANY({ids})").replace("IN {keys:list}", "= ANY({keys})")
    + " FOR UPDATE",
)


def lock_group_rows(session: Session, group_ids: Collection[int], keys: Collection[str]) -> list[GroupRow]:
    """These groups, and the open ones of these keys, held, in the order of their ids."""
    rows = _GROUPS.run(session, ids=sorted(group_ids), keys=sorted(keys)) if group_ids or keys else ()
    return [GroupRow._make(row) for row in rows]


_FIRES = Statement("""
    SELECT id FROM alert_group WHERE id IN {ids:list} AND (
        SELECT alert_cold.id FROM alert_cold JOIN alert_hot ON alert_hot.id = alert_cold.id
        WHERE alert_cold.group_id = alert_group.id AND NOT alert_hot.resolved AND alert_cold.id NOT IN {but:list}
        ORDER BY alert_cold.id DESC LIMIT 1
    ) IS NOT NULL""")
_QUIETENED = Statement("SELECT 1 FROM silence WHERE starts_at <= {now} AND ends_at > {now} LIMIT 1")


def anything_silenced(session: Session, now: datetime) -> bool:
    """Whether a silence is in force."""
    return bool(_QUIETENED.run(session, now=to_driver(session, now)))


def still_firing(session: Session, group_ids: Collection[int], but_for: Collection[int]) -> set[int]:
    """Which of these groups have an alert that fires, but for some. Looks at the newest first, which is quick."""
    if not group_ids:
        return set()
    return {row[0] for row in _FIRES.run(session, ids=sorted(group_ids), but=sorted(but_for))}
