"""Windows of the same hour and weekday: what a signal is compared with besides the whole of its past."""

from collections.abc import Mapping
from datetime import timedelta

from core.evaluation.checks.signals import Key, Signal

SEASON = "/season"
"""Marks a signal that is compared with the same hours and weekdays only."""
WATCHED = frozenset({"rows", "missing", "level", "categories"})
"""Signals that have a season of their own."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)
WEEKS, DAYS = 6, 3
"""So many weeks back a season is looked for, and of windows shorter than a day so many days."""


def lags(length: timedelta) -> tuple[int, ...]:
    """How many windows ago the same hour and weekday were; none for windows that no whole number of makes a week."""
    return tuple(sorted({lag for season in seasons(length) for lag in season}))


def seasons(length: timedelta) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The same by weeks, and by days."""
    return _lags(length, WEEK, WEEKS), _lags(length, DAY, DAYS)


def _lags(length: timedelta, period: timedelta, count: int) -> tuple[int, ...]:
    if length >= period or period % length:
        return ()
    return tuple(period // length * i for i in range(1, count + 1))


def seasonal(now: Mapping[Key, Signal]) -> dict[Key, Signal]:
    """The watched signals once more, under their seasonal names."""
    return {(check + SEASON, columns): signal for (check, columns), signal in now.items() if check in WATCHED}
