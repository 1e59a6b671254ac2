"""Alerts, groups and silences as the Alertmanager API words them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy.orm import Session

from core.alerts import inhibit_store, silence_store, store
from core.alerts.activity import RESOLVE_TIMEOUT
from core.alerts.inhibition import Inhibiting, Source, by_digest, inhibited_by
from core.alerts.matching import Silencing, match_all, matches, parse_matcher
from core.alerts.silence_tables import Silence, SilenceState
from core.alerts.store import AlertRow
from core.alerts.tables import AlertGroup
from core.config.load import Config

RECEIVER = {"name": "goldilocks"}
RETENTION = timedelta(days=5)
"""How long silences that are over are still listed; Alertmanager's default."""

Json = dict[str, Any]


_FLAGS = ("active", "silenced", "inhibited")
_TRUE = frozenset({"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"})
"""What Alertmanager reads as true; it takes everything else for false."""


@dataclass(frozen=True)
class AlertFilter:
    """Which alerts are asked for: by matchers that must all hold, and by whether they are silenced or inhibited.

    `received` tells whether their one receiver is among those asked for.
    """

    matchers: Sequence[Mapping[str, Any]] = ()
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    received: bool = True

    @classmethod
    def of(cls, query: Mapping[str, list[str]]) -> Self:
        """From a query string; raises RefusedError for a matcher or a pattern that nobody can read.

        `unprocessed` is not looked at: every alert that is stored here has been processed.
        """
        flags = {name: query.get(name, ["true"])[-1].lower() in _TRUE for name in _FLAGS}
        received = all(_names_receiver(pattern) for pattern in query.get("receiver", []))
        return cls([parse_matcher(text) for text in query.get("filter", [])], **flags, received=received)


def _names_receiver(pattern: str) -> bool:
    asked = {"name": "receiver", "value": pattern, "isRegex": True}
    return not pattern or matches(asked, {"receiver": RECEIVER["name"]})


def alerts_listed(session: Session, config: Config, wanted: AlertFilter, now: datetime) -> list[Json]:
    """Every firing alert that is asked for, by fingerprint."""
    return sorted(
        (alert for _, alert in _listed(session, config, wanted, now)), key=lambda alert: str(alert["fingerprint"])
    )


def groups_listed(session: Session, config: Config, wanted: AlertFilter, now: datetime) -> list[Json]:
    """The same alerts, by the group that people handle."""
    found: dict[int, Json] = {}
    for group, alert in _listed(session, config, wanted, now):
        entry = found.setdefault(group.id, {"labels": group.labels, "receiver": RECEIVER, "alerts": []})
        entry["alerts"].append(alert)
    return [found[group_id] for group_id in sorted(found)]


def _listed(session: Session, config: Config, wanted: AlertFilter, now: datetime) -> list[tuple[AlertGroup, Json]]:
    if not wanted.received:
        return []
    silences, rules = Silencing(silence_store.active(session, now)), by_digest(config.team.alerts.inhibit)
    inhibiting = Inhibiting(rules, inhibit_store.firing(session) if rules else ())
    rows = [each for each in store.firing_alerts(session) if match_all(wanted.matchers, each[0].labels)]
    found = []
    for (row, group), quiet in zip(rows, silences.of_all([row.labels for row, _ in rows]), strict=True):
        source = inhibited_by(row.labels, inhibiting)
        if _asked_for(wanted, bool(quiet), source is not None):
            found.append((group, _alert(row, quiet, source, now)))
    return found


def _asked_for(wanted: AlertFilter, silenced: bool, inhibited: bool) -> bool:
    """As Alertmanager filters: each flag leaves out what it is about, `active` what nothing keeps quiet."""
    if not silenced and not inhibited:
        return wanted.active
    return (wanted.silenced or not silenced) and (wanted.inhibited or not inhibited)


def _alert(row: AlertRow, quiet: Sequence[Silence], source: Source | None, now: datetime) -> Json:
    """`endsAt` is required: an alert without an end shows the one that the resolve timeout would give it. A generator
    URL is left out when there is none: an empty one is no URI."""
    url = {"generatorURL": row.generator_url} if row.generator_url else {}
    return {
        **url,
        "fingerprint": row.fingerprint,
        "labels": row.labels,
        "annotations": row.annotations,
        "startsAt": row.starts_at,
        "endsAt": row.ends_at or now + RESOLVE_TIMEOUT,
        "updatedAt": row.last_seen,
        "receivers": [RECEIVER],
        "status": {
            "state": "suppressed" if quiet or source else "active",
            "silencedBy": [silence.id for silence in quiet],
            "inhibitedBy": [] if source is None else [source.fingerprint],
            "mutedBy": [],
        },
    }


def silences_listed(session: Session, filters: Sequence[str], now: datetime) -> list[Json]:
    """Silences in force, to come, or over since less than five days, that have the matchers asked for."""
    wanted = [parse_matcher(text) for text in filters]
    found = silence_store.standing_since(session, now - RETENTION)
    return [silence_as_listed(s, now) for s in found if all(_has(s, matcher) for matcher in wanted)]


def _has(silence: Silence, wanted: Mapping[str, Any]) -> bool:
    """As Alertmanager filters silences: one of its matchers is the one asked for, in name, operator and value."""
    return any(_same(matcher, wanted) for matcher in silence.matchers)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alike = all(one[part] == other[part] for part in ("name", "value", "isRegex"))
    return alike and one.get("isEqual", True) == other.get("isEqual", True)


def silence_as_listed(silence: Silence, now: datetime) -> Json:
    return {
        "id": silence.id,
        "matchers": silence.matchers,
        "startsAt": silence.starts_at,
        "endsAt": silence.ends_at,
        "updatedAt": silence.ends_at if silence.ended_by else silence.created_at,
        "createdBy": silence.created_by,
        "comment": silence.comment,
        "status": {"state": _state(silence, now)},
    }


def _state(silence: Silence, now: datetime) -> SilenceState:
    if silence.ends_at <= now:
        return SilenceState.EXPIRED
    return SilenceState.PENDING if silence.starts_at > now else SilenceState.ACTIVE
