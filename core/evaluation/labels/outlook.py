"""How many labels of a window are to come, and when its metric will hardly change any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.evaluation.labels.curve import Curve, Floats
from core.evaluation.labels.settled import NEARLY_ALL, Wait

LOOK_AHEAD = 400
"""Instants between now and the longest delay seen at which the coming labels are looked at."""


@dataclass(frozen=True)
class Outlook:
    """Shares of the window's predictions, in [0, 1]: the labels expected to come at all (`ever`), and those that are in
    at the instants that were asked for (`forecast`).

    `nearly_all_at` is when NEARLY_ALL of those that ever come are expected to be in, `now` if they are already; None
    when the past cannot say.
    """

    ever: float
    forecast: tuple[tuple[datetime, float], ...]
    nearly_all_at: datetime | None


def outlook(
    window: Sequence[Wait], usual: Curve, now: datetime, instants: Sequence[datetime] = ()
) -> Outlook | None:
    """Of a window whose labels took, or have been missing for, so long at `now`; by the `usual` delays. None without
    predictions.

    A missing label of age a comes by age b with probability (F(b) - F(a)) / (1 - F(a)), F being the usual curve, so
    what is older than every delay seen is expected no more.
    """
    rows, came = sum(wait.rows for wait in window), sum(wait.rows for wait in window if wait.known)
    if not rows:
        return None
    missing = [wait for wait in window if not wait.known]
    ages, counts = np.array([w.hours for w in missing], float), np.array([w.rows for w in missing], float)

    def coming(hours: float) -> float:
        before, after = usual.within(ages), usual.within(ages + max(hours, 0.0))
        return float((counts * (after - before) / np.maximum(1 - before, 1e-9)).sum())

    ever = came + coming(np.inf)
    forecast = tuple((at, (came + coming((at - now) / timedelta(hours=1))) / rows) for at in instants)
    if not len(usual.hours) or not ever:
        return Outlook(ever / rows, forecast, None)
    needed = NEARLY_ALL * ever - came - 1e-9
    ahead: Floats = np.linspace(0, float(usual.hours[-1]), LOOK_AHEAD + 1)
    hours = next((float(each) for each in ahead if coming(float(each)) >= needed), float(ahead[-1]))
    return Outlook(ever / rows, forecast, now + timedelta(hours=hours))
