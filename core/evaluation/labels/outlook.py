"""How many labels are in, how many will be, and when the metric can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.evaluation.labels.curve import Curve, Floats, delays
from core.evaluation.rows import Rows

TRUSTED = 0.95
"""A metric is called trustworthy once this share of the labels that will ever come is in."""
LOOK_AHEAD = 400
"""Instants between now and the longest delay seen at which the coming coverage is looked at."""


@dataclass(frozen=True)
class Outlook:
    """Shares of the window's predictions, in [0, 1]: labels in (`coverage`) and expected to come at all (`ever`).

    `forecast` is the coverage expected at the instants that were asked for. `trustworthy_at` is when TRUSTED of all
    that ever comes is expected to be in, `now` if it is already; None when the past cannot say.
    """

    coverage: float
    ever: float
    forecast: tuple[tuple[datetime, float], ...]
    trustworthy_at: datetime | None


def outlook(rows: Rows, past: Curve, now: datetime, instants: Sequence[datetime] = ()) -> Outlook | None:
    """Of a window's predictions as known at `now`, by the delays of the past; None without predictions.

    A missing label of age a comes by age b with probability (F(b) - F(a)) / (1 - F(a)), F being the past's curve, so
    what is older than every delay seen is expected no more.
    """
    if not len(rows):
        return None
    hours, known = delays(rows, now)
    waiting = _ages(rows, now)[~known]
    came = len(hours) - len(waiting)
    ahead = [_expected(waiting, past, (instant - now) / timedelta(hours=1)) for instant in instants]
    ever = (came + _expected(waiting, past, np.inf)) / len(hours)
    forecast = tuple((at, (came + more) / len(hours)) for at, more in zip(instants, ahead, strict=True))
    return Outlook(came / len(hours), ever, forecast, _trustworthy(waiting, came, past, now))


def _ages(rows: Rows, now: datetime) -> Floats:
    """Hours since each prediction; negative for one that is yet to be made."""
    seconds: Floats = (now - rows.at).dt.total_seconds().to_numpy(float)
    return seconds / 3600


def _expected(ages: Floats, past: Curve, hours: float) -> float:
    """How many of the labels missing at these ages come within so many hours."""
    before = past.within(ages)
    after = past.within(ages + max(hours, 0.0))
    return float(((after - before) / np.maximum(1 - before, 1e-9)).sum())


def _trustworthy(ages: Floats, came: int, past: Curve, now: datetime) -> datetime | None:
    if not len(past.hours):
        return None
    needed = TRUSTED * (came + _expected(ages, past, np.inf)) - came
    if needed <= 0:
        return now if came else None
    longest = float(past.hours[-1]) - min(float(ages.min()), 0.0)
    for hours in np.linspace(0, longest, LOOK_AHEAD + 1):
        if _expected(ages, past, float(hours)) >= needed - 1e-9:
            return now + timedelta(hours=float(hours))
    return now + timedelta(hours=longest)
