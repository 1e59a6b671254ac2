"""What follows when the alerts of a group change: its status, its page, its message and the trail."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import census_store, inhibit_store, silence_store, store
from core.alerts.inhibition import Inhibiting, by_digest
from core.alerts.intake import Touched
from core.alerts.lifecycle import Census, Change, next_status
from core.alerts.matching import Silencing
from core.alerts.routing import timing_of
from core.alerts.severity import Severity, worst
from core.alerts.silencing import ended_because, silenced_because
from core.alerts.tables import AlertGroup, GroupStatus
from core.alerts.timing import next_reminder, telling
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import allow
from workflows import escalate, storms
from workflows.announce import announce, note
from workflows.opening import recent_changes, record_opening
from workflows.silence_ends import end_with_alerts


def settle_all(session: Session, config: Config, touched: Sequence[Touched], now: datetime) -> None:
    """Give each group, which the caller holds, the status that its alerts call for, and tell people."""
    opened = [touch.group for touch in touched if touch.opened]
    storms.fold(session, config, opened, now)
    recent = recent_changes(session, config, opened, now)
    counts = _census(session, config, [touch.group.id for touch in touched], now)
    for touch in touched:
        if touch.first is not None:
            record_opening(session, config, touch.group, touch.first, recent, now)
        _settle(session, config, touch, counts[touch.group.id], now)
    groups = [touch.group for touch in touched]
    _close(session, groups)
    storms.stir(session, config, _storms_of(groups), now)
    end_silences_of(session, groups, now)


def _close(session: Session, groups: Iterable[AlertGroup]) -> None:
    """The alerts of those that are over are over, too, all at once: thousands may end together."""
    bulk.close_alerts(session, [group.id for group in groups if group.status == GroupStatus.RESOLVED])


def end_silences_of(session: Session, groups: Sequence[AlertGroup], now: datetime) -> None:
    """Some silences end with the last alert that they cover."""
    resolved = [group for group in groups if group.status == GroupStatus.RESOLVED]
    if resolved:
        session.flush()
        end_with_alerts(session, silence_store.until_resolved(session, now), resolved, now)


def reconsider(session: Session, config: Config, group_ids: Iterable[int], now: datetime) -> int:
    """Look at open groups again because silences or inhibitions changed; returns how many took another status."""
    held = store.lock_groups(session, group_ids)
    groups = [g for g in held if g.status != GroupStatus.RESOLVED and not g.is_storm]
    if not groups:
        return 0
    counts = _census(session, config, [group.id for group in groups], now)
    turned = [g for g in groups if next_status(GroupStatus(g.status), counts[g.id]).status != g.status]
    for group in turned:
        _settle(session, config, Touched(group), counts[group.id], now)
    for group in groups:
        _point_anew(session, group, counts[group.id], now)
    _close(session, turned)
    storms.stir(session, config, _storms_of(turned), now)
    return len(turned)


def _point_anew(session: Session, group: AlertGroup, census: Census, now: datetime) -> None:
    """What keeps a group quiet ended, and something else does from now on: it is named, and until when."""
    source = census.source.alert_id if census.source else None
    if group.status == GroupStatus.SILENCED and group.silence_id != census.silence_id:
        old = silence_store.find(session, group.silence_id) if group.silence_id else None
        if old is not None and old.ends_at > now:
            return  # another one covers it as well
        group.silence_id = census.silence_id
        decision = allow("still_silenced", _why_silenced(session, group))
    elif group.status == GroupStatus.INHIBITED and source is not None and group.inhibitor_id != source:
        group.inhibitor_id = source
        decision = allow("still_inhibited", next_status(GroupStatus.INHIBITED, census).detail)
    else:
        return
    heard = group.revision > 0
    if heard:
        announce(session, group, now)
    action = "alert.silence" if group.silence_id else "alert.inhibit"
    data = {"silence": group.silence_id} if group.silence_id else None
    note(session, group, GOLDILOCKS, action, decision, now, data=data, quiet=not heard)


def _storms_of(groups: Iterable[AlertGroup]) -> set[int]:
    return {group.storm_id for group in groups if group.storm_id is not None}


def tell(session: Session, config: Config, group: AlertGroup, now: datetime) -> None:
    """People hear of a group, which the caller holds, as it is now; the first time somebody may be called."""
    first = group.revision == 0
    announce(session, group, now)
    keep_reminding(config, group, now)
    if first:
        _call(session, config, group, now)


def keep_reminding(config: Config, group: AlertGroup, now: datetime) -> None:
    """Reminders begin with the first message, and again after a silence or an inhibition, in which there are none."""
    if group.remind_at is None and not group.is_storm:
        group.remind_at = next_reminder(group, timing_of(config, group.route), now)


def _census(session: Session, config: Config, group_ids: Sequence[int], now: datetime) -> dict[int, Census]:
    rules = by_digest(config.team.alerts.inhibit)
    inhibiting = Inhibiting(rules, inhibit_store.firing(session) if rules else ())
    return census_store.census(session, group_ids, Silencing(silence_store.active(session, now)), inhibiting)


def _settle(session: Session, config: Config, touch: Touched, census: Census, now: datetime) -> None:
    group, before = touch.group, GroupStatus(touch.group.status)
    was = group.silence_id
    change = next_status(before, census)
    rose = _raise_severity(group, touch.joined)
    _turn(group, change, census, now)
    heard, new = group.revision > 0, rose or change.status != before
    told = _tell_in_time(session, config, group, new, now)
    if change.status != before:
        decision = allow(change.reason, _detail(session, group, change, was))
        data = {"silence": group.silence_id} if group.silence_id else None
        note(session, group, GOLDILOCKS, _action(before, change.status), decision, now, data=data, quiet=not told)
    if heard and new:
        worse = "severity_rose" if rose and change.status == before else None
        _call(session, config, group, now, worse)


def _detail(session: Session, group: AlertGroup, change: Change, was: str | None) -> str:
    """The sentence about a change; of a silence it says by whom, until when and why, and how it ended."""
    over = silence_store.find(session, was) if was and change.reason == "no_longer_silenced" else None
    return _why_silenced(session, group) or (ended_because(over) if over else change.detail)


def _why_silenced(session: Session, group: AlertGroup) -> str:
    silence = silence_store.find(session, group.silence_id) if group.silence_id else None
    return silenced_because(silence) if silence is not None else ""


def _tell_in_time(session: Session, config: Config, group: AlertGroup, new: bool, now: datetime) -> bool:
    """Tell people now or later, as the group's route says; whether they have heard of the group by now. What a storm
    tells has no message of its own, unless it had one before."""
    if group.storm_id is not None and group.revision == 0:
        return False
    when = telling(group, timing_of(config, group.route), new, now)
    if when.at is None:
        group.due_at = None
        if when.reason == "ended_unheard" and not timing_of(config, group.route).digest:
            _record_unheard(session, group, now)
    elif when.at > now:
        group.due_at = min(group.due_at or when.at, when.at)
    else:
        tell(session, config, group, now)
    return group.revision > 0


def _record_unheard(session: Session, group: AlertGroup, now: datetime) -> None:
    detail = "It ended before people were to hear of it, so nobody was told."
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="alert.keep_quiet",
        subject=("alert_group", group.id),
        decision=allow("ended_unheard", detail),
        at_once=False,
    )


def _action(before: GroupStatus, after: GroupStatus) -> str:
    """What the alerts themselves do to their group, as the trail names it; only people acknowledge."""
    if after == GroupStatus.FIRING:
        return "alert.uninhibit" if before == GroupStatus.INHIBITED else "alert.unsilence"
    names = {GroupStatus.SILENCED: "alert.silence", GroupStatus.INHIBITED: "alert.inhibit"}
    return names.get(after, "alert.resolve")


def _raise_severity(group: AlertGroup, joined: Severity | None) -> bool:
    """A group is as severe as the worst alert that it ever had; whether it became worse."""
    old = Severity(group.severity)
    new = old if joined is None else worst(old, joined)
    group.severity = new
    return new != old


def _turn(group: AlertGroup, change: Change, census: Census, now: datetime) -> None:
    group.status = change.status
    group.silence_id = census.silence_id if change.status == GroupStatus.SILENCED else None
    source = census.source if change.status == GroupStatus.INHIBITED else None
    group.inhibitor_id = source.alert_id if source else None
    if change.status == GroupStatus.RESOLVED:
        group.resolved_at = now


def _call(session: Session, config: Config, group: AlertGroup, now: datetime, why: str | None = None) -> None:
    """Call somebody for a group that needs somebody; call it off when it does not any more."""
    if group.storm_id is not None:
        return
    if group.status != GroupStatus.FIRING:
        escalate.close_page(session, group.id, None, now)
    elif escalate.calls(config, group).allowed:
        escalate.open_page(session, config, group, now, why)
