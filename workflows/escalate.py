"""Pages: calling the person on call for an alert group, and the next one when nobody answers.

A page is a row with `due_at`. `step_due` takes each due step once: it holds the page's row while it does, and a
step's number is unique within its page.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.config.team import EscalationPolicy
from core.decision import allow
from core.oncall import store
from core.oncall.escalation import Advance, Move, PageState, Recipients, advance, begin, duration, recipients
from core.oncall.tables import Notification, Page, PageStatus
from core.outbox.store import Lane, Post, enqueue
from workflows.note import tell
from workflows.rota import on_call, rotation_of


def open_page(session: Session, config: Config, group: AlertGroup, now: datetime) -> Page:
    """Call for somebody to take `group`: creates its page and takes the first step.

    A page that is open already is left alone; one that is over starts again from the policy's first step.
    """
    page = store.lock_page_of(session, group.id)
    if page is not None and page.status == PageStatus.OPEN:
        return page
    policy = _policy(config, group.policy)
    step = begin(policy, now, page.step if page else None)
    if page is None:
        page = Page(group_id=group.id, step=step.step, due_at=step.due_at, opened_at=now)
        session.add(page)
    page.rotation, page.policy = rotation_of(config, group.rotation).id, policy.id
    page.status, page.opened_at, page.answered_by, page.answered_at = PageStatus.OPEN, now, None, None
    session.flush()
    _notify(session, config, page, group, step, now)
    return page


def close_page(session: Session, group_id: int, answered_by: str | None, now: datetime) -> Page | None:
    """End the page of a group: answered by a person, or withdrawn because nobody is needed any more.

    A page that ran out of steps can still be answered. A page that is over otherwise, or a group without one, is
    left as it is. The caller's own audit row tells why, so none is written here.
    """
    page = store.lock_page_of(session, group_id)
    if page is None or page.status in (PageStatus.ANSWERED, PageStatus.WITHDRAWN):
        return page
    page.status = PageStatus.WITHDRAWN if answered_by is None else PageStatus.ANSWERED
    page.answered_by, page.answered_at = answered_by, None if answered_by is None else now
    session.flush()
    return page


def step_due(session: Session, config: Config, now: datetime) -> int:
    """Take the due step of every page that nobody answered in time; returns how many pages moved.

    After downtime a page moves one step, and the wait of that step counts from now.
    """
    moved = 0
    for page in store.due_pages(session, now):
        state = PageState(page.status, page.step, page.due_at)
        step = advance(state, _policy(config, page.policy), now)
        group = alerts.get_one(session, page.group_id)
        if step.move is Move.NOTIFY:
            _notify(session, config, page, group, step, now)
            moved += 1
        elif step.move is Move.EXHAUST:
            _exhaust(session, config, page, group, now)
            moved += 1
    return moved


def next_due(session: Session) -> datetime | None:
    """When the next step of any page falls due, or None when no page is open."""
    return store.next_due(session)


def _notify(session: Session, config: Config, page: Page, group: AlertGroup, step: Advance, now: datetime) -> None:
    rotation, duty = rotation_of(config, page.rotation), on_call(session, config, page.rotation, now)
    called = recipients(step.notify, duty, rotation) if step.notify else Recipients([], [])
    page.step, page.due_at = step.step, step.due_at
    row = Notification(
        page_id=page.id,
        step=step.step,
        people=called.people,
        shadows=called.shadows,
        reason=step.reason,
        at=now,
    )
    session.add(row)
    session.flush()
    data = {"group": group.id, "step": step.step, "people": called.people, "shadows": called.shadows}
    decision = allow(step.reason, _called(called))
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="page.notify",
        subject=("page", page.id),
        decision=decision,
        data=data,
    )
    post = Post("page", row.id, f"page:{row.id}", group.channel, parent=group.message, lane=Lane.PAGE)
    enqueue(session, post, now)


def _exhaust(session: Session, config: Config, page: Page, group: AlertGroup, now: datetime) -> None:
    """Nobody answered any step: stop, and say so where everybody sees it."""
    page.status = PageStatus.EXHAUSTED
    rotation, policy = rotation_of(config, page.rotation), _policy(config, page.policy)
    everyone = " ".join(f"{{person:{member}}}" for member in dict.fromkeys(rotation.members))
    steps = len(store.notifications(session, page.id))
    detail = (
        f"Nobody has answered after {steps} calls, and no step of the escalation is left. "
        f"This alert has no owner: {everyone}, please take it."
    )
    entry = audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="page.exhaust",
        subject=("page", page.id),
        decision=allow("exhausted", detail),
        data={"group": group.id, "steps": steps, "policy_seconds": duration(policy).total_seconds()},
    )
    tell(session, entry, channel=group.channel, parent=group.message, now=now, lane=Lane.PAGE)


def _called(called: Recipients) -> str:
    people = ", ".join(f"{{person:{person}}}" for person in called.people)
    shadows = ", ".join(f"{{person:{person}}}" for person in called.shadows)
    return f"Called {people}" + (f"; {shadows} is copied." if shadows else ".")


def _policy(config: Config, policy_id: str) -> EscalationPolicy:
    """The policy, or the team's catch-all when the YAML no longer has it."""
    known = {policy.id: policy for policy in config.team.escalation}
    return known.get(policy_id) or config.team.escalation_policy(config.team.alerts.policy)
