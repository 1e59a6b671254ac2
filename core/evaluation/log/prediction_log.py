"""The port to the prediction log: aggregates come in, rows only as examples.

The adapters (`ibis_log`, and a list of rows in the tests) keep one contract, so that the engine that scans can
be exchanged. Times are aware; a label is known at an instant when it had arrived by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.config.pipeline import Outcome
from core.evaluation.labels.settled import Wait
from core.evaluation.rows import Rows
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

Value = str | int | float | bool | None
Where = Mapping[str, Value]
"""A sub-population: every named feature equals its value (None: the feature is missing)."""


WINDOW_ROWS = 200_000
"""Of one window at most about so many predictions are read as rows, as a backtest does; all of them are counted."""
PAST_ROWS = 600_000
"""The same of the windows that are learned from."""


class LogError(Exception):
    """The log cannot be read; the message names the place and what to do."""


@dataclass(frozen=True)
class Counts:
    """Predictions of a group, how many of them have a known label, and how many of those were exactly right."""

    rows: int = 0
    labels: int = 0
    right: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.rows + other.rows, self.labels + other.labels, self.right + other.right)


def one_in(rows: int, most: int | None) -> int:
    """Of how many predictions one is read, so that of these rows at most about `most` are: a power of two, so that of
    two samples the smaller is a part of the larger."""
    return 1 if most is None else 1 << max(0, (-(-rows // max(1, most)) - 1).bit_length())


def total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


@dataclass(frozen=True)
class VersionTally:
    """What one model version did in the window of this index."""

    window: int
    version: str
    counts: Counts


@dataclass(frozen=True)
class Tallies:
    """The answer of one scan: by version, and of the slices asked for.

    `tracked` holds (window, index of the slice asked for, counts). Windows and groups without rows are absent.
    """

    versions: list[VersionTally] = field(default_factory=list)
    tracked: list[tuple[int, int, Counts]] = field(default_factory=list)


@dataclass(frozen=True)
class Delays:
    """How long known labels of a window took, in hours from prediction to label.

    The quantiles are None when no label is known.
    """

    rows: int
    labels: int
    median: float | None
    p90: float | None
    longest: float | None


@dataclass(frozen=True)
class LoggedRow:
    """One prediction whose label is known. `prediction` and `label` are 0 or 1 for BINARY, texts for MULTICLASS, and
    numbers for REGRESSION; `score` is None where none is logged."""

    id: str
    predicted_at: datetime
    version: str
    score: float | None
    prediction: Outcome
    label: Outcome
    features: dict[str, Any]

    @property
    def gravity(self) -> float:
        """How much of a mistake it is: of numbers the error, else the score of the class that was predicted, in
        [0, 1]; one half without a score."""
        if isinstance(self.prediction, float) and isinstance(self.label, float):
            return abs(self.label - self.prediction)
        if self.score is None:
            return 0.5
        return 1 - self.score if self.prediction == 0 else self.score


class PredictionLogReader(Protocol):
    """Reads one pipeline's log. Every method raises LogError when the log cannot be read."""

    def tally(self, windows: Sequence[Window], known_at: datetime, tracked: Sequence[Where] = ()) -> Tallies:
        """Count outcomes per window, and of each slice of `tracked`, in one scan. Windows must not overlap."""
        ...

    def delays(self, window: Window, known_at: datetime) -> Delays:
        """How many labels are in, and how long they took."""
        ...

    def waits(self, windows: Sequence[Window], known_at: datetime) -> list[list[Wait]]:
        """Of each window how long its labels took, and how long those have been missing that are not known, counted
        by age to about a hundredth. Windows must not overlap."""
        ...

    def plan(self, reference: Sequence[Window]) -> Plan:
        """How the features are summarised from now on, decided by the rows of these windows."""
        ...

    def parts(self, windows: Sequence[Window]) -> list[tuple[str, ...]]:
        """Of each window the names of the closed parts of the log that may hold its predictions. A part never
        changes: one that does has another name."""
        ...

    def counts(self, windows: Sequence[Window], parts: Sequence[str]) -> list[int]:
        """How many predictions of each window these parts hold; windows must not overlap."""
        ...

    def watch(
        self, plan: Plan, windows: Sequence[Window], parts: Sequence[str], *, sketch: bool = False
    ) -> list[WindowSummary]:
        """The summary of each window by a plan, of the predictions in these parts, in order; with `sketch` rows can
        be added to it later. Windows must not overlap."""
        ...

    def watch_slices(
        self, plan: Plan, windows: Sequence[Window], slices: Sequence[Where]
    ) -> list[list[WindowSummary]]:
        """Of each slice the summary of each window by a plan, without pairs of columns; windows must not overlap."""
        ...

    def commonest(self, name: str, windows: Sequence[Window], count: int) -> list[tuple[Value, int]]:
        """The values of a feature that most predictions of these windows have, with how many, the most first."""
        ...

    def rows(
        self,
        start: datetime,
        end: datetime,
        known_at: datetime,
        features: Sequence[str] | None = None,
        *,
        most: int | None = None,
    ) -> Rows:
        """The predictions of `[start, end)`, indexed by id (of several with one id the last), with the labels that
        had arrived by `known_at`, and with these `features` (None: all). Where there are more than about `most`, one
        in so many (`one_in`) is picked by its id: whatever is asked together, the same ones."""
        ...

    def wrong_rows(self, windows: Sequence[Window], known_at: datetime, each: int) -> list[LoggedRow]:
        """Wrong predictions: of each window and predicted class the `each` most confident, then by id. For REGRESSION
        of each window the largest errors, `each` of those too low and of those too high."""
        ...
