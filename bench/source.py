"""A stream as the comparison of the checks takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Source:
    """Rows with `id` and `at`, cut from `start` into `windows` of `length`; the first `reference` are history.

    `outages` are windows in which the clean stream itself is broken, `changes` those in which the world itself changed
    for good: what is told then, and in the five windows after, is told with right.
    """

    rows: Any
    start: datetime
    length: timedelta
    reference: int
    windows: int
    outages: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
