"""Which labels come late: by outcome and by feature, so that a metric over the early ones is read with care."""

import itertools
from collections.abc import Callable, Iterator
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
MOST_ROWS = 20_000
"""Rows that are looked at, evenly chosen of more: a difference of MATTERS is sure with far fewer."""

Named = Callable[[str], str]


@dataclass(frozen=True)
class Latecomers:
    """A group whose labels come later than the others': of `rows` predictions, `early` (of the others
    `early_elsewhere`) had their label within `hours`, the usual delay. `which` says which predictions they are."""

    which: str
    rows: int
    early: float
    early_elsewhere: float
    hours: float

    @property
    def sentence(self) -> str:
        """As people read it, in a list of what comes late."""
        share = f"{self.early:.0%} within {hours_text(self.hours)}, {self.early_elsewhere:.0%} elsewhere"
        return f"Where {self.which}: {share}."


def latecomers(rows: Rows, now: datetime, named: Named = str) -> list[Latecomers]:
    """Groups with late labels, the latest first; of predictions old enough that (nearly) all their labels are in.

    Groups are the outcomes (wrong, and each class that was true, by the name that `named` gives it; for numbers a large
    error), the levels of texts and the quarters of numbers. A two-proportion z-test against all other rows; needs 20
    rows in and outside a group.
    """
    rows = rows.thinned(MOST_ROWS)
    hours, known = delays(rows, now)
    seen = curve(hours, known)
    horizon, usual = seen.hours_until(0.995), seen.hours_until(0.5)
    if horizon is None or usual is None:
        return []
    age = (now - rows.at).dt.total_seconds().to_numpy(float) / 3600
    grown = age >= horizon
    early = known & (hours <= usual)
    groups = [(which, inside[grown]) for which, inside in _groups(rows, known, named)]
    groups = [(which, inside) for which, inside in groups if 20 <= inside.sum() <= grown.sum() - 20]
    found = (_judge(which, inside, early[grown], usual, len(groups)) for which, inside in groups)
    return sorted((late for late in found if late is not None), key=lambda late: late.early - late.early_elsewhere)


def _judge(which: str, inside: Flags, early: Flags, usual: float, family: int) -> Latecomers | None:
    came = np.asarray(early, float)
    here, there, share = float(came[inside].mean()), float(came[~inside].mean()), float(came.mean())
    error = np.sqrt(max(share * (1 - share), 1e-12) * (1 / inside.sum() + 1 / (~inside).sum()))
    needed = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / family)
    if there - here < MATTERS or (there - here) / error < needed:
        return None
    return Latecomers(which, int(inside.sum()), here, there, usual)


def _groups(rows: Rows, known: Flags, named: Named) -> Iterator[tuple[str, Flags]]:
    for which, inside in _outcomes(rows, named):
        yield which, inside & known
    for name in rows.features:
        values = rows.features[name]
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_LEVELS:
            numbers = values.to_numpy(float, na_value=np.nan)
            cuts = [-np.inf, *np.nanquantile(numbers, [0.25, 0.5, 0.75]), np.inf]
            for low, high in itertools.pairwise(cuts):
                yield f"{name} is {_between(low, high)}", (numbers > low) & (numbers <= high)
        else:
            text = values.astype(str).where(values.notna(), "missing")
            for level, inside in _levels(text):
                yield f"{name} is {level}", inside


def _outcomes(rows: Rows, named: Named) -> Iterator[tuple[str, Flags]]:
    if rows.task == "regression":
        error = (rows.label.astype(float) - rows.prediction.astype(float)).abs()
        yield "the error is large", (error > error.median()).to_numpy(bool)
        return
    classes = rows.label if rows.task == "multiclass" else rows.label.astype("Int64")
    for level, inside in _levels(classes[rows.labelled].astype(str).reindex(classes.index)):
        yield f"it is {named(level)}", inside
    yield "the prediction is wrong", (rows.label.astype(str) != rows.prediction.astype(str)).to_numpy(bool)


def _levels(text: pd.Series) -> Iterator[tuple[str, Flags]]:
    """The commonest texts, and which rows have each."""
    places, levels = pd.factorize(text)
    common = np.argsort(-np.bincount(places[places >= 0], minlength=len(levels)), kind="stable")[:MOST_LEVELS]
    for place in common:
        yield str(levels[place]), places == place


def _between(low: float, high: float) -> str:
    if low == -np.inf:
        return f"at most {high:,.4g}"
    return f"above {low:,.4g}" if high == np.inf else f"above {low:,.4g}, at most {high:,.4g}"
