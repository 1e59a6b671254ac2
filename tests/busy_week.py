"""A week of a busy team on a simulated clock: what happens is scripted from a seed, and what has to follow from it is
worked out here a second time, by plain arithmetic on the script."""

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.alerts.delivery import Delivery, identity, texts
from core.alerts.tables import AlertGroup, Digest
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import Notification, Page, ShiftHandoff
from tests.oncall_support import config
from workflows import hand_off
from workflows.deadlines import next_deadline
from workflows.respond import acknowledge, receive, resolve
from workflows.runtime import TAKES

MONDAY = datetime(2013, 2, 11, 14, 0, tzinfo=UTC)
"""09:00 in New York: both rotations hand over."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
WAITS = [timedelta(minutes=m) for m in (15, 15, 30)] * 2
"""The policy's three steps, gone through twice."""

ROTATIONS: list[dict[str, Any]] = [
    {
        "id": "flights",
        "title": "Flights on-call",
        "timezone": "America/New_York",
        "handoff": {"on": "monday", "at": "09:00"},
        "starts": "2013-01-28",
        "members": ["jonas", "amina", "maya"],
        "shadows": ["leo"],
        "channel": "oncall",
    },
    {
        "id": "data",
        "title": "Data on-call",
        "timezone": "America/New_York",
        "every": "1d",
        "handoff": {"at": "09:00"},
        "starts": "2013-02-11",
        "members": ["leo", "maya"],
        "channel": "oncall",
    },
]

ALERTS = {
    "channel": "oncall",
    "rotation": "flights",
    "policy": "page",
    "by": ["alertname", "number"],
    "storm": {"groups": 500},
    "digests": {"every": "day", "at": "09:00", "timezone": "America/New_York"},
    "routes": [
        {"id": "quiet", "match": ["severity=info"], "digest": True},
        {"id": "data", "match": ["team=data"], "rotation": "data"},
    ],
}


@dataclass(frozen=True)
class Incident:
    """One scripted alert: it fires at `at` and would end at `ends`; `answered` is when somebody takes it, if ever."""

    number: int
    at: datetime
    ends: datetime
    answered: datetime | None
    severity: str
    team: str

    @property
    def called_until(self) -> datetime:
        return min(self.answered or self.ends, self.ends)


@dataclass
class Ledger:
    """What happened."""

    config: Config
    incidents: list[Incident]
    handoffs: list[ShiftHandoff] = field(default_factory=list)
    calls: dict[int, list[Notification]] = field(default_factory=dict)
    digests: list[Digest] = field(default_factory=list)


def script(seed: int, count: int = 300) -> list[Incident]:
    """A week of incidents, in the order in which they begin, none within a second of a boundary."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        at = MONDAY + timedelta(seconds=rng.randrange(60, int(WEEK.total_seconds()) - 7200) + 0.5)
        ends = at + timedelta(seconds=rng.randrange(120, 6 * 3600) + 0.25)
        wait = timedelta(seconds=rng.randrange(30, 3 * 3600) + 0.125)
        answered = at + wait if rng.random() < 0.8 and at + wait < ends else None
        severity = rng.choice(["critical", "error", "warning", "info"])
        made.append(Incident(number, at, ends, answered, severity, rng.choice(["flights", "data"])))
    return sorted(made, key=lambda incident: incident.at)


def _delivery(incident: Incident, ended: bool) -> Delivery:
    labels = {
        "alertname": f"Kind{incident.number % 7}",
        "number": str(incident.number),
        "severity": incident.severity,
        "team": incident.team,
    }
    ends_at = incident.ends if ended else None
    return Delivery(identity(labels), texts({}), "test", incident.at, ends_at, expires=False)


def replay(database: Database, seed: int, count: int = 300) -> Ledger:
    """Play the script against the engine's own passes, each at the instant at which it falls due."""
    found = Ledger(config(rotations=ROTATIONS, alerts=ALERTS), script(seed, count))
    _take(database, found.config, MONDAY - timedelta(minutes=1))
    for at, what, incident in _events(database, found):
        if incident is not None:
            _happen(database, found.config, what, incident, at)
        else:
            _take(database, found.config, at)
        for handoff in _accepting(database, at):
            with database.write() as session:
                person = found.config.team.person(handoff.incoming)
                assert hand_off.accept(session, found.config, handoff.id, person, handoff.incoming, at).allowed
    return _read(database, found)


def _events(database: Database, found: Ledger) -> Iterator[tuple[datetime, str, Incident | None]]:
    """Scripted events and the engine's deadlines, merged as time goes by."""
    coming: list[tuple[datetime, int, str, Incident]] = []
    for n, incident in enumerate(found.incidents):
        heapq.heappush(coming, (incident.at, n, "fires", incident))
        heapq.heappush(coming, (incident.ends, n, "ends", incident))
        if incident.answered:
            heapq.heappush(coming, (incident.answered, n, "answered", incident))
    now, end = MONDAY - timedelta(minutes=1), MONDAY + WEEK + timedelta(minutes=1)
    while True:
        with database.read() as session:
            due = next_deadline(session, found.config, now)
        scripted = coming[0][0] if coming else end
        now = min(max(due or end, now), scripted)
        if now >= end:
            return
        if scripted == now:
            _, _, what, incident = heapq.heappop(coming)
            yield now, what, incident
        else:
            yield now, "due", None


def _take(database: Database, team: Config, now: datetime) -> None:
    for take in TAKES:
        with database.write() as session:
            take(session, team, now)


def _happen(database: Database, team: Config, what: str, incident: Incident, now: datetime) -> None:
    with database.write() as session:
        if what != "answered":
            receive(session, team, [_delivery(incident, what == "ends")], now)
            return
        query = select(AlertGroup).where(AlertGroup.labels["number"].as_string() == str(incident.number))
        group = session.scalars(query).one()
        answer = resolve if incident.number % 5 == 0 else acknowledge
        assert answer(session, team, group.id, team.team.person("jonas"), "jonas", now).allowed


def _accepting(database: Database, now: datetime) -> list[ShiftHandoff]:
    """Handoffs that were drafted some minutes ago: people accept before anybody reminds them."""
    with database.read() as session:
        query = select(ShiftHandoff).where(ShiftHandoff.accepted_at.is_(None))
        return [row for row in session.scalars(query) if row.created_at <= now]


def _read(database: Database, found: Ledger) -> Ledger:
    with database.read() as session:
        query = select(Notification, AlertGroup.labels).join(Page, Page.id == Notification.page_id)
        query = query.join(AlertGroup, AlertGroup.id == Page.group_id).order_by(Notification.id)
        for call, labels in session.execute(query):
            found.calls.setdefault(int(labels["number"]), []).append(call)
        found.handoffs = list(session.scalars(select(ShiftHandoff).order_by(ShiftHandoff.id)))
        found.digests = list(session.scalars(select(Digest).order_by(Digest.id)))
    return found


def expected_calls(incident: Incident) -> list[tuple[datetime, int]]:
    """When each step of the policy has to be taken, by the policy's waits alone."""
    if incident.severity in ("warning", "info"):
        return []
    steps, at = [], incident.at
    for step, wait in enumerate(WAITS):
        if at >= incident.called_until:
            break
        steps.append((at, step))
        at += wait
    return steps


def expected_people(incident: Incident, at: datetime, step: int) -> list[str]:
    """Whom a step calls, by counting shifts on a calendar: New York is five hours behind UTC all this week."""
    members = ["amina", "maya", "jonas"] if incident.team == "flights" else ["leo", "maya"]
    shift = (at - MONDAY) // (WEEK if incident.team == "flights" else DAY)
    first = {"flights": 1, "data": 0}[incident.team]
    turn = members[(shift + first) % len(members)], members[(shift + first + 1) % len(members)]
    kind = step % 3
    return sorted(members) if kind == 2 else [turn[kind]]


def expected_digests(incidents: list[Incident]) -> dict[datetime, dict[str, Any]]:
    """What each morning's digest has to count."""
    found = {}
    for day in range(1, 8):
        start, end = MONDAY + (day - 1) * DAY, MONDAY + day * DAY
        fresh = [each for each in incidents if start <= each.at < end]
        over = [each for each in incidents if start <= _over(each) < end]
        still = [each for each in incidents if each.at < end <= _over(each)]
        kinds = Counter(f"Kind{each.number % 7}" for each in fresh)
        quiet = sum(each.severity == "info" and not _taken(each, end) for each in fresh)
        found[end] = {
            "opened": len(fresh),
            "resolved": len(over),
            "open": len(still),
            "quiet": quiet,
            "kinds": dict(kinds),
        }
    return found


def _taken(incident: Incident, by: datetime) -> bool:
    """Whether somebody had taken it: what people do to a group is told, whatever its route says."""
    return incident.answered is not None and incident.answered < by


def _over(incident: Incident) -> datetime:
    resolved = incident.answered is not None and incident.number % 5 == 0
    return incident.answered if resolved and incident.answered else incident.ends
