"""Calling somebody by hand: about a group, or about anything that nobody has raised yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from core.alerts import store
from core.alerts.delivery import Delivery, identity, texts
from core.alerts.judging import may_call
from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow, quoted, refuse
from core.oncall import call_store
from core.oncall.tables import CallKind, Page
from core.outbox.store import Lane
from workflows import escalate, respond
from workflows.announce import note
from workflows.call import pagers_of, place_call
from workflows.rota import on_call
from workflows.settle import tell

MANUAL = "CalledByHand"


@dataclass(frozen=True)
class Call:
    """Who is wanted (a person, or whoever is on call in a rotation), what for, and about which group if about any."""

    text: str
    person: str | None = None
    rotation: str | None = None
    group_id: int | None = None


def call_by_hand(
    session: Session, config: Config, call: Call, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Call somebody. About a group that is a line in its thread that mentions them, and its page starts again if nobody
    holds it; about anything else a group is opened, which escalates until somebody takes it."""
    decision = may_call(person, call.text)
    wanted = _wanted(session, config, call, now)
    if decision.allowed and wanted is None:
        decision = refuse("nobody_to_call", "Nobody is on call there, and no person of the team was named.")
    group = None
    if decision.allowed:
        group = _about(session, call) if call.group_id else _opened(session, config, call, now)
        if group is None:
            decision = refuse("no_such_group", "This alert does not exist, or is over.")
    if group is None or wanted is None:
        subject = ("alert_group", call.group_id or "new")
        audit.record(session, at=now, actor=actor, action="alert.call", subject=subject, decision=decision)
        return decision
    detail = f"{{person:{actor}}} calls {{person:{wanted}}}: {quoted(call.text.strip()[:500])}"
    decision = allow("called_by_hand", detail)
    note(session, group, actor, "alert.call", decision, now, data={"person": wanted}, lane=Lane.PAGE)
    if group.status == GroupStatus.FIRING:
        page = escalate.open_page(session, config, group, now)
        if call.person is not None:
            _reach(session, config, group, page, wanted, now)
    return decision


def _reach(session: Session, config: Config, group: AlertGroup, page: Page, person: str, now: datetime) -> None:
    """Directly and by pager, like whoever is on call, unless the page has just called them anyway."""
    reached = {each.target for each in call_store.of_step(session, page)}
    if person in reached:
        return
    place_call(session, group, page, CallKind.PERSON, person, now)
    for pager in pagers_of(config, [person]):
        place_call(session, group, page, CallKind.WEBHOOK, pager, now)


def _wanted(session: Session, config: Config, call: Call, now: datetime) -> str | None:
    """The person who is called."""
    if call.person is not None:
        return call.person if config.team.person(call.person) else None
    rotation = call.rotation
    if rotation is None and call.group_id is not None:
        group = store.get(session, call.group_id)
        rotation = group.rotation if group else None
    known = {each.id for each in config.team.rotations}
    if rotation not in known:
        rotation = config.team.alerts.rotation
    return on_call(session, config, rotation, now).primary


def _about(session: Session, call: Call) -> AlertGroup | None:
    group = store.lock(session, call.group_id or 0)
    return None if group is None or group.status == GroupStatus.RESOLVED else group


def _opened(session: Session, config: Config, call: Call, now: datetime) -> AlertGroup | None:
    """A group of its own, told at once whatever its route waits for."""
    labels = {"alertname": MANUAL, "call": uuid4().hex[:8], "severity": Severity.CRITICAL}
    rotation = call.rotation or config.team.alerts.rotation
    words = texts({"title": call.text.strip().split("\n")[0], "summary": call.text.strip()})
    who = identity({**labels, "rotation": rotation})
    received = respond.receive(
        session, config, [Delivery(who, words, GOLDILOCKS, starts_at=now, expires=False)], now
    )
    group = store.lock(session, received.touched[0]) if received.touched else None
    if group is not None and group.revision == 0:
        tell(session, config, group, now)
    return group
