"""Laws of layers, hours and holidays: read off the wall clock minute by minute, against what the rota says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.fields import Weekday
from core.config.rotation import DayOff, Rotation
from core.oncall.check import Fault, findings
from core.oncall.duty import Away, Why, joined
from core.oncall.notices import horizon, plan, reach, stints, tours
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, NoticeKind
from core.oncall.schedule import shift_at
from core.oncall.working_hours import is_open, span_of, spans
from tests.oncall_support import config

ZONES = {
    "America/New_York": [datetime(2013, 3, 10, 7, tzinfo=UTC), datetime(2013, 11, 3, 6, tzinfo=UTC)],
    "Australia/Lord_Howe": [datetime(2013, 4, 6, 15, tzinfo=UTC), datetime(2013, 10, 5, 15, tzinfo=UTC)],
    "Pacific/Apia": [datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2012, 3, 31, 14, tzinfo=UTC)],
    "Europe/Istanbul": [datetime(2016, 3, 27, 1, tzinfo=UTC), datetime(2016, 11, 6, 1, tzinfo=UTC)],
    "Africa/Casablanca": [datetime(2018, 6, 14, 2, tzinfo=UTC), datetime(2019, 5, 5, 2, tzinfo=UTC)],
    "America/Sao_Paulo": [datetime(2013, 10, 20, 3, tzinfo=UTC), datetime(2013, 2, 17, 2, tzinfo=UTC)],
}
PEOPLE = ["amina", "jonas", "leo", "maya"]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

clocks = st.sampled_from([(zone, at) for zone, changes in ZONES.items() for at in changes])
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
windows = st.builds(
    lambda days, start, until: {"days": days, "from": start, "to": until},
    st.lists(st.sampled_from([day.value for day in Weekday]), max_size=5, unique=True),
    times,
    times,
)
members = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3)


@st.composite
def rotations(draw: st.DrawFn) -> tuple[Rotation, datetime]:
    """A rotation of up to three layers, and an instant near a change of its clock."""
    zone, change = draw(clocks)
    layers: list[dict[str, Any]] = [
        {
            "id": f"layer{number}",
            "members": draw(members),
            "every": draw(st.sampled_from(["12h", "1d"])),
            "handoff": {"at": draw(times)},
            "during": draw(st.lists(windows, max_size=2)),
        }
        for number in range(draw(st.integers(0, 2)))
    ]
    found = Rotation.model_validate(
        {
            "id": "flights",
            "title": "Flights",
            "timezone": zone,
            "every": draw(st.sampled_from(["8h", "1d", "1w"])),
            "handoff": {"at": draw(times)},
            "starts": date(2010, 1, 1),
            "members": draw(members),
            "channel": "oncall",
            "during": draw(st.lists(windows, max_size=2)),
            "layers": layers,
        }
    )
    off = draw(
        st.lists(st.builds(DayOff, st.sampled_from(PEOPLE), st.just(change.date()), st.just(zone)), max_size=3)
    )
    return found.with_days_off(off), change + draw(st.integers(-48 * 60, 48 * 60)) * MINUTE


@st.composite
def rotas(draw: st.DrawFn) -> tuple[Rota, datetime]:
    rotation, at = draw(rotations())
    who = draw(st.lists(st.sampled_from(PEOPLE), max_size=3))
    away = [
        Away(
            each,
            at - draw(st.integers(0, 9)) * MINUTE * 97,
            at + (1 + draw(st.integers(0, 9))) * MINUTE * 61,
            LONG_AGO,
        )
        for each in who
    ]
    return Rota(rotation, away), at


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


@given(rotas())
def test_gaps_that_people_leave_are_told_a_week_ahead_and_those_of_the_hours_are_found_as_one(
    case: tuple[Rota, datetime],
) -> None:
    (rota, at), team = case, config().team
    told = {notice.stint.start for notice in plan(rota, at) if notice.kind is NoticeKind.GAP}
    gaps = joined(rota.gaps(at, at + 3 * DAY))
    assert {gap.start for gap in gaps if gap.layer and gap.start > at} <= told
    assert not {gap.start for gap in gaps if gap.layer is None} & told
    of_hours = [each for each in findings(rota, team, at) if each.fault is Fault.HOURS]
    assert len(of_hours) == bool([gap for gap in rota.gaps(at, at + 28 * DAY) if gap.layer is None])


@given(rotas())
@settings(max_examples=40)
def test_who_was_to_be_told_a_day_ahead_is_also_by_a_plan_made_at_that_instant(
    case: tuple[Rota, datetime],
) -> None:
    """Turns of a day end as the notice of the next but one falls due, and the plan is made anew then."""
    rota, at = case
    ahead = [each for each in plan(rota, at) if each.kind is NoticeKind.TOMORROW]
    for notice in ahead[:: max(1, len(ahead) // 3)]:  # a plan made anew costs as much as the first one
        again = {each.key for each in plan(rota, notice.due_at, {each.key for each in ahead})}
        assert notice.key in again or notice.stint.start > horizon(rota, notice.due_at)
        assert notice.key not in {each.key for each in plan(rota, notice.due_at)}


@given(rotas())
def test_nobody_is_told_twice_of_a_turn_and_every_stint_is_in_what_is_told(case: tuple[Rota, datetime]) -> None:
    """The parts of what is told are stints, in order; no stint is in two notices of a kind, none is left out."""
    rota, at = case
    planned = [each for each in plan(rota, at) if each.kind is NoticeKind.START]
    mine = [each for each in planned if each.stint.role is DutyRole.PRIMARY]
    parts = [(each.stint.person, part) for each in mine for part in each.spans]
    assert len(set(parts)) == len(parts)
    for each in mine:
        assert (each.spans[0][0], each.spans[-1][1]) == (each.stint.start, each.stint.end)
        assert all(end < start for (_, end), (start, _) in pairwise(each.spans))
    far = horizon(rota, at) + 2 * DAY  # a stint that is cut off may belong to nothing
    begun = tours(rota.rotation, rota.between(reach(rota.rotation, at), far), DutyRole.PRIMARY)
    running = {(t.whole.person, s.start) for t in begun if t.whole.start <= at for s in t.stints}
    told = {(person, start) for person, (start, _) in parts}
    for stint in stints(rota.between(at, at + 3 * DAY), DutyRole.PRIMARY):
        if stint.person and stint.start > at:
            assert (stint.person, stint.start) in told | running


NIGHTS = {
    "id": "flights",
    "title": "Flights",
    "timezone": "Europe/Berlin",
    "handoff": {"on": "monday", "at": "09:00"},
    "starts": date(2013, 1, 28),
    "members": ["amina", "maya"],
    "channel": "oncall",
    "layers": [
        {
            "id": "berlin",
            "members": ["jonas", "leo"],
            "every": "1d",
            "handoff": {"at": "08:00"},
            "during": [
                {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "to": "18:00"}
            ],
        }
    ],
}


def test_the_nights_of_a_week_are_told_once_and_single_days_each() -> None:
    """Five parts: four nights, and the one that goes over the weekend to Monday's working hours."""
    rota, now = Rota(Rotation.model_validate(NIGHTS)), datetime(2013, 6, 5, 12, tzinfo=UTC)  # amina's Wednesday
    told = [each for each in plan(rota, now) if each.kind is NoticeKind.TOMORROW]
    people = [each.stint.person for each in told]
    assert people.count("maya") == 1
    assert people.count("amina") == 1
    maya = told[people.index("maya")]
    assert maya.stint.start == datetime(2013, 6, 10, 16, tzinfo=UTC)
    assert maya.stint.end == datetime(2013, 6, 17, 6, tzinfo=UTC)
    assert len(maya.spans) == 5
    days = [each.stint.start.date().isoformat() for each in told if each.stint.person == "leo"]
    assert days == ["2013-06-10", "2013-06-12", "2013-06-14", "2013-06-18"]


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
