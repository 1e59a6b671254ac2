"""Laws of layers, hours and holidays: read off the wall clock minute by minute, against what the rota says."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.rotation import DayOff, Rotation
from core.oncall.duty import Why, within
from core.oncall.rota import Rota
from core.oncall.schedule import shift_at
from core.oncall.working_hours import is_open, span_of, spans
from tests.layers_strategies import (
    DAY,
    MINUTE,
    clocks,
    rotas,
    rotations,
    windows,
)


def by_hand(rota: Rota, at: datetime) -> tuple[bool, set[str]]:
    """Whether the layers leave a gap here, and who of the deciding layer may be primary."""
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    for _, layer in rota.rotation.stack:
        if _in_hours(layer, at) and set(layer.members) - away:
            return False, set(layer.members) - away
    return True, set()


def _in_hours(layer: Rotation, at: datetime) -> bool:
    """Read off the clock itself; not asked within an hour of its change, where the rule for odd times decides."""
    local = at.astimezone(ZoneInfo(layer.timezone))
    if not layer.during:
        return True
    for window in layer.during:
        overnight = window.until <= window.start
        named = {day.number for day in window.days} or set(range(7))
        begun_today = local.weekday() in named and local.time() >= window.start
        if begun_today and (overnight or local.time() < window.until):
            return True
        if overnight and (local - DAY).weekday() in named and local.time() < window.until:
            return True
    return False


def _near_a_change(zone: str, at: datetime) -> bool:
    """Within a day of Samoa's left-out day, or two hours of another change."""
    reach = timedelta(hours=30) if zone == "Pacific/Apia" else timedelta(hours=2)
    clock = ZoneInfo(zone)
    return (at - reach).astimezone(clock).utcoffset() != (at + reach).astimezone(clock).utcoffset()


@given(rotas())
def test_a_gap_is_exactly_where_the_layers_leave_one_and_the_highest_that_is_there_decides(
    case: tuple[Rota, datetime],
) -> None:
    rota, at = case
    duty = rota.at(at)
    assert (duty.primary is None) == (duty.why is Why.NOBODY)
    if not _near_a_change(rota.rotation.timezone, at):
        gap, possible = by_hand(rota, at)
        assert gap == (duty.primary is None)
        assert gap or duty.primary in possible


@given(rotas())
def test_duties_of_layers_tile_time_and_each_instant_agrees_with_its_duty(case: tuple[Rota, datetime]) -> None:
    rota, at = case
    duties = rota.between(at, at + 2 * DAY)
    assert (duties[0].start, duties[-1].end) == (at, at + 2 * DAY)
    assert all(one.end == two.start for one, two in pairwise(duties))
    for duty in duties:
        assert duty.start < duty.end
        for inside in (duty.start, duty.start + (duty.end - duty.start) / 2, duty.end - timedelta(microseconds=1)):
            found = rota.at(inside)
            assert (found.primary, found.shadow, found.backup, found.layer) == (
                duty.primary,
                duty.shadow,
                duty.backup,
                duty.layer,
            )


@given(rotas(), st.integers(0, 2 * 1440 - 1), st.integers(1, 2 * 1440))
def test_a_part_of_a_time_says_what_the_whole_says(case: tuple[Rota, datetime], first: int, minutes: int) -> None:
    rota, at = case
    start, end = at + first * MINUTE, at + (first + minutes) * MINUTE
    assert rota.between(start, end) == within(rota.between(at, at + 4 * DAY), start, end)


@given(rotas())
def test_a_holiday_never_makes_a_gap_nor_calls_who_has_it_while_another_of_the_layer_has_not(
    case: tuple[Rota, datetime],
) -> None:
    rota, at = case
    duty, without = rota.at(at), replace(rota, rotation=rota.rotation.with_days_off([])).at(at)
    assert (duty.primary is None) == (without.primary is None)
    off = {day.person for day in rota.rotation.days_off if span_of(day)[0] <= at < span_of(day)[1]}
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    deciding = next((layer for name, layer in rota.rotation.stack if name == duty.layer), None)
    if deciding and set(deciding.members) - away - off:
        assert duty.primary not in off
    if duty.why is Why.HOLIDAY:
        assert duty.instead_of in off - away
    elif duty.why is Why.ABSENCE:
        assert duty.instead_of in away


@given(rotations())
def test_without_layers_hours_and_holidays_nothing_differs(case: tuple[Rotation, datetime]) -> None:
    rotation, at = case
    plain = Rotation.model_validate(rotation.model_dump(exclude={"layers", "during"}, exclude_unset=True))
    duty = Rota(plain).at(at)
    assert (duty.start, duty.end, duty.primary) == (
        (shift := shift_at(plain, at)).start,
        shift.end,
        shift.primary,
    )
    assert duty.layer == "flights"


@given(clocks, windows, st.integers(-2 * 1440, 2 * 1440))
def test_hours_and_their_spans_say_the_same(clock: tuple[str, datetime], window: dict[str, Any], off: int) -> None:
    zone, change = clock
    at = change + off * MINUTE
    rotation = Rotation.model_validate(
        {
            "id": "r",
            "title": "R",
            "handoff": {"at": "09:00"},
            "starts": "2010-01-01",
            "members": ["amina"],
            "channel": "c",
            "during": [window],
        }
    )
    found = list(spans(rotation.during, zone, at - DAY, at + DAY))
    assert is_open(rotation.during, zone, at) == any(start <= at < end for start, end in found)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2013, 3, 10), 23.0),
        ("America/New_York", date(2013, 11, 3), 25.0),
        ("Australia/Lord_Howe", date(2013, 10, 6), 23.5),
        ("Australia/Lord_Howe", date(2013, 4, 7), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0.0),
        ("Pacific/Apia", date(2011, 12, 31), 24.0),
    ],
)
def test_a_holiday_lasts_as_long_as_its_day(zone: str, day: date, hours: float) -> None:
    start, end = span_of(DayOff("maya", day, zone))
    assert (end - start) / timedelta(hours=1) == hours
