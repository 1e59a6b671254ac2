"""The statement that writes heartbeats: firing alerts that go on firing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.alerts.bulk_store import Known


class Beat(NamedTuple):
    """A firing alert that goes on firing: what is known of it now, and how often it was delivered."""

    known: Known
    counted: int


_BEAT = {
    "sqlite": text("""
        UPDATE alert_hot SET ends_at = beat.ends_at, ends_explicit = beat.explicit,
                             last_seen = :now, counted = alert_hot.counted + beat.counted
        FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS ends_at,
                     json_extract(value, '$[2]') AS explicit, json_extract(value, '$[3]') AS counted
              FROM json_each(:beats)) AS beat
        WHERE alert_hot.id = beat.id AND NOT alert_hot.resolved RETURNING alert_hot.id"""),
    "postgresql": text("""
        UPDATE alert_hot SET ends_at = (value ->> 1)::timestamptz, ends_explicit = (value ->> 2)::int = 1,
                             last_seen = CAST(:now AS timestamptz), counted = counted + (value ->> 3)::int
        FROM (SELECT id FROM alert_hot WHERE id = ANY(:ids) ORDER BY id FOR UPDATE) AS held
        JOIN (SELECT value, (value ->> 0)::bigint AS id FROM json_array_elements(CAST(:beats AS json))) AS beat
          ON beat.id = held.id
        WHERE alert_hot.id = held.id AND NOT alert_hot.resolved RETURNING alert_hot.id"""),
}
"""One statement for all heartbeats, whose values travel as one JSON text: several times quicker than one each."""


def write_beats(session: Session, beats: Collection[Beat], now: datetime) -> set[int]:
    """Let firing alerts go on firing; the ids of those that had not ended meanwhile, which are the ones written."""
    dialect = session.get_bind().dialect.name
    zone = "" if dialect == "sqlite" else "+00:00"
    rows = [
        (b.known.id, _text(b.known.activity.ends_at, zone), int(b.known.activity.explicit), b.counted)
        for b in beats
    ]
    values: dict[str, Any] = {"beats": msgspec.json.encode(rows).decode(), "now": _text(now, zone)}
    if dialect == "postgresql":
        values["ids"] = [row[0] for row in rows]
    return set(session.connection().execute(_BEAT[dialect], values).scalars())


def _text(at: datetime | None, zone: str) -> str | None:
    """A UTC instant as SQLAlchemy writes it to SQLite, with the zone that PostgreSQL needs."""
    return None if at is None else at.isoformat(" ", "microseconds")[:26] + zone
