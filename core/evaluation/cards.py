"""Who may decide a card of the failure review, and what a finding must say: pure rules."""

from collections.abc import Sequence

from core.config.declared import Person
from core.config.rights import barred, stranger
from core.decision import Decision, allow, quoted, refuse
from core.evaluation.review import CardFinding
from core.evaluation.tables import CardStatus, ReviewCard

LONGEST_TEXT = 80
"""Characters of a failure mode and of a slice's name: they are shown in one line."""

_WISH = "decide on this card"


def may_decide(
    card: ReviewCard | None, person: Person | None, finding: CardFinding | None, features: Sequence[str]
) -> Decision:
    """Whether this person may settle this card like this: a responder, an open card, a finding that makes sense.

    `finding` None dismisses. `features` are the columns that a slice may be made of.
    """
    if card is None:
        return refuse("no_such_card", "There is no such card.")
    if person is None:
        return stranger(_WISH)
    if refused := barred(person, _WISH):
        return refused
    if card.status != CardStatus.OPEN:
        return refuse(
            f"already_{card.status}", f"{{person:{card.decided_by}}} has {card.status} this card already."
        )
    if finding is None:
        return allow("dismissed", f"{{person:{person.id}}} dismissed this card.")
    return _wrong_finding(finding, features) or allow("confirmed", f"{{person:{person.id}}} confirmed this card.")


def _wrong_finding(finding: CardFinding, features: Sequence[str]) -> Decision | None:
    name = (finding.slice_name or "").strip()
    if not finding.failure_mode.strip():
        return refuse("failure_mode_missing", "Say how this prediction failed.")
    if max(len(finding.failure_mode.strip()), len(name)) > LONGEST_TEXT:
        return refuse("text_too_long", f"A failure mode or a slice's name has at most {LONGEST_TEXT} characters.")
    if finding.slice_name is not None and not name:
        return refuse("slice_name_missing", "Give the slice a name, or leave the slice out.")
    if name and not finding.where:
        return refuse("slice_empty", f"Say what “{quoted(name)}” is made of: at least one feature and its value.")
    unknown = [feature for feature in finding.where if feature not in features]
    if name and unknown:
        return refuse("unknown_feature", f"“{quoted(unknown[0])}” is not a feature of this pipeline.")
    return None
