"""Who may change a rota, and how a change is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.config.declared import Person, Role
from core.config.rotation import Rotation
from core.oncall.changes import (
    FARTHEST,
    LONGEST,
    PATIENCE,
    Move,
    Stretch,
    consequence,
    due_of,
    instead_of,
    left_alone,
    may_answer,
    may_be_away,
    may_cancel,
    may_override,
    may_shadow,
    may_take,
    moves,
)
from core.oncall.duty import Away, Change, Layer, Why
from core.oncall.rota import Rota
from core.oncall.rota_tables import Absence, DutyRole, Swap, SwapStatus

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = Stretch(NOW + timedelta(days=1), NOW + timedelta(days=8))
MAYA = Person(id="maya", name="Maya", slack="U01MAYA", roles={Role.RESPONDER})
GUEST = Person(id="guest", name="Guest", slack="U02GUEST", roles=set())


def move(day: int, now: str | None, role: DutyRole = DutyRole.PRIMARY) -> Move:
    start = NOW + timedelta(days=day)
    return Move(Stretch(start, start + timedelta(days=1)), role, "jonas", now)


@pytest.mark.parametrize(
    ("count", "last"),
    [(3, "on call from"), (4, "on call from"), (5, "and 1 more change."), (6, "and 2 more changes.")],
)
def test_four_changes_are_told_and_the_others_are_counted(count: int, last: str) -> None:
    told = consequence([move(2 * day, "maya") for day in range(count)])
    assert told.count("is on call") == min(count, 4)
    assert last in told.split("; ")[-1]


def test_what_follows_each_other_is_one_stretch() -> None:
    told = consequence([move(2, "leo"), move(0, "maya"), move(1, "maya"), move(3, "maya")])
    assert [part.split(" is on call")[0].split()[-1] for part in told.split("; ")] == [
        "{person:maya}",
        "{person:leo}",
        "{person:maya}",
    ]
    assert str(Stretch(NOW, NOW + timedelta(days=2))) in told


def test_nobody_in_the_place_of_a_primary_is_no_change_that_is_counted() -> None:
    told = consequence([move(2 * day, "maya" if day < 4 else None) for day in range(9)])
    assert told.count("is on call") == 4
    assert "more" not in told
    assert consequence([move(0, None), move(1, "leo", DutyRole.SHADOW)]) == ""


@pytest.mark.parametrize(
    ("actor", "chosen", "reason"),
    [
        (MAYA, MAYA, "away"),
        (GUEST, GUEST, "away"),
        (MAYA, GUEST, "away"),
        (GUEST, MAYA, "not_a_responder"),
        (None, MAYA, "not_in_team"),
        (MAYA, None, "not_in_team"),
    ],
)
def test_who_may_say_that_somebody_is_away(actor: Person | None, chosen: Person | None, reason: str) -> None:
    assert may_be_away(actor, chosen, WEEK, NOW).reason == reason


TICK, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
JONAS = Person(id="jonas", name="Jonas", slack="U03JONAS", roles={Role.RESPONDER})
ROTATION = Rotation.model_validate(
    {
        "id": "flights",
        "title": "Flights",
        "handoff": {"at": "09:00"},
        "starts": "2026-03-02",
        "members": ["jonas", "maya"],
        "shadows": ["guest"],
        "channel": "oncall",
    }
)
"""Jonas has the week of NOW, and Maya the next."""


def swap(**changes: Any) -> Swap:
    values = {"asked_by": "jonas", "asked_of": "maya", "status": SwapStatus.ASKED, "due_at": NOW + HOUR}
    times = {
        "starts_at": NOW,
        "ends_at": NOW + DAY,
        "back_starts_at": NOW + 7 * DAY,
        "back_ends_at": NOW + 8 * DAY,
    }
    return Swap(**{**values, **times, **changes})


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (NOW - DAY, NOW + TICK, "overridden"),
        (NOW - DAY, NOW, "over"),
        (NOW + HOUR, NOW + HOUR, "ends_before_it_starts"),
        (NOW, NOW + LONGEST, "overridden"),
        (NOW, NOW + LONGEST + TICK, "too_long"),
        (NOW + FARTHEST, NOW + FARTHEST + HOUR, "overridden"),
        (NOW + FARTHEST + TICK, NOW + FARTHEST + HOUR, "too_far"),
    ],
)
def test_how_far_a_change_may_reach(start: datetime, end: datetime, reason: str) -> None:
    assert may_override(MAYA, JONAS, Stretch(start, end), NOW).reason == reason


@pytest.mark.parametrize(
    ("actor", "chosen", "reason"),
    [
        (MAYA, JONAS, "overridden"),
        (GUEST, JONAS, "not_a_responder"),
        (MAYA, GUEST, "cannot_answer"),
        (MAYA, None, "cannot_answer"),
    ],
)
def test_responders_put_responders_on_call(actor: Person, chosen: Person | None, reason: str) -> None:
    assert may_override(actor, chosen, WEEK, NOW).reason == reason


def test_whoever_is_put_on_call_by_another_while_away_is_to_be_told() -> None:
    away = Away("jonas", WEEK.start - DAY, WEEK.start + HOUR, NOW)
    rota = Rota(ROTATION, [away])
    said = f"away {Stretch(WEEK.start, WEEK.start + HOUR)}: please make sure"
    assert said in may_override(MAYA, JONAS, WEEK, NOW, rota).detail
    assert "away" not in may_override(JONAS, JONAS, WEEK, NOW, rota).detail
    assert "away" not in may_override(MAYA, JONAS, Stretch(away.end, WEEK.end), NOW, rota).detail
    assert "away" not in may_override(MAYA, JONAS, Stretch(NOW - DAY, away.start), NOW, rota).detail


def test_one_takes_what_is_not_wholly_ones_own() -> None:
    rota = Rota(ROTATION)
    assert may_take(JONAS, rota, Stretch(NOW, NOW + 7 * DAY), NOW).reason == "already_yours"
    assert may_take(JONAS, rota, Stretch(NOW, NOW + 8 * DAY), NOW).reason == "taken"


def test_anybody_but_the_primary_goes_along() -> None:
    duties = Rota(ROTATION).between(NOW, NOW + 8 * DAY)
    assert may_shadow(GUEST, duties, WEEK, NOW).reason == "shadowing"
    assert may_shadow(MAYA, duties, WEEK, NOW).reason == "is_primary"
    assert may_shadow(MAYA, duties[:1], WEEK, NOW).reason == "shadowing"
    assert may_shadow(None, duties, WEEK, NOW).reason == "not_in_team"


@pytest.mark.parametrize(
    ("row", "actor", "reason"),
    [
        (Absence(person="guest", created_by="maya", ends_at=NOW + TICK), GUEST, "cancelled"),
        (Absence(person="jonas", created_by="maya", ends_at=NOW + TICK), GUEST, "not_a_responder"),
        (Absence(person="jonas", created_by="jonas", ends_at=NOW + TICK), MAYA, "cancelled"),
        (Absence(person="jonas", created_by="jonas", ends_at=NOW), MAYA, "over"),
        (
            Absence(person="guest", created_by="guest", ends_at=NOW + TICK, cancelled_at=NOW),
            MAYA,
            "already_cancelled",
        ),
        (swap(starts_at=NOW - 2 * DAY, ends_at=NOW - DAY), MAYA, "cancelled"),
        (swap(starts_at=NOW - 2 * DAY, ends_at=NOW - DAY, back_ends_at=NOW), MAYA, "over"),
        (None, MAYA, "no_such_change"),
    ],
)
def test_a_change_is_taken_back_while_any_of_it_is_to_come(row: Any, actor: Person, reason: str) -> None:
    assert may_cancel(row, actor, NOW).reason == reason


@pytest.mark.parametrize(
    ("asked", "who", "reason"),
    [
        (swap(), MAYA, "accepted"),
        (swap(back_starts_at=None, back_ends_at=None), MAYA, "accepted"),
        (swap(), JONAS, "not_asked"),
        (swap(due_at=NOW + TICK), MAYA, "accepted"),
        (swap(due_at=NOW), MAYA, "expired"),
        (swap(status=SwapStatus.DECLINED), MAYA, "already_declined"),
        (swap(ends_at=NOW + 8 * DAY), MAYA, "changed_since"),
        (swap(back_starts_at=NOW + 6 * DAY), MAYA, "changed_since"),
        (None, MAYA, "no_such_swap"),
    ],
)
def test_who_was_asked_swaps_once_in_time_and_while_both_shifts_are_theirs(
    asked: Swap | None, who: Person, reason: str
) -> None:
    assert may_answer(asked, who, Rota(ROTATION), yes=True, now=NOW).reason == reason


@pytest.mark.parametrize(
    ("give", "back", "due"),
    [
        (Stretch(NOW + 9 * DAY, NOW + 10 * DAY), None, NOW + PATIENCE),
        (Stretch(NOW + DAY, NOW + 2 * DAY), None, NOW + DAY),
        (Stretch(NOW + 9 * DAY, NOW + 10 * DAY), Stretch(NOW + HOUR, NOW + DAY), NOW + HOUR),
        (Stretch(NOW - DAY, NOW + HOUR), None, NOW + HOUR),
    ],
    ids=["two days", "before it begins", "before the one in return begins", "before the end of what runs already"],
)
def test_an_answer_is_waited_for_while_it_is_worth_something(
    give: Stretch, back: Stretch | None, due: datetime
) -> None:
    assert due_of(give, back, NOW) == due


def test_what_moves_is_told_as_one_where_it_touches() -> None:
    def given(number: int, start: datetime, end: datetime) -> Change:
        return Change(number, Layer.OVERRIDE, Why.OVERRIDE, DutyRole.PRIMARY, "maya", start, end, NOW)

    halves = [
        given(1, NOW + DAY, NOW + 2 * DAY),
        given(2, NOW + 2 * DAY, NOW + 3 * DAY),
        given(3, NOW + 5 * DAY, NOW + 6 * DAY),
    ]
    found = moves(Rota(ROTATION), Rota(ROTATION, changes=halves), Stretch(NOW, NOW + 14 * DAY))
    spans = [Stretch(NOW + DAY, NOW + 3 * DAY), Stretch(NOW + 5 * DAY, NOW + 6 * DAY)]
    assert [each for each in found if each.role is DutyRole.PRIMARY] == [
        Move(span, DutyRole.PRIMARY, "jonas", "maya") for span in spans
    ]


def test_who_is_replaced_and_has_nothing_in_return_is_named() -> None:
    assert instead_of([move(0, "maya"), move(1, "leo")]) == ", instead of {person:jonas}"
    swapped = [move(0, "maya"), Move(WEEK, DutyRole.PRIMARY, "maya", "jonas")]
    assert instead_of(swapped) == ""
    assert instead_of([move(0, "maya", DutyRole.SHADOW)]) == ""
    assert left_alone([move(0, "maya"), move(1, None), move(2, None, DutyRole.SHADOW)]) == [move(1, None).span]
