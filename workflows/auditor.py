"""The auditor: finds pages and messages that should have moved and did not, repairs them, and says so.

It is needed only where something went wrong that nobody thought of, so it trusts nothing but the rows: it looks at
what is there, mends it as the usual code would have, writes down what it found, and raises an alert about itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.config.team import URGENT
from core.decision import allow
from core.oncall import store
from core.oncall.auditing import LATE, Finding, Seen, judge
from core.oncall.escalation import begin
from core.oncall.tables import Page, PageStatus
from core.outbox.store import enqueue_new, settle_unknown
from core.outbox.tables import OutboxRow, OutboxStatus
from workflows import auditor_store as rows
from workflows import still_on_it
from workflows.auditor_store import Look
from workflows.call import call_post, step_post
from workflows.escalate import calls as calls_somebody
from workflows.escalate import close_page, move_page, open_page, policy_of, step_page
from workflows.own_alerts import AUDITOR, raise_own

FAR = timedelta(days=1)
"""No message waits longer than this for its turn."""

REPAIRED = "repaired"
Repair = Callable[[Session, Config, Page, AlertGroup, datetime], object]


def suspicious(session: Session, config: Config, now: datetime) -> bool:
    """Whether `inspect` would find anything, without holding anything up."""
    if rows.unpaged(session, _severities(config), now - LATE) or rows.stuck(session, now - LATE, now + FAR):
        return True
    return any(_finding(config, look, now) for look in rows.unanswered(session))


def inspect(session: Session, config: Config, now: datetime) -> int:
    """Find what stood still, repair it and tell; returns how much that was."""
    found: dict[Finding, list[str]] = {}
    for page_id in [look.page.id for look in rows.unanswered(session) if _finding(config, look, now)]:
        _inspect_page(session, config, page_id, found, now)
    for group_id in rows.unpaged(session, _severities(config), now - LATE):
        _inspect_group(session, config, group_id, found, now)
    for row in rows.stuck(session, now - LATE, now + FAR):
        _repair_message(session, row, found, now)
    for finding, what in sorted(found.items()):
        shown = ", ".join(what[:10]) + (f" and {len(what) - 10} more" if len(what) > 10 else "")
        raise_own(session, config, AUDITOR, finding, f"{_SAID[finding]} ({shown})", now)
    return sum(map(len, found.values()))


def _severities(config: Config) -> set[str]:
    chosen = {str(name) for policy in config.team.escalation for name in policy.by_severity}
    return {*URGENT, *chosen}


def _finding(config: Config, look: Look, now: datetime) -> Finding | None:
    page = look.page
    held = page.status == PageStatus.HELD
    needed = look.group_status == (GroupStatus.ACKNOWLEDGED if held else GroupStatus.FIRING)
    needed = needed and (held or not look.in_storm)
    seen = Seen(page.status, page.step, page.first, page.due_at, needed, look.has_step, look.silent)
    return judge(seen, policy_of(config, page.policy), now)


def _needs_somebody(group: AlertGroup) -> bool:
    """By itself: for what is part of a storm, the storm calls."""
    return group.status == GroupStatus.FIRING and group.storm_id is None


def _inspect_page(
    session: Session, config: Config, page_id: int, found: dict[Finding, list[str]], now: datetime
) -> None:
    """Held first, after its group, and looked at again: somebody may have moved it meanwhile."""
    known = store.page(session, page_id)
    if known is None or alerts.lock(session, known.group_id) is None:
        return
    page = store.lock_page(session, page_id)
    look = next(iter(rows.unanswered(session, page_id)), None)
    finding = _finding(config, look, now) if look is not None else None
    if page is None or finding is None:
        return
    group = alerts.get_one(session, page.group_id)
    _record(session, ("page", page.id), "page.repair", finding, now, group=group.id, before=_plain(page))
    _REPAIRS[finding](session, config, page, group, now)
    found.setdefault(finding, []).append(f"alert {group.id}")


def _inspect_group(
    session: Session, config: Config, group_id: int, found: dict[Finding, list[str]], now: datetime
) -> None:
    group = alerts.lock(session, group_id)
    if group is None or not _needs_somebody(group) or not calls_somebody(config, group).allowed:
        return
    page = store.lock_page_of(session, group_id)
    if page is not None and page.status in store.UNANSWERED:
        return
    page = open_page(session, config, group, now)
    _record(session, ("page", page.id), "page.repair", Finding.NO_PAGE, now, group=group.id)
    found.setdefault(Finding.NO_PAGE, []).append(f"alert {group.id}")


def _repair_message(session: Session, row: OutboxRow, found: dict[Finding, list[str]], now: datetime) -> None:
    """It may have arrived, so it is looked up before it is sent again; one that only waits is sent now."""
    known = row.status in frozenset(OutboxStatus)
    finding = Finding.STUCK if known else Finding.GARBLED_MESSAGE
    before = {"status": row.status, "due_at": row.due_at.isoformat(), "claimed_by": row.claimed_by}
    _record(session, ("outbox", row.id), "message.repair", finding, now, key=row.key, before=before)
    if row.status == OutboxStatus.PENDING:
        row.due_at = now
    else:
        settle_unknown(session, row.id, now, finding)
    found.setdefault(finding, []).append(row.key)


def _hurry(session: Session, config: Config, page: Page, _group: AlertGroup, now: datetime) -> None:
    page.due_at = min(page.due_at, now)
    if page.status == PageStatus.HELD:
        session.flush()
        still_on_it.look(session, config, page.group_id, now)
    else:
        step_page(session, config, page, now)


def _again(session: Session, config: Config, page: Page, _group: AlertGroup, now: datetime) -> None:
    """Its step left no trace: nobody can know whom it called, so it is taken again."""
    page.step -= 1
    step_page(session, config, page, now, hurry=REPAIRED)


def _send(session: Session, _config: Config, page: Page, group: AlertGroup, now: datetime) -> None:
    steps = [step_post(group, step) for step in rows.silent_steps(session, [page.id])]
    calls = [call_post(group, call) for call in rows.silent_calls(session, [page.id])]
    enqueue_new(session, [*steps, *calls], now)


def _withdraw(session: Session, _config: Config, _page: Page, group: AlertGroup, now: datetime) -> None:
    close_page(session, group.id, group.acknowledged_by or group.resolved_by, now)


def _restart(session: Session, config: Config, page: Page, group: AlertGroup, now: datetime) -> None:
    """What it says of itself cannot be: it starts over after the last step that left a row."""
    if not _needs_somebody(group):
        page.status = PageStatus.WITHDRAWN
        return
    page.status, page.reminders = PageStatus.OPEN, 0
    step = begin(policy_of(config, page.policy), now, rows.last_step(session, page.id), group.severity)
    move_page(session, config, page, group, step, now, reason=REPAIRED)


_REPAIRS: dict[Finding, Repair] = {
    Finding.LATE: _hurry,
    Finding.FAR: _hurry,
    Finding.NO_STEP: _again,
    Finding.NO_MESSAGE: _send,
    Finding.NOT_NEEDED: _withdraw,
    Finding.GARBLED: _restart,
}
_SAID = {
    Finding.LATE: "A page was not escalated when it was due. It has been now.",
    Finding.FAR: "A page was to be escalated later than its policy says by now. It has been.",
    Finding.GARBLED: "A page said something of itself that cannot be. It has been started over.",
    Finding.NO_STEP: "A page had taken a step of which nothing was left. The step has been taken again.",
    Finding.NO_MESSAGE: "Somebody was to be called and had no message. They have been called now.",
    Finding.NOT_NEEDED: "A page went on though nobody was needed any more. It has been withdrawn.",
    Finding.NO_PAGE: "An alert needed somebody and called nobody. Its page has been opened.",
    Finding.STUCK: "A message stood still on its way. It has been looked up, or sent again.",
    Finding.GARBLED_MESSAGE: "A message said something of itself that cannot be. It has been looked up, or sent again.",
}


def _plain(page: Page) -> dict[str, object]:
    return {"status": page.status, "step": page.step, "first": page.first, "due_at": page.due_at.isoformat()}


def _record(
    session: Session, subject: tuple[str, int], action: str, finding: Finding, now: datetime, **data: object
) -> None:
    """The trail says what was found, before it is mended."""
    decision = allow(finding, _SAID[finding])
    audit.record(session, at=now, actor=GOLDILOCKS, action=action, subject=subject, decision=decision, data=data)
