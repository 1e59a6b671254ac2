"""Who may change a rota, and how a change is told."""

from datetime import UTC, datetime, timedelta

import pytest

from core.config.team import Person, Role
from core.oncall.changes import Move, Stretch, consequence, may_be_away
from core.oncall.rota_tables import DutyRole

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = Stretch(NOW + timedelta(days=1), NOW + timedelta(days=8))
MAYA = Person(id="maya", name="Maya", slack="U01MAYA", roles={Role.RESPONDER})
GUEST = Person(id="guest", name="Guest", slack="U02GUEST", roles=set())


def move(day: int, now: str | None, role: DutyRole = DutyRole.PRIMARY) -> Move:
    start = NOW + timedelta(days=day)
    return Move(Stretch(start, start + timedelta(days=1)), role, "jonas", now)


@pytest.mark.parametrize(
    ("moves", "last"),
    [(3, "on call from"), (4, "on call from"), (5, "and 1 more change."), (6, "and 2 more changes.")],
)
def test_four_changes_are_told_and_the_others_are_counted(moves: int, last: str) -> None:
    told = consequence([move(day, "maya") for day in range(moves)])
    assert told.count("is on call") == min(moves, 4)
    assert last in told.split("; ")[-1]


def test_nobody_in_the_place_of_a_primary_is_no_change_that_is_counted() -> None:
    told = consequence([move(day, "maya" if day < 4 else None) for day in range(9)])
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
