"""The trail of alerts that were deleted goes when the team says so, and nothing else of it."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from core.db.database import Database
from tests.retention_support import ALERTS, DAY, MESSAGES, PRESENT, Tables, live, now_in, rounds, seen, team
from workflows.retention.forgotten import forgotten

KEPT = 400
CONFIG = team(alerts=f"{ALERTS}d", messages=f"{MESSAGES}d", trail=f"{KEPT}d")


def there(world: Tables) -> set[tuple[str, str]]:
    """The alerts and pages that there are, as the trail names them."""
    tables = {"alert_group": "alert_group", "page": "page"}
    return {(kind, str(row["id"])) for kind, name in tables.items() for row in world[name].values()}


def about_gone(world: Tables, before: datetime) -> set[object]:
    """Old entries about alerts and pages that are gone, told from the rows alone."""
    left = there(world)
    return {
        row["id"]
        for row in world["audit"].values()
        if row["subject_kind"] in ("alert_group", "page")
        and row["at"] < before
        and (row["subject_kind"], row["subject_id"]) not in left
    }


@pytest.mark.parametrize("seed", [6, pytest.param(7, marks=pytest.mark.slow)])
def test_only_what_is_about_deleted_alerts_goes(database: Database, seed: int) -> None:
    with database.write() as session:
        live(session, CONFIG, seed)
    before = now_in(database)
    rounds(database, CONFIG, PRESENT)
    after = now_in(database)
    gone = {row["id"] for row in before["audit"].values()} - {row["id"] for row in after["audit"].values()}
    expected = about_gone({**after, "audit": before["audit"]}, PRESENT - KEPT * DAY)
    assert 10 < len(gone) < len(before["audit"])
    assert gone == expected - {max(row["id"] for row in before["audit"].values())}
    with database.read() as session:
        shown = seen(session, CONFIG, PRESENT)
        assert shown, "all that stays can be drawn"
        check_what_is_said(session, before, after)


def check_what_is_said(session: Session, before: Tables, after: Tables) -> None:
    known, left = ({row["id"] for row in world["alert_group"].values()} for world in (before, after))
    assert known - left
    for number in known:
        said = forgotten(session, CONFIG, number)
        assert said == (
            ""
            if number in left
            else f"Alert *{number}* was deleted: alerts are deleted 100 days after they have ended."
        )
    assert forgotten(session, CONFIG, max(known) + 1) == ""
