"""Windows of the same hour and weekday: what a signal is compared with besides the whole of its past."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from core.evaluation.checks.signals import Key, Signal

SEASON = "/season"
"""Marks a signal that is compared with the same hours and weekdays only."""
WATCHED = frozenset({"rows", "missing", "level", "categories"})
"""Signals that have a season of their own."""
RECURRED = 3
"""A change that came so many times in a row at the same hour and weekday is the usual of that time."""
LONGEST = 24 * 7 * RECURRED
"""Windows that are remembered: of hours, so many weeks; of shorter ones, days are looked at."""
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


class Recurrence:
    """Which columns were off in the last windows: what is so every Saturday, or every day at nine, is usual then."""

    def __init__(self) -> None:
        self._off: deque[frozenset[str]] = deque(maxlen=LONGEST)

    def add(self, names: Iterable[str], length: timedelta) -> Iterator[tuple[str, int]]:
        """After a window in which these are off: each of them that has come RECURRED times, with how many windows ago
        each of these times was."""
        self._off.append(frozenset(names))
        for season in seasons(length):
            ago = (0, *season[: RECURRED - 1])
            if len(ago) == RECURRED and ago[-1] < len(self._off):
                again = frozenset.intersection(*(self._off[-1 - lag] for lag in ago))
                yield from ((name, lag) for name in sorted(again) for lag in ago)
