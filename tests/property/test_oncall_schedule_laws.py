"""Laws of a rotation: its shifts tile time, and every instant has exactly one primary."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.config.fields import Weekday
from core.config.rotation import Handoff, Rotation
from core.oncall.schedule import begins, shift_at, shift_before, shifts_between, turns_of

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Pacific/Apia",
]
PEOPLE = ["amina", "jonas", "leo", "maya", "sofia"]

DAY = timedelta(days=1)

instants = st.builds(
    lambda day, past: datetime(1990, 1, 1, tzinfo=UTC) + day * DAY + past,
    st.integers(0, 50 * 365),
    st.timedeltas(timedelta(0), DAY),
)
hours = [timedelta(hours=count) for count in (1, 2, 6, 8, 12)]
lengths = st.sampled_from([*hours, DAY, 3 * DAY, 7 * DAY, 14 * DAY])
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))


@st.composite
def rotations(draw: st.DrawFn, length: st.SearchStrategy[timedelta] = lengths) -> Rotation:
    every = draw(length)
    on = {} if every % timedelta(days=7) else {"on": draw(st.sampled_from(Weekday))}
    return Rotation(
        id="flights",
        title="Flights",
        timezone=draw(st.sampled_from(ZONES)),
        every=every,
        handoff=Handoff(at=draw(times), **on),
        starts=draw(st.dates(date(2000, 1, 1), date(2030, 1, 1))),
        members=draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5)),
        shadows=draw(st.lists(st.sampled_from(PEOPLE), max_size=3)),
        channel="oncall",
    )


weekly = rotations(st.sampled_from([timedelta(days=7), timedelta(days=14)]))


@given(rotations(), instants)
def test_every_instant_lies_in_its_shift(rotation: Rotation, instant: datetime) -> None:
    shift = shift_at(rotation, instant)
    assert shift.start <= instant < shift.end
    assert instant in shift
    assert shift.primary in rotation.members


@given(rotations(), instants)
def test_all_instants_of_a_shift_agree_on_it(rotation: Rotation, instant: datetime) -> None:
    shift = shift_at(rotation, instant)
    assert shift_at(rotation, shift.start) == shift
    assert shift_at(rotation, shift.end - timedelta(microseconds=1)) == shift


@given(rotations(), instants)
def test_the_next_shift_starts_where_one_ends_with_its_next(rotation: Rotation, instant: datetime) -> None:
    shift = shift_at(rotation, instant)
    following = shift_at(rotation, shift.end)
    assert following.start == shift.end
    assert following.primary == shift.next
    assert shift_before(rotation, following) == shift


@given(rotations(), instants, st.floats(0.01, 20))
def test_shifts_between_tile_the_time_asked_for(rotation: Rotation, start: datetime, count: float) -> None:
    end = start + count * rotation.every
    shifts = shifts_between(rotation, start, end)
    assert start in shifts[0]
    assert shifts[-1].start < end <= shifts[-1].end
    assert all(one.end == two.start for one, two in pairwise(shifts))


@given(rotations(), instants)
def test_away_from_clock_changes_a_shift_starts_when_the_wall_clock_says_so(
    rotation: Rotation, instant: datetime
) -> None:
    local = shift_at(rotation, instant).start.astimezone(ZoneInfo(rotation.timezone))
    assume((local - DAY).utcoffset() == (local + DAY).utcoffset())
    handoff = datetime.combine(local.date(), rotation.handoff.at)
    assert (local.replace(tzinfo=None) - handoff) % min(rotation.every, DAY) == timedelta(0)
    assert rotation.every % timedelta(days=7) or local.weekday() == rotation.handoff.on.number


@given(rotations(), instants)
def test_a_shift_is_off_by_no_more_than_its_clock_change(rotation: Rotation, instant: datetime) -> None:
    shift = shift_at(rotation, instant)
    assert abs((shift.end - shift.start) - rotation.every) <= timedelta(hours=1)


@example(
    Rotation(
        id="flights",
        title="Flights",
        timezone="Europe/Berlin",
        every=timedelta(hours=1),
        handoff=Handoff(at=time()),
        starts=date(2013, 3, 31),
        members=["amina", "jonas"],
        channel="oncall",
    )
)
@given(rotations())
def test_members_take_turns_in_order(rotation: Rotation) -> None:
    """A turn that the clock skips, as that of an hour in spring, has no length and is nobody's."""
    found, zone = (
        shifts_between(rotation, begins(rotation), begins(rotation) + 8 * rotation.every),
        rotation.timezone,
    )
    assert found[0].start == begins(rotation)
    assert [shift.primary for shift in found] == [
        rotation.members[shift.turn % len(rotation.members)] for shift in found
    ]
    for one, two in pairwise(found):
        before, after = (each.astimezone(ZoneInfo(zone)).utcoffset() for each in (one.start, two.start))
        assert two.turn == one.turn + 1 or (two.turn > one.turn and after != before)


@given(weekly)
def test_the_first_members_shift_contains_the_day_it_starts(rotation: Rotation) -> None:
    zone = ZoneInfo(rotation.timezone)
    last_moment = datetime.combine(rotation.starts, time(23, 59, 59), tzinfo=zone).astimezone(UTC)
    shift = shift_at(rotation, last_moment)
    assert shift.start == begins(rotation)
    assert shift.primary == rotation.members[0]


@given(rotations())
def test_the_first_members_shift_begins_the_rotation(rotation: Rotation) -> None:
    assume(rotation.timezone != "Pacific/Apia")  # whose skipped day has shifts without length
    assert shift_at(rotation, begins(rotation)).primary == rotation.members[0]


@given(rotations(), instants)
def test_a_shadow_is_never_the_primary_and_missing_only_when_nobody_else_could(
    rotation: Rotation, instant: datetime
) -> None:
    shift = shift_at(rotation, instant)
    others = set(rotation.shadows) - {shift.primary}
    assert shift.shadow in others if others else shift.shadow is None


@given(rotations(), instants)
def test_the_backup_is_somebody_else_of_the_rotation(rotation: Rotation, instant: datetime) -> None:
    shift = shift_at(rotation, instant)
    others = set(rotation.members) - {shift.primary}
    assert shift.backup in others if others else shift.backup is None


@given(rotations(), instants, st.sampled_from(PEOPLE))
def test_everybody_in_the_rotation_finds_their_turns(rotation: Rotation, instant: datetime, person: str) -> None:
    turns = turns_of(rotation, person, instant, count=2)
    assert all(person in (turn.primary, turn.shadow) for turn in turns)
    assert len(turns) == 2 if person in rotation.members else True
