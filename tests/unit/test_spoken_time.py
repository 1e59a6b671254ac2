"""Times as people type them among other words."""

from datetime import UTC, datetime, timedelta

import pytest

from core import spoken_span
from core.nearest import slip
from core.spoken_time import Spoken, Stretch, instant, read, stretch

NOW = datetime(2013, 2, 5, 12, 30, tzinfo=UTC)
"""A Tuesday, half past seven in New York."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW_YORK = "America/New_York"


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In February, on New York's clock."""
    return datetime(2013, 2, 1, hour, minute, tzinfo=UTC) + (day - 1) * DAY + 5 * HOUR


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


@pytest.mark.parametrize(
    ("text", "words", "length"),
    [
        ("for two hours", 3, 2 * HOUR),
        ("1.5h", 1, 1.5 * HOUR),
        ("for 2,5 hours", 3, 2.5 * HOUR),
        ("for a couple of hours", 5, 2 * HOUR),
        ("for a few days", 4, 3 * DAY),
    ],
)
def test_lengths_in_words_and_fractions(text: str, words: int, length: timedelta) -> None:
    assert read(text.split(), NOW, NEW_YORK) == Spoken(words, length)


@pytest.mark.parametrize(
    ("text", "words", "end"),
    [
        ("until 14 feb", 3, at(14, 9)),
        ("until feb 14 vendor", 3, at(14, 9)),
        ("until the 14th", 3, at(14, 9)),
        ("until 18", 2, at(5, 18)),
        ("until tomorrow 9", 3, at(6, 9)),
        ("until monday morning", 3, at(11, 9)),
        ("until friday 6 pm", 4, at(8, 18)),
        ("until wensday", 2, at(6, 9)),
        ("until end of day", 4, at(5, 18)),
        ("till end of week", 4, at(11)),
        ("until end of the month", 5, at(29)),
        ("until march", 2, at(29)),
    ],
)
def test_ends_as_people_write_dates(text: str, words: int, end: datetime) -> None:
    assert read(text.split(), NOW, NEW_YORK) == Spoken(words, end=end)


@pytest.mark.parametrize(
    "text", ["until 3 hosts are back", "to 3 replicas", "by 2 people", "until 31 feb", "until 3/4"]
)
def test_numbers_that_count_something_are_no_times(text: str) -> None:
    assert read(text.split(), NOW, NEW_YORK) is None


@pytest.mark.parametrize(
    ("text", "words", "start", "end"),
    [
        ("14-16 feb", 2, at(14), at(17)),
        ("from 14 to 16 february", 5, at(14), at(17)),
        ("feb 14-16", 2, at(14), at(17)),
        ("14.02. - 16.02.", 3, at(14), at(17)),
        ("14.02.-16.02.2013", 1, at(14), at(17)),
        ("2/14 to 2/16", 3, at(14), at(17)),
        ("in march", 2, at(29), at(60) - HOUR),
        ("next 2 weeks", 3, NOW, NOW + 14 * DAY),
        ("3 days from monday", 4, at(11), at(14)),
        ("tomorrow afternoon dentist", 2, at(6, 12), at(6, 18)),
        ("tomorrow 2pm-4pm", 2, at(6, 14), at(6, 16)),
        ("6pm to 10pm tomorrow", 4, at(6, 18), at(6, 22)),
        ("from 18 to 22", 4, at(5, 18), at(5, 22)),
        ("friday night", 2, at(8, 22), at(9, 8)),
        ("tonight", 1, at(5, 18), at(6, 8)),
    ],
)
def test_stretches_as_people_write_them(text: str, words: int, start: datetime, end: datetime) -> None:
    assert stretch(text.split(), NOW, NEW_YORK) == Stretch(words, start, end)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in 2 days", NOW + 2 * DAY),
        ("in 3 hours", NOW + 3 * HOUR),
        ("tonight", at(6, 3)),
        ("at 3 in the morning", at(6, 3)),
        ("monday night", at(11, 22)),
        ("yesterday night", at(4, 22)),
        ("february 14th 3pm", at(14, 15)),
        ("14.02.2013", at(14, 9)),
        ("day after tomorrow", at(7, 9)),
        ("this week", NOW),
    ],
)
def test_instants_that_are_asked_about(text: str, wanted: datetime) -> None:
    assert spoken_span.instant(text.split(), NOW, NEW_YORK) == wanted


@pytest.mark.parametrize(
    ("text", "until"), [("until march", at(29)), ("until 15 march", at(43, 9) - HOUR), ("march", at(60) - HOUR)]
)
def test_how_far_is_looked_ahead(text: str, until: datetime) -> None:
    assert spoken_span.ahead(text.split(), NOW, NEW_YORK) == until - NOW


def test_a_short_word_is_never_taken_for_another() -> None:
    assert slip("wensday", ["wednesday", "thursday"]) == "wednesday"
    assert slip("match", ["march"]) is None
    assert slip("mai", ["may"]) is None
