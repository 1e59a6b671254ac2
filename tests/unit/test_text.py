"""Text that people read in passing."""

from datetime import timedelta

import pytest

from core.text import in_minutes, length, plural


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0.4, "less than a minute"),
        (5.9, "5 min"),
        (60, "1 h"),
        (193.4, "3 h 13 min"),
        (1440, "1 day"),
        (4500, "3 days 3 h"),
    ],
)
def test_how_long_it_took(minutes: float, told: str) -> None:
    assert in_minutes(minutes) == length(timedelta(minutes=minutes)) == told


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "page", "0 pages"),
        (1, "page", "1 page"),
        (1200, "page", "1,200 pages"),
        (1, "miss", "1 miss"),
        (2, "miss", "2 misses"),
    ],
)
def test_one_of_a_thing_and_many(number: int, noun: str, told: str) -> None:
    assert plural(number, noun) == told
