"""Storing what deliveries say: new alerts join the open group of their key, and groups change with their alerts.

What follows for people (pages, messages) is decided by whoever called, from the groups that are returned.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import intake_store, store
from core.alerts.backlog import Backlog
from core.alerts.calm_groups import Groups
from core.alerts.delivery import Delivery
from core.alerts.grouping import summary, title
from core.alerts.intake import Heard, Intake, Touched, Work, heed
from core.alerts.intake_store import EndedAlert, Fresh, GroupRow
from core.alerts.mirror import lesson
from core.alerts.routing import Placement, place_all
from core.alerts.severity import Severity, is_worse, severity_of, worst
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.load import Config
from core.db.direct import together

MAX_COPIES = 5
"""How many further channels see a group's message."""

Began = dict[int, Severity | None]
"""The open groups that change, with the worst severity of what began in them; None where alerts only ended."""


def take_in(
    session: Session,
    config: Config,
    batch: Sequence[Delivery],
    now: datetime,
    journal: Heard,
    ended: Sequence[EndedAlert] = (),
    backlog: Backlog | None = None,
) -> Intake:
    """Store a batch; see `core.alerts.intake.heed`. If nothing follows, it waits in the `backlog` for its rows."""
    intake, work = heed(session, batch, now, journal, ended, backlog)
    placed = place_all([fresh.delivery.identity.labels for fresh in work.fresh], config)
    seen = backlog.groups if backlog else Groups()
    keys = {placement.key for placement in placed}
    ids, rows = seen.find(session, keys, work.changed.keys())
    began = _began(work, placed, ids)
    calm = _calm(session, config, placed, ids, rows, began, work, backlog, now) if began else set()
    if calm.issuperset(began) and len(ids) == len(keys):
        where = ids
    else:
        _settle(session, backlog)
        backlog = None
        where, intake.touched = _disturb(session, placed, ids, calm, work, now)
    _write(session, [where[placement.key] for placement in placed], intake, work, backlog, now)
    return intake


def _began(work: Work, placed: Sequence[Placement], ids: Mapping[str, int]) -> Began:
    began: Began = {i: worst(*severities) if severities else None for i, severities in work.changed.items()}
    for placement, fresh in zip(placed, work.fresh, strict=True):
        group_id = ids.get(placement.key)
        if group_id is not None:
            severity, before = severity_of(fresh.delivery.identity.labels), began.get(group_id)
            if before is None or is_worse(severity, before):
                began[group_id] = severity
    return began


def _calm(
    session: Session,
    config: Config,
    placed: Sequence[Placement],
    ids: Mapping[str, int],
    rows: Mapping[int, GroupRow],
    began: Began,
    work: Work,
    backlog: Backlog | None,
    now: datetime,
) -> set[int]:
    """The open groups for which nothing follows at once: they fire, go on firing, are not made worse nor shown
    elsewhere, nothing quietens alerts, and people will hear of them later anyway."""
    if config.team.alerts.inhibit or intake_store.anything_silenced(session, now):
        return set()
    calm = {row.id: row.channel for row in rows.values() if _stays(row, began[row.id])}
    for placement in {id(each): each for each in placed}.values():
        group_id = ids.get(placement.key, 0)
        if placement.copies or calm.get(group_id) != placement.people.channel:
            calm.pop(group_id, None)
    quiet = {group_id for group_id in calm if began[group_id] is None}
    return (calm.keys() - quiet) | _firing(session, quiet, work, backlog)


def _stays(row: GroupRow, began: Severity | None) -> bool:
    """Whether a group is told of later in any case, whatever alerts join it, for none is worse than it is."""
    if not row.waits or row.status not in _FIRES:
        return False
    return began is None or not is_worse(began, row.severity)


_FIRES = frozenset((GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED))


def _firing(session: Session, group_ids: set[int], work: Work, backlog: Backlog | None) -> set[int]:
    """Those of the groups that have a firing alert left, whether its row says so yet or not."""
    if not group_ids:
        return group_ids
    over = work.over()
    known = {i for i in group_ids if backlog and backlog.keeps_firing(i, over)}
    if known == group_ids:
        return known
    if backlog:
        over.update(backlog.over())
    return known | intake_store.still_firing(session, group_ids - known, over)


def _settle(session: Session, backlog: Backlog | None) -> None:
    if backlog is not None:
        backlog.settle(session)


def _write(
    session: Session,
    group_ids: Sequence[int],
    intake: Intake,
    work: Work,
    backlog: Backlog | None,
    now: datetime,
) -> None:
    """Write the rows, now or later; and note which alerts are new, and fire."""
    ids = _ids(session, len(work.fresh), backlog)
    cold, hot = intake_store.alert_rows(session, ids, group_ids, work.fresh, now)
    ended = intake_store.ended_rows(session, work.ended, now)
    if backlog is not None and work.only_joins_and_ends:
        if cold or ended:
            backlog.put(session, cold, hot, ended, [(alert.id, alert.group_id) for alert in work.ended])
    else:
        _settle(session, backlog)
        with together(session):
            intake_store.write_ended(session, ended)
            intake_store.update_hot(session, work.hot)
            intake_store.insert_alerts(session, cold, hot)
        bulk.update_texts(session, work.texts)
        bulk.update_labels(session, work.labels)
    for at, group_id, (delivery, activity, _) in zip(ids, group_ids, work.fresh, strict=True):
        intake.fresh.append((at, delivery.identity.labels))
        if not activity.is_over(now):
            intake.lessons.append(lesson(delivery.mark, at, group_id, activity))


def _ids(session: Session, count: int, backlog: Backlog | None) -> Sequence[int]:
    """Ids for new alerts, above those that wait for their rows."""
    if backlog is not None and backlog.highest:
        return range(backlog.highest + 1, backlog.highest + 1 + count)
    return intake_store.next_ids(session, count)


def _disturb(
    session: Session,
    placed: Sequence[Placement],
    ids: Mapping[str, int],
    calm: set[int],
    work: Work,
    now: datetime,
) -> tuple[dict[str, int], list[Touched]]:
    """Hold or open the groups about which something may follow: the group of each key, and what touched them."""
    wild = {*ids.values(), *work.changed} - calm
    held = {group.id: group for group in store.lock_groups(session, wild)} if wild else {}
    groups = {g.key: g for g in held.values() if g.status != GroupStatus.RESOLVED}
    touched = {i: Touched(g) for i, g in held.items() if i in work.changed}
    for group_id, touch in touched.items():
        severities = work.changed[group_id]
        touch.joined = worst(*severities) if severities else None
    where = {key: group_id for key, group_id in ids.items() if group_id in calm}
    first: dict[str, tuple[Placement, Fresh]] = {}
    for placement, fresh in zip(placed, work.fresh, strict=True):
        if placement.key not in where:
            first.setdefault(placement.key, (placement, fresh))
    for touch in _open_missing(session, first, groups, now):
        touched[touch.group.id] = touch
    for placement, (delivery, _, _) in zip(placed, work.fresh, strict=True):
        if placement.key in where:
            continue
        touch = touched.setdefault(groups[placement.key].id, Touched(groups[placement.key]))
        severity = severity_of(delivery.identity.labels)
        touch.joined = severity if touch.joined is None else worst(severity, touch.joined)
        _show_elsewhere(touch.group, placement)
    where |= {key: group.id for key, group in groups.items()}
    return where, [touched[group_id] for group_id in sorted(touched)]


def _open_missing(
    session: Session,
    first: Mapping[str, tuple[Placement, Fresh]],
    groups: dict[str, AlertGroup],
    now: datetime,
) -> list[Touched]:
    """Open a group for every key that has none, and add it to `groups`."""
    missing = {key: found for key, found in first.items() if key not in groups}
    opened = [
        Touched(_opened(placement, delivery, now), delivery.identity.labels)
        for placement, (delivery, _, _) in missing.values()
    ]
    session.add_all([touch.group for touch in opened])
    session.flush()
    groups.update((touch.group.key, touch.group) for touch in opened)
    return opened


def _opened(placement: Placement, delivery: Delivery, now: datetime) -> AlertGroup:
    labels, annotations, people = delivery.identity.labels, delivery.texts.annotations, placement.people
    return AlertGroup(
        key=placement.key,
        labels=placement.labels,
        title=title(labels, annotations),
        summary=summary(annotations),
        severity=severity_of(labels),
        pipeline=people.pipeline,
        channel=people.channel,
        rotation=people.rotation,
        policy=people.policy,
        route=placement.route,
        copies=list(placement.copies),
        status=GroupStatus.FIRING,
        opened_at=now,
        revision=0,
    )


def _show_elsewhere(group: AlertGroup, placement: Placement) -> None:
    """An alert of other people that joins a group shows it in their channel, too: one cause, one call, no surprise."""
    wanted = (placement.people.channel, *placement.copies)
    missing = [channel for channel in wanted if channel != group.channel and channel not in group.copies]
    if missing and len(group.copies) < MAX_COPIES:
        group.copies = [*group.copies, *missing][:MAX_COPIES]
