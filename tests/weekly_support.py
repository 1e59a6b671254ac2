"""Judged days of one week, and what is said of a slice and of labels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.evaluation.labels.curve import Curve
from core.evaluation.weekly import Judged
from core.evaluation.windows import Window

MONDAY = datetime(2013, 2, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = Window(MONDAY, MONDAY + 7 * DAY)
EV = {"name": "carrier EV", "where": {"carrier": "EV"}, "rows": 90, "labels": 80, "usual": 0.7}


def slice_of(value: float, **changes: Any) -> dict[str, Any]:
    figures = {"value": value, "low": value - 0.1, "high": value + 0.1, "worse": True, "tracked": False}
    return {**EV, **figures, "version": None, **changes}


def day(number: int, state: str = "met", **changes: Any) -> Judged:
    value = {"met": 0.8, "breached": 0.6, "unknown": None}[state]
    estimate = {"value": 0.78, "low": 0.72, "high": 0.84, "risk": 0.1, "coverage": 0.2}
    delays = {"median_hours": 3.0, "p90_hours": 9.5}
    start = MONDAY + number * DAY
    found = Judged(start, f"{start:%a %-d %b}", 800, 790, value, state, estimate, [], [], [], delays)
    return replace(found, **changes)


def curve_of(labels: int) -> Curve:
    return Curve(np.linspace(1, 40, labels), np.linspace(0.02, 0.97, labels))
