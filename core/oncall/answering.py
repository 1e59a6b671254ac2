"""What people may do with a page beside answering its alert group: pure rules with named reasons."""

from core.config.declared import Person, Role
from core.config.rights import barred
from core.decision import Decision, allow, quoted, refuse
from core.oncall.tables import CallKind, Page, PageCall, PageStatus

LONGEST_ANSWER = 2_000


def may_escalate(page: Page | None, person: Person | None) -> Decision:
    """A responder may take the next step of a page that nobody has answered without waiting for it."""
    if refused := _barred(page, person):
        return refused
    return allow("escalated", f"{_who(person)} escalated this without waiting.")


def may_pass(page: Page | None, person: Person | None, to: Person | None) -> Decision:
    """A responder may have another one called for a page that nobody has answered."""
    if refused := _barred(page, person):
        return refused
    if to is None:
        return refuse("unknown_person", "Whom should it go to? They are not in this team's YAML.")
    if Role.RESPONDER not in to.roles:
        return refuse("role_missing", f"{_who(to)} may not answer alerts, so this cannot go to them.")
    if person is not None and to.id == person.id:
        return refuse("same_person", "That is you. Acknowledge it to take it.")
    return allow("passed", f"{_who(person)} passed this to {_who(to)}.")


def may_tell(call: PageCall | None, person: Person | None, text: str) -> Decision:
    """A shadow may say what they would do about a page that they are copied on."""
    if call is None or call.kind != CallKind.SHADOW:
        return refuse("no_such_call", "This page does not exist any more.")
    if person is None or person.id != call.target:
        return refuse("not_the_shadow", "This question is for the shadow who was copied.")
    if not text.strip():
        return refuse("nothing_said", "Write at least a few words.")
    if len(text) > LONGEST_ANSWER:
        return refuse("too_long", f"At most {LONGEST_ANSWER:,} characters, please.")
    return allow("told", f"{_who(person)}, who goes along as shadow, would: {quoted(text.strip())}")


def _barred(page: Page | None, person: Person | None) -> Decision | None:
    if refused := barred(person):
        return refused
    if page is None or page.status == PageStatus.WITHDRAWN:
        return refuse("no_open_page", "Nobody is called for this any more.")
    if page.status in (PageStatus.ANSWERED, PageStatus.HELD):
        return refuse("already_answered", f"{{person:{page.answered_by}}} has answered this already.")
    return None


def _who(person: Person | None) -> str:
    return f"{{person:{person.id}}}" if person else "Somebody"
