"""Times as people type them among other words."""

from datetime import UTC, datetime, timedelta

import pytest

from core.spoken_time import Spoken, Stretch, instant, read, stretch

NOW = datetime(2013, 2, 5, 12, 30, tzinfo=UTC)
"""A Tuesday, half past seven in New York."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW_YORK = "America/New_York"


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In February, on New York's clock."""
    return datetime(2013, 2, day, hour, minute, tzinfo=UTC) + 5 * HOUR


@pytest.mark.parametrize(
    ("text", "words", "length"),
    [
        ("2h", 1, 2 * HOUR),
        ("2h deploying", 1, 2 * HOUR),
        ("for 30 min", 3, HOUR / 2),
        ("for 2 hours more", 3, 2 * HOUR),
        ("an hour", 2, HOUR),
        ("half an hour", 3, HOUR / 2),
        ("1h 30m", 2, 1.5 * HOUR),
        ("for a week", 3, 7 * DAY),
        ("another 15m,", 2, HOUR / 4),
    ],
)
def test_lengths(text: str, words: int, length: timedelta) -> None:
    assert read(text.split(), NOW, NEW_YORK) == Spoken(words, length)


@pytest.mark.parametrize(
    ("text", "words", "end"),
    [
        ("until 18:00", 2, at(5, 18)),
        ("until 6pm today", 3, at(5, 18)),
        ("till 7:00", 2, at(6, 7)),
        ("until noon", 2, at(5, 12)),
        ("until tomorrow because", 2, at(6, 9)),
        ("until monday 9:30 vendor", 3, at(11, 9, 30)),
        ("until 9:00 on friday", 4, at(8, 9)),
        ("until tuesday", 2, at(12, 9)),
        ("until 2013-02-20", 2, at(20, 9)),
        ("tonight", 1, at(6, 8)),
        ("until today", 2, at(5, 9)),
    ],
)
def test_ends(text: str, words: int, end: datetime) -> None:
    assert read(text.split(), NOW, NEW_YORK) == Spoken(words, end=end)


@pytest.mark.parametrize(
    "text", ["", "2", "5 hosts", "for ever", "to fix it", "until then", "h", "until", "99:00", "9"]
)
def test_what_is_no_time(text: str) -> None:
    assert read(text.split(), NOW, NEW_YORK) is None


def test_a_time_without_for_counts_only_where_it_may_be_bare() -> None:
    assert read(["2h"], NOW, NEW_YORK, bare=False) is None
    assert read(["for", "2h"], NOW, NEW_YORK, bare=False) == Spoken(2, 2 * HOUR)


@pytest.mark.parametrize(
    ("text", "words", "start", "end"),
    [
        ("tomorrow", 1, at(6), at(7)),
        ("from monday to friday skiing", 4, at(11), at(16)),
        ("monday-friday", 1, at(11), at(16)),
        ("friday dentist", 1, at(8), at(9)),
        ("18:00-22:00", 1, at(5, 18), at(5, 22)),
        ("from 18:00 to 6:00", 4, at(5, 18), at(6, 6)),
        ("tomorrow 9:00 for 2h", 4, at(6, 9), at(6, 11)),
        ("2013-02-08 to 2013-02-10", 3, at(8), at(11)),
        ("for 2 days", 3, NOW, NOW + 2 * DAY),
        ("until friday", 2, NOW, at(9)),
        ("today", 1, NOW, at(6)),
    ],
)
def test_stretches(text: str, words: int, start: datetime, end: datetime) -> None:
    assert stretch(text.split(), NOW, NEW_YORK) == Stretch(words, start, end)


@pytest.mark.parametrize("text", ["", "skiing", "jonas tomorrow", "from me"])
def test_what_is_no_stretch(text: str) -> None:
    assert stretch(text.split(), NOW, NEW_YORK) is None


def test_an_instant_is_all_of_the_words() -> None:
    assert instant(["tomorrow"], NOW, NEW_YORK) == at(6, 9)
    assert instant(["at", "18:00"], NOW, NEW_YORK) == at(5, 18)
    assert instant(["tomorrow", "please"], NOW, NEW_YORK) is None
