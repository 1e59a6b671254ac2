"""Who may change and accept a handoff, and when somebody is reminded of one. Pure."""

from datetime import datetime, timedelta

from core.config.declared import Person, Role
from core.decision import Decision, allow, refuse
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.text import shorten

CHASES = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
"""How long after a handoff was drafted its incoming person is reminded; the outgoing one hears of it, too, from the
second time on, because until then the shift has nobody who said yes."""

LONGEST = 3_000
"""Characters of the summary and of what to watch, each: what a form in Slack holds."""


def may_accept(handoff: ShiftHandoff, person: Person | None) -> Decision:
    """Whether this person may take the shift over: the incoming one, once."""
    if handoff.status == HandoffStatus.ACCEPTED:
        return refuse("already_accepted", f"{{person:{handoff.incoming}}} has already accepted this handoff.")
    if person is None or person.id != handoff.incoming:
        return refuse("not_incoming", f"Only {{person:{handoff.incoming}}}, who is on call next, can accept this.")
    return allow("accepted", f"{{person:{handoff.incoming}}} took over from {{person:{handoff.outgoing}}}.")


def may_edit(handoff: ShiftHandoff | None, person: Person | None, summary: str, watch: str) -> Decision:
    """Whether this person may write into the report: whoever hands over or takes over, and responders, at any time."""
    if handoff is None:
        return refuse("no_such_handoff", "There is no such handoff.")
    if person is None or (
        Role.RESPONDER not in person.roles and person.id not in (handoff.outgoing, handoff.incoming)
    ):
        return refuse("role_missing", "Only people who are on call here may edit its handoffs.")
    if not summary.strip():
        return refuse("summary_missing", "A handoff needs a summary: what should the next person know?")
    longest = max(len(summary), len(watch))
    if longest > LONGEST:
        return refuse("too_long", f"{longest:,} characters are too many; {LONGEST:,} fit.")
    return allow("edited", f"{{person:{person.id}}} edited the handoff.")


def changes(handoff: ShiftHandoff, summary: str, watch: str) -> bool:
    """Whether these texts say anything else than the form that they come from began with."""
    begun = handoff.in_short, shorten(handoff.to_watch, LONGEST)
    return [each.split() for each in begun] != [summary.split(), watch.split()]


def chase_due(handoff: ShiftHandoff) -> datetime | None:
    """When its incoming person is to be reminded next; None when it was accepted, or nobody is reminded any more."""
    if handoff.status == HandoffStatus.ACCEPTED or handoff.chased >= len(CHASES):
        return None
    return handoff.created_at + CHASES[handoff.chased]
