"""Whether a window without rows is what this pipeline does: at night, at weekends, out of season. Pure."""

from collections.abc import Sequence
from itertools import groupby

KNOWN = 2
"""Windows of the same hour and weekday that are needed to say what is usual then."""
COMMON = 0.05
"""Where fewer windows are empty, each time is news; where more are, silences belong to the pipeline."""
OFTEN = 3
"""A silence as long as one that came so many times before is no news."""
Seasons = Sequence[Sequence[int]]
"""How many windows ago the same time was, by what counts as the same, the strictest first (weekday and hour; hour)."""


def is_usual(empty: Sequence[bool], seasons: Seasons) -> bool:
    """Whether one more window without rows is usual after these, oldest first, each True if it had no rows.

    It is when most windows of the same time were empty; and where one in twenty is at other times, when three silences
    before were as long. False while too little is known of either: a first silence is always news.
    """
    now = [*empty, True]
    if _in_season(now, len(empty), seasons):
        return True
    odd = [each and not _in_season(now, i, seasons) for i, each in enumerate(now)]
    *before, this = [sum(1 for _ in run) for silent, run in groupby(odd) if silent]
    often = len(before) >= OFTEN and sum(odd) >= COMMON * len(odd)
    return often and this <= sorted(before)[-OFTEN]


def _in_season(empty: Sequence[bool], at: int, seasons: Seasons) -> bool:
    """Whether most windows of the same time before this one, or else after it, are without rows."""
    for lags in seasons:
        for places in ([at - lag for lag in lags], [at + lag for lag in lags]):
            known = [empty[place] for place in places if 0 <= place < len(empty)]
            if len(known) >= KNOWN:
                return sum(known) > len(known) / 2
    return False
