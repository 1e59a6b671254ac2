"""A busy team's week: every call, every handoff and every digest, at its instant and to its people."""

import pytest
from sqlalchemy import select

from bot.slack.limits import fit_message
from bot.slack.render import Renderer
from core.db.database import Database
from core.outbox.tables import OutboxRow
from tests.busy_week import (
    DAY,
    MONDAY,
    WEEK,
    Ledger,
    expected_calls,
    expected_digests,
    expected_people,
    replay,
)
from tests.databases import fresh_sqlite


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return fresh_sqlite(tmp_path_factory.mktemp("week") / "goldilocks.db")


@pytest.fixture(scope="module")
def week(database: Database) -> Ledger:
    return replay(database, seed=7, count=150)


def test_every_call_is_made_at_its_instant_and_no_other_is(week: Ledger) -> None:
    for incident in week.incidents:
        made = [(call.at, call.step) for call in week.calls.get(incident.number, ())]
        assert made == expected_calls(incident), incident


def test_every_call_reaches_who_is_on_call_then(week: Ledger) -> None:
    for incident in week.incidents:
        for call in week.calls.get(incident.number, ()):
            assert sorted(call.people) == expected_people(incident, call.at, call.step), (incident, call.step)


def test_the_week_had_what_it_is_to_be_tested_with(week: Ledger) -> None:
    steps = {len(calls) for calls in week.calls.values()}
    assert steps >= {1, 2, 3, 4, 5, 6}, "from answered at once to nobody ever answered"
    assert any(each.severity == "info" and each.number not in week.calls for each in week.incidents)


def test_every_shift_is_handed_over_once_and_accepted_by_who_comes_next(week: Ledger) -> None:
    def of(rotation: str) -> list[tuple[object, str, str]]:
        return [(row.shift_end, row.outgoing, row.incoming) for row in week.handoffs if row.rotation == rotation]

    assert of("flights") == [(MONDAY, "amina", "maya"), (MONDAY + WEEK, "maya", "jonas")] or of("flights") == [
        (MONDAY - WEEK, "jonas", "amina"),
        (MONDAY, "amina", "maya"),
        (MONDAY + WEEK, "maya", "jonas"),
    ]
    days = [(MONDAY + n * DAY, *(("leo", "maya") if n % 2 else ("maya", "leo"))) for n in range(1, 8)]
    assert [row for row in of("data") if row[0] > MONDAY] == days
    assert all(row.accepted_at is not None for row in week.handoffs)


def test_each_morning_tells_what_the_day_came_to(week: Ledger) -> None:
    expected = expected_digests(week.incidents)
    assert [digest.ends_at for digest in week.digests] == list(expected)
    for digest in week.digests:
        want, told = expected[digest.ends_at], digest.content
        assert {name: told[name] for name in ("opened", "resolved", "open", "quiet")} == {
            name: want[name] for name in ("opened", "resolved", "open", "quiet")
        }
        assert {line["title"]: line["count"] for line in told["lines"]} == want["kinds"]


def test_a_handoff_counts_what_its_shift_saw(week: Ledger) -> None:
    last = next(row for row in week.handoffs if row.rotation == "flights" and row.shift_end == MONDAY + WEEK)
    # The route of quiet alerts comes first in the file, and names no rotation: they are the catch-all's.
    mine = [each for each in week.incidents if each.team == "flights" or each.severity == "info"]
    assert last.report["counts"]["alerts"] == len(mine)
    assert last.report["counts"]["calls"] == sum(len(expected_calls(each)) for each in mine)


def test_every_message_of_the_week_can_be_drawn_and_fits(database: Database, week: Ledger) -> None:
    renderer = Renderer(week.config)
    with database.read() as session:
        rows = session.scalars(select(OutboxRow)).all()
        assert len(rows) > len(week.incidents)
        for row in rows:
            if row.kind == "pager":
                continue
            drawn = renderer.render(session, row)
            assert drawn is not None, row.kind
            fit_message(**drawn.content())
