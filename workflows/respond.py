"""Alerts come in, people answer them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.alerts import bulk_store as bulk
from core.alerts import inhibit_store, past_store, store, storm_store
from core.alerts import journal_store as journal
from core.alerts.backlog import Backlog
from core.alerts.delivery import Acknowledgement, Delivery, identity, texts
from core.alerts.grouping import summary
from core.alerts.intake import Heard, Touched
from core.alerts.intake_store import EndedAlert
from core.alerts.joining import take_in
from core.alerts.lifecycle import may_acknowledge, may_resolve, may_silence, source_may_acknowledge
from core.alerts.routing import place
from core.alerts.severity import Severity
from core.alerts.silence_tables import Silence
from core.alerts.silencing import matchers_of
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from workflows import escalate, storms
from workflows.announce import announce, note
from workflows.note import tell
from workflows.quieten import SilenceRequest
from workflows.quieten import add as add_silence
from workflows.settle import end_silences_of, keep_reminding, settle_all


@dataclass(frozen=True)
class Received:
    """What became of a batch: deliveries that counted, that repeated what had ended, and that said nothing new."""

    heard: int
    echoes: int
    dropped: int
    opened: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()
    lessons: bytes = b""
    written: tuple[int, ...] = ()
    beats: bytes = b""


@dataclass(frozen=True)
class RaisedAlert:
    """An alert that Goldilocks raises itself; it fires until `recover` or a person ends it."""

    name: str
    severity: Severity
    title: str
    summary: str
    labels: dict[str, str] = field(default_factory=dict)
    evaluation_id: int | None = None


def receive(
    session: Session,
    config: Config,
    batch: Sequence[Delivery],
    now: datetime,
    heard: Heard | None = None,
    ended: Sequence[EndedAlert] = (),
    backlog: Backlog | None = None,
) -> Received:
    """Store what senders delivered; open, change and end groups; call people and enqueue the messages.

    `heard` tells what the journal says of an alert. Without it the journal is folded first, and told what changed.
    Where there is a `backlog`, that of which nothing follows waits there for its rows.
    """
    if heard is None:
        journal.fold(session, now)
    intake = take_in(session, config, batch, now, heard or _nothing, ended, backlog)
    beats = b"".join(intake.beats)
    if heard is None and (intake.written or beats):
        journal.add(session, beats, intake.written, now)
    if config.team.alerts.inhibit and intake.fresh:
        inhibit_store.note_sources(session, config.team.alerts.inhibit, intake.fresh)
    if intake.touched:
        settle_all(session, config, intake.touched, now)
    opened = tuple(touch.group.id for touch in intake.touched if touch.opened)
    touched = tuple(touch.group.id for touch in intake.touched)
    lessons, written = b"".join(intake.lessons), tuple(intake.written)
    return Received(intake.heard, intake.echoes, intake.dropped, opened, touched, lessons, written, beats)


def _nothing(_alert_id: int) -> None:
    """The journal says nothing of any alert: it has been folded."""


def acknowledge(
    session: Session,
    config: Config,
    group_id: int,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Take a group: its page is answered, and escalation stops."""
    group = store.lock(session, group_id)
    decision = may_acknowledge(group, person)
    if group is not None and person is not None and decision.allowed:
        group.status, group.silence_id = GroupStatus.ACKNOWLEDGED, None
        group.acknowledged_by, group.acknowledged_at = person.id, now
        escalate.close_page(session, group.id, person.id, now)
        escalate.hold_page(session, config, group.id, now)
        keep_reminding(config, group, now)
        if group.is_storm:
            storms.take(session, group, person.id, now)
    decision = answer(session, group_id, group, actor, "alert.acknowledge", decision, now)
    _look_again(session, group, now)
    return decision


def acknowledge_by_sender(session: Session, said: Sequence[Acknowledgement], now: datetime) -> None:
    """Somebody on the senders' side took these alerts: their groups are answered. What is over, unknown or answered
    already is left as it is, so that saying it twice changes nothing."""
    found = bulk.open_groups_of(session, {a.fingerprint for a in said})
    wanted = {found[a.fingerprint]: a.source for a in reversed(said) if a.fingerprint in found}
    for group in store.lock_groups(session, wanted):
        decision, actor = source_may_acknowledge(group, wanted[group.id]), f"source:{wanted[group.id]}"
        if decision.allowed:
            group.status, group.silence_id = GroupStatus.ACKNOWLEDGED, None
            group.acknowledged_by, group.acknowledged_at = actor, now
            escalate.close_page(session, group.id, actor, now)
            announce(session, group, now)
            note(session, group, actor, "alert.acknowledge", decision, now)


def resolve(
    session: Session,
    config: Config,  # noqa: ARG001 - every answer to a click takes the same
    group_id: int,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """End a group and its alerts. What still fires after the settling time opens a new one."""
    bulk.lock_firing_of(session, group_id, now)
    group = store.lock(session, group_id)
    decision = may_resolve(group, person)
    if group is not None and person is not None and decision.allowed:
        # Asked again: alerts may have joined until the group was held.
        bulk.end_all(session, bulk.lock_firing_of(session, group_id, now), now)
        bulk.close_alerts(session, [group.id])
        group.status, group.silence_id = GroupStatus.RESOLVED, None
        group.resolved_by, group.resolved_at = person.id, now
        escalate.close_page(session, group.id, person.id, now)
        end_silences_of(session, [group], now)
    decision = answer(session, group_id, group, actor, "alert.resolve", decision, now)
    _look_again(session, group, now)
    return decision


def silence(
    session: Session,
    config: Config,
    group_id: int,
    person: Person | None,
    actor: str,
    length: timedelta,
    comment: str,
    now: datetime,
    *,
    until_resolved: bool = False,
) -> Decision:
    """Keep a group quiet for a while, or `until_resolved` if that is sooner. Nobody holds it meanwhile: if it still
    fires at the end, it calls again."""
    group = store.lock(session, group_id)
    decision = may_silence(group, person, length, now)
    data: dict[str, str] = {}
    if group is not None and person is not None and decision.allowed:
        until = SilenceRequest((), now, now + length, person.id, comment, None, group.id, until_resolved)
        made = _silence_of(session, config, group, until, now)
        group.status, group.silence_id, group.inhibitor_id = GroupStatus.SILENCED, made.id, None
        group.acknowledged_by = group.acknowledged_at = None
        escalate.close_page(session, group.id, person.id, now)
        data = {"silence": made.id, "comment": comment}
    return answer(session, group_id, group, actor, "alert.silence", decision, now, data)


def raise_group(
    session: Session, config: Config, pipeline_id: str, alert: RaisedAlert, now: datetime
) -> AlertGroup:
    """Raise an alert about a pipeline. While its group is open, raising it again updates the group in place."""
    who, said = identity(_labels_of(alert, pipeline_id)), texts({"title": alert.title, "summary": alert.summary})
    receive(session, config, [Delivery(who, said, GOLDILOCKS, starts_at=now, expires=False)], now)
    found = raised_group(session, config, pipeline_id, alert)
    if found is None:
        raise RuntimeError(f"the group of {alert.name} of {pipeline_id} was not opened")
    found.summary = summary(said.annotations)
    found.evaluation_id = alert.evaluation_id or found.evaluation_id
    announce(session, found, now)
    return found


def raised_group(session: Session, config: Config, pipeline_id: str, alert: RaisedAlert) -> AlertGroup | None:
    """The open group that `raise_group` raised; None without one."""
    return store.open_by_key(session, place(_labels_of(alert, pipeline_id), config).key)


def recover(session: Session, config: Config, pipeline_id: str, alert: RaisedAlert, now: datetime) -> bool:
    """End what `raise_group` raised, at whatever severity, because it is fine again; whether it fired."""
    group = raised_group(session, config, pipeline_id, alert)
    if group is None:
        return False
    raised = bulk.lock_firing_of(session, group.id, now, GOLDILOCKS, alert.name)
    bulk.end_all(session, raised, now)
    held = [Touched(g) for g in store.lock_groups(session, [group.id]) if g.status != GroupStatus.RESOLVED]
    settle_all(session, config, held if raised else [], now)
    return bool(raised)


def _labels_of(alert: RaisedAlert, pipeline_id: str) -> dict[str, str]:
    return {**alert.labels, "alertname": alert.name, "pipeline": pipeline_id, "severity": alert.severity}


def next_due(session: Session) -> datetime | None:
    """When the next alert expires or the next silence begins or ends; None when nothing waits."""
    return store.next_due(session)


def _silence_of(
    session: Session, config: Config, group: AlertGroup, request: SilenceRequest, now: datetime
) -> Silence:
    """Silences of exactly what the group stands for; nearly always that is one, and the first is returned."""
    causes = config.team.alerts.causes
    labels = past_store.labels_of(session, group.id) if causes else []
    wanted = [replace(request, matchers=each) for each in matchers_of(group.key, causes, labels)]
    first, *_ = [add_silence(session, each, request.created_by, now) for each in wanted]
    return first


def _look_again(session: Session, group: AlertGroup | None, now: datetime) -> None:
    """What a person does with a group, or with a whole storm, may be the end of the storm."""
    storm_id = None if group is None else group.id if group.is_storm else group.storm_id
    if storm_id is not None:
        storm_store.look_at(session, [storm_id], now)


def answer(
    session: Session,
    group_id: int,
    group: AlertGroup | None,
    actor: str,
    action: str,
    decision: Decision,
    now: datetime,
    data: dict[str, str] | None = None,
) -> Decision:
    """Exactly one audit row; and if it happened, the new state of the message and a line in its thread."""
    subject = ("alert_group", group_id)
    entry = audit.record(
        session, at=now, actor=actor, action=action, subject=subject, decision=decision, data=data
    )
    if group is not None and decision.allowed:
        announce(session, group, now)
        tell(session, entry, channel=group.channel, parent=group.message, now=now)
    return decision
