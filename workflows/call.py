"""Taking a step of a page: who is called, each by a message of their own, and what they see of it afterwards."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup, GroupStatus
from core.audit import store as audit
from core.audit.tables import GOLDILOCKS, AuditEntry
from core.config.load import Config
from core.config.team import Team
from core.decision import allow
from core.oncall import call_store, store
from core.oncall.escalation import Advance, Duties, Recipients, length, recipients
from core.oncall.store import UNANSWERED
from core.oncall.tables import CallKind, Notification, Page, PageCall
from core.outbox.pace import PAGER
from core.outbox.store import Lane, Post, enqueue, enqueue_new, known, posted
from workflows.rota import on_call, rotation_of

COPIED = (CallKind.SHADOW, CallKind.COPY)
"""They see what others are called for, and are not relied on."""


def take_step(
    session: Session, config: Config, page: Page, group: AlertGroup, step: Advance, now: datetime
) -> None:
    """Take a step: its row, its place in the trail, its line in the thread, and a call to each that it names."""
    duties = _duties(session, config, page, step, now)
    called = recipients(step.notify, page.rotation, duties, late=_is_late(config, page, step))
    page.step, page.first, page.due_at = step.step, step.first, step.due_at
    row = Notification(
        page_id=page.id, step=step.step, people=called.people, shadows=called.shadows, reason=step.reason, at=now
    )
    session.add(row)
    session.flush()
    _record(session, config, page, step, called, now)
    calls = _calls(session, config, page, row, called)
    session.add_all(calls)
    session.flush()
    enqueue_new(session, [step_post(group, row), *(call_post(group, call) for call in calls)], now)


def _record(
    session: Session, config: Config, page: Page, step: Advance, called: Recipients, now: datetime
) -> None:
    data = {
        "group": page.group_id,
        "step": step.step,
        "people": called.people,
        "shadows": called.shadows,
        "channels": list(called.channels),
        "webhooks": called.webhooks,
        "skipped": list(step.skipped),
        "policy": page.policy,
    }
    said, subject = allow(step.reason, _called(config, called)), ("page", page.id)
    audit.record(
        session, at=now, actor=GOLDILOCKS, action="page.notify", subject=subject, decision=said, data=data
    )


def _calls(session: Session, config: Config, page: Page, row: Notification, called: Recipients) -> list[PageCall]:
    """One to each whom the step names; a shadow's one copy tells who was called since."""
    copied = {call.target for call in call_store.of_pass(session, page) if call.kind == CallKind.SHADOW}
    return [
        PageCall(
            page_id=page.id,
            notification_id=row.id,
            step=row.step,
            kind=kind,
            target=target,
            mention=says,
            at=row.at,
        )
        for kind, target, says in _targets(config, called)
        if kind is not CallKind.SHADOW or target not in copied
    ]


def step_post(group: AlertGroup, row: Notification) -> Post:
    """The step's line in the group's thread, which mentions whom it calls."""
    return Post("page", row.id, f"page:{row.id}", group.channel, parent=group.message, lane=Lane.PAGE)


def place_call(
    session: Session, group: AlertGroup, page: Page, kind: CallKind, target: str, now: datetime
) -> PageCall:
    """Call one whom a person asked for; it belongs to the step that is running."""
    call = PageCall(page_id=page.id, step=page.step, kind=kind, target=target, at=now)
    session.add(call)
    session.flush()
    enqueue_new(session, [call_post(group, call)], now)
    return call


def call_post(group: AlertGroup, call: PageCall) -> Post:
    """The message of a call."""
    match CallKind(call.kind):
        case CallKind.WEBHOOK:
            return _pager_post(call, "trigger")
        case CallKind.CHANNEL:
            parent = group.message if _in_thread(group, call) else None
            lane = Lane.PAGE if call.mention else None
            return Post("page_call", call.id, call.message, call.target, parent, lane)
        case CallKind.SHADOW | CallKind.COPY:
            # Not among the pages: whatever becomes of it, nobody waits for it.
            return Post("page_call", call.id, call.message, f"@{call.target}")
        case CallKind.PERSON:
            return Post("page_call", call.id, call.message, f"@{call.target}", lane=Lane.PAGE)


def follow_up(session: Session, page: Page, group: AlertGroup, now: datetime) -> None:
    """The page stands differently now: whoever was called sees it in place, and pagers are told."""
    pagers: dict[str, PageCall] = {}
    for call in call_store.of_pass(session, page):
        if call.kind == CallKind.WEBHOOK:
            pagers.setdefault(call.target, call)
        elif call.lost is None:
            _renew(session, call, now)
    action = _standing(page, group)
    for call in pagers.values():
        if action and not known(session, f"pager:{call.id}:{action}"):
            enqueue_new(session, [_pager_post(call, action)], now)


def point_out(session: Session, group_id: int, now: datetime) -> None:
    """The group's message has arrived: whoever was called before that finds it now."""
    page, group = store.page_of(session, group_id), alerts.get(session, group_id)
    if page is None or group is None:
        return
    for call in call_store.of_pass(session, page):
        if _stands_apart(group, call) and posted(session, call.message) is not None:
            _renew(session, call, now)


def look_back(session: Session, call_id: int, now: datetime) -> None:
    """A call has arrived: if the group's message came while it was on its way, it shows where that is."""
    call = call_store.get(session, call_id)
    page = store.page(session, call.page_id) if call else None
    group = alerts.get(session, page.group_id) if page else None
    if call is None or group is None or not _stands_apart(group, call):
        return
    message, own = posted(session, group.message), posted(session, call.message)
    times = (message.sent_at, own.claimed_at) if message is not None and own is not None else (None, None)
    if times[0] is not None and times[1] is not None and times[0] >= times[1]:
        _renew(session, call, now)


def question_post(entry: AuditEntry) -> Post:
    """The question to whoever holds a page whether they are still on it, in their direct conversation."""
    key = f"page-question:{entry.id}"
    return Post("page_question", entry.id, key, f"@{entry.data['holder']}", lane=Lane.PAGE)


def renew_question(session: Session, asked: int | None, now: datetime) -> None:
    """A question that is over says so in place."""
    entry = audit.get(session, asked) if asked is not None else None
    if entry is not None:
        enqueue(session, replace(question_post(entry), lane=None), now)


def reaches_anybody(session: Session, page: Page, team: Team) -> bool:
    """Whether anybody whom the last step called may still answer: not who was lost or has left, nor a shadow, who is
    not relied on. A step that waits for its hours will reach whom it names then."""
    calls = call_store.of_step(session, page)
    return not calls or any(_may_answer(call, team) for call in calls)


def _may_answer(call: PageCall, team: Team) -> bool:
    if call.lost is not None or call.kind in COPIED:
        return False
    if call.kind == CallKind.CHANNEL:
        return bool(call.mention)
    return call.kind == CallKind.WEBHOOK or team.person(call.target) is not None


def _renew(session: Session, call: PageCall, now: datetime) -> None:
    """Its message as things stand now, in place."""
    channel = call.target if call.kind == CallKind.CHANNEL else f"@{call.target}"
    enqueue(session, Post("page_call", call.id, call.message, channel), now)


def _in_thread(group: AlertGroup, call: PageCall) -> bool:
    """Whether a call stands in the group's own thread. What mentions a channel never does: Slack notifies nobody of
    `@here` and `@channel` inside a thread."""
    return call.kind == CallKind.CHANNEL and call.target == group.channel and not call.mention


def _stands_apart(group: AlertGroup, call: PageCall) -> bool:
    """Whether it has a message of its own outside the group's thread, which needs a link to it."""
    return call.kind != CallKind.WEBHOOK and not _in_thread(group, call)


def _standing(page: Page, group: AlertGroup) -> str | None:
    """What pagers are to hear: that somebody has it, or that nobody is needed any more; None while it goes on."""
    if group.status == GroupStatus.ACKNOWLEDGED:
        return "acknowledge"
    return None if page.status in UNANSWERED else "resolve"


def _pager_post(call: PageCall, action: str) -> Post:
    """What goes to one pager about one page keeps its order, as the replies of a thread do."""
    thread = f"pager-page:{call.page_id}:{call.target}"
    key = f"pager:{call.id}:{action}"
    return Post(f"pager_{action}", call.id, key, f"{PAGER}{call.target}", thread, Lane.PAGE)


def _duties(session: Session, config: Config, page: Page, step: Advance, now: datetime) -> Duties:
    named = [page.rotation, *(one.rotation for one in step.notify if one.rotation is not None)]
    return {name: (on_call(session, config, name, now), rotation_of(config, name)) for name in named}


def _targets(config: Config, called: Recipients) -> Iterable[tuple[CallKind, str, str]]:
    """Everyone whom a step calls: people by direct message and by their pager, then the rest."""
    yield from ((CallKind.PERSON, person, "") for person in called.people)
    yield from ((CallKind.WEBHOOK, pager, "") for pager in pagers_of(config, called.people, called.webhooks))
    yield from ((CallKind.CHANNEL, channel, mention) for channel, mention in called.channels.items())
    yield from ((CallKind.SHADOW, person, "") for person in called.shadows)
    yield from ((CallKind.COPY, person, "") for person in called.copies)


def pagers_of(config: Config, people: Iterable[str], named: Iterable[str] = ()) -> list[str]:
    """The pagers that these people have, and those that are named, each once."""
    found = (config.team.person(person) for person in people)
    own = [person.pager for person in found if person is not None and person.pager is not None]
    return list(dict.fromkeys([*own, *named]))


def _is_late(config: Config, page: Page, step: Advance) -> bool:
    """Whether whoever stands behind a learning primary is called by this step: any but the first, if there are more."""
    steps = next((length(policy) for policy in config.team.escalation if policy.id == page.policy), 1)
    return step.step > step.first or steps == 1


def _called(config: Config, called: Recipients) -> str:
    people = ", ".join(f"{{person:{person}}}" for person in called.people)
    channels = [config.team.channel_name(channel) for channel in called.channels]
    others = [*channels, *(f"pager {name}" for name in called.webhooks)]
    shadows = ", ".join(f"{{person:{person}}}" for person in called.shadows)
    told = ", ".join([*([people] if people else []), *others])
    behind = "".join(f"; {{person:{person}}} stands behind them and sees it" for person in called.copies)
    return f"Called {told}{behind}" + (f"; {shadows} is copied." if shadows else ".")
