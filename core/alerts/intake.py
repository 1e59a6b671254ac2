"""Taking deliveries in: known alerts go on, end or start again; new ones join the open group of their key.

What follows for people (pages, messages) is decided by whoever called, from the groups that are returned.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import intake_store, store
from core.alerts.activity import SETTLING, Activity, follow, prolonged
from core.alerts.bulk_store import HotRow, Known
from core.alerts.delivery import Delivery
from core.alerts.grouping import summary, title
from core.alerts.intake_store import ColdRow, EndedAlert, GroupRow
from core.alerts.labels import Labels
from core.alerts.mirror import beat
from core.alerts.routing import Placement, place_all
from core.alerts.severity import Severity, severity_of, worst
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.load import Config
from core.db.direct import to_datetime

Heard = Callable[[int], tuple[int, int, int, int] | None]
"""What the journal says of an alert by its id, as `core.alerts.mirror.Pending`."""

MAX_COPIES = 5
"""How many further channels see a group's message."""


@dataclass
class Touched:
    """A group in which something began or ended. `joined` is the worst severity that began, if any did; `first` are
    the labels of the alert that opened it."""

    group: AlertGroup
    first: Labels | None = None
    joined: Severity | None = None

    @property
    def opened(self) -> bool:
        return self.first is not None


@dataclass
class Intake:
    """What a batch came to: the groups it touched, the new alerts by id, the alerts that fire now, the ids of known
    alerts that were written, beats of others that only fire on, and how many deliveries counted, repeated, or said
    nothing."""

    touched: list[Touched] = field(default_factory=list)
    fresh: list[tuple[int, Labels]] = field(default_factory=list)
    alive: list[Known] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    beats: list[bytes] = field(default_factory=list)
    heard: int = 0
    echoes: int = 0
    dropped: int = 0


@dataclass
class _Work:
    """The rows that a batch leads to."""

    hot: list[HotRow] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)
    labels: dict[int, Labels] = field(default_factory=dict)
    fresh: list[tuple[Delivery, Activity, int]] = field(default_factory=list)
    changed: dict[int, list[Severity]] = field(default_factory=dict)


def take_in(
    session: Session,
    config: Config,
    batch: Sequence[Delivery],
    now: datetime,
    journal: Heard,
    ended: Sequence[EndedAlert] = (),
) -> Intake:
    """Store a batch, in the order in which it came; `journal` tells what its entries say of an alert.

    `ended` are alerts that fired until now, and came before the batch.

    Deliveries of the same alert are folded: one that fires, ends and fires again within a batch has fired on.
    """
    intake, work = Intake(), _Work()
    _end(session, ended, intake, work, now)
    heard = _fold(batch)
    known = bulk.lock_open(session, heard) if heard else {}
    for name, row in known.items():
        _go_on(row, journal(row.id), heard[name], intake, work, now)
    unknown = {name: heard[name] for name in heard if name not in known}
    if unknown:
        _begin(session, unknown, intake, work, now)
    intake_store.update_hot(session, work.hot)
    bulk.update_texts(session, work.texts)
    bulk.update_labels(session, work.labels)
    if work.fresh or work.changed:
        _group(session, config, intake, work, now)
    return intake


def _end(session: Session, ended: Sequence[EndedAlert], intake: Intake, work: _Work, now: datetime) -> None:
    intake_store.end_alerts(session, ended, now)
    for alert in ended:
        intake.written.append(alert.id)
        work.changed.setdefault(alert.group_id, [])
    intake.heard += len(ended)


def _fold(batch: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    heard: dict[str, list[Delivery]] = {}
    for delivery in batch:
        heard.setdefault(delivery.identity.fingerprint, []).append(delivery)
    return heard


def _go_on(
    row: Known,
    beats: tuple[int, int, int, int] | None,
    deliveries: list[Delivery],
    intake: Intake,
    work: _Work,
    now: datetime,
) -> None:
    counted = len(deliveries)
    if beats is not None:
        counted += beats[2]
        row = row._replace(activity=prolonged(row.activity, to_datetime(beats[1])))
    followed = follow(row.activity, None, deliveries, now)
    activity = followed.activity or row.activity
    over = row.resolved if not followed.heard else activity.is_over(now)
    intake.heard += followed.heard
    intake.echoes += followed.echoes
    last = deliveries[-1]
    if not over and activity.ends_at is not None and _only_fires_on(row, activity, last):
        intake.beats.append(beat(row.id, activity.ends_at) * followed.heard)
        intake.alive.append(row._replace(activity=activity))
        return
    intake.written.append(row.id)
    work.hot.append(HotRow(row.id, activity, over, now, counted))
    if last.texts.digest != row.digest and followed.heard and not over:
        work.texts.append(_texts(row.id, last))
        if last.identity.keyed:
            # Its labels are new too; if it is more severe now, that may call somebody.
            work.labels[row.id] = last.identity.labels
            work.changed.setdefault(row.group_id, []).append(severity_of(last.identity.labels))
    if not over:
        intake.alive.append(row._replace(activity=activity, digest=last.texts.digest, resolved=False))
    if over != row.resolved:
        began = [] if over else [severity_of(last.identity.labels)]
        work.changed.setdefault(row.group_id, []).extend(began)


def _only_fires_on(row: Known, after: Activity, last: Delivery) -> bool:
    """Whether nothing but the end of an alert has moved, so that a beat says it all."""
    before = row.activity
    if row.resolved or last.texts.digest != row.digest or before.ends_at is None or after.ends_at is None:
        return False
    same = (before.starts_at, before.explicit) == (after.starts_at, after.explicit)
    return same and after.ends_at >= before.ends_at


def _texts(alert_id: int, delivery: Delivery) -> dict[str, object]:
    texts = delivery.texts
    return {
        "id": alert_id,
        "annotations": texts.annotations,
        "generator_url": texts.generator_url,
        "digest": texts.digest,
    }


def _begin(
    session: Session, unknown: dict[str, list[Delivery]], intake: Intake, work: _Work, now: datetime
) -> None:
    """Alerts without an open row: new ones, and repeats of what has just ended."""
    ended = bulk.endings(session, unknown, now - SETTLING)
    echoes: dict[int, int] = {}
    for name, deliveries in unknown.items():
        alert_id, ending = ended.get(name, (None, None))
        followed = follow(None, ending, deliveries, now)
        intake.heard += followed.heard
        intake.echoes += followed.echoes
        intake.dropped += len(deliveries) - followed.heard - followed.echoes
        if followed.activity is not None:
            work.fresh.append((_newest(deliveries), followed.activity, len(deliveries)))
        elif alert_id is not None and followed.echoes:
            echoes[alert_id] = followed.echoes
    bulk.count_echoes(session, echoes, now)


def _newest(deliveries: Sequence[Delivery]) -> Delivery:
    """The last word about an alert. The end of a keyed one says nothing but its key, so the last word before it."""
    last = deliveries[-1]
    if not last.identity.keyed:
        return last
    return next((d for d in reversed(deliveries) if d.ends_at is None), last)


def _group(session: Session, config: Config, intake: Intake, work: _Work, now: datetime) -> None:
    """Find or open the groups of what began, add the new alerts, and note every group that was touched."""
    placed = place_all([delivery.identity.labels for delivery, _, _ in work.fresh], config)
    keys = [placement.key for placement in placed]
    ids = bulk.open_group_ids(session, keys)
    calm = _calm(session, config, placed, ids, work, now)
    wild = {*ids.values(), *work.changed} - calm
    held = {group.id: group for group in store.lock_groups(session, wild)} if wild else {}
    groups = {g.key: g for g in held.values() if g.status != GroupStatus.RESOLVED}
    touched = {i: Touched(g) for i, g in held.items() if i in work.changed}
    for group_id, touch in touched.items():
        began = work.changed[group_id]
        touch.joined = worst(*began) if began else None
    where = {key: group_id for key, group_id in ids.items() if group_id in calm}
    first: dict[str, tuple[Placement, tuple[Delivery, Activity, int]]] = {}
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
    added = _add(session, [where[key] for key in keys], work, now)
    intake.fresh = [(at, delivery.identity.labels) for at, (delivery, _, _) in zip(added, work.fresh, strict=True)]
    intake.alive += (
        Known(at, where[key], delivery.identity.fingerprint, delivery.texts.digest, False, activity)
        for at, key, (delivery, activity, _) in zip(added, keys, work.fresh, strict=True)
        if not activity.is_over(now)
    )
    intake.touched = [touched[group_id] for group_id in sorted(touched)]


def _calm(
    session: Session,
    config: Config,
    placed: Sequence[Placement],
    ids: dict[str, int],
    work: _Work,
    now: datetime,
) -> set[int]:
    """The open groups for which nothing follows at once: they fire, go on firing, are not made worse nor shown
    elsewhere, nothing quietens alerts, and people will hear of them later anyway. All groups are held."""
    rows = intake_store.lock_group_rows(session, {*ids.values(), *work.changed})
    if config.team.alerts.inhibit or intake_store.anything_silenced(session, now):
        return set()
    loud: dict[int, list[Severity]] = {i: list(began) for i, began in work.changed.items()}
    lone = dict.fromkeys(ids.values(), True)
    for placement, (delivery, _, _) in zip(placed, work.fresh, strict=True):
        if placement.key in ids:
            loud.setdefault(ids[placement.key], []).append(severity_of(delivery.identity.labels))
            lone[ids[placement.key]] &= not placement.copies
    channels = {ids[p.key]: p.people.channel for p in placed if p.key in ids}
    calm = {
        row.id
        for row in rows
        if _stays(row, loud[row.id])
        and lone.get(row.id, True)
        and channels.get(row.id, row.channel) == row.channel
    }
    quiet = {i for i in calm if not loud[i]}
    return (calm - quiet) | (intake_store.still_firing(session, quiet) if quiet else set())


def _stays(row: GroupRow, began: Sequence[Severity]) -> bool:
    """Whether a group is told of later in any case, whatever alerts join it, for none is worse than it is."""
    fires = row.status in (GroupStatus.FIRING, GroupStatus.ACKNOWLEDGED)
    return row.waits and fires and worst(Severity(row.severity), *began) == row.severity


def _open_missing(
    session: Session,
    first: dict[str, tuple[Placement, tuple[Delivery, Activity, int]]],
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


def _add(session: Session, group_ids: Sequence[int], work: _Work, now: datetime) -> Sequence[int]:
    cold = [
        ColdRow(
            group_id,
            delivery.identity.fingerprint,
            delivery.source,
            delivery.identity.json,
            delivery.texts.json,
            delivery.texts.generator_url,
            delivery.texts.digest,
        )
        for group_id, (delivery, _, _) in zip(group_ids, work.fresh, strict=True)
    ]
    hot = [HotRow(0, activity, activity.is_over(now), now, count) for _, activity, count in work.fresh]
    return intake_store.add_alerts(session, cold, hot, now)
