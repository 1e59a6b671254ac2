"""Pages: calling the person on call for an alert group, and the next one when nobody answers.

A page is a row with `due_at`. `step_pages` takes each due step once: it holds the page's row while it does, and a
step's number is unique within its page.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.severity import Severity, pages
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.config.escalation import EscalationPolicy
from core.config.load import Config
from core.decision import Decision, allow, quoted
from core.oncall import store
from core.oncall.escalation import Advance, Move, PageState, advance, begin, duration
from core.oncall.hours import describe
from core.oncall.tables import Page, PageStatus
from core.outbox.store import Lane, Post, enqueue
from workflows.call import follow_up, renew_question, take_step
from workflows.note import tell
from workflows.rota import on_call, rotation_of


def calls(config: Config, group: AlertGroup) -> Decision:
    """Whether somebody is to be called, or a channel told, for a group of this severity."""
    known = {policy.id: policy for policy in config.team.escalation}
    policy = known.get(group.policy)
    if policy is not None and group.severity in policy.by_severity:
        chosen = config.team.policy_for(group.policy, group.severity).id
        return allow("severity_chooses", f"Alerts of severity “{group.severity}” follow the policy “{chosen}”.")
    return pages(Severity(group.severity))


def open_page(
    session: Session, config: Config, group: AlertGroup, now: datetime, reason: str | None = None
) -> Page:
    """Call for somebody to take `group`: creates its page and takes the first step, for the named reason if there is
    a special one to begin again.

    A page that is open already is left alone, unless the group became so severe that another policy holds; one that
    is over, or ran out of steps, starts again from the policy's first step.
    """
    page = store.lock_page_of(session, group.id)
    policy = config.team.policy_for(group.policy, group.severity)
    rose = page is not None and page.status in store.UNANSWERED and page.policy != policy.id
    if page is not None and page.status == PageStatus.OPEN and not rose:
        return page
    if page is not None and page.status == PageStatus.EXHAUSTED:
        reason = reason or "goes_on"
    return begin_again(session, config, group, page, "severity_rose" if rose else reason, now)


def begin_again(
    session: Session, config: Config, group: AlertGroup, page: Page | None, reason: str | None, now: datetime
) -> Page:
    """Begin the page of `group`, which the caller holds, with its policy's first step, whatever was done before; a
    first one where there is none yet."""
    policy = config.team.policy_for(group.policy, group.severity)
    step = begin(policy, now, page.step if page else None, group.severity)
    if page is None:
        reason = None
        page = Page(group_id=group.id, step=step.step, due_at=step.due_at, opened_at=now)
        session.add(page)
    page.rotation, page.policy = rotation_of(config, group.rotation).id, policy.id
    page.status, page.opened_at, page.answered_by, page.answered_at = PageStatus.OPEN, now, None, None
    page.reminders, page.asked = 0, None
    session.flush()
    move_page(session, config, page, group, step, now, reason=reason)
    return page


def close_page(session: Session, group_id: int, answered_by: str | None, now: datetime) -> Page | None:
    """End the page of a group: answered by a person, or withdrawn because nobody is needed any more.

    A page that ran out of steps can still be answered. One that is held is over when its group is not held any more. A
    page that is over otherwise stays as it is; whoever was called sees in any case what became of it. The caller's own
    audit row tells why, so none is written here.
    """
    page = store.lock_page_of(session, group_id)
    if page is None:
        return None
    if page.status in store.UNANSWERED:
        page.status = PageStatus.WITHDRAWN if answered_by is None else PageStatus.ANSWERED
        page.answered_by, page.answered_at = answered_by, None if answered_by is None else now
        session.flush()
    group = alerts.get(session, group_id)
    if page.status == PageStatus.HELD and (group is None or group.status != GroupStatus.ACKNOWLEDGED):
        asked, page.status, page.asked = page.asked, PageStatus.ANSWERED, None
        session.flush()
        renew_question(session, asked, now)
    if group is not None:
        follow_up(session, page, group, now)
    return page


def hold_page(session: Session, config: Config, group_id: int, now: datetime) -> None:
    """Somebody acknowledged a group: if its policy asks them again, its page waits for that from now on."""
    page = store.lock_page_of(session, group_id)
    rule = policy_of(config, page.policy).acknowledgement if page is not None else None
    if page is not None and rule is not None and page.status == PageStatus.ANSWERED:
        page.status, page.asked, page.due_at = PageStatus.HELD, None, now + rule.ask_after
        session.flush()


def step_page(session: Session, config: Config, page: Page, now: datetime, hurry: str | None = None) -> bool:
    """Take what is due for one page, which the caller holds, or its next step at once for the reason `hurry`."""
    group = alerts.get_one(session, page.group_id)
    step = advance(state_of(page), policy_of(config, page.policy), now, group.severity, hurry)
    moved = move_page(session, config, page, group, step, now)
    if moved:  # whoever was called before sees who is called now
        follow_up(session, page, group, now)
    return moved


def state_of(page: Page) -> PageState:
    return PageState(page.status, page.step, page.due_at, page.first, page.reminders)


def next_due(session: Session) -> datetime | None:
    """When the next step, reminder or question of any page falls due, or None when none waits."""
    return store.next_due(session)


def move_page(
    session: Session,
    config: Config,
    page: Page,
    group: AlertGroup,
    step: Advance,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Do what the rule says; whether anything was done."""
    if step.move is Move.NOTIFY:
        take_step(session, config, page, group, _because(step, reason), now)
    elif step.move is Move.HOLD:
        _hold(session, config, page, group, step, now)
    elif step.move is Move.EXHAUST:
        _exhaust(session, config, page, group, step, now)
    elif step.move is Move.REMIND:
        _remind(session, config, page, group, step, now)
    else:
        return False
    return True


def policy_of(config: Config, policy_id: str) -> EscalationPolicy:
    """The policy, or the team's catch-all when the YAML no longer has it."""
    known = {policy.id: policy for policy in config.team.escalation}
    return known.get(policy_id) or config.team.escalation_policy(config.team.alerts.policy)


def everyone(session: Session, config: Config, page: Page, now: datetime) -> str:
    """Mentions of everybody in the page's rotation who is relied on."""
    learning = on_call(session, config, page.rotation, now).learning
    members = [each for each in rotation_of(config, page.rotation).everybody if each not in learning]
    return " ".join(f"{{person:{member}}}" for member in members)


def _because(step: Advance, reason: str | None) -> Advance:
    return step if reason is None else replace(step, reason=reason)


def _hold(session: Session, config: Config, page: Page, group: AlertGroup, step: Advance, now: datetime) -> None:
    """Nobody is called at this hour: the step waits for its hours, and the thread knows until when."""
    page.step, page.first, page.due_at = step.step, step.first, step.due_at
    policy = policy_of(config, page.policy)
    declared = policy.steps[(step.step + 1 - step.first) % len(policy.steps)]
    hours = declared.hours or policy.hours
    told = f" ({describe(hours)})" if hours else ""
    detail = f"Outside the hours of the next step{told}; it is taken at {{at:{int(step.due_at.timestamp())}}}."
    entry = _record(
        session, page, group, "page.hold", allow(step.reason, detail), now, until=step.due_at.isoformat()
    )
    tell(session, entry, channel=group.channel, parent=group.message, now=now)


def _exhaust(
    session: Session, config: Config, page: Page, group: AlertGroup, step: Advance, now: datetime
) -> None:
    """Nobody answered any step: say so where everybody sees it, and go on reminding them."""
    page.status, page.step, page.due_at, page.reminders = PageStatus.EXHAUSTED, step.step, step.due_at, 0
    policy = policy_of(config, page.policy)
    steps = len(store.notifications(session, page.id))
    detail = (
        f"Nobody has answered after {steps} calls, and no step of the escalation is left. "
        f"This alert has no owner: {everyone(session, config, page, now)}, please take it."
    )
    entry = _record(
        session,
        page,
        group,
        "page.exhaust",
        allow(step.reason, detail),
        now,
        steps=steps,
        policy_seconds=duration(policy).total_seconds(),
    )
    tell(session, entry, channel=group.channel, parent=group.message, now=now, lane=Lane.PAGE)


def _remind(session: Session, config: Config, page: Page, group: AlertGroup, step: Advance, now: datetime) -> None:
    """Still nobody: say so in the channel itself, not in its thread, and in the catch-all, until somebody takes it."""
    page.reminders, page.due_at = page.reminders + 1, step.due_at
    since = int(page.opened_at.timestamp())
    detail = (
        f"Still without an owner since {{at:{since}}}: “{quoted(group.title)}” (alert {group.id}). "
        f"{everyone(session, config, page, now)}, please take it. The next reminder comes at "
        f"{{at:{int(step.due_at.timestamp())}}}."
    )
    entry = _record(session, page, group, "page.remind", allow(step.reason, detail), now, reminders=page.reminders)
    for channel in dict.fromkeys([group.channel, config.team.alerts.channel]):
        enqueue(session, Post("note", entry.id, f"note:{entry.id}:{channel}", channel, lane=Lane.PAGE), now)


def _record(
    session: Session,
    page: Page,
    group: AlertGroup,
    action: str,
    decision: Decision,
    now: datetime,
    **data: object,
) -> AuditEntry:
    return audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action=action,
        subject=("page", page.id),
        decision=decision,
        data={"group": group.id, **data},
    )
