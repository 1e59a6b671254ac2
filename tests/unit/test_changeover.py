"""Where one person's shifts end and another's begin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.config.rotation import Rotation
from core.oncall.changeover import LOOK_BACK, Changeover, latest, reach
from core.oncall.duty import Away, Change, Layer, Why
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import shift_at, shift_before

BEGIN = datetime(2013, 1, 28, 9, tzinfo=UTC)
"""A Monday, the first shift's start."""

TICK, HOUR, DAY, WEEK = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def rotation(*members: str, **changes: Any) -> Rotation:
    values = {"id": "flights", "title": "Flights", "handoff": {"at": "09:00"}, "starts": "2013-01-28"}
    return Rotation.model_validate({**values, "members": members, "channel": "oncall", **changes})


def week(number: int) -> datetime:
    return BEGIN + number * WEEK


def taken(person: str, start: datetime, end: datetime) -> Change:
    return Change(1, Layer.OVERRIDE, Why.OVERRIDE, DutyRole.PRIMARY, person, start, end, BEGIN)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (week(0) - DAY, None),
        (week(0), None),
        (week(1), None),
        (week(2) - TICK, None),
        (week(2), (week(0), week(2), "jonas", "amina")),
        (week(3) - TICK, (week(0), week(2), "jonas", "amina")),
        (week(3), (week(2), week(3), "amina", "jonas")),
        (week(4), (week(2), week(3), "amina", "jonas")),
        (week(5), (week(3), week(5), "jonas", "amina")),
    ],
)
def test_two_shifts_in_a_row_are_one_report_and_the_first_takes_over_from_nobody(
    at: datetime, found: tuple[datetime, datetime, str, str] | None
) -> None:
    expected = Changeover(*found, shadow=None) if found else None
    assert latest(Rota(rotation("jonas", "jonas", "amina")), "flights", at) == expected


def test_the_shadow_is_the_one_who_went_along_at_the_end() -> None:
    found = latest(Rota(rotation("jonas", "amina", shadows=["leo", "maya"])), "flights", week(2))
    assert found is not None
    assert (found.outgoing, found.shadow) == ("amina", "maya")


def test_a_week_in_which_everybody_was_away_lies_between_two_like_any_other() -> None:
    away = [Away(each, week(1), week(2), BEGIN) for each in ("jonas", "amina", "maya")]
    found = latest(Rota(rotation("jonas", "amina", "maya"), away), "flights", week(2))
    assert found == Changeover(week(0), week(2), "jonas", "maya", None)


def test_who_takes_an_evening_hands_nothing_over_and_who_takes_the_end_does() -> None:
    plain = rotation("jonas", "amina")
    evening = Rota(plain, changes=[taken("maya", week(0) + DAY, week(0) + DAY + HOUR)])
    assert latest(evening, "flights", week(1)) == latest(Rota(plain), "flights", week(1))
    end = latest(Rota(plain, changes=[taken("maya", week(1) - HOUR, week(1))]), "flights", week(1))
    assert end == Changeover(week(0), week(1), "maya", "amina", None)


DAYTIME = {"id": "day", "members": ["leo", "nadia"], "every": "1d", "during": [{"from": "09:00", "to": "17:00"}]}


def test_each_layer_hands_over_by_its_own_shifts() -> None:
    rota = Rota(rotation("jonas", "amina", layers=[{**DAYTIME, "handoff": {"at": "09:00"}}]))
    now = week(1) + 2 * DAY + HOUR
    assert latest(rota, "flights", now) == Changeover(week(0), week(1), "jonas", "amina", None)
    day = latest(rota, "day", now)
    assert day is not None
    assert (day.start, day.end) == (week(1) + DAY, week(1) + 2 * DAY)
    assert {day.outgoing, day.incoming} == {"leo", "nadia"}


@pytest.mark.parametrize("nobody", ["closed", "away"])
def test_whoever_takes_over_is_asked_when_they_go_on_call_and_not_in_the_night_before(nobody: str) -> None:
    """A day's shift that begins at midnight, of which nobody has the first nine hours."""
    midnight, nine = datetime(2013, 2, 6, tzinfo=UTC), datetime(2013, 2, 6, 9, tzinfo=UTC)
    hours = {"during": [{"from": "09:00", "to": "17:00"}]} if nobody == "closed" else {}
    daily = rotation("jonas", "amina", every="1d", handoff={"at": "00:00"}, **hours)
    away = [Away(each, midnight, nine, BEGIN) for each in daily.members] if nobody == "away" else []
    rota = Rota(daily, away)
    before, night, morning = (latest(rota, "flights", at) for at in (midnight - TICK, nine - TICK, nine))
    assert before is not None
    assert morning is not None
    assert night == before, "nobody is on call yet, so nobody is asked to take over"
    assert (morning.end, morning.incoming) == (midnight, before.outgoing)
    early = latest(replace(rota, changes=[taken("maya", nine - HOUR, nine + HOUR)]), "flights", nine - HOUR)
    assert early is not None
    assert early.incoming == "maya", "whoever goes on call in the end"


def test_a_layer_whose_hours_begin_later_is_handed_over_then_though_others_are_on_call() -> None:
    rota = Rota(rotation("jonas", "amina", layers=[{**DAYTIME, "handoff": {"at": "00:00"}}]))
    midnight = datetime(2013, 2, 6, tzinfo=UTC)
    night, morning = (latest(rota, "day", midnight + hours * HOUR) for hours in (8, 9))
    assert night is not None
    assert morning is not None
    assert (night.end, morning.end) == (midnight - DAY, midnight)


def test_a_week_is_handed_over_at_its_start_though_a_layer_has_the_day() -> None:
    rota = Rota(rotation("jonas", "amina", layers=[{**DAYTIME, "handoff": {"at": "09:00"}}]))
    assert rota.at(week(1)).layer == "day", "the base has the evening first"
    found = latest(rota, "flights", week(1))
    assert found == Changeover(week(0), week(1), "jonas", "amina", None)


def test_who_is_on_call_outside_all_hours_is_of_the_base() -> None:
    declared = rotation("jonas", "amina", during=[{"from": "09:00", "to": "17:00"}])
    night = Rota(declared, changes=[taken("maya", week(1) - 2 * HOUR, week(1) - HOUR)])
    found = latest(night, "flights", week(1))
    assert found is not None
    assert (found.outgoing, found.incoming) == ("maya", "amina")


@pytest.mark.parametrize("layers", [[], [{**DAYTIME, "handoff": {"at": "09:00"}}]])
def test_a_rota_knows_its_changes_from_as_far_back_as_is_looked(layers: list[dict[str, Any]]) -> None:
    declared = rotation("jonas", "amina", layers=layers)
    for now in (week(60), week(61) - TICK):
        for _, layer in declared.stack:
            shift = shift_at(layer, now)
            for _ in range(LOOK_BACK):
                shift = shift_before(layer, shift)
            assert reach(declared, now) <= shift.start
