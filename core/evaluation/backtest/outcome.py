"""What the walk made of each window, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.evaluation.effect.effect import Effect
from core.evaluation.plain import plain


class Severity(StrEnum):
    """PAGE wakes somebody; NOTIFY is a message in the channel; RECORD is kept, and nobody is told."""

    PAGE = "page"
    NOTIFY = "notify"
    RECORD = "record"
    NONE = "none"


RANK = {Severity.NONE: 0, Severity.RECORD: 1, Severity.NOTIFY: 2, Severity.PAGE: 3}

AT_RISK = "at risk"
"""The direction of a finding about the metric while a miss is likelier than usual, but not likely; or about a slice
that does unusually badly and is not told."""
DOWN, LISTED = "down", "listed"
"""The directions of a finding about a slice that fails, and of one that is only listed, since every window has some."""
PERFORMANCE, SLICE = "performance", "slice"
"""The kinds of findings beside those of the data checks: about the metric, and about a sub-population."""


@dataclass(frozen=True)
class Told:
    """One finding in one window, with what people would have heard of it.

    `score` is 1.0 where a finding starts. `direction` and `magnitude` are what a finding is followed by from window
    to window. `continues` says that the window before had it, too. `expected_effect` is what it will do to the metric,
    None where nobody asked.
    """

    kind: str
    columns: tuple[str, ...]
    severity: Severity
    score: float
    reason: str
    check: str = ""
    direction: str = ""
    magnitude: float = 0.0
    slice: dict[str, Any] | None = None
    response: str = ""
    continues: bool = False
    expected_effect: Effect | None = None

    @property
    def is_listed(self) -> bool:
        """Whether every window has such a finding, so that it says nothing of this one."""
        return self.direction == LISTED

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "columns": list(self.columns),
            "slice": plain(self.slice),
            "severity": self.severity.value,
            "score": plain(float(self.score)),
            "reason": self.reason,
            "check": self.check,
            "direction": self.direction,
            "continues": self.continues,
            "expected_effect": plain(self.expected_effect.as_json()) if self.expected_effect else None,
        }


@dataclass(frozen=True)
class Estimated:
    """A metric before its labels are in; `[low, high]` should hold the realized one in nine windows of ten."""

    metric: str
    value: float
    low: float
    high: float
    label_coverage: float
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "value": plain(self.value),
            "low": plain(self.low),
            "high": plain(self.high),
            "label_coverage": plain(self.label_coverage),
        }


@dataclass(frozen=True)
class Realized:
    """The metric with all labels of the log, over `rows` labelled predictions."""

    value: float
    rows: int


@dataclass(frozen=True)
class WalkedWindow:
    """One window `[start, end)`, evaluated at `known_at`; `rows` are its predictions, labelled or not.

    `risk` is the probability of a miss that the page was decided by, None when nothing could be said; it calls nobody
    where so few rows differ as much `by_chance`. `labels_in`
    says that at the end of the log no more labels of the window will come (`labels.settled`). Without an estimate
    `unestimated` is the short name of the cause, empty where nobody asked.
    """

    start: datetime
    end: datetime
    known_at: datetime
    rows: int
    findings: tuple[Told, ...] = ()
    estimate: Estimated | None = None
    realized: Realized | None = None
    risk: float | None = None
    unestimated: str = ""
    labels_in: bool = False
    by_chance: bool = False

    @property
    def severity(self) -> Severity:
        return max((each.severity for each in self.findings), key=RANK.__getitem__, default=Severity.NONE)

    def as_json(self) -> dict[str, Any]:
        realized = self.realized
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "rows": self.rows,
            "severity": self.severity.value,
            "findings": [each.as_json() for each in self.findings],
            "estimate": self.estimate.as_json() if self.estimate else None,
            "realized": {"value": plain(realized.value), "rows": realized.rows} if realized else None,
        }
