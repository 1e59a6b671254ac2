"""What is found wrong with a rota, and how its load is counted: worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.config.rotation import DayOff, Rotation
from core.oncall.check import Fault, Finding, findings, sentence, unknown_to_slack
from core.oncall.duty import Away, Change, Layer, Why
from core.oncall.fairness import Share, parse_period, shares, spread
from core.oncall.notices import Stint
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from tests.oncall_support import HANDOFF, T0, TEAM, config

WEEK = timedelta(weeks=1)


def rota(away: list[Away] | None = None, changes: list[Change] | None = None, **values: Any) -> Rota:
    rotation = Rotation.model_validate({**TEAM["rotations"][0], **values})
    return Rota(rotation, away or [], changes or [])


def faults(final: Rota) -> list[tuple[Fault, str | None]]:
    return [(each.fault, each.person) for each in findings(final, config().team, T0)]


def test_a_rota_without_faults_has_none() -> None:
    assert faults(rota()) == []


def test_one_person_alone_and_one_who_may_not_answer_are_found() -> None:
    assert faults(rota(members=["sofia"])) == [(Fault.ALONE, "sofia"), (Fault.MAY_NOT_ANSWER, "sofia")]


def test_a_gap_is_found_with_its_time() -> None:
    away = [Away(each, HANDOFF, HANDOFF + timedelta(hours=3), T0) for each in ("jonas", "amina", "maya")]
    found = findings(rota(away), config().team, T0)
    assert found == [Finding("flights", Fault.GAP, None, HANDOFF, HANDOFF + timedelta(hours=3))]


def test_hours_without_a_layer_below_leave_gaps_that_are_told_as_one() -> None:
    office = {"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "to": "17:00"}
    (found,) = (each for each in findings(rota(during=[office]), config().team, T0) if each.fault is Fault.HOURS)
    assert (
        found.times == 21
    )  # T0 is before nine on a Tuesday: that morning, and the end of each of 20 working days
    assert "21 times in four weeks" in sentence(found)


def test_who_has_nobody_behind_them_is_found_once() -> None:
    away = [Away(each, HANDOFF, HANDOFF + WEEK, T0) for each in ("jonas", "amina")]
    assert findings(rota(away), config().team, T0) == [
        Finding("flights", Fault.NO_BACKUP, "maya", HANDOFF, HANDOFF + WEEK)
    ]


def test_two_shifts_in_a_row_are_found_and_one_and_a_half_are_not() -> None:
    def taken(length: timedelta) -> list[Change]:
        return [Change(1, Layer.OVERRIDE, Why.TAKEN, DutyRole.PRIMARY, "jonas", HANDOFF, HANDOFF + length, T0)]

    assert faults(rota(changes=taken(2 * WEEK))) == [(Fault.IN_A_ROW, "jonas")]
    assert faults(rota(changes=taken(WEEK / 2))) == []


def test_shadows_whom_slack_does_not_know_are_named_too() -> None:
    found = unknown_to_slack(rota(), {"leo", "jonas", "sofia"})
    assert [each.person for each in found] == ["jonas", "leo"]


def test_a_week_is_counted_where_the_person_lives() -> None:
    start = datetime(2013, 3, 4, 14, tzinfo=UTC)  # Monday 09:00 in New York, in the week whose clocks go forward
    end = datetime(2013, 3, 11, 13, tzinfo=UTC)
    (share,) = shares(
        [Stint("amina", DutyRole.PRIMARY, start, end)],
        {"amina": "America/New_York"},
        [DayOff("amina", date(2013, 3, 10), "America/New_York")],
        ["amina", "amina"],
    )
    assert share == Share("amina", hours=167, night=7 * 9 - 1, weekend=47, holiday=23, calls=2)


def test_who_had_nothing_is_in_the_table_and_an_equal_share_has_no_spread() -> None:
    held = [
        Stint("amina", DutyRole.PRIMARY, T0, T0 + WEEK),
        Stint(None, DutyRole.PRIMARY, T0 + WEEK, T0 + 2 * WEEK),
    ]
    found = shares(held, {"amina": "UTC", "jonas": "UTC"}, [], ["leo"])
    assert [(each.person, each.hours, each.calls) for each in found] == [
        ("amina", 168, 0),
        ("jonas", 0, 0),
        ("leo", 0, 1),
    ]
    assert round(spread(found)) == 200
    assert spread([]) == 0


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("", -84, 0), ("30d", -30, 0), ("NEXT 8w", 0, 56), ("next", 0, 84)],
)
def test_periods_are_read(text: str, start: int, end: int) -> None:
    assert parse_period(text, T0) == (T0 + timedelta(days=start), T0 + timedelta(days=end))


@pytest.mark.parametrize("text", ["soon", "0d", "1h", "400d", "99999999999w", "-3d", "<!channel>", "next 1w soon"])
def test_no_period_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|period|longer") as caught:
        parse_period(text, T0)
    assert "\n" not in str(caught.value)
