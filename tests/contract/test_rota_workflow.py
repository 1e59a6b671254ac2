"""Changes of a rota on both databases: in force as they say, told, taken back, safe in a race."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from core.db.database import Database
from core.decision import Decision
from core.oncall.duty import Why
from core.oncall.tables import ShiftHandoff
from tests.oncall_support import HANDOFF, T0, TEAM, at_once, audit_rows, config, draft_due, messages, person
from tests.rota_support import EVENING, HOUR, WEEK, change, primaries, wish
from workflows.change_rota import away, cancel, override, shadow, take
from workflows.hand_off import chase, next_due
from workflows.rota import on_call


def test_the_later_of_two_overrides_counts_and_both_are_in_the_trail(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    change(database, override, "jonas", wish("maya", EVENING[0], EVENING[0] + HOUR), T0 + HOUR)
    assert primaries(database, EVENING[0], EVENING[0] + HOUR, EVENING[1]) == ["maya", "jonas", "amina"]
    assert audit_rows(database) == [
        ("amina", "rota.override", True, "overridden"),
        ("jonas", "rota.override", True, "overridden"),
    ]
    assert messages(database, "note") == ["oncall", "oncall"]
    assert messages(database, "duty") == ["@jonas", "@maya"], "whoever did it need not be told"


def test_what_begins_before_now_begins_now_and_what_is_over_is_refused(database: Database) -> None:
    assert change(database, override, "amina", wish("jonas", T0 - WEEK, T0 + HOUR)).allowed
    assert primaries(database, T0 - timedelta(minutes=1), T0, T0 + HOUR) == ["amina", "jonas", "amina"]
    assert change(database, override, "amina", wish("jonas", T0 - WEEK, T0)).reason == "over"
    assert change(database, override, "amina", wish("jonas", T0, T0 + 15 * WEEK)).reason == "too_long"
    assert (
        change(database, override, "amina", wish("jonas", T0 + HOUR, T0 + HOUR)).reason == "ends_before_it_starts"
    )
    assert change(database, override, "amina", wish("sofia", *EVENING)).reason == "cannot_answer"
    assert change(database, override, "amina", wish("jonas", *EVENING, "gone")).reason == "no_such_rotation"
    assert change(database, take, "amina", wish("amina", T0 + HOUR, T0 + 2 * HOUR)).reason == "already_yours"


def test_a_change_that_is_taken_back_was_in_force_until_then(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    middle = EVENING[0] + HOUR

    def take_back(who: str, now: datetime) -> str:
        with database.write() as session:
            return cancel(session, config(), "override", 1, person(who), who, now).reason

    assert take_back("sofia", middle) == "not_a_responder"
    assert [take_back("leo", middle), take_back("leo", middle)] == ["cancelled", "already_cancelled"]
    assert primaries(database, middle - HOUR, middle) == ["jonas", "amina"]


def test_the_turn_of_who_is_away_falls_to_the_next_who_is_not(database: Database) -> None:
    change(database, away, "amina", wish("amina", *EVENING))
    assert primaries(database, EVENING[0] - HOUR, EVENING[0], EVENING[1]) == ["amina", "maya", "amina"]
    change(database, away, "maya", wish("maya", *EVENING))
    change(database, away, "jonas", wish("jonas", EVENING[0], EVENING[0] + HOUR))
    assert primaries(database, EVENING[0], EVENING[0] + HOUR) == [None, "jonas"]


def test_an_absence_counts_in_every_rotation_and_for_what_was_promised_before(database: Database) -> None:
    change(database, take, "jonas", wish("jonas", *EVENING))
    assert primaries(database, EVENING[0]) == ["jonas"]
    change(database, away, "jonas", wish("jonas", T0, T0 + WEEK), T0 + HOUR)
    assert primaries(database, EVENING[0]) == ["amina"], "jonas is not held to it"
    change(database, take, "jonas", wish("jonas", *EVENING), T0 + 2 * HOUR)
    assert primaries(database, EVENING[0]) == ["jonas"], "unless jonas says so again"


def test_an_absence_that_moves_nobody_is_confirmed_to_whoever_said_it_only(database: Database) -> None:
    change(database, away, "jonas", wish("jonas", *EVENING))
    assert messages(database, "note") == ["@jonas"]
    assert change(database, away, "sofia", wish("jonas", *EVENING)).reason == "not_a_responder"
    assert change(database, away, "sofia", wish("sofia", *EVENING)).allowed


def test_two_who_take_a_shift_at_the_same_instant_are_both_told_how_it_ended(database: Database) -> None:
    def taking(who: str) -> Callable[[], None]:
        return lambda: _ok(change(database, take, who, wish(who, *EVENING)))

    at_once(taking("jonas"), taking("maya"))
    (winner,) = primaries(database, EVENING[0])
    loser = {"jonas": "maya", "maya": "jonas"}[str(winner)]
    assert f"@{loser}" in messages(database, "duty")
    assert f"@{winner}" not in messages(database, "duty")


def _ok(decision: Decision) -> None:
    assert decision.allowed


def test_hours_that_nobody_has_anyway_are_not_laid_on_who_is_away(database: Database) -> None:
    """Only what a change leaves without anybody is told of it, with the rotation where it moves several."""
    office = {"id": "office", "title": "Office", "during": [{"from": "09:00", "to": "17:00"}], "members": ["maya"]}
    two = config(rotations=[*TEAM["rotations"], {**TEAM["rotations"][0], **office}])

    def said(who: str, first: datetime, last: datetime) -> str:
        with database.write() as session:
            return away(session, two, wish(who, first, last), person(who), who, T0).detail

    assert "Nobody" not in said("amina", *EVENING)
    alone = said("maya", HANDOFF, HANDOFF + 24 * HOUR)
    assert alone.count("*Nobody*") == 1
    assert "Office: *Nobody* is on call" in alone


def handoffs(database: Database, *instants: datetime) -> list[tuple[str, str, datetime, datetime]]:
    for now in instants:
        with database.write() as session:
            draft_due(session, config(), now)
            while chase(session, config(), now):
                pass
            due = next_due(session, config(), now)
            assert due is not None
            assert due > now
    with database.read() as session:
        rows = session.scalars(select(ShiftHandoff).order_by(ShiftHandoff.shift_end))
        return [(row.outgoing, row.incoming, row.shift_start, row.shift_end) for row in rows]


def test_an_evening_of_somebody_else_is_no_handoff_but_a_taken_week_is(database: Database) -> None:
    change(database, take, "jonas", wish("jonas", *EVENING))
    change(database, take, "leo", wish("leo", HANDOFF, HANDOFF + WEEK))
    assert handoffs(database, EVENING[1], HANDOFF)[1:] == [("amina", "leo", HANDOFF - WEEK, HANDOFF)]


def test_two_weeks_in_a_row_are_handed_over_as_one(database: Database) -> None:
    change(database, take, "amina", wish("amina", HANDOFF, HANDOFF + WEEK))
    assert handoffs(database, T0, HANDOFF, HANDOFF + WEEK)[1:] == [
        ("amina", "jonas", HANDOFF - WEEK, HANDOFF + WEEK)
    ]


def test_a_rotation_that_lives_in_the_yaml_only_needs_no_rows(database: Database) -> None:
    with database.read() as session:
        duty = on_call(session, config(), "flights", HANDOFF)
    assert (duty.primary, duty.why, duty.shadow) == (TEAM["rotations"][0]["members"][2], Why.ROTATION, "leo")


def test_who_has_left_the_team_is_not_on_call_any_more(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    change(database, shadow, "leo", wish("leo", *EVENING))
    rotation = {**TEAM["rotations"][0], "members": ["amina", "maya"], "shadows": []}
    people = [each for each in TEAM["people"] if each["id"] not in ("jonas", "leo")]
    smaller = config(people=people, rotations=[rotation])
    with database.read() as session:
        duty = on_call(session, smaller, "flights", EVENING[0])
        assert (duty.primary, duty.shadow) == ("maya", None), "whose turn it is"
        assert on_call(session, config(), "flights", EVENING[0]).primary == "jonas"


def test_who_is_put_on_call_although_away_is_said_to_be(database: Database) -> None:
    change(database, away, "maya", wish("maya", T0, T0 + WEEK))
    told = change(database, override, "amina", wish("maya", *EVENING))
    assert told.allowed
    assert "{person:maya} is on call" in told.detail
    assert "They had said that they are away" in told.detail
    assert "They had said" not in change(database, take, "maya", wish("maya", *EVENING)).detail
