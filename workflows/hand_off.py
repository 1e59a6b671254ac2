"""Handoffs: the report of a shift that ended, and the next person who takes over."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.config.rotation import Rotation
from core.decision import Decision, allow, refuse
from core.oncall import rota_store, store
from core.oncall.changeover import Changeover, latest, reach, taken_up
from core.oncall.handoff import draft
from core.oncall.rota import Rota
from core.oncall.rota_tables import RotaPlan
from core.oncall.schedule import shift_at
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.oncall.takeover import CHASES, changes, chase_due, may_accept, may_edit
from core.outbox.store import Post, enqueue
from workflows.facts.shift import gather
from workflows.note import record_and_tell, tell


def draft_due(session: Session, config: Config, now: datetime) -> int:
    """Draft the handoff of each layer of a rotation in which somebody's shift ended last, unless it was drafted before;
    how many.

    After downtime only the most recent change of person is handed over: the people of earlier ones are not on call
    any more. A rotation's first shift takes over from nobody; and of a shift that was over before Goldilocks looked
    after the rotation nothing is known, so that nothing can be reported.
    """
    drafted = 0
    for rotation, name, layer in _layers(config):
        ended = _undrafted(session, rotation, name, layer, now)
        if ended is None:
            continue
        handoff = _row(session, config, rotation, name, ended, now)
        if store.add_handoff(session, handoff):
            _announce(session, rotation, handoff, now)
            drafted += 1
    return drafted


def accept(
    session: Session, config: Config, handoff_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Take a shift over: only the incoming person can, once. Says so in the handoff's thread."""
    handoff = store.lock_handoff(session, handoff_id)
    if handoff is None:
        decision = refuse("no_such_handoff", "There is no such handoff.")
    else:
        decision = may_accept(handoff, person)
    entry = audit.record(
        session, at=now, actor=actor, action="handoff.accept", subject=("handoff", handoff_id), decision=decision
    )
    if handoff is not None and decision.allowed:
        channel = _channel(config, handoff)
        handoff.status, handoff.accepted_at = HandoffStatus.ACCEPTED, now
        handoff.revision += 1
        enqueue(session, _parent(handoff, channel), now)
        tell(session, entry, channel=channel, parent=handoff.message, now=now)
    return decision


def edit(
    session: Session,
    config: Config,
    handoff_id: int,
    texts: tuple[str, str],
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """Write into a handoff: `texts` are its summary and what to watch. Its thread says so; the draft is kept.
    What was saved as it was changes nothing."""
    handoff = store.lock_handoff(session, handoff_id)
    decision = may_edit(handoff, person, *texts)
    if handoff is not None and decision.allowed and not changes(handoff, *texts):
        return decision
    entry = audit.record(
        session, at=now, actor=actor, action="handoff.edit", subject=("handoff", handoff_id), decision=decision
    )
    if handoff is None or not decision.allowed:
        return decision
    handoff.summary, handoff.watch = (text.strip() for text in texts)
    handoff.edited_by = actor
    handoff.revision += 1
    channel = _channel(config, handoff)
    enqueue(session, _parent(handoff, channel), now)
    enqueue(session, _report(handoff, channel), now)
    tell(session, entry, channel=channel, parent=handoff.message, now=now)
    return decision


def chase(session: Session, config: Config, now: datetime) -> int:
    """Remind the incoming person of each handoff that nobody accepted in time; how many reminders.

    A handoff that a newer one of its layer has overtaken is let go, as is one whose layer has left the YAML.
    """
    chased = 0
    for handoff in store.unaccepted(session):
        due = chase_due(handoff)
        if due is None or due > now:
            continue
        held = store.lock_handoff(session, handoff.id)
        if held is None or chase_due(held) != due:
            continue
        newest = store.latest_handoffs(session, held.rotation, held.layer, 1)
        _remind(session, config, held, now, overtaken=newest[0].id != held.id or not _is_declared(config, held))
        chased += 1
    return chased


def pass_on(session: Session, config: Config, rotation: Rotation, now: datetime) -> int:
    """By another YAML somebody else may have taken over: they are asked to accept, instead of whoever was; how many.

    Where nobody takes over in that layer any more, nobody is reminded.
    """
    rota, layers = rota_store.rota(session, rotation, reach(rotation, now)), dict(rotation.handed_over)
    passed = 0
    for waiting in store.unaccepted(session):
        if waiting.rotation != rotation.id or chase_due(waiting) is None:
            continue
        held = store.lock_handoff(session, waiting.id)
        if held is None or chase_due(held) is None:
            continue
        incoming = _takes_over(rota, held, now) if held.layer in layers else None
        if incoming is None or incoming == held.outgoing:
            held.chased = len(CHASES)
        elif incoming != held.incoming:
            _ask_instead(session, config, held, incoming, now)
            passed += 1
    return passed


def _takes_over(rota: Rota, handoff: ShiftHandoff, now: datetime) -> str | None:
    """Who has the layer since the shift that is handed over, else whoever is on call now."""
    found = latest(rota, handoff.layer, now)
    return found.incoming if found is not None and found.end == handoff.shift_end else rota.at(now).primary


def _ask_instead(session: Session, config: Config, handoff: ShiftHandoff, incoming: str, now: datetime) -> None:
    before, handoff.incoming, channel = handoff.incoming, incoming, _channel(config, handoff)
    handoff.revision += 1
    enqueue(session, _parent(handoff, channel), now)
    detail = (
        f"The YAML has changed: {{person:{incoming}}} is on call instead of {{person:{before}}}, and is asked to "
        "accept this handoff."
    )
    decision, place = allow("yaml_changed", detail), (channel, handoff.message)
    record_and_tell(session, "handoff.pass_on", ("handoff", handoff.id), decision, place, now)


def _remind(session: Session, config: Config, handoff: ShiftHandoff, now: datetime, *, overtaken: bool) -> None:
    handoff.chased = len(CHASES) if overtaken else handoff.chased + 1
    if overtaken:
        return
    again = handoff.chased > 1 and config.team.person(handoff.outgoing) is not None
    too = f" {{person:{handoff.outgoing}}}, please stay reachable until then." if again else ""
    detail = f"{{person:{handoff.incoming}}}, this shift is yours since it began: please accept the handoff.{too}"
    subject, place = ("handoff", handoff.id), (_channel(config, handoff), handoff.message)
    decision = allow("not_accepted", detail)
    record_and_tell(session, "handoff.chase", subject, decision, place, now, data={"times": handoff.chased})


def next_due(session: Session, config: Config, now: datetime) -> datetime | None:
    """When the next handoff may have to be drafted (at the end of a shift that is over if that was not done, else of
    the one that is running), or somebody be reminded of one."""
    drafts = [_due(session, rotation, name, layer, now) for rotation, name, layer in _layers(config)]
    chases = [due for handoff in store.unaccepted(session) if (due := chase_due(handoff))]
    return min((*drafts, *chases), default=None)


def _is_declared(config: Config, handoff: ShiftHandoff) -> bool:
    return any((rotation.id, name) == (handoff.rotation, handoff.layer) for rotation, name, _ in _layers(config))


def _layers(config: Config) -> Iterator[tuple[Rotation, str, Rotation]]:
    """Each layer that hands over, with its rotation and its name."""
    for rotation in config.team.rotations:
        for name, layer in rotation.handed_over:
            yield rotation, name, layer


def _due(session: Session, rotation: Rotation, name: str, layer: Rotation, now: datetime) -> datetime:
    ended, shift = _undrafted(session, rotation, name, layer, now), shift_at(layer, now)
    if ended is not None:
        return ended.end
    seen = _was_seen(rota_store.plan_of(session, rotation.id), shift.start)
    if not seen or store.handoff_at(session, rotation.id, name, shift.start):
        return shift.end
    begins = taken_up(rota_store.rota(session, rotation, shift.start), name, shift)
    return begins if begins > now else shift.end


def _undrafted(
    session: Session, rotation: Rotation, name: str, layer: Rotation, now: datetime
) -> Changeover | None:
    """The last change of person at the end of a layer's shift, if its handoff is still to be drafted."""
    began = shift_at(layer, now).start
    plan = rota_store.plan_of(session, rotation.id)
    if not _was_seen(plan, began) or store.handoff_at(session, rotation.id, name, began):
        return None
    ended = latest(rota_store.rota(session, rotation, reach(rotation, now)), name, now)
    if ended is None or not _was_seen(plan, ended.end):
        return None
    return None if store.handoff_at(session, rotation.id, name, ended.end) else ended


def _was_seen(plan: RotaPlan | None, end: datetime) -> bool:
    """Whether Goldilocks looked after the rotation before a shift that was over at `end`."""
    if plan is None or plan.planned_until is None:
        return False
    return plan.seen_since is None or plan.seen_since < end


def _row(
    session: Session, config: Config, rotation: Rotation, name: str, ended: Changeover, now: datetime
) -> ShiftHandoff:
    return ShiftHandoff(
        rotation=rotation.id,
        layer=name,
        shift_start=ended.start,
        shift_end=ended.end,
        outgoing=ended.outgoing,
        incoming=ended.incoming,
        shadow=ended.shadow,
        report=draft(gather(session, config, rotation, ended.start, ended.end)),
        created_at=now,
    )


def _announce(session: Session, rotation: Rotation, handoff: ShiftHandoff, now: datetime) -> None:
    detail = f"{{person:{handoff.outgoing}}} hands over to {{person:{handoff.incoming}}}."
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="handoff.draft",
        subject=("handoff", handoff.id),
        decision=allow("shift_ended", detail),
    )
    enqueue(session, _parent(handoff, rotation.channel), now)
    enqueue(session, _report(handoff, rotation.channel), now)


def _parent(handoff: ShiftHandoff, channel: str) -> Post:
    return Post("handoff", handoff.id, handoff.message, channel, revision=handoff.revision)


def _report(handoff: ShiftHandoff, channel: str) -> Post:
    key = f"handoff-report:{handoff.id}"
    return Post("handoff_report", handoff.id, key, channel, parent=handoff.message, revision=handoff.revision)


def _channel(config: Config, handoff: ShiftHandoff) -> str:
    """The rotation's channel, or the team's catch-all when the YAML no longer has the rotation."""
    channels = {rotation.id: rotation.channel for rotation in config.team.rotations}
    return channels.get(handoff.rotation, config.team.alerts.channel)
