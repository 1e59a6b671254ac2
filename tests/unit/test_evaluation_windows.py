"""Windows are cut on the wall clock of their schedule."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.config.fields import Every, Schedule
from core.evaluation.windows import Window, window_before, windows_until

NEW_YORK = Schedule(every=Every.DAY, timezone="America/New_York")
HOUR = timedelta(hours=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_the_local_day_before() -> None:
    assert window_before(NEW_YORK, utc(2013, 2, 9, 13)) == Window(utc(2013, 2, 8, 5), utc(2013, 2, 9, 5))


def test_the_instant_of_midnight_ends_the_day() -> None:
    assert window_before(NEW_YORK, utc(2013, 2, 9, 5)).end == utc(2013, 2, 9, 5)
    assert window_before(NEW_YORK, utc(2013, 2, 9, 5) - timedelta(microseconds=1)).end == utc(2013, 2, 8, 5)


@pytest.mark.parametrize(("at", "hours"), [(utc(2013, 3, 11, 13), 23), (utc(2013, 11, 4, 13), 25)])
def test_days_of_daylight_saving_are_as_long_as_they_are(at: datetime, hours: int) -> None:
    window = window_before(NEW_YORK, at)
    assert window.end - window.start == hours * HOUR


def test_weeks_begin_on_monday() -> None:
    weekly = NEW_YORK.model_copy(update={"every": Every.WEEK})
    assert window_before(weekly, utc(2013, 2, 11, 15)) == Window(utc(2013, 2, 4, 5), utc(2013, 2, 11, 5))
    assert window_before(weekly, utc(2013, 2, 13, 15)) == Window(utc(2013, 2, 4, 5), utc(2013, 2, 11, 5))


def test_hours_are_counted_on_the_utc_line() -> None:
    hourly = NEW_YORK.model_copy(update={"every": Every.HOUR})
    window = window_before(hourly, utc(2013, 11, 3, 6, 20))
    assert window == Window(utc(2013, 11, 3, 5), utc(2013, 11, 3, 6))
    assert [w.end - w.start for w in windows_until(hourly, window, 3)] == [HOUR] * 4


def test_windows_until_touch_each_other() -> None:
    windows = windows_until(NEW_YORK, window_before(NEW_YORK, utc(2013, 3, 20, 13)), 28)
    assert len(windows) == 29
    assert all(one.end == other.start for one, other in pairwise(windows))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (utc(2013, 1, 1).replace(tzinfo=None), utc(2013, 1, 2)),
        (utc(2013, 1, 2), utc(2013, 1, 2)),
        (utc(2013, 1, 3), utc(2013, 1, 2)),
    ],
)
def test_a_window_needs_zones_and_an_order(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(start, end)
