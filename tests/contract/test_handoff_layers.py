"""Each layer of a rotation hands over by its own shifts."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from core.config.load import Config
from core.db.database import Database
from core.oncall import store
from tests.oncall_support import (
    HANDOFF,
    TEAM,
    audit_rows,
    config,
    draft_due,
    handoffs,
    outbox_rows,
)
from workflows.hand_off import chase

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]

DAY_LAYER = {
    "id": "day",
    "members": ["leo", "jonas"],
    "handoff": {"on": "monday", "at": "09:00"},
    "during": [{"days": WEEKDAYS, "from": "09:00", "to": "17:00"}],
}

LATE_LAYER = {
    "id": "late",
    "members": ["leo", "jonas", "maya", "amina"],
    "every": "1d",
    "handoff": {"at": "17:00"},
    "during": [{"days": WEEKDAYS, "from": "17:00", "to": "20:00"}],
}


def layered(*layers: dict[str, Any]) -> Config:
    return config(rotations=[{**TEAM["rotations"][0], "layers": list(layers)}])


def handed_over(database: Database, team: Config, start: datetime, days: int) -> list[tuple[str, str, str]]:
    """What is drafted in so many days, looked at every hour, after what lies before them."""
    with database.write() as session:
        draft_due(session, team, start)
    before = {row.id for row in handoffs(database)}
    for hour in range(1, 24 * days + 1):
        with database.write() as session:
            draft_due(session, team, start + timedelta(hours=hour))
    return [(row.layer, row.outgoing, row.incoming) for row in handoffs(database) if row.id not in before]


def test_each_layer_hands_over_by_its_own_shifts(database: Database) -> None:
    found = handed_over(database, layered(DAY_LAYER), HANDOFF - timedelta(hours=12), 14)
    assert sorted(found) == [
        ("day", "jonas", "leo"),
        ("day", "leo", "jonas"),
        ("flights", "amina", "maya"),
        ("flights", "maya", "jonas"),
    ]
    with database.read() as session:
        latest = store.latest_handoffs(session, "flights", "day")
        assert [(row.shift_start, row.shift_end) for row in latest[:2]] == [
            (HANDOFF, HANDOFF + timedelta(weeks=1)),
            (HANDOFF - timedelta(weeks=1), HANDOFF),
        ]
        message = outbox_rows(database)
    assert len({row.key for row in message if row.kind == "handoff"}) == len(handoffs(database))


def test_a_daily_layer_hands_over_daily_and_across_the_weekend(database: Database) -> None:
    found = handed_over(database, layered(LATE_LAYER), HANDOFF - timedelta(days=4), 7)
    late = [each[1:] for each in found if each[0] == "late"]
    assert len(late) == 5, "from Thursday to Wednesday, and from Friday to Monday once"
    assert all(before[1] == after[0] for before, after in pairwise(late)), "each takes over from the one before"


def test_a_layer_without_handoffs_opens_none(database: Database) -> None:
    found = handed_over(database, layered({**LATE_LAYER, "handoffs": False}), HANDOFF - timedelta(days=4), 7)
    assert {layer for layer, _, _ in found} == {"flights"}


def test_a_newer_handoff_of_another_layer_overtakes_nothing(database: Database) -> None:
    team = layered(DAY_LAYER)
    with database.write() as session:
        assert draft_due(session, team, HANDOFF) == 2
        assert chase(session, team, HANDOFF + timedelta(minutes=31)) == 2
    reminders = [row for row in audit_rows(database) if row[1] == "handoff.chase"]
    assert len(reminders) == 2
