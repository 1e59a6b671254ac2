"""What deliveries say: known alerts go on, end or start again, and some are new. `core.alerts.joining` stores it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts.activity import SETTLING, Activity, begun, follow, prolonged
from core.alerts.backlog import Backlog
from core.alerts.bulk_store import Known
from core.alerts.delivery import Delivery
from core.alerts.intake_store import EndedAlert, Fresh, HotRow
from core.alerts.labels import Labels
from core.alerts.mirror import beat, lesson
from core.alerts.severity import Severity, severity_of
from core.alerts.tables import AlertGroup
from core.db.times import to_datetime

Heard = Callable[[int], tuple[int, int, int, int] | None]
"""What the journal says of an alert by its id, as `core.alerts.mirror.Pending`."""


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
    """What a batch came to: the groups it touched, the new alerts by id, what a mirror learns of the alerts that fire
    now, the ids of known alerts that were written, beats of others that only fire on, and how many deliveries counted,
    repeated, or said nothing."""

    touched: list[Touched] = field(default_factory=list)
    fresh: list[tuple[int, Labels]] = field(default_factory=list)
    lessons: list[bytes] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    beats: list[bytes] = field(default_factory=list)
    heard: int = 0
    echoes: int = 0
    dropped: int = 0


@dataclass
class Work:
    """The rows that a batch leads to, and the severities of what began in each group of a known alert that changed."""

    ended: Sequence[EndedAlert] = ()
    hot: list[HotRow] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)
    labels: dict[int, Labels] = field(default_factory=dict)
    fresh: list[Fresh] = field(default_factory=list)
    changed: dict[int, list[Severity]] = field(default_factory=dict)

    @property
    def only_joins_and_ends(self) -> bool:
        """Whether no row of an alert changes but by its end."""
        return not (self.hot or self.texts or self.labels)

    def over(self) -> set[int]:
        """The alerts that do not fire any more."""
        return {e.id for e in self.ended} | {h.id for h in self.hot if h.resolved}


def heed(
    session: Session,
    batch: Sequence[Delivery],
    now: datetime,
    journal: Heard,
    ended: Sequence[EndedAlert] = (),
    backlog: Backlog | None = None,
) -> tuple[Intake, Work]:
    """What a batch comes to, in the order in which it came; `journal` tells what its entries say of an alert.

    `ended` are alerts that fired until now, and came before the batch. The `backlog` is settled first where the batch
    says more of what is in it.

    Deliveries of the same alert are folded: one that fires, ends and fires again within a batch has fired on.
    """
    intake, work = Intake(), Work(ended)
    for alert in ended:
        intake.written.append(alert.id)
        work.changed.setdefault(alert.group_id, [])
    intake.heard += len(ended)
    heard = _fold(batch)
    known = _known(session, heard, backlog) if heard else {}
    for name, row in known.items():
        _go_on(row, journal(row.id), heard[name], intake, work, now)
    unknown = {name: heard[name] for name in heard if name not in known} if known else heard
    if unknown:
        _begin(session, unknown, intake, work, now)
    return intake, work


def _known(session: Session, heard: Collection[str], backlog: Backlog | None) -> dict[str, Known]:
    if backlog is None:
        return bulk.lock_open(session, heard)
    if backlog.knows_any(heard):
        backlog.settle(session)
    known = bulk.lock_open(session, heard)
    if backlog.ends_any([row.id for row in known.values()]):
        backlog.settle(session)
        known = bulk.lock_open(session, heard)
    return known


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
    work: Work,
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
        _note_alive(intake, row, activity, last)
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
        _note_alive(intake, row, activity, last)
    if over != row.resolved:
        began = [] if over else [severity_of(last.identity.labels)]
        work.changed.setdefault(row.group_id, []).extend(began)


def _note_alive(intake: Intake, row: Known, activity: Activity, last: Delivery) -> None:
    intake.lessons.append(lesson(last.mark, row.id, row.group_id, activity))


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
    session: Session, unknown: dict[str, list[Delivery]], intake: Intake, work: Work, now: datetime
) -> None:
    """Alerts without an open row: new ones, and repeats of what has just ended."""
    ended = bulk.endings(session, unknown, now - SETTLING)
    echoes: dict[int, int] = {}
    for name, deliveries in unknown.items():
        if len(deliveries) == 1 and name not in ended:
            began = begun(deliveries[0], now)
            if began is None:
                intake.dropped += 1
            else:
                intake.heard += 1
                work.fresh.append(Fresh(deliveries[0], began, 1))
            continue
        alert_id, ending = ended.get(name, (None, None))
        followed = follow(None, ending, deliveries, now)
        intake.heard += followed.heard
        intake.echoes += followed.echoes
        intake.dropped += len(deliveries) - followed.heard - followed.echoes
        if followed.activity is not None:
            work.fresh.append(Fresh(_newest(deliveries), followed.activity, len(deliveries)))
        elif alert_id is not None and followed.echoes:
            echoes[alert_id] = followed.echoes
    bulk.count_echoes(session, echoes, now)


def _newest(deliveries: Sequence[Delivery]) -> Delivery:
    """The last word about an alert. The end of a keyed one says nothing but its key, so the last word before it."""
    last = deliveries[-1]
    if not last.identity.keyed:
        return last
    return next((d for d in reversed(deliveries) if d.ends_at is None), last)
