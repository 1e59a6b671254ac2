"""Laws of the final rota: it tiles time, has one primary at most, and a change changes nothing outside its stretch."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from core.config.rotation import Handoff, Rotation
from core.oncall.changes import Stretch, concerned, moves
from core.oncall.duty import Away, Change, Layer, Why
from core.oncall.notices import Stint, plan, reach, stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, NoticeKind
from core.oncall.schedule import shift_at

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]
PEOPLE = ["amina", "jonas", "leo", "maya"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

CLOCK_CHANGES = [
    datetime(2013, 3, 10, tzinfo=UTC),  # New York, Newfoundland
    datetime(2013, 3, 31, tzinfo=UTC),  # Berlin
    datetime(2013, 4, 6, tzinfo=UTC),  # Lord Howe, by half an hour
    datetime(2013, 10, 5, tzinfo=UTC),
    datetime(2013, 11, 3, tzinfo=UTC),
]

starts = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(CLOCK_CHANGES),
    st.integers(-3 * 1440, 3 * 1440),
)
spans = st.tuples(starts, st.integers(1, 4 * 1440)).map(lambda s: (s[0], s[0] + timedelta(minutes=s[1])))
said = st.builds(lambda hours: datetime(2013, 1, 1, tzinfo=UTC) + hours * HOUR, st.integers(0, 100))
absences = st.builds(lambda who, span, at: Away(who, span[0], span[1], at), st.sampled_from(PEOPLE), spans, said)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    layer = draw(st.sampled_from(Layer))
    start, end = draw(spans)
    return Change(
        id=draw(st.integers(1, 10**6)),
        layer=layer,
        why=Why.SWAP if layer is Layer.SWAP else draw(st.sampled_from([Why.OVERRIDE, Why.TAKEN])),
        role=DutyRole.PRIMARY if layer is Layer.SWAP else draw(st.sampled_from(DutyRole)),
        person=draw(st.sampled_from([*PEOPLE, "sofia"])),
        start=start,
        end=end,
        said_at=draw(said),
    )


rotations = st.builds(
    lambda zone, every, at, members, shadows: Rotation(
        id="flights",
        title="Flights",
        timezone=zone,
        every=every,
        handoff=Handoff(at=at),
        starts=datetime(2013, 1, 1, tzinfo=UTC).date(),
        members=members,
        shadows=shadows,
        channel="oncall",
    ),
    st.sampled_from(ZONES),
    st.sampled_from([8 * HOUR, 12 * HOUR, DAY, 7 * DAY, 14 * DAY]),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30])),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True),
)
rotas = st.builds(Rota, rotations, st.lists(absences, max_size=4), st.lists(changes(), max_size=4))


def value(rota: Rota, instant: datetime) -> tuple[str | None, str | None, str]:
    duty = rota.at(instant)
    return duty.primary, duty.shadow, duty.why


@given(rotas, spans)
def test_duties_tile_the_time_asked_for(rota: Rota, span: tuple[datetime, datetime]) -> None:
    duties = rota.between(*span)
    assert (duties[0].start, duties[-1].end) == span
    assert all(one.end == two.start for one, two in pairwise(duties))
    assert all(duty.start < duty.end for duty in duties)


@given(rotas, spans, st.floats(0, 0.999))
def test_every_instant_has_one_duty_which_agrees_with_itself(
    rota: Rota, span: tuple[datetime, datetime], part: float
) -> None:
    instant = span[0] + part * (span[1] - span[0])
    found = [duty for duty in rota.between(*span) if instant in duty]
    assert len(found) == 1
    at = rota.at(instant)
    assert replace(found[0], start=at.start, end=at.end) == at
    assert instant in at
    assert rota.at(at.start) == at


@given(rotas, starts)
def test_there_is_a_gap_exactly_where_everybody_is_away_and_nobody_was_put_on_call(
    rota: Rota, at: datetime
) -> None:
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    put = [c for c in rota.changes if c.role is DutyRole.PRIMARY and c.start <= at < c.end]
    kept = [
        c
        for c in put
        if not any(a.person == c.person and a.start <= at < a.end and a.said_at > c.said_at for a in rota.absences)
    ]
    is_gap = set(rota.rotation.members) <= away and not kept
    duty = rota.at(at)
    assert (duty.primary is None) == is_gap == (duty.why is Why.NOBODY)


@given(rotas, starts)
def test_nobody_is_made_primary_by_the_rotation_while_they_are_away(rota: Rota, at: datetime) -> None:
    duty = rota.at(at)
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    if duty.why in (Why.ROTATION, Why.ABSENCE):
        assert duty.primary not in away
    assert duty.backup not in away
    assert duty.backup != duty.primary or duty.backup is None
    assert duty.shadow != duty.primary or duty.shadow is None


@given(rotas, absences, st.floats(0, 0.999))
def test_who_last_said_that_they_are_away_is_neither_primary_nor_shadow(
    rota: Rota, absence: Away, part: float
) -> None:
    last = replace(absence, said_at=datetime(2013, 2, 1, tzinfo=UTC))
    duty = replace(rota, absences=[*rota.absences, last]).at(last.start + part * (last.end - last.start))
    assert last.person not in (duty.primary, duty.shadow, duty.backup)


@given(rotas, changes(), starts)
def test_a_change_changes_nothing_outside_its_stretch(rota: Rota, change: Change, at: datetime) -> None:
    assume(not change.start <= at < change.end)
    assert value(replace(rota, changes=[*rota.changes, change]), at) == value(rota, at)


@given(rotas, absences, starts)
def test_an_absence_changes_nothing_outside_its_stretch(rota: Rota, absence: Away, at: datetime) -> None:
    assume(not absence.start <= at < absence.end)
    assert value(replace(rota, absences=[*rota.absences, absence]), at) == value(rota, at)


@given(rotas, changes(), st.floats(0, 0.999))
def test_the_last_word_on_the_highest_layer_decides(rota: Rota, change: Change, part: float) -> None:
    last = replace(change, layer=Layer.OVERRIDE, why=Why.OVERRIDE, role=DutyRole.PRIMARY)
    last = replace(last, said_at=datetime(2013, 2, 1, tzinfo=UTC))
    duty = replace(rota, changes=[*rota.changes, last]).at(change.start + part * (change.end - change.start))
    assert (duty.primary, duty.why, duty.change) == (change.person, Why.OVERRIDE, change.id)


@given(rotas, starts)
def test_order_of_rows_does_not_matter(rota: Rota, at: datetime) -> None:
    assume(len({change.rank for change in rota.changes}) == len(rota.changes))
    turned = replace(rota, changes=list(reversed(rota.changes)), absences=list(reversed(rota.absences)))
    assert turned.at(at) == rota.at(at)


@given(rotations, starts)
def test_without_changes_it_is_the_rotation(rotation: Rotation, at: datetime) -> None:
    duty, shift = Rota(rotation).at(at), shift_at(rotation, at)
    assert (duty.start, duty.end) == (shift.start, shift.end)
    assert (duty.primary, duty.shadow, duty.backup, duty.why) == (
        shift.primary,
        shift.shadow,
        shift.backup,
        Why.ROTATION,
    )


@given(rotations, starts)
def test_hands_change_by_the_wall_clock(rotation: Rotation, at: datetime) -> None:
    zone = ZoneInfo(rotation.timezone)
    local = Rota(rotation).at(at).start.astimezone(zone)
    assume((local - DAY).utcoffset() == (local + DAY).utcoffset())
    minutes = (local.hour - rotation.handoff.at.hour) * 60 + local.minute - rotation.handoff.at.minute
    assert timedelta(minutes=minutes) % min(rotation.every, DAY) == timedelta(0)


@given(rotas, changes(), spans)
def test_moves_say_what_a_change_did_and_nothing_else(
    rota: Rota, change: Change, span: tuple[datetime, datetime]
) -> None:
    after = replace(rota, changes=[*rota.changes, change])
    found = moves(rota, after, Stretch(*span))
    for move in found:
        assert change.start <= move.span.start < move.span.end <= change.end
        assert move.role is change.role or move.role is DutyRole.SHADOW  # who becomes primary cannot be the shadow
        assert rota.at(move.span.start).person(move.role) == move.was != move.now
    told = concerned(found, DutyRole.PRIMARY)
    assert set(told) <= {*PEOPLE, "sofia"}
    for person, pieces in told.items():
        for piece in pieces:
            was, now = (each.at(piece.span.start).primary for each in (rota, after))
            assert (was, now) == ((piece.other, person) if piece.gained else (person, piece.other))
    assert moves(rota, rota, Stretch(*span)) == []


@given(rotas, starts)
def test_everybody_who_goes_on_call_is_told_and_every_gap_is(rota: Rota, now: datetime) -> None:
    """A stint within a turn that its person had before is told of with that turn, and not once more."""
    planned = plan(rota, now)
    assert all(notice.due_at >= now for notice in planned)
    assert len({notice.key for notice in planned}) == len(planned)
    known = stints(rota.between(reach(rota.rotation, now), now + 7 * DAY), DutyRole.PRIMARY)
    for number, stint in enumerate(known):
        if stint.start <= now:
            continue
        kind = NoticeKind.GAP if stint.person is None else NoticeKind.START
        told = [notice for notice in planned if notice.kind is kind and notice.stint.start == stint.start]
        first = stint.person is None or _begins(rota, stint, known[:number])
        assert first == any(notice.stint.person == stint.person for notice in told)
        early = first and stint.person is not None and stint.start - DAY > now
        key = (NoticeKind.TOMORROW, stint.person or "", DutyRole.PRIMARY, stint.start)
        assert early == any(notice.key == key for notice in planned)


def _begins(rota: Rota, stint: Stint, before: list[Stint]) -> bool:
    """Whether no earlier stint of the person has a moment of a turn of this one, by the same cause."""
    last = [each for each in before if each.person == stint.person][-1:]
    had = {how for each in last for how in _causes(rota, each)}
    mine = _causes(rota, stint)
    return not had & (mine | {(turn - 1, "rotation", None) for turn, why, _ in mine if why == "rotation"})


def _causes(rota: Rota, stint: Stint) -> set[tuple[int, str, int | None]]:
    duties = rota.between(stint.start, stint.end)
    return {(duty.shift.turn, str(duty.why), duty.change) for duty in duties}
