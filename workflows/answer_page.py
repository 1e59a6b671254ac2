"""What people do with a page: escalate it at once, pass it on, and what a shadow would do."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from core.oncall import call_store, store
from core.oncall.answering import may_escalate, may_pass, may_tell
from core.oncall.escalation import advance, begin
from core.oncall.tables import CallKind, Page, PageStatus
from core.outbox.store import Post, enqueue
from workflows.call import follow_up, pagers_of, place_call
from workflows.escalate import move_page, policy_of, state_of
from workflows.note import tell


def escalate_now(
    session: Session, config: Config, group_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Take the next step of a group's page without waiting, whatever its hours: a person has looked. One that ran out
    of steps starts over."""
    group, page = alerts.lock(session, group_id), store.lock_page_of(session, group_id)
    decision = may_escalate(page, person)
    _told(session, group_id, page, actor, "page.escalate", decision, now)
    if group is None or page is None or not decision.allowed:
        return decision
    policy = policy_of(config, page.policy).at_any_hour()
    if page.status == PageStatus.EXHAUSTED:
        step = begin(policy, now, page.step, group.severity)
        page.status, page.reminders = PageStatus.OPEN, 0
    else:
        step = advance(state_of(page), policy, now, group.severity, hurry=decision.reason)
    move_page(session, config, page, group, step, now, reason=decision.reason)
    follow_up(session, page, group, now)
    return decision


def pass_to(
    session: Session, config: Config, group_id: int, to: str, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Call `to` as well, now. The running step waits its full time for them before the next one is taken."""
    group, page = alerts.lock(session, group_id), store.lock_page_of(session, group_id)
    named = config.team.person(to)
    decision = may_pass(page, person, named)
    _told(session, group_id, page, actor, "page.pass", decision, now, to=to)
    if group is None or page is None or named is None or not decision.allowed:
        return decision
    policy = policy_of(config, page.policy)
    page.status, page.reminders = PageStatus.OPEN, 0
    page.due_at = now + policy.steps[max(page.step - page.first, 0) % len(policy.steps)].wait
    place_call(session, group, page, CallKind.PERSON, named.id, now)
    for pager in pagers_of(config, [named.id]):
        place_call(session, group, page, CallKind.WEBHOOK, pager, now)
    follow_up(session, page, group, now)
    return decision


def tell_as_shadow(
    session: Session,
    config: Config,  # noqa: ARG001 - every answer to a click takes the same
    call_id: int,
    text: str,
    to_thread: bool,
    person: Person | None,
    actor: str,
    now: datetime,
) -> Decision:
    """What the shadow would do: to the thread, or only to whoever was called, below their own message."""
    call = call_store.get(session, call_id)
    decision = may_tell(call, person, text)
    page = store.page(session, call.page_id) if call else None
    group = alerts.get(session, page.group_id) if page else None
    entry = audit.record(
        session,
        at=now,
        actor=actor,
        action="page.tell",
        subject=("page", page.id if page else 0),
        decision=decision,
        data={"call": call_id, "to_thread": to_thread, "group": group.id if group else None},
    )
    if call is None or page is None or group is None or not decision.allowed:
        return decision
    call.said = text.strip()
    if to_thread:
        tell(session, entry, channel=group.channel, parent=group.message, now=now)
    else:
        for mentor in _mentors(session, page):
            asked = call_store.latest(session, page.id, CallKind.PERSON, mentor)
            parent = asked.message if asked else None
            enqueue(session, Post("note", entry.id, f"note:{entry.id}:{mentor}", f"@{mentor}", parent), now)
    enqueue(session, Post("page_call", call.id, call.message, f"@{call.target}"), now)
    return decision


def _mentors(session: Session, page: Page) -> list[str]:
    """Whoever has it, else whom the last step called."""
    if page.answered_by is not None and ":" not in page.answered_by:
        return [page.answered_by]
    calls = call_store.of_step(session, page)
    return list(dict.fromkeys(call.target for call in calls if call.kind == CallKind.PERSON))


def _told(
    session: Session,
    group_id: int,
    page: Page | None,
    actor: str,
    action: str,
    decision: Decision,
    now: datetime,
    **data: object,
) -> None:
    """One row in the trail, and if it happened a line in the thread, before what follows from it."""
    entry = audit.record(
        session,
        at=now,
        actor=actor,
        action=action,
        subject=("page", page.id if page else 0),
        decision=decision,
        data={"group": group_id, **data},
    )
    group = alerts.get(session, group_id)
    if group is not None and decision.allowed:
        tell(session, entry, channel=group.channel, parent=group.message, now=now)
