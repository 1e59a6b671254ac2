"""Windows without rows: news where rows always come, none where the pipeline rests."""

from datetime import timedelta

import pytest

from core.evaluation.checks.emptiness import is_usual
from core.evaluation.checks.season import seasons

DAILY = seasons(timedelta(days=1))
HOURLY = seasons(timedelta(hours=1))


def days(count: int, *rests: int) -> list[bool]:
    """Days from a Monday on; `rests` are the weekdays without rows."""
    return [day % 7 in rests for day in range(count)]


@pytest.mark.parametrize(("day", "usual"), [(60, False), (61, True), (62, True), (63, False)])
def test_weekends_without_rows_are_usual_and_a_friday_is_not(day: int, usual: bool) -> None:
    assert is_usual(days(day, 5, 6), DAILY) is usual


def test_nights_without_rows_are_usual_and_an_hour_at_noon_is_not() -> None:
    hours = [hour % 24 not in range(8, 18) for hour in range(24 * 30)]
    assert is_usual(hours[: 24 * 29 + 3], HOURLY)
    assert not is_usual(hours[: 24 * 29 + 12], HOURLY)


def test_saturdays_of_an_office_are_usual_from_the_third_on() -> None:
    hours = [hour % 24 not in range(8, 18) or hour // 24 % 7 > 4 for hour in range(24 * 30)]
    saturdays = [24 * (7 * week + 5) + 9 for week in range(4)]
    assert [is_usual(hours[:saturday], HOURLY) for saturday in saturdays] == [False, False, True, True]
    assert not is_usual(hours[: saturdays[3] - 24], HOURLY)


def test_a_first_silence_is_news_and_so_is_a_rare_one() -> None:
    assert not is_usual([], DAILY)
    assert not is_usual([False] * 100, DAILY)
    holidays = [day in (3, 60, 90, 130) for day in range(200)]
    assert not is_usual(holidays, DAILY)


def test_outages_do_not_become_usual_because_weekends_are_silent() -> None:
    past = [silent or day in (10, 31, 52) for day, silent in enumerate(days(87, 5, 6))]
    assert not is_usual(past, DAILY)


def test_winters_without_rows_are_usual_until_one_is_longer_than_those_before() -> None:
    years = [part >= 9 for _ in range(6) for part in range(13)]
    winter = [*years, *[False] * 9]
    assert is_usual(winter, ())
    assert is_usual([*winter, True, True, True], ())
    assert not is_usual([*winter, True, True, True, True], ())
