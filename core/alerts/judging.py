"""Who may say that an alert was noise, and call somebody by hand. Pure rules with named reasons."""

from core.alerts.tables import AlertGroup, Verdict
from core.config.declared import Person
from core.config.rights import barred
from core.decision import Decision, allow, quoted, refuse

NOISE = "noise"
LONGEST = 500
"""Characters of a reason that a sentence shows."""


def may_mark(group: AlertGroup | None, standing: Verdict | None, person: Person | None, reason: str) -> Decision:
    """A responder may call a group noise, once, with a reason; also one that is over."""
    if refused := barred(person):
        return refused
    if group is None or person is None:
        return refuse("no_such_group", "There is no such alert.")
    if standing is not None:
        return refuse("already_noise", f"{{person:{standing.given_by}}} has marked this as noise already.")
    if not reason.strip():
        return refuse("reason_missing", "Say why it is noise: that is what makes the next one quieter.")
    return allow(
        "marked_noise", f"{{person:{person.id}}} marked this as noise: {quoted(reason.strip()[:LONGEST])}"
    )


def may_unmark(standing: Verdict | None, person: Person | None) -> Decision:
    """Any responder may take such a verdict back, whoever gave it."""
    if refused := barred(person):
        return refused
    if standing is None or person is None:
        return refuse("not_marked", "This is not marked as noise.")
    return allow("unmarked_noise", f"{{person:{person.id}}} says that this was no noise.")


def may_call(person: Person | None, text: str) -> Decision:
    """A responder may call somebody, saying what for."""
    if refused := barred(person):
        return refused
    if not text.strip():
        return refuse("text_missing", "Say what you need somebody for.")
    return allow("called_by_hand")
