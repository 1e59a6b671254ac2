"""What did not arrive and never will: the page moves on, the message finds another channel, and somebody is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import Decision, refuse
from core.oncall import call_store, store
from core.oncall.tables import CallKind, Page, PageCall, PageStatus
from core.outbox import store as outbox
from core.outbox.pace import PAGER
from workflows.call import COPIED, reaches_anybody
from workflows.escalate import step_page
from workflows.note import record_and_tell
from workflows.own_alerts import CHANNEL_LOST, UNREACHABLE, raise_own

MESSAGE_GONE = ("message_not_found", "cant_update_message", "edit_window_closed")
"""Slack no longer has the message that was to change (it was deleted, or its time of keeping is over), or lets nobody
but the app that wrote it change it."""

CALLS = ("page_call", "pager_trigger")


@dataclass(frozen=True)
class Lost:
    """A message that was refused for good, and why; `place_gone` if nothing can be written there any more, `new` if it
    was not there before. `remedied` is the reason with what to do about it."""

    row_id: int
    kind: str
    subject: int
    channel: str
    reason: str
    place_gone: bool = False
    new: bool = True
    remedied: str = ""

    @property
    def why(self) -> str:
        """The reason for whoever is to mend it."""
        return self.remedied or self.reason


def lost(session: Session, config: Config, message: Lost, now: datetime) -> bool:
    """Follow up on a lost message; whether it goes out after all, elsewhere.

    A call that is lost is noticed by its page. Other messages to a channel go to the catch-all channel instead; one
    that was there, and can be changed no more, is posted anew with what it says now.
    """
    if message.kind in CALLS:
        call = call_store.get(session, message.subject)
        if call is not None and call.kind != CallKind.CHANNEL and message.new:
            _call_lost(session, config, call, message, now)
            return False
    if not message.new and message.reason in MESSAGE_GONE and message.kind not in CALLS:
        _anew(session, message, now)
        return True
    if not message.place_gone or message.channel.startswith(("@", PAGER)):
        return False
    if message.channel == config.team.alerts.channel:
        _catch_all_lost(session, config, message, now)
        return False
    _reroute(session, config, message, now)
    return True


def delayed(session: Session, call_id: int, reason: str, now: datetime) -> None:
    """A pager has not taken a page after several tries: while somebody is still needed, the thread says so."""
    call = call_store.get(session, call_id)
    page = store.page(session, call.page_id) if call else None
    group = alerts.get(session, page.group_id) if page else None
    if call is None or page is None or group is None or page.status not in store.UNANSWERED:
        return
    detail = (
        f"The pager {call.target} has not taken this page so far ({reason}). It is tried again for about two hours; "
        "until then count on Slack only."
    )
    _record(session, "page.delay", page, group, call, refuse("pager_silent", detail), reason, now, told=True)


def _call_lost(session: Session, config: Config, call: PageCall, message: Lost, now: datetime) -> None:
    page = store.lock_page(session, call.page_id)
    call.lost = message.reason
    session.flush()
    group = alerts.get(session, page.group_id) if page else None
    if page is None or group is None:
        return
    if call.kind in COPIED:
        _note(session, config, page, group, call, message.reason, now, told=False)
        return
    _note(session, config, page, group, call, message.reason, now, told=page.status in store.UNANSWERED)
    if (
        page.status == PageStatus.OPEN
        and call.step == page.step
        and not reaches_anybody(session, page, config.team)
    ):
        step_page(session, config, page, now, hurry="unreachable")
    person = config.team.person(call.target)
    what = f"The direct message to {person.name}" if person else _what(config, call)
    raise_own(session, config, UNREACHABLE, call.target, f"{what} did not arrive: {message.why}.", now)


def _note(
    session: Session,
    config: Config,
    page: Page,
    group: AlertGroup,
    call: PageCall,
    reason: str,
    now: datetime,
    *,
    told: bool,
) -> None:
    """The trail, and while somebody is still needed the thread as well."""
    copied = " They are copied only, and nobody waits for them." if call.kind in COPIED else ""
    decision = refuse("unreachable", f"{_what(config, call)} did not arrive: {reason}.{copied}")
    _record(session, "page.unreachable", page, group, call, decision, reason, now, told=told)


def _record(
    session: Session,
    action: str,
    page: Page,
    group: AlertGroup,
    call: PageCall,
    decision: Decision,
    reason: str,
    now: datetime,
    *,
    told: bool,
) -> None:
    """What became of a call, in the trail, and in the thread before anything that is less urgent."""
    data = {"group": group.id, "call": call.id, "kind": call.kind, "target": call.target, "error": reason}
    place = (group.channel, group.message)
    lane = outbox.Lane.PAGE
    record_and_tell(session, action, ("page", page.id), decision, place, now, data=data, lane=lane, told=told)


def _what(config: Config, call: PageCall) -> str:
    match CallKind(call.kind):
        case CallKind.WEBHOOK:
            return f"The page to the pager {call.target}"
        case CallKind.CHANNEL:
            return f"The page in {config.team.channel_name(call.target)}"
        case _:
            return f"The direct message to {{person:{call.target}}}"


def _anew(session: Session, message: Lost, now: datetime) -> None:
    """Post what can be changed no more once again, so that its state and its buttons are somewhere."""
    outbox.reroute(session, message.row_id, message.channel, now)
    detail = f"A message in {message.channel} could not be changed ({message.reason}), and is posted again."
    decision, subject = refuse("message_gone", detail), ("outbox", message.row_id)
    data = {"kind": message.kind, "channel": message.channel, "error": message.reason}
    audit.record(
        session, at=now, actor=GOLDILOCKS, action="message.reroute", subject=subject, decision=decision, data=data
    )


def _reroute(session: Session, config: Config, message: Lost, now: datetime) -> None:
    """Send it to the catch-all channel, with the head of its thread, which a reply alone would leave behind; an alert
    group moves there with all that is still to come."""
    instead = config.team.alerts.channel
    row = outbox.reroute(session, message.row_id, instead, now)
    head = outbox.posted(session, row.parent) if row.parent else None
    if head is not None:
        outbox.reroute(session, head.id, instead, now)
    for moved in (row, head):
        if (
            moved
            and moved.kind == "alert_group"
            and (group := alerts.lock(session, int(moved.subject))) is not None
        ):
            group.channel = instead
    name = config.team.channel_name
    detail = (
        f"Nothing can be posted in {name(message.channel)}: {message.why}. It goes to {name(instead)} instead."
    )
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="message.reroute",
        subject=("outbox", message.row_id),
        decision=refuse("channel_lost", detail),
        data={"kind": message.kind, "channel": message.channel, "error": message.reason},
    )
    raise_own(session, config, CHANNEL_LOST, message.channel, detail, now)


def _catch_all_lost(session: Session, config: Config, message: Lost, now: datetime) -> None:
    """There is no other channel left, so somebody is called: by direct message, which needs none."""
    name = config.team.channel_name(message.channel)
    summary = f"Nothing can be posted in {name}, where what finds no other place goes: {message.why}."
    raise_own(session, config, CHANNEL_LOST, message.channel, summary, now, Severity.ERROR)
