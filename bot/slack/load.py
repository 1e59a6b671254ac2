"""Gathers what views are drawn from, by the stores' functions, inside the caller's transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import pager_event as events
from bot.slack.views.page_call import CallState
from bot.slack.views.state import AlertLine, GroupState, StormState
from core.alerts import label_store, silence_store, storm_store
from core.alerts import store as alerts
from core.alerts.spread import Cause
from core.alerts.tables import AlertGroup
from core.changes import store as changes
from core.config.load import Config
from core.oncall import call_store
from core.oncall import store as oncall
from core.oncall.tables import CallKind, PageCall, PageStatus
from core.outbox.tables import OutboxRow
from core.tickets import store as tickets
from core.tickets.tables import TicketStatus

Link = Callable[[Session, str], str | None]
"""The address of the message of a key, where it is known."""

SHOWN = 20
MANY = 5
"""From how many alerts on a group is told by what they have in common."""

CAUSES = 8
"""How many causes a storm names."""
A_DAY = timedelta(days=1)


def with_changes(session: Session, state: GroupState, now: datetime) -> GroupState:
    """The same state, with what changed in its pipeline in the day before it opened and since; of a group of no
    pipeline, what names none."""
    group = state.group
    return replace(
        state, changes=changes.between(session, group.pipeline, group.opened_at - A_DAY, group.resolved_at or now)
    )


def group_state(
    session: Session, config: Config, group: AlertGroup, limit: int = SHOWN, start: int = 0
) -> GroupState:
    """A group with some of its alerts, its bugs and its silence; a storm with what its groups have in common. With a
    `limit` of 1, for lists, it is not worked out in what its alerts differ."""
    if group.is_storm:
        return _storm_state(session, config, group, limit > 1)
    rows = alerts.alerts_of(session, group.id, limit, start)
    count = alerts.count_alerts(session, group.id)
    pipeline = config.pipelines.get(group.pipeline) if group.pipeline else None
    silence = silence_store.find(session, group.silence_id) if group.silence_id else None
    filed = tickets.of_group(session, group.id)
    return GroupState(
        group=group,
        alerts=[AlertLine(r.labels, r.annotations, not r.resolved, r.counted, r.generator_url) for r in rows],
        total=count.total,
        firing=count.firing,
        delivered=count.delivered,
        pipeline=pipeline,
        silenced_until=silence.ends_at if silence else None,
        silenced_by=silence.created_by if silence else None,
        inhibitor=alerts.group_of_alert(session, group.inhibitor_id) if group.inhibitor_id else None,
        after=changes.get(session, group.change_id) if group.change_id else None,
        spread=label_store.of_group(session, group.id) if count.total > MANY and limit > 1 else (),
        verdict=alerts.verdict(session, group.id),
        tickets=[ticket.id for ticket in filed],
        bug=next((ticket.id for ticket in filed if ticket.status != TicketStatus.CLOSED), None),
    )


def call_state(session: Session, config: Config, call_id: int, link: Link) -> CallState | None:
    """A call with its page, its group, and who was called after; None when any of them is gone."""
    call = call_store.get(session, call_id)
    page = oncall.page(session, call.page_id) if call else None
    group = alerts.get(session, page.group_id) if page else None
    if call is None or page is None or group is None:
        return None
    step = oncall.notification(session, call.notification_id) if call.notification_id else None
    waits = page.status == PageStatus.OPEN and call.step == page.step
    called = call_store.of_pass(session, page)
    return CallState(
        call,
        page,
        group_state(session, config, group, 1),
        step,
        page.due_at if waits else None,
        later=[each for each in called if _is_later(each, call)],
        again=next((each for each in reversed(called) if _is_again(each, call)), None),
        link=link(session, group.message),
    )


def _is_later(other: PageCall, call: PageCall) -> bool:
    """Whether another was called after this call, and not with it."""
    together = other.notification_id is not None and other.notification_id == call.notification_id
    return other.id > call.id and not together and (other.kind, other.target) != (call.kind, call.target)


def _is_again(other: PageCall, call: PageCall) -> bool:
    """Whether another came to the same since, and is not known to be lost."""
    return other.id > call.id and (other.kind, other.target) == (call.kind, call.target) and other.lost is None


def pager_event(session: Session, row: OutboxRow, url: str, link: Link) -> dict[str, object] | None:
    """What a pager is to be told by this row (its kind is `pager_` and the action); None when that is not needed."""
    call = call_store.get(session, int(row.subject))
    page = oncall.page(session, call.page_id) if call else None
    group = alerts.get(session, page.group_id) if page else None
    if call is None or page is None or group is None:
        return None
    people = [each.target for each in call_store.of_step(session, page) if each.kind == CallKind.PERSON]
    where = link(session, group.message)
    return events.event(row.kind.removeprefix("pager_"), page, group, people, url, call.at, where)


def _storm_state(session: Session, config: Config, group: AlertGroup, whole: bool) -> GroupState:
    titles = storm_store.titles(session, group.id)
    members = storm_store.members(session, group.id, group.opened_at)
    more = storm_store.count_titles(session, group.id) - len(titles)
    firing = label_store.count_firing_of_storm(session, group.id)
    return GroupState(
        group=group,
        total=firing,
        firing=firing,
        spread=label_store.of_storm(session, group.id) if whole else (),
        storm=StormState(members, titles, more, _causes(session, config, group) if whole else ()),
    )


def _causes(session: Session, config: Config, storm: AlertGroup) -> list[Cause]:
    labels = {cause.label for cause in config.team.alerts.causes}
    return label_store.causes_of_storm(session, storm.id, labels, CAUSES) if labels else []
