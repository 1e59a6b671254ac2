"""An alerting policy: from which risk somebody is called, and from which score a check is spoken of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.evaluation.finding import Kind

PAGE_FROM = 0.5
"""The probability of a miss from which somebody is woken: more likely than not."""
PAGE_WITH_HARD_FROM = 0.25
"""And when values of the window cannot be right, which makes a miss likelier than the estimate knows."""
RECORD_FROM = 0.25
"""From here on a possible miss is kept beside the window, untold."""
HARD_COUNTS = PAGE_FROM / PAGE_WITH_HARD_FROM
"""How much more a risk weighs in a window with values that cannot be right."""
STARTS = 1.0
"""The score where a finding starts: a check with this level speaks of everything that it finds."""
UNTUNED = frozenset({Kind.HARD.value})
"""Kinds that are always spoken of: values that cannot be right are no matter of taste."""


@dataclass(frozen=True)
class AlertingPolicy:
    """`page_from` and `record_from` are compared with the weighed risk of a window (see `weighed`); both lie in
    (0, 1). `notify_from` has the score, at least 1, from which a check is spoken of; checks that it does not name
    are spoken of from 1 on."""

    page_from: float = PAGE_FROM
    record_from: float = RECORD_FROM
    notify_from: Mapping[str, float] = field(default_factory=dict)

    def pages(self, risk: float | None, *, hard: bool) -> bool:
        """Whether somebody is called about a window whose labels are late."""
        return risk is not None and weighed(risk, hard=hard) >= self.page_from

    def records(self, risk: float | None, *, hard: bool) -> bool:
        """Whether a possible miss is kept beside the window, untold or not."""
        return risk is not None and weighed(risk, hard=hard) >= min(self.record_from, self.page_from)

    def notifies(self, check: str, kind: str, score: float) -> bool:
        """Whether a finding is spoken of; else it is only kept."""
        return kind in UNTUNED or score >= self.level(check)

    def level(self, check: str) -> float:
        """The score from which a check is spoken of; 0 when it is always."""
        return self.notify_from.get(check, 0.0)

    def as_json(self) -> dict[str, Any]:
        levels = {check: self.notify_from[check] for check in sorted(self.notify_from)}
        return {"page_from": self.page_from, "record_from": self.record_from, "notify_from": levels}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AlertingPolicy":
        """What `as_json` made."""
        return cls(stored["page_from"], stored["record_from"], dict(stored["notify_from"]))


DEFAULT = AlertingPolicy()
"""What a pipeline starts with."""


def weighed(risk: float, *, hard: bool) -> float:
    """The risk as it is held against the policy, in [0, 2]: values that cannot be right make a miss likelier than the
    estimate knows."""
    return risk * (HARD_COUNTS if hard else 1.0)
