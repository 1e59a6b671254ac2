"""Which labels come late: by outcome and by feature, so that a metric over the early ones is read with care."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

import numpy as np
import pandas as pd

from core.evaluation.labels.curve import Flags, curve, delays
from core.evaluation.labels.describe import hours_text
from core.evaluation.rows import Rows

CONFIDENCE = 0.999
"""Of the whole family of groups looked at: Bonferroni's share goes to each."""
MATTERS = 0.10
"""Groups whose share of early labels differs by less than this are not named, however sure it is."""
MOST_LEVELS = 50
"""Texts beyond the commonest this many are not looked at."""


@dataclass(frozen=True)
class Latecomers:
    """A group whose labels come later than the others': of `rows` predictions, `early` (of the others
    `early_elsewhere`) had their label within `hours`, the usual delay. `column` is the feature's name, or
    "outcome"."""

    column: str
    value: str
    rows: int
    early: float
    early_elsewhere: float
    hours: float

    @property
    def sentence(self) -> str:
        """As people read it."""
        share = f"{self.early:.0%} within {hours_text(self.hours)}, {self.early_elsewhere:.0%} elsewhere"
        return f"Labels come later where {self.column} is {self.value}: {share}."


def latecomers(rows: Rows, now: datetime) -> list[Latecomers]:
    """Groups with late labels, the latest first; of predictions old enough that (nearly) all their labels are in.

    Groups are the outcomes (right and wrong for classes, small and large error for numbers), the levels of texts
    and the quarters of numbers. A two-proportion z-test against all other rows; needs 20 rows in and outside a group.
    """
    hours, known = delays(rows, now)
    seen = curve(hours, known)
    horizon, usual = seen.hours_until(0.995), seen.hours_until(0.5)
    if horizon is None or usual is None:
        return []
    age = (now - rows.at).dt.total_seconds().to_numpy(float) / 3600
    grown = age >= horizon
    early = known & (hours <= usual)
    groups = [group for group in _groups(rows) if 20 <= group[2][grown].sum() <= grown.sum() - 20]
    found = (
        _judge(name, value, inside[grown], early[grown], usual, len(groups)) for name, value, inside in groups
    )
    return sorted((late for late in found if late is not None), key=lambda late: late.early - late.early_elsewhere)


def _judge(name: str, value: str, inside: Flags, early: Flags, usual: float, family: int) -> Latecomers | None:
    came = np.asarray(early, float)
    here, there, share = float(came[inside].mean()), float(came[~inside].mean()), float(came.mean())
    error = np.sqrt(max(share * (1 - share), 1e-12) * (1 / inside.sum() + 1 / (~inside).sum()))
    needed = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / family)
    if there - here < MATTERS or (there - here) / error < needed:
        return None
    return Latecomers(name, value, int(inside.sum()), here, there, usual)


def _groups(rows: Rows) -> Iterator[tuple[str, str, Flags]]:
    known = rows.labelled.to_numpy(bool)
    for value, inside in _outcomes(rows):
        yield "outcome", value, inside & known
    for name in rows.features:
        values = rows.features[name]
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_LEVELS:
            numbers = values.to_numpy(float, na_value=np.nan)
            cuts = [-np.inf, *np.nanquantile(numbers, [0.25, 0.5, 0.75]), np.inf]
            for low, high in itertools.pairwise(cuts):
                yield str(name), _between(low, high), (numbers > low) & (numbers <= high)
        else:
            text = values.astype(str).where(values.notna(), "missing")
            for level in text.value_counts().index[:MOST_LEVELS]:
                yield str(name), str(level), (text == level).to_numpy(bool)


def _outcomes(rows: Rows) -> Iterator[tuple[str, Flags]]:
    if rows.task == "regression":
        error = (rows.label.astype(float) - rows.prediction.astype(float)).abs()
        yield "a large error", (error > error.median()).to_numpy(bool)
        return
    for level in rows.label.dropna().astype(str).value_counts().index[:MOST_LEVELS]:
        yield f"label {level}", (rows.label.astype(str) == level).to_numpy(bool)
    yield "wrong", (rows.label.astype(str) != rows.prediction.astype(str)).to_numpy(bool)


def _between(low: float, high: float) -> str:
    if low == -np.inf:
        return f"at most {high:.4g}"
    return f"above {low:.4g}" if high == np.inf else f"above {low:.4g}, at most {high:.4g}"
