"""Whether a window's labels are in: not how many there are, but whether more will come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.evaluation.labels.curve import Curve, Floats, counted_curve, delays
from core.evaluation.rows import Rows

NEARLY_ALL = 0.95
"""The share of the labels that will ever come from which a window's metric is taken as what turned out."""
HARDLY_ANY = 0.5
"""A window with less than this part of the labels that windows usually get has lost some on the way."""


@dataclass(frozen=True)
class Wait:
    """`rows` predictions whose label came after so many hours, or where it is not `known` had not by then."""

    hours: float
    known: bool
    rows: int


def waits_of(rows: Rows, now: datetime) -> list[Wait]:
    """The waits of these predictions, as known at `now`, counted by hours to about a hundredth."""
    hours, known = delays(rows.known(now), now)
    aged = np.round(np.log1p(hours * 60) * 100)
    pairs, counts = np.unique(np.column_stack([aged, known]), axis=0, return_counts=True)
    return [
        Wait(float(np.expm1(age / 100) / 60), bool(k), int(n)) for (age, k), n in zip(pairs, counts, strict=True)
    ]


def usual_curve(windows: Iterable[Sequence[Wait]]) -> Curve:
    """How long labels take, over all of these windows."""
    waits = [wait for window in windows for wait in window]
    hours = np.array([wait.hours for wait in waits], float)
    known, rows = (
        np.array([getattr(w, name) for w in waits], kind) for name, kind in (("known", bool), ("rows", float))
    )
    return counted_curve(hours, known, rows)


def labels_are_in(window: Sequence[Wait], usual: Curve, least: float = HARDLY_ANY) -> bool:
    """Whether the metric of a window will hardly change: of the labels that ever come NEARLY_ALL are here.

    Labels that never come, however many (cancelled flights on a day of storms), are not waited for: a label is
    expected no more once it is older than every delay seen. But a window that got less than `least` (a share, in
    (0, 1]) of what is usual is not taken for complete, for a feed of labels may have broken. Without any label it
    never is.
    """
    came = float(sum(wait.rows for wait in window if wait.known))
    rows = float(sum(wait.rows for wait in window))
    if came == 0 or came < least * usual.ever * rows:
        return False
    missing = [wait for wait in window if not wait.known]
    ages = np.array([wait.hours for wait in missing], float)
    counts = np.array([wait.rows for wait in missing], float)
    return came >= NEARLY_ALL * (came + float((still_to_come(ages, usual) * counts).sum()))


def still_to_come(ages: Floats, usual: Curve) -> Floats:
    """The probability, by age in hours, that a label which is missing comes after all; 0 without a curve."""
    if not len(usual.hours):
        return np.zeros(len(ages))
    before = usual.within(ages)
    return np.asarray((usual.ever - before) / np.maximum(1 - before, 1e-9))
