"""Storms: many new groups at once are one message and one call for each rotation, until it is over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.alerts import store, storm_store
from core.alerts.severity import Severity, worst
from core.alerts.storm import Course, Members, course, folds, look_again_at, storm_key
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import Decision, allow
from workflows import escalate
from workflows.announce import announce, note

PAUSE = timedelta(seconds=5)
"""How often the message of a storm is drawn again at most."""


def fold(session: Session, config: Config, opened: Sequence[AlertGroup], now: datetime) -> None:
    """Put new groups under a storm where there is one, or where they are too many to be told one by one."""
    places: dict[tuple[str, str], list[AlertGroup]] = defaultdict(list)
    for group in opened:
        places[group.channel, group.rotation].append(group)
    for (channel, rotation), groups in places.items():
        storm = store.open_by_key(session, storm_key(channel, rotation))
        if storm is None:
            storm = _begin(session, config, channel, rotation, groups, now)
        for group in groups if storm is not None else ():
            group.storm_id = storm.id if storm else None
    session.flush()


def stir(session: Session, config: Config, storm_ids: Iterable[int], now: datetime) -> None:
    """Something changed in these storms: a new one is told at once, the others at the next look."""
    seen = set(storm_ids)
    if not seen:
        return
    session.flush()
    for storm in store.lock_groups(session, seen):
        if storm.revision == 0 and storm.status != GroupStatus.RESOLVED:
            look(session, config, storm, now)
    storm_store.look_at(session, seen, now + PAUSE)


def look(session: Session, config: Config, storm: AlertGroup, now: datetime) -> list[AlertGroup]:
    """See how a storm, which the caller holds, stands; returns the groups that go on by themselves from now on."""
    rule, members = config.team.alerts.storm, storm_store.members(session, storm.id, storm.opened_at)
    storm.title = f"Storm: {members.total:,} groups of alerts"
    match course(members, storm.status == GroupStatus.ACKNOWLEDGED, rule, now):
        case Course.GO_ON:
            _go_on(session, config, storm, members, now)
            return []
        case Course.END:
            _end(session, storm, allow("storm_ended", f"Over: all {members.total:,} groups have ended."), now)
            return []
        case Course.UNFOLD:
            left = list(storm_store.open_members(session, storm.id))
            for group in left:
                _left(session, storm, group, now)
            detail = f"No new group for a while; the {len(left)} that are left go on by themselves."
            _end(session, storm, allow("storm_unfolded", detail), now)
            return left


def take(session: Session, storm: AlertGroup, person: str, now: datetime) -> int:
    """Whoever takes a storm, which the caller holds, takes all that fires in it; how many groups that were."""
    session.flush()
    return storm_store.answer_members(session, storm.id, person, now)


def _begin(
    session: Session, config: Config, channel: str, rotation: str, groups: Sequence[AlertGroup], now: datetime
) -> AlertGroup | None:
    """A storm, if this is one: with the groups that opened just before, whose calls it takes over."""
    rule = config.team.alerts.storm
    since = now - rule.within
    decision = folds(storm_store.count_opened(session, channel, rotation, since, now), rule)
    if not decision.allowed:
        return None
    storm = AlertGroup(
        key=storm_key(channel, rotation),
        labels={},
        title="Storm of alerts",
        severity=worst(*(Severity(group.severity) for group in groups)),
        pipeline=None,
        channel=channel,
        rotation=rotation,
        policy=groups[0].policy,
        status=GroupStatus.FIRING,
        opened_at=now,
        revision=0,
    )
    session.add(storm)
    session.flush()
    _record(session, storm, decision, now)
    new = {group.id for group in groups}
    for group in storm_store.lock_loose(session, channel, rotation, since, now):
        if group.id not in new:
            _adopt(session, storm, group, now)
    return storm


def _record(session: Session, storm: AlertGroup, decision: Decision, now: datetime) -> None:
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="alert.open",
        subject=("alert_group", storm.id),
        decision=decision,
        data={"severity": storm.severity, "status": storm.status},
    )


def _adopt(session: Session, storm: AlertGroup, group: AlertGroup, now: datetime) -> None:
    """A group that opened just before the storm: the storm calls for it from now on."""
    group.storm_id = storm.id
    escalate.close_page(session, group.id, None, now)
    if group.revision > 0:
        announce(session, group, now)
    detail = f"Told together with others from now on, as storm {storm.id}."
    decision = allow("folded", detail)
    note(session, group, GOLDILOCKS, "alert.fold", decision, now, quiet=True)


def _go_on(session: Session, config: Config, storm: AlertGroup, members: Members, now: datetime) -> None:
    """Draw it again; call somebody for what fires in it and is severe enough, once for all of it."""
    firing = storm_store.severities(session, storm.id, GroupStatus.FIRING)
    severity = worst(*(Severity(each) for each in firing)) if firing else Severity(storm.severity)
    storm.severity = worst(severity, Severity(storm.severity))
    announce(session, storm, now)
    storm.due_at = look_again_at(members, config.team.alerts.storm, now)
    if storm.status == GroupStatus.ACKNOWLEDGED:
        _hand_over(session, config, storm, members.firing, now)
    if storm.status == GroupStatus.FIRING and firing and escalate.calls(config, storm).allowed:
        escalate.open_page(session, config, storm, now)


def _hand_over(session: Session, config: Config, storm: AlertGroup, joined: int, now: datetime) -> None:
    """What joins a storm that somebody holds is theirs, too; they hear of it, once in a while."""
    if storm.remind_at is not None and storm.remind_at > now:
        return
    storm.remind_at = now + config.team.alerts.storm.within if joined else None
    if joined and storm.acknowledged_by is not None:
        take(session, storm, storm.acknowledged_by, now)
        detail = f"{{person:{storm.acknowledged_by}}}, {joined:,} more joined the storm that you hold."
        note(session, storm, GOLDILOCKS, "alert.join", allow("storm_grew", detail), now, data={"groups": joined})


def _left(session: Session, storm: AlertGroup, group: AlertGroup, now: datetime) -> None:
    """One that goes on by itself after a storm, on record: nobody else can tell any more how it came to be held."""
    group.storm_id = None
    holder = f", held by {{person:{group.acknowledged_by}}}" if group.acknowledged_by else ""
    decision = allow("unfolded", f"Storm {storm.id} is over, and this goes on by itself{holder}.")
    note(session, group, GOLDILOCKS, "alert.unfold", decision, now, quiet=True)


def _end(session: Session, storm: AlertGroup, decision: Decision, now: datetime) -> None:
    storm.status, storm.resolved_at, storm.due_at = GroupStatus.RESOLVED, now, None
    escalate.close_page(session, storm.id, None, now)
    told = storm.revision > 0
    announce(session, storm, now)
    note(session, storm, GOLDILOCKS, "alert.resolve", decision, now, quiet=not told)
