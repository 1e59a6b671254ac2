"""Asking whoever acknowledged a page whether they are still on it, where its policy says so, and beginning again
without an answer. A page has one timer at a time, in the place where an unanswered one has that of its next step."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow
from core.oncall import store
from core.oncall.holding import Held, Turn, judge, may_confirm
from core.oncall.tables import Page, PageStatus
from core.outbox.store import enqueue
from core.tickets import store as tickets
from workflows import respond
from workflows.call import question_post, renew_question
from workflows.escalate import policy_of
from workflows.give_back import let_go
from workflows.note import tell


def look_due(session: Session, config: Config, now: datetime) -> int:
    """Ask about, or let go of, every page that was held long enough; how many. A group is held before its page, as by
    whoever answers it."""
    return sum(look(session, config, group_id, now) for group_id in store.groups_held_until(session, now))


def look(session: Session, config: Config, group_id: int, now: datetime) -> bool:
    """Do what is due for one page; whether it was due."""
    group, page = alerts.lock(session, group_id), store.lock_page_of(session, group_id)
    if group is None or page is None or page.status != PageStatus.HELD or page.due_at > now:
        return False
    policy = policy_of(config, page.policy)
    held = Held(page.asked is not None, page.due_at, _touched_at(session, config, page, group))
    following = judge(held, policy.acknowledgement, now)
    if following.turn is Turn.LET_GO:
        _let_go(session, config, group, now)
    elif following.turn is Turn.REST:
        page.status = PageStatus.ANSWERED
    else:
        _answered(session, page, now)
        page.due_at = following.due_at
    if following.turn is Turn.ASK:
        _ask(session, page, group, now)
    session.flush()
    return True


def confirm(
    session: Session, config: Config, group_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Whoever holds a group is still on it: they are asked again after the full time."""
    group, page = alerts.lock(session, group_id), store.lock_page_of(session, group_id)
    held = group is not None and page is not None and page.status == PageStatus.HELD
    rule = policy_of(config, page.policy).acknowledgement if held and page is not None else None
    until = now + rule.ask_after if rule else now
    decision = may_confirm(group.acknowledged_by if group and rule else None, person, until)
    entry = audit.record(
        session,
        at=now,
        actor=actor,
        action="page.confirm",
        subject=("page", page.id if page else 0),
        decision=decision,
        data={"group": group_id},
    )
    if group is not None and page is not None and decision.allowed:
        _answered(session, page, now)
        page.due_at = until
        tell(session, entry, channel=group.channel, parent=group.message, now=now)
    return decision


def acknowledge(
    session: Session, config: Config, group_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Take a group; whoever holds it and is asked about it says with the same word that they are still on it."""
    group, page = alerts.lock(session, group_id), store.lock_page_of(session, group_id)
    asked = page is not None and page.status == PageStatus.HELD and page.asked is not None
    if asked and group is not None and person is not None and group.acknowledged_by == person.id:
        return confirm(session, config, group_id, person, actor, now)
    return respond.acknowledge(session, config, group_id, person, actor, now)


def _ask(session: Session, page: Page, group: AlertGroup, now: datetime) -> None:
    until = int(page.due_at.timestamp())
    detail = (
        f"{{person:{group.acknowledged_by}}} was asked whether they are still on it. Without an answer it calls again, "
        f"from the first step, at {{at:{until}}}."
    )
    entry = audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="page.ask",
        subject=("page", page.id),
        decision=allow("held_long", detail),
        data={"group": group.id, "holder": group.acknowledged_by, "until": page.due_at.isoformat()},
    )
    page.asked = entry.id
    enqueue(session, question_post(entry), now)


def _answered(session: Session, page: Page, now: datetime) -> None:
    """The open question, if there is one, waits for nobody any more."""
    asked, page.asked = page.asked, None
    session.flush()
    renew_question(session, asked, now)


def _let_go(session: Session, config: Config, group: AlertGroup, now: datetime) -> None:
    holder = f"{{person:{group.acknowledged_by}}}"
    detail = f"{holder} did not say that they are still on it: nobody holds it now, and it calls again."
    let_go(session, config, group, allow("not_confirmed", detail), GOLDILOCKS, now)


def _touched_at(session: Session, config: Config, page: Page, group: AlertGroup) -> datetime | None:
    """When a person did something about it last: since they were asked, if a question is open."""
    people = [person.id for person in config.team.people]
    bugs = [("ticket", ticket.id) for ticket in tickets.of_group(session, group.id)]
    subjects = [("alert_group", group.id), ("page", page.id), *bugs]
    found = audit.last_by(session, people, subjects, after=page.asked or 0)
    return found or (None if page.asked is not None else group.acknowledged_at)
