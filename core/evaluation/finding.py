"""What a check found: the value that checks return, walks follow, stores keep and messages tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.evaluation.effect.effect import Effect


class Kind(StrEnum):
    """HARD: values that cannot be right. SOFT: part of them is missing or too few. DRIFT: the world changes.

    UPSTREAM: several columns at once, so the cause lies before the pipeline.
    """

    HARD = "hard"
    SOFT = "soft"
    DRIFT = "drift"
    UPSTREAM = "upstream"


RESPONSES = {
    Kind.HARD: "Block these rows or fall back, until the source is repaired.",
    Kind.SOFT: "File a ticket; the model still answers, on less.",
    Kind.DRIFT: "Watch the metric; retrain if it falls.",
    Kind.UPSTREAM: "Ask the owner of the source; all these columns have one cause.",
}
"""What each kind asks for."""
ROWS = "rows"
"""The check of how many rows came."""
GAP = "offline_online_gap"
"""The check of a version after its deployment."""
GAP_RESPONSE = "Roll back, until its features are computed alike in training and in serving."
ROW_RESPONSES = {
    "none": "Look whether serving and its log still run; there is nothing to judge until rows come.",
    "fewer": "Find out which rows are late or lost; what is said of this window is of those that came.",
    "more": "Find out whether rows came twice, or more is asked of the model than before.",
}
"""What the number of rows asks for, by its direction."""


@dataclass(frozen=True)
class Finding:
    """A check that failed.

    `columns` are those with one cause, sorted as the log has them (empty: the whole window). `score` says how far
    beyond the usual it is, 1.0 being where a finding starts (at most 99). `direction` is what a walk follows from
    window to window ("up", "down", or a word such as "missing", "swapped"), `magnitude` how big the change is, in
    the unit of the check (shares of rows, spreads, a factor). `since` is the start of the first window of this
    change. `reason` is the sentence that people read, `usually` what such a change mostly is, `expected_effect`
    how far it is expected to move the metric (None: nobody asked). `where` are the slices that show it, by attribute
    and value (empty: the whole window does).
    """

    check: str
    columns: tuple[str, ...]
    kind: Kind
    score: float
    reason: str
    direction: str = ""
    magnitude: float = 0.0
    since: datetime | None = None
    usually: str = ""
    expected_effect: Effect | None = None
    where: tuple[Mapping[str, Any], ...] = ()

    @property
    def response(self) -> str:
        """What to do about it."""
        if self.check == GAP:
            return GAP_RESPONSE
        about_rows = ROW_RESPONSES.get(self.direction) if self.check == ROWS else None
        return about_rows or RESPONSES[self.kind]

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Finding":
        """What `as_json` made."""
        since = stored.get("since")
        return cls(
            check=stored["check"],
            columns=tuple(stored["columns"]),
            kind=Kind(stored["kind"]),
            score=stored["score"],
            reason=stored["reason"],
            direction=stored.get("direction", ""),
            magnitude=stored.get("magnitude", 0.0),
            since=datetime.fromisoformat(since) if since else None,
            usually=stored.get("usually", ""),
            expected_effect=_effect(stored.get("expected_effect")),
            where=tuple(stored.get("where") or ()),
        )

    def as_json(self) -> dict[str, Any]:
        """Strict JSON; `column` names the columns in a few words."""
        named = f"{self.columns[0]} and {len(self.columns) - 1} more" if len(self.columns) > 2 else None
        return {
            "check": self.check,
            "column": named or " and ".join(self.columns) or None,
            "columns": list(self.columns),
            "kind": self.kind.value,
            "score": self.score,
            "reason": self.reason,
            "direction": self.direction,
            "magnitude": self.magnitude,
            "since": self.since.isoformat() if self.since else None,
            "usually": self.usually,
            "response": self.response,
            "expected_effect": self.expected_effect.as_json() if self.expected_effect else None,
            "where": [dict(each) for each in self.where],
        }


def _effect(stored: dict[str, Any] | None) -> Effect | None:
    return Effect.from_json(stored) if isinstance(stored, dict) else None
