"""Laws of what people are told of their turns, and of gaps: once, in time, and nothing is left out."""

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given, settings

from core.config.rotation import Rotation
from core.oncall.check import Fault, findings
from core.oncall.duty import joined
from core.oncall.notices import horizon, plan, reach, stints, tours
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole, NoticeKind
from tests.layers_strategies import (
    DAY,
    rotas,
)
from tests.oncall_support import config


@given(rotas())
@settings(max_examples=40)
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
@settings(max_examples=40)
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
