"""Instants as numbers and texts: the compiled functions say what the plain ones say."""

from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.db import plain_times

FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds since 1970 of the first and the last instant that a datetime can be."""


@pytest.fixture(params=["plain", "compiled"])
def times(request: pytest.FixtureRequest) -> ModuleType:
    if request.param == "plain":
        return plain_times
    return pytest.importorskip("core.db._times", reason="built without a C compiler")


def test_what_they_say(times: ModuleType) -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 5, UTC)
    assert times.micros(at) == 1_772_323_199_000_005
    assert times.to_datetime(1_772_323_199_000_005) == at
    assert times.to_datetime(0).tzinfo is UTC
    assert times.as_text(at) == times.micros_text(1_772_323_199_000_005) == "2026-02-28 23:59:59.000005"
    assert times.as_text(None) is None
    assert times.micros(at.astimezone(ZoneInfo("Australia/Lord_Howe"))) == 1_772_323_199_000_005


@pytest.mark.parametrize("outside", [FIRST - 1, LAST + 1, 2**63])
def test_what_no_datetime_can_be(times: ModuleType, outside: int) -> None:
    for make in (times.to_datetime, times.micros_text):
        with pytest.raises(OverflowError):
            make(outside)


def test_what_is_no_instant(times: ModuleType) -> None:
    with pytest.raises(TypeError):
        times.micros(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises((TypeError, AttributeError)):
        times.as_text("2026-01-01")


@given(st.integers(FIRST, LAST))
@example(FIRST)
@example(LAST)
@example(-1)
@example(951_782_400_000_000)
def test_both_say_the_same(at: int) -> None:
    compiled = pytest.importorskip("core.db._times", reason="built without a C compiler")
    made = plain_times.to_datetime(at)
    assert compiled.to_datetime(at) == made
    assert compiled.micros(made) == plain_times.micros(made) == at
    assert compiled.as_text(made) == plain_times.as_text(made) == compiled.micros_text(at)


@given(st.datetimes(datetime(2, 1, 1), datetime(9_998, 1, 1)), st.integers(-1_439, 1_439))  # noqa: DTZ001
def test_a_zone_changes_no_instant(local: datetime, minutes: int) -> None:
    compiled = pytest.importorskip("core.db._times", reason="built without a C compiler")
    at = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert compiled.micros(at) == plain_times.micros(at)
