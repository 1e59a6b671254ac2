"""Whether a window without rows is what this pipeline does: at night, at weekends, out of season. Pure."""

from collections.abc import Sequence
from itertools import groupby

KNOWN = 3
"""Windows of the same hour and weekday that are needed to say what is usual then."""
MOSTLY = 0.5
"""What that share of them were without rows is usual there."""
COMMON = 0.05
"""Where fewer windows are empty, each time is news; where more are, silences belong to the pipeline."""
OFTEN = 3
"""A silence as long as one that came so many times before is no news."""


def is_usual(empty: Sequence[bool], lags: Sequence[int]) -> bool:
    """Whether one more window without rows is usual after these, oldest first, each True if it had no rows.

    `lags` are how many windows ago the same hour and weekday were (none: there is no such season). False while less
    than KNOWN of them are known and fewer than OFTEN silences came: a first silence is always news.
    """
    now = [*empty, True]
    if _in_season(now, len(empty), lags):
        return True
    odd = [each and not _in_season(now, i, lags) for i, each in enumerate(now)]
    silences = [sum(1 for _ in run) for silent, run in groupby(odd) if silent]
    *before, this = silences
    often = len(before) >= OFTEN and sum(odd) >= COMMON * len(odd)
    return often and this <= sorted(before)[-OFTEN]


def _in_season(empty: Sequence[bool], at: int, lags: Sequence[int]) -> bool:
    """Whether most windows of the same hour and weekday before this one, or else after it, are without rows."""
    for places in ([at - lag for lag in lags], [at + lag for lag in lags]):
        known = [empty[place] for place in places if 0 <= place < len(empty)]
        if len(known) >= KNOWN:
            return sum(known) >= MOSTLY * len(known)
    return False
