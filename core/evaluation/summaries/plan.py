"""How a pipeline's columns are summarised: fixed once from reference rows, so that windows stay comparable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import asinh, sinh
from typing import Any

import numpy as np

from core.evaluation.summaries.summary import ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
CLOCK = "@clock"
"""The name under which the time within the window is a partner of columns."""
FINE = 64
"""Fine bins in a stretch of one spread near the center; farther out they widen with the distance (by 1.6%)."""
KNOWN_VALUES = 512
"""Texts of the reference that a plan remembers."""
HISTOGRAM_TEXTS = 40
"""How many of them have a bin of their own."""
COARSE_TEXTS = 11
"""How many of them are told apart in the table of a pair."""
CLOCK_BINS = 8


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is read.

    Numbers: `center` and `scale` are the reference's median and spread, `edges` the rising inner edges of the
    histogram's bins, `coarse` a few of them, for the tables of pairs, `lattice` the fine bins that hold the reference's
    values where those are few (empty: they are many, or any may come). Texts: `known` are the reference's commonest
    values, the commonest first, `patterns` its commonest ways to write them, where it has more values than are known
    (see patterns).
    """

    kind: ValueKind
    type: str
    center: float = 0.0
    scale: float = 1.0
    edges: tuple[float, ...] = ()
    coarse: tuple[float, ...] = ()
    known: tuple[str, ...] = ()
    lattice: tuple[int, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class JointPlan:
    """A column and two that say much about it together; `exact` tells of each of the two whether every value of it
    is a cell of its own (else its coarse bins are)."""

    column: str
    partners: tuple[str, str]
    exact: tuple[bool, bool]


@dataclass(frozen=True)
class ForetoldPlan:
    """A column and those that foretell it: what each coarse bin of each of `partners` (the last bin: missing) adds to
    each of its targets (`adds`, in this order). `varies` says that the column varied in every window that this was
    learned from, so that one in which it stands still while its partners vary is foretold by nothing."""

    column: str
    partners: tuple[str, ...]
    adds: tuple[tuple[tuple[float, ...], ...], ...]
    varies: bool = False


class Formula(StrEnum):
    """PLAIN: a value by those of others, their squares and products; CURVED: its logarithm by the same; PRODUCT: its
    logarithm by theirs; BETWEEN: a value by those of the instants before and after."""

    PLAIN = "plain"
    CURVED = "curved"
    PRODUCT = "product"
    BETWEEN = "between"


@dataclass(frozen=True)
class FormulaPlan:
    """What a number comes to by one or two others: the `factors` of its terms (see formula), how far values usually
    `miss` it, and what tells how far the others `reach` beyond those that it was learned from."""

    column: str
    partners: tuple[str, ...]
    formula: Formula
    factors: tuple[float, ...]
    miss: float
    reach: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Plan:
    """The columns by name, the pairs of columns whose joint behaviour is kept, what two say about a third, what several
    foretell of one, and what numbers come to by others."""

    columns: dict[str, ColumnPlan] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()
    joint: tuple[JointPlan, ...] = ()
    foretold: tuple[ForetoldPlan, ...] = ()
    formulas: tuple[FormulaPlan, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values that JSON can hold; `from_json` reads them back."""
        import msgspec

        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Plan":
        """What `as_json` made. Raises msgspec.ValidationError when it is something else."""
        import msgspec

        return msgspec.convert(stored, cls)


def off_lattice(bins: Array, lattice: Sequence[int]) -> Any:
    """Which of these fine bins lie between those of a lattice; none where there is no lattice."""
    if not lattice:
        return np.zeros(len(bins), dtype=bool)
    return (bins > lattice[0]) & (bins < lattice[-1]) & ~np.isin(bins, lattice)


def fine_bin(value: float, center: float, scale: float) -> int:
    """The fine bin of a number: even near the center, logarithmic far out (an inverse hyperbolic sine)."""
    from math import floor

    return floor(FINE * asinh((value - center) / scale))


def lower_edge(bin: int, center: float, scale: float) -> float:
    """The smallest number in a fine bin."""
    return center + scale * sinh(bin / FINE)
