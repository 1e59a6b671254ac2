"""The card of a pipeline: what somebody who has never seen it needs at the moment of an alert."""

from collections.abc import Sequence

from bot.slack.escape import escape, inline, link
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, section, when
from bot.slack.views.people import People
from core.pipelines.card import AlertLine, OnCall, PastBug, PipelineCard, TicketLine

SHOWN = 5


def message(card: PipelineCard, people: People) -> Rendered:
    """Who looks after it, what it promises, what serves, what is wrong now, and what fixed it before."""
    name = inline(card.title, 80)
    blocks = [
        section(f"*{name}*\n{escape(card.description)}".rstrip()),
        context(_objective(card), link(card.runbook, "Runbook")),
        section(f"{_on_call(card.on_call, people)}\n{_champion(card, people)}"),
        *_list("Alerts", [_alert(each, people) for each in card.alerts]),
        *_list("Bugs", [_ticket(each, people) for each in card.tickets]),
        *_list("What fixed bugs before", [_past(each) for each in card.past_bugs]),
    ]
    return Rendered(f"{name}: on call is {people.name(card.on_call.primary)}", blocks)


def _objective(card: PipelineCard) -> str:
    objective = f"{card.metric.spoken} of {inline(card.metric.bound(card.objective, card.unit), 80)}"
    if not card.days_judged:
        return f"Objective: {objective}; no day was judged yet"
    return f"Objective: {objective}; met on {card.days_met} of the last {card.days_judged} judged days"


def _on_call(now: OnCall, people: People) -> str:
    shadow = f", shadow {people.mention(now.shadow)}" if now.shadow else ""
    return (
        f"On call: {people.mention(now.primary)}{shadow} until {when(now.until)}, then {people.mention(now.next)}"
    )


def _champion(card: PipelineCard, people: People) -> str:
    champion = card.champion
    if not card.deployed:
        return "Its versions are not looked after here"
    if champion is None:
        return "Version in service: none, or the registry does not answer"
    since = f" since {when(champion.since)}" if champion.since else ""
    return f"Version in service: v{champion.version}{since}" + (
        f", by {people.mention(champion.by)}" if champion.by else ""
    )


def _alert(alert: AlertLine, people: People) -> str:
    held = f", held by {people.mention(alert.acknowledged_by)}" if alert.acknowledged_by else ""
    state = f"{escape(alert.status)}{held}" if alert.resolved_at is None else "resolved"
    return f"• {inline(alert.title, 120)}, {when(alert.opened_at)}: {state}"


def _ticket(ticket: TicketLine, people: People) -> str:
    on_it = f", {people.mention(ticket.assignee)} is on it" if ticket.assignee else ""
    return f"• #{ticket.ticket_id} {inline(ticket.title, 120)}: {ticket.priority:g} points{on_it}"


def _past(bug: PastBug) -> str:
    return f"• #{bug.ticket_id} {inline(bug.title, 100)}: {inline(bug.resolution, 200)}"


def _list(title: str, lines: Sequence[str]) -> list[Json]:
    if not lines:
        return []
    more = f"\n… and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return [section(f"*{title}*\n" + "\n".join(lines[:SHOWN]) + more)]
