"""What is said about a signal: the sentence, its kind and its direction; and figures as people read them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import ColumnSummary

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Told:
    """What is said about one signal of one column."""

    kind: Kind
    text: str
    direction: str
    magnitude: float
    usually: str


@dataclass(frozen=True)
class Seen:
    """A column's signal now, and the middle of its past."""

    name: str
    column: ColumnSummary | None
    now: Array
    usual: Array


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"
