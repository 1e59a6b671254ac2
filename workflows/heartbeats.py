"""Heartbeats: a job that does not report becomes an alert, and its next report ends it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from core.alerts.delivery import Delivery, keyed, texts
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.config.senders import Heartbeat
from core.decision import Decision, allow, refuse
from core.heartbeats import store
from core.heartbeats.rules import Judgement, due_at, judge, missed_by
from core.heartbeats.tables import HeartbeatRow
from core.text import as_written
from workflows.respond import receive

NAME = "HeartbeatMissed"


class Beat(msgspec.Struct, frozen=True, gc=False):
    """A job's report that it is alive."""

    heartbeat: str
    source: str


def take_beats(session: Session, config: Config, beats: Sequence[Beat], now: datetime) -> list[Delivery]:
    """Note who reported; returns the ends of the alerts about those that were missed, to be received."""
    heard = {beat.heartbeat: beat for beat in beats}
    rows = store.lock(session, heard)
    ends = []
    for name, beat in sorted(heard.items()):
        expected = config.team.heartbeat(name)
        row = rows.get(name) or store.expect(session, name, now)
        if row.missed and expected is not None:
            ends.append(_alert(expected, row, ends_at=now))
            back = allow("heard_again", f"It reports again, after {row.missed} missed.")
            _record(session, name, f"source:{beat.source}", "heartbeat.return", back, now)
        row.heard_at = row.counts_from = now
        row.missed, row.excused = 0, False
    session.flush()
    return ends


def watch(session: Session, config: Config, now: datetime) -> int:
    """Raise an alert for every heartbeat that is missed, and again with every further period; how many those were."""
    rows = store.lock(session)
    alerts = [
        _alert(expected, row)
        for expected, row in _declared(session, config, rows, now)
        if _missed(session, expected, row, now)
    ]
    gone = [row for name, row in rows.items() if config.team.heartbeat(name) is None]
    alerts += [_end_of(row, now) for row in gone if row.missed]
    if alerts:
        receive(session, config, alerts, now)
    for row in gone:
        store.forget(session, row)
    return len(alerts)


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When the next heartbeat is taken for missed; `now` when one was never expected before, or not any more."""
    rows = store.known(session)
    declared = {expected.id: expected for expected in config.team.heartbeats}
    if rows.keys() != declared.keys():
        return now
    return min((due_at(declared[name], row.pulse) for name, row in rows.items()), default=None)


def _declared(
    session: Session, config: Config, rows: dict[str, HeartbeatRow], now: datetime
) -> list[tuple[Heartbeat, HeartbeatRow]]:
    """Every declared heartbeat with its row; one seen for the first time is expected from now on."""
    return [(h, rows.get(h.id) or store.expect(session, h.id, now)) for h in config.team.heartbeats]


def _missed(session: Session, expected: Heartbeat, row: HeartbeatRow, now: datetime) -> bool:
    """Whether it is missed, once more or for the first time; notes it in its row."""
    judgement = judge(expected, row.pulse, now)
    if judgement is Judgement.EXCUSE:
        row.counts_from, row.excused = now, True
        _record(session, expected.id, GOLDILOCKS, "heartbeat.excuse", refuse("not_watched", _EXCUSE), now)
    elif judgement is Judgement.MISSED:
        if row.missed == 0:
            _record(
                session,
                expected.id,
                GOLDILOCKS,
                "heartbeat.miss",
                allow("not_heard", _summary(expected, row)),
                now,
            )
        row.missed = missed_by(expected, row.pulse, now)
    session.flush()
    return judgement is Judgement.MISSED


_EXCUSE = "Goldilocks was not running when the report was due, and may have missed it: one more period counts."


def _alert(expected: Heartbeat, row: HeartbeatRow, ends_at: datetime | None = None) -> Delivery:
    """The alert about a heartbeat, which begins when its first report was missed."""
    labels = {"alertname": f"{NAME} {expected.id}", "severity": expected.severity, "heartbeat": expected.id}
    labels |= {"pipeline": expected.pipeline} if expected.pipeline else {"rotation": expected.rotation or ""}
    said = {"title": f"{expected.id} does not report", "summary": _summary(expected, row)}
    who = keyed(GOLDILOCKS, f"heartbeat:{expected.id}", labels)
    since = row.counts_from + expected.every + expected.grace
    told = texts(said, labels=labels)
    return Delivery(who, told, GOLDILOCKS, min(since, ends_at) if ends_at else since, ends_at, expires=False)


def _end_of(row: HeartbeatRow, now: datetime) -> Delivery:
    """The end of the alert about a heartbeat that is not declared any more."""
    who = keyed(GOLDILOCKS, f"heartbeat:{row.id}", {"alertname": f"{NAME} {row.id}"})
    return Delivery(who, texts({}), GOLDILOCKS, now, now, expires=False)


def _summary(expected: Heartbeat, row: HeartbeatRow) -> str:
    last = f"was last heard at {row.heard_at:%Y-%m-%d %H:%M} UTC" if row.heard_at else "was never heard"
    every, grace = as_written(expected.every), as_written(expected.grace)
    return f"It {last}, and is expected every {every} (with {grace} to spare)."


def _record(session: Session, name: str, actor: str, action: str, decision: Decision, now: datetime) -> None:
    audit.record(session, at=now, actor=actor, action=action, subject=("heartbeat", name), decision=decision)
