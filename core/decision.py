"""What a rule answers: may it happen, and the named reason that people see."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """The answer of a rule.

    `reason` is a stable name (`already_acknowledged`), for the audit trail and for tests; `detail` is one
    sentence for the person who asked, in which `{person:maya}` stands for a mention of her.
    """

    allowed: bool
    reason: str
    detail: str = ""


def quoted(text: str) -> str:
    """Text that somebody typed, for a detail: an invisible joiner keeps `{person:…}` in it from being a mention, and
    `{at:…}` from being a time."""
    return text.replace("{person:", "{\N{WORD JOINER}person:").replace("{at:", "{\N{WORD JOINER}at:")


def allow(reason: str, detail: str = "") -> Decision:
    return Decision(True, reason, detail)


def refuse(reason: str, detail: str) -> Decision:
    return Decision(False, reason, detail)
