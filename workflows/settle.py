"""What follows when the alerts of a group change: its status, its page, its message and the trail."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import store
from core.alerts.intake import Touched
from core.alerts.lifecycle import Census, Change, next_status
from core.alerts.severity import Severity, pages, worst
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import Decision, allow
from core.outbox.store import Post, enqueue
from workflows import escalate
from workflows.note import tell

_ACTIONS = {
    GroupStatus.FIRING: "alert.unsilence",
    GroupStatus.SILENCED: "alert.silence",
    GroupStatus.RESOLVED: "alert.resolve",
}
"""What the alerts themselves do to their group, as the trail names it; only people acknowledge."""


def settle_all(session: Session, config: Config, touched: Sequence[Touched], now: datetime) -> None:
    """Give each group, which the caller holds, the status that its alerts call for, and tell people."""
    silences = store.active_silences(session, now)
    counts = bulk.census(session, [touch.group.id for touch in touched], silences)
    for touch in touched:
        _settle(session, config, touch, counts[touch.group.id], now)


def reconsider(session: Session, config: Config, group_ids: Iterable[int], now: datetime) -> int:
    """Look at open groups again because silences changed; returns how many took another status."""
    groups = [g for g in store.lock_groups(session, group_ids) if g.status != GroupStatus.RESOLVED]
    silences = store.active_silences(session, now)
    counts = bulk.census(session, [group.id for group in groups], silences)
    turned = [g for g in groups if next_status(GroupStatus(g.status), counts[g.id]).status != g.status]
    for group in turned:
        _settle(session, config, Touched(group), counts[group.id], now)
    return len(turned)


def announce(session: Session, group: AlertGroup, now: datetime) -> None:
    """The group looks different now: a new revision of its message."""
    group.revision += 1
    session.flush()
    post = Post("alert_group", group.id, group.message, group.channel, revision=group.revision)
    enqueue(session, post, now)


def note(session: Session, group: AlertGroup, actor: str, action: str, decision: Decision, now: datetime) -> None:
    """One audit row about a group, and its line in the group's thread."""
    entry = audit.record(
        session, at=now, actor=actor, action=action, subject=("alert_group", group.id), decision=decision
    )
    tell(session, entry, channel=group.channel, parent=group.message, now=now)


def _settle(session: Session, config: Config, touch: Touched, census: Census, now: datetime) -> None:
    group, before = touch.group, GroupStatus(touch.group.status)
    change = next_status(before, census)
    rose = _raise_severity(group, touch.joined)
    _turn(session, group, change, census, now)
    announce(session, group, now)
    if touch.opened:
        _record_opening(session, group, now)
    if change.status != before:
        note(session, group, GOLDILOCKS, _ACTIONS[change.status], allow(change.reason, change.detail), now)
    _call(session, config, group, touch.opened or rose or change.status != before, now)


def _raise_severity(group: AlertGroup, joined: Severity | None) -> bool:
    """A group is as severe as the worst alert that it ever had; whether it became worse."""
    old = Severity(group.severity)
    new = old if joined is None else worst(old, joined)
    group.severity = new
    return new != old


def _turn(session: Session, group: AlertGroup, change: Change, census: Census, now: datetime) -> None:
    group.status = change.status
    group.silence_id = census.silence_id if change.status == GroupStatus.SILENCED else None
    if change.status == GroupStatus.RESOLVED:
        group.resolved_at = now
        bulk.close_alerts(session, group.id)


def _record_opening(session: Session, group: AlertGroup, now: datetime) -> None:
    calls = pages(Severity(group.severity))
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="alert.open",
        subject=("alert_group", group.id),
        decision=allow(calls.reason, calls.detail),
        data={"severity": group.severity, "status": group.status},
    )


def _call(session: Session, config: Config, group: AlertGroup, changed: bool, now: datetime) -> None:
    """Call somebody for a group that needs somebody; call it off when it does not any more."""
    if not changed:
        return
    if group.status != GroupStatus.FIRING:
        escalate.close_page(session, group.id, None, now)
    elif pages(Severity(group.severity)).allowed:
        escalate.open_page(session, config, group, now)
