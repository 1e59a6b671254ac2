"""The message to one whom a page calls: what is wrong, what they can do about it, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.escape import cut, escape, inline, link
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views import storm
from bot.slack.views.alert import COLORS, WORDS, holder, runbook
from bot.slack.views.page import because
from bot.slack.views.parts import (
    actions,
    button,
    context,
    link_button,
    menu_button,
    modal,
    option,
    section,
    select,
    select_input,
    when,
)
from bot.slack.views.parts import text_input as text_field
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.tables import GroupStatus
from core.config.declared import Role
from core.oncall.answering import LONGEST_ANSWER
from core.oncall.tables import CallKind, Notification, Page, PageCall, PageStatus

SUMMARY = 600
LATER = 5
"""How many of those who were called after somebody are named to them."""
THREAD, MENTOR = "thread", "mentor"


@dataclass(frozen=True)
class CallState:
    """A call with its page and group; `notification` is the step that called, None when a person asked for it.

    `next_at` is when somebody else is called if nobody answers, None when that is not to come. `later` are those who
    were called since, `again` is the last call to the same one since. `link` is the address of the alert's
    message, None until it is known.
    """

    call: PageCall
    page: Page
    group: GroupState
    notification: Notification | None
    next_at: datetime | None
    later: Sequence[PageCall] = ()
    again: PageCall | None = None
    link: str | None = None


def message(state: CallState, people: People) -> Rendered:
    """The message of a call, in the colour of its alert group."""
    status, kind = GroupStatus(state.group.group.status), CallKind(state.call.kind)
    body = {CallKind.SHADOW: _shadow, CallKind.COPY: _copy, CallKind.CHANNEL: _channel}.get(kind, _person)
    blocks = body(state, people) if state.again is None else _called_before(state, state.again, people)
    return Rendered(text=_in_short(state), blocks=blocks, color=COLORS[status])


def _in_short(state: CallState) -> str:
    """What a phone shows before anything is opened: whether one is called or only goes along, about what, how bad."""
    group, pipeline = state.group.group, state.group.pipeline
    status = GroupStatus(group.status)
    known = [inline(group.severity, 40), inline(pipeline.title, 80) if pipeline else ""]
    stands = ", ".join(filter(None, known)) if status is GroupStatus.FIRING else WORDS[status].lower()
    return f"{_head(state)}: {_name(state)} ({stands})"


def _head(state: CallState) -> str:
    open_now = state.page.status in (PageStatus.OPEN, PageStatus.EXHAUSTED)
    match CallKind(state.call.kind):
        case CallKind.SHADOW:
            return "You go along"
        case CallKind.COPY:
            return "You are the backup"
        case CallKind.CHANNEL:
            return "Somebody is needed" if open_now else "Somebody was needed"
        case _:
            return "You are called" if open_now else "You were called"


def _called_before(state: CallState, again: PageCall, people: People) -> list[Json]:
    """An earlier call in a line: the last one has everything. While it is not known to have arrived, a button stays."""
    group = state.group.group
    whom = "You were called" if state.call.kind != CallKind.CHANNEL else "Somebody was needed"
    told = f"{whom} at {when(state.call.at, '{time}')}, and again at {when(again.at, '{time}')}: see the newer message."
    title = section(f"*{_name(state)}*")
    if group.status != GroupStatus.FIRING:
        return [title, context(f"{told} {holder(state.group, people)}")]
    take = button("Acknowledge", Action.ACKNOWLEDGE, group.id)
    return [title, context(told), actions(f"page-call:{state.call.id}", take)]


def _person(state: CallState, people: People) -> list[Json]:
    return [
        section(f"*{_head(state)}: {_name(state)}*\n{_summary(state)}".rstrip()),
        context(facts(state.group, state.link, people)),
        context(_standing(state, people)),
        *_buttons(state, people),
    ]


def _channel(state: CallState, people: People) -> list[Json]:
    called = _mention(state.call.mention)
    title = f"*{_name(state)}*\n{_summary(state)}".rstrip()
    return [
        section(f"{called} {title}".strip()),
        context(facts(state.group, state.link, people)),
        context(_standing(state, people)),
        *_buttons(state, people),
    ]


def _shadow(state: CallState, people: People) -> list[Json]:
    """A copy, with a question that is asked in private first."""
    blocks = [
        section(f"*You go along: {_name(state)}*\n{_summary(state)}".rstrip()),
        context(facts(state.group, state.link, people)),
        context(
            f"{_called(state, people)}, not you: you are copied as shadow, and nobody relies on you."
            + _after(state, people, "Then")
        ),
    ]
    if state.page.status not in (PageStatus.OPEN, PageStatus.EXHAUSTED):
        blocks.append(context(holder(state.group, people)))
    if state.call.said:
        return [*blocks, context(f"You said: {cut(escape(state.call.said), SUMMARY)}")]
    ask = button("What would you do?", Action.SHADOW_ANSWER, state.call.id)
    return [*blocks, actions(f"page-call:{state.call.id}", ask)]


def _copy(state: CallState, people: People) -> list[Json]:
    """For who stands behind a primary that still learns: a look, and everything they could do if they were called."""
    then = f" You are called at {when(state.next_at)} if nobody answers." if state.next_at else ""
    firing = state.group.group.status == GroupStatus.FIRING
    standing = f"{_called(state, people)} first, and you stand behind them.{then}"
    return [
        section(f"*You are the backup: {_name(state)}*\n{_summary(state)}".rstrip()),
        context(facts(state.group, state.link, people)),
        context(standing if firing else _standing(state, people)),
        *_buttons(state, people),
    ]


def _called(state: CallState, people: People) -> str:
    """“A is called”, “A and B are called”."""
    ids = state.notification.people if state.notification else []
    return f"{people.mentions(ids) if ids else 'Somebody'} {_are(ids)} called"


def _are(ids: list[str]) -> str:
    return "are" if len(ids) > 1 else "is"


def _name(state: CallState) -> str:
    group = state.group
    return storm.title(group.storm) if group.storm else inline(group.group.title)


def _summary(state: CallState) -> str:
    """What is known beside the title; of a storm, which grows after its call, how many and what they are called."""
    group = state.group.group
    if state.group.storm is not None:
        return storm.in_short(state.group, state.group.storm)
    return "" if group.summary == group.title else cut(escape(group.summary), SUMMARY)


def facts(state: GroupState, address: str | None, people: People) -> str:
    """What is known in one line, with the message (at `address`) and the channel in which everybody else sees it."""
    group, pipeline = state.group, state.pipeline
    name = inline(pipeline.title, 80) if pipeline else inline(group.pipeline or "", 80)
    channel = people.team.channel(group.channel)
    where = f"in <#{channel.slack}>" if channel else ""
    where = " ".join(filter(None, [link(address, "its thread") if address else "", where]))
    known = [inline(group.severity, 40), name, f"since {when(group.opened_at)}", f"alert {group.id}", where]
    return " · ".join(fact for fact in known if fact)


def _standing(state: CallState, people: People) -> str:
    """While nobody has it, why it is you and what comes next; then who has it."""
    to_channel = state.call.kind == CallKind.CHANNEL
    after = _after(state, people, "Then" if to_channel else "After you")
    if state.group.group.status != GroupStatus.FIRING:
        return f"{holder(state.group, people)}{after}"
    if state.page.status == PageStatus.WITHDRAWN:
        return "Called off: somebody is called for it together with other alerts."
    why = because(state.notification, to_channel) if state.notification else "It was passed to you."
    others = [p for p in state.notification.people if p != state.call.target] if state.notification else []
    beside = f" {people.mentions(others)} {_are(others)} called as well." if others else ""
    then = f" Next step if nobody answers: {when(state.next_at)}." if state.next_at else ""
    return f"{why}{beside}{then}{after}"


def _after(state: CallState, people: People, word: str) -> str:
    """Who was called since, when, and what came of it: a sentence, or nothing."""
    told = [_later(each, state, people) for each in _reached_for(state.later)]
    more = f" and {len(told) - LATER} more" if len(told) > LATER else ""
    return f" {word}: {'; '.join(told[:LATER])}{more}." if told else ""


def _reached_for(later: Sequence[PageCall]) -> list[PageCall]:
    """The last call to each person and channel; pagers only where they were all that was called."""
    wanted = [each for each in later if each.kind in (CallKind.PERSON, CallKind.CHANNEL)]
    pagers = [each for each in later if each.kind == CallKind.WEBHOOK]
    return list({(each.kind, each.target): each for each in wanted or pagers}.values())


def _later(call: PageCall, state: CallState, people: People) -> str:
    at = when(call.at, "{time}")
    if call.kind == CallKind.CHANNEL:
        channel = people.team.channel(call.target)
        whom = f"<#{channel.slack}>" if channel else inline(call.target, 80)
    else:
        whom = (
            people.mention(call.target) if call.kind == CallKind.PERSON else f"the pager {inline(call.target, 80)}"
        )
    if call.lost is not None:
        return f"{whom} at {at}, who could not be reached"
    if call.kind != CallKind.PERSON:
        return f"{whom} at {at}"
    if call.target == state.page.answered_by:
        return f"{whom} at {at}, who took it"
    return f"{whom} at {at}, no answer{'' if _is_over(state) else ' yet'}"


def _is_over(state: CallState) -> bool:
    return state.group.group.status != GroupStatus.FIRING


def _buttons(state: CallState, people: People) -> list[Json]:
    group = state.group.group
    firing, held = group.status == GroupStatus.FIRING, group.status == GroupStatus.ACKNOWLEDGED
    if group.status == GroupStatus.RESOLVED:
        return []
    waits = firing and state.page.status in (PageStatus.OPEN, PageStatus.EXHAUSTED)
    return [
        actions(
            f"page-call:{state.call.id}",
            button("Acknowledge", Action.ACKNOWLEDGE, group.id, style="primary") if firing else None,
            None if group.is_storm else button("Resolve", Action.RESOLVE, group.id),
            menu_button("Give back", "give-back", f"/alerts unack {group.id}") if held else None,
            button("Escalate now", Action.ESCALATE_PAGE, group.id) if waits else None,
            _pass_to(state, people) if waits else None,
            button("Details", Action.ALERT_DETAILS, group.id),
            link_button("Runbook", runbook(state.group)),
        )
    ]


def _pass_to(state: CallState, people: People) -> Json | None:
    """Everybody else who may answer."""
    others = [p for p in people.team.people if Role.RESPONDER in p.roles and p.id != state.call.target]
    if not others:
        return None
    group_id = state.group.group.id
    choices = [option(p.name, f"{group_id}:{p.id}") for p in others[:100]]
    return select(Action.HAND_PAGE_ON, "Pass to …", choices)


def _mention(mention: str) -> str:
    """What a channel's post mentions; the YAML allows nothing else."""
    if not mention:
        return ""
    return f"<!{mention}>" if mention in ("here", "channel") else f"<!subteam^{mention}>"


def question(call: PageCall) -> Json:
    """The form in which a shadow says what they would do, before they read what the primary does."""
    options = [option("The thread: everybody learns", THREAD), option("Only whoever was called", MENTOR)]
    blocks = [
        context("Nobody relies on your answer; it is how you learn. Look first, then write what you would do."),
        text_field(Field.WHAT, "What would you do?", long=True, most=LONGEST_ANSWER),
        select_input(Field.WHERE, "Who reads it?", options, options[1]),
    ]
    return modal(Callback.SHADOW_ANSWER, "What would you do?", blocks, submit="Send", data=str(call.id))
