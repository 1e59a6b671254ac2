"""Goldilocks itself stands still: one message that changes in place when it is over."""

from collections.abc import Sequence
from datetime import datetime

from bot.outage.watch import Outage, Work
from bot.slack.escape import code, inline
from bot.slack.rendered import Rendered
from bot.slack.views.colors import GOOD, WRONG
from bot.slack.views.parts import context, section, when
from bot.slack.views.people import People
from core.text import length

TITLES = {
    Work.STARTING: "Goldilocks cannot start: its database is away",
    Work.WRITING: "Goldilocks cannot write to its database",
    Work.TAKING: "Goldilocks does not take what is due",
    Work.SENDING: "Goldilocks sends no messages",
}
_WAS = {
    Work.STARTING: "It could not start",
    Work.WRITING: "It could not write to its database",
    Work.TAKING: "It did not take what was due",
    Work.SENDING: "It sent no messages",
}
_AWAY = (
    "Alerts are turned away, and their senders try again; no page goes on to the next person; buttons do nothing."
)
_MEANS = {
    Work.STARTING: f"{_AWAY} Overrides and swaps are in the database: whoever is named here is on call by the YAML.",
    Work.WRITING: _AWAY,
    Work.TAKING: "Alerts are taken in, but no page goes on to the next person.",
    Work.SENDING: "Alerts are taken in, but no message reaches Slack. Pagers may be called all the same.",
}


def lasting(outage: Outage, people: People, called: Sequence[str], replica: str, problem: str) -> Rendered:
    """It lasts: what stands still since when, what that means, who is called to look, and what is known of why."""
    title = TITLES[outage.work]
    who = f"\n{people.mentions(list(called))}, please look." if called else ""
    return Rendered(
        text=f"{title}: nobody may be paged",
        blocks=[
            section(f"*{title}* since {when(outage.since)}{who}"),
            section(f"{_MEANS[outage.work]}\nNothing that was acknowledged is lost: it waits until this is over."),
            context(f"{_why(problem)} Seen by {inline(replica, 80)}. This message changes when it is over."),
        ],
        color=WRONG,
    )


def over(outage: Outage, until: datetime, replica: str) -> Rendered:
    """It is over: how long it took, and what follows."""
    lasted = length(until - outage.since)
    return Rendered(
        text="Goldilocks works again",
        blocks=[
            section(f"*Goldilocks works again* since {when(until)}"),
            section(f"{_WAS[outage.work]} for {lasted}. What fell due meanwhile is taken late."),
            context(f"Seen by {inline(replica, 80)}."),
        ],
        color=GOOD,
    )


def _why(problem: str) -> str:
    return f"Its last word: {code(problem)}." if problem else "It gives no answer."
