"""The summary of one window: small, storable as JSON, and all that the checks read."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.evaluation.summaries.sketch import WindowSketch

QUANTILES = (0.01, 0.05, *(i / 20 for i in range(2, 19)), 0.95, 0.99)
"""Where the quantiles of numbers are taken."""
TOP = 50
"""Commonest texts that a summary keeps."""
PROFILE_PARTS = 96
"""Equal stretches of a window in which its rows are counted: quarters of an hour of a day."""
CLOCK_PARTS = 24
"""Coarser ones, that columns are compared with: each is a whole number of the others."""


class ValueKind(StrEnum):
    """How a column's values are read. Booleans, dates and times are numbers (0 and 1, seconds since 1970)."""

    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class ColumnSummary:
    """One column in one window.

    `nulls` counts NaN as missing; `failures` are values that are not of the column's kind; `infinite` what is
    neither missing nor finite. Moments, `quantiles` (at QUANTILES) and `low`/`high` are over finite numbers, None or
    empty for texts and when there are none. `histogram` counts on the plan's bins: for numbers below the first edge,
    between edges, and from the last; for texts the plan's known values, then all others. `shares` are shares of the
    present values with some property (see SHARES in the adapter), `mode` the rows of the commonest value, `top` the
    commonest texts, `unseen` the rows whose text the plan does not know, and `between` those whose number lies between
    the few that the reference has.
    """

    kind: ValueKind
    type: str
    rows: int
    nulls: int
    distinct: int
    failures: int = 0
    infinite: int = 0
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    quantiles: tuple[float, ...] = ()
    histogram: tuple[int, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    mode: int = 0
    top: tuple[tuple[str, int], ...] = ()
    unseen: int = 0
    between: int = 0

    @property
    def present(self) -> int:
        """Rows with a value of the column's kind."""
        return self.rows - self.nulls - self.failures - self.infinite


@dataclass(frozen=True)
class PairSummary:
    """How two columns go together within one window, over its `rows` that have both (a sample of large windows).

    `excess` is the log of the number of different pairs over what unrelated columns would have. `together` is their
    mutual information as a share of the smaller entropy, `first_by_second` and `second_by_first` the share of one's
    variance (of ranks) that the other explains, `correlation` Spearman's; `less` and `equal` are the shares of rows
    where the first is smaller or the same; `curve` (of numbers with the clock) is the mean place of the first among its
    coarse bins, 0 to 1, in each of CLOCK_BINS stretches of the window (None: no row). None: not to be said, or not
    numbers.
    """

    first: str
    second: str
    rows: int
    excess: float
    together: float | None = None
    first_by_second: float | None = None
    second_by_first: float | None = None
    correlation: float | None = None
    less: float | None = None
    equal: float | None = None
    curve: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class JointSummary:
    """How much two columns together say about a third within one window, over its `rows` that have all three (a
    sample of large windows): `explained` is the share of the variance of its ranks (of texts: of its commonest
    values) that lies between the cells of the two, less what chance gives; None where it does not vary. `agreeing` is
    the share of rows that have the commonest value of their cell, of cells with two rows or more (None: the two have
    too many values, or no cell has two rows).
    """

    column: str
    partners: tuple[str, str]
    rows: int
    explained: float | None = None
    agreeing: float | None = None


@dataclass(frozen=True)
class ForetoldSummary:
    """How well other columns foretell one within one window, by what the plan knows of them, over its `rows` that
    have a value (a sample of large windows): `share` is the squared correlation of its places (of texts: of which of
    the commonest values it is) with the foretold ones, 0 to 1; None where one of them does not vary.
    """

    column: str
    partners: tuple[str, ...]
    rows: int
    share: float | None = None


@dataclass(frozen=True)
class FormulaSummary:
    """How far a column's values lie from what they come to by others (with the clock: by the instants around them)
    within one window, over its `rows` that have all of them (a sample of large windows): the `middle` of how far, in
    usual misses, and the shares of rows that are `off` it by formula's OFF, and `far` off by its FAR. `rougher` is by
    how much farther, as a logarithm, its values lie from those around them in time than what they come to does (None:
    not to be said).
    """

    column: str
    partners: tuple[str, ...]
    rows: int
    middle: float
    off: float
    far: float
    rougher: float | None = None


@dataclass(frozen=True)
class TraceSummary:
    """What one column's values do in the order of time, and which they are, in (a sample of) one window's rows.

    `flow` is how near neighbouring instants are: the first autocorrelation of the mean rank by instant, over
    `instants` of them (None: too few, or a constant). `prints` are the smallest hashes of its values, each with the
    how-manieth of its kind it is. `ties` is the share of values that are the same as the one before in time (None: too
    few).
    """

    instants: int = 0
    flow: float | None = None
    prints: tuple[int, ...] = ()
    ties: float | None = None


@dataclass(frozen=True)
class WindowSummary:
    """All columns of one window `[start, end)`.

    `ids` is the number of different ids (the rows when the log has none), `repeats` the rows that are equal to
    another one in every column, `profile` the rows in PROFILE_PARTS equal stretches of the window. `patterns` are, of
    columns of many texts, the rows (of a sample of large windows) by how their text is written: by the bins of the
    plan's patterns, last those that the reference has not. `sketch` is what
    it takes to add rows later (None: not kept); it is stored by itself, since no check reads it.
    """

    start: datetime
    end: datetime
    rows: int
    ids: int
    repeats: int = 0
    profile: tuple[int, ...] = ()
    columns: dict[str, ColumnSummary] = field(default_factory=dict)
    pairs: tuple[PairSummary, ...] = ()
    joint: tuple[JointSummary, ...] = ()
    foretold: tuple[ForetoldSummary, ...] = ()
    formulas: tuple[FormulaSummary, ...] = ()
    traces: dict[str, TraceSummary] = field(default_factory=dict)
    patterns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sketch: WindowSketch | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold, without the sketch; `from_json` reads them back."""
        import msgspec

        plain: dict[str, Any] = msgspec.to_builtins(replace(self, sketch=None))
        del plain["sketch"]
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any], sketch: WindowSketch | None = None) -> "WindowSummary":
        """What `as_json` made, with its sketch. Raises msgspec.ValidationError when it is something else."""
        import msgspec

        found = msgspec.convert(stored, cls)
        return replace(found, sketch=sketch) if sketch is not None else found
