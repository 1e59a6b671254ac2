"""A busy team's week: every call, every handoff and every digest, at its instant and to its people."""

from copy import deepcopy

import pytest
from sqlalchemy import select

from bot.slack.limits import fit_message
from bot.slack.render import Renderer
from core.db.database import Database
from core.outbox.tables import OutboxRow
from tests.busy_week import Ledger, replay
from tests.busy_week_checks import CHECKS
from tests.databases import fresh_sqlite


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return fresh_sqlite(tmp_path_factory.mktemp("week") / "goldilocks.db")


@pytest.fixture(scope="module")
def week(database: Database) -> Ledger:
    return replay(database, seed=7, count=60)


@pytest.mark.parametrize("check", CHECKS)
def test_everything_is_as_the_script_asks_for(week: Ledger, check: str) -> None:
    assert list(CHECKS[check](week)) == []


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_missing_is_found(week: Ledger, check: str) -> None:
    lost = deepcopy(week)
    lost.calls[next(iter(lost.calls))][0].people = ["nobody"]
    lost.calls.popitem()
    lost.digests.pop()
    lost.handoffs[-1].accepted_at = None
    assert list(CHECKS[check](lost)) != []


def test_the_week_had_what_it_is_to_be_tested_with(week: Ledger) -> None:
    steps = {len(calls) for calls in week.calls.values()}
    assert steps >= {1, 2, 3, 4, 5, 6}, "from answered at once to nobody ever answered"
    assert any(each.severity == "info" and each.number not in week.calls for each in week.incidents)


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
