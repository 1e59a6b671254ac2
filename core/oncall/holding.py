"""Whether somebody who acknowledged a page still works on it: they are asked, and without an answer it calls again.

Whatever they or others do with the alert counts as an answer, so that only forgotten ones are asked about. Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.config.declared import Person, Role
from core.config.escalation import Acknowledgement, EscalationPolicy
from core.config.rights import ANSWER, stranger
from core.decision import Decision, allow, refuse

WHENEVER = timedelta(days=3650)


class Turn(StrEnum):
    """WAIT until `due_at`; ASK whoever holds it; LET_GO of it, since nobody said anything; REST: nobody is to be asked
    (any more)."""

    WAIT = "wait"
    ASK = "ask"
    LET_GO = "let_go"
    REST = "rest"


@dataclass(frozen=True)
class Held:
    """A page that somebody holds. `asked` is whether a question to them is open, `due_at` when the running wait is
    over, `touched_at` when a person did something about it last: since the question, if one is open."""

    asked: bool
    due_at: datetime
    touched_at: datetime | None


@dataclass(frozen=True)
class Next:
    turn: Turn
    due_at: datetime


def judge(page: Held, rule: Acknowledgement | None, now: datetime) -> Next:
    """What is due for a page that somebody holds."""
    if rule is None:
        return Next(Turn.REST, page.due_at)
    if page.touched_at is not None and now < page.touched_at + rule.ask_after:
        return Next(Turn.WAIT, page.touched_at + rule.ask_after)
    if page.asked and page.touched_at is None:
        return Next(Turn.LET_GO if now >= page.due_at else Turn.WAIT, page.due_at)
    return Next(Turn.ASK, now + rule.wait)


def longest_hold(policy: EscalationPolicy) -> timedelta:
    """No timer of a page that is held is further ahead than this; without a rule it ends in nothing, whenever."""
    rule = policy.acknowledgement
    return max(rule.ask_after, rule.wait) if rule else WHENEVER


def may_confirm(holder: str | None, person: Person | None, until: datetime) -> Decision:
    """Whoever holds a page may say that they are still on it; `until` they are left in peace."""
    if person is None:
        return stranger(ANSWER)
    if holder is None:
        return refuse("nobody_holds_it", "Nobody holds this any more.")
    if holder != person.id or Role.RESPONDER not in person.roles:
        return refuse("not_the_holder", f"{{person:{holder}}} holds this, so only they can say that.")
    at = f"{{at:{int(until.timestamp())}}}"
    return allow(
        "still_on_it", f"{{person:{person.id}}} is still on it, and is asked again at {at} if nothing happens."
    )
