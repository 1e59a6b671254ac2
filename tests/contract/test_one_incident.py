"""What one window finds is one alert: the objective's where that calls, its own where nobody would see it there."""

from typing import Any

import pytest
from sqlalchemy import select

from core.alerts.tables import AlertGroup
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.evaluation.finding import GAP
from tests.tuning_support import DAY, DRIFT, START, evaluated
from workflows.quieten import SilenceRequest
from workflows.quieten import add as add_silence

OBJECTIVE, DATA, LIVE = "SloBreached", "DataCheck", "OfflineOnlineGap"
GAPPED = {"check": GAP, "kind": "hard", "score": 4.0, "reason": "v1 fell short live.", "response": "Roll back."}
MISS, CALM = 0.95, 0.01


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


def drift(since: int) -> dict[str, Any]:
    return DRIFT | {"reason": "dest differs.", "since": (START + since * DAY).isoformat()}


async def test_what_a_missing_window_finds_is_told_in_its_alert(database: Database, config: Config) -> None:
    opened, _ = evaluated(database, config, 1, risk=MISS, findings=[drift(1), drift(1), GAPPED])
    assert opened == [OBJECTIVE]
    with database.read() as session:
        (group,) = session.scalars(select(AlertGroup))
    assert group.summary.endswith(" v1 fell short live. dest differs. And 1 more.")


async def test_the_alert_names_the_slice_by_what_it_was_found_by(database: Database, config: Config) -> None:
    north = {"name": "region north", "worse": True, "found": "finds 0 of 24 positives, usually 12 to 20"}
    evaluated(database, config, 1, risk=0.0, state="breached", reason="Accuracy was 50.0%.", slices=[north])
    with database.read() as session:
        (group,) = session.scalars(select(AlertGroup))
    assert (
        group.summary
        == "Accuracy was 50.0%. Worst where region north: it finds 0 of 24 positives, usually 12 to 20."
    )


@pytest.mark.parametrize(("finding", "name"), [(drift(1), DATA), (GAPPED, LIVE)])
async def test_it_is_not_told_again_while_that_goes_on_and_by_itself_after(
    database: Database, config: Config, finding: dict[str, Any], name: str
) -> None:
    for day, hour in ((1, 0), (1, 2), (2, 0), (4, 0)):
        assert evaluated(database, config, day, risk=MISS, findings=[finding], hour=hour)[0] == [OBJECTIVE]
    lately = {"last": {"start": (START + 4 * DAY).isoformat(), "kept": True}}
    assert evaluated(database, config, 5, risk=CALM, findings=[finding], summary={"lately": lately})[0] == [name]


@pytest.mark.parametrize(("finding", "name"), [(drift(2), DATA), (GAPPED, LIVE)])
async def test_what_begins_under_a_known_alert_is_news(
    database: Database, config: Config, finding: dict[str, Any], name: str
) -> None:
    evaluated(database, config, 1, risk=MISS)
    for day in (2, 3):
        assert evaluated(database, config, day, risk=MISS, findings=[finding])[0] == sorted([OBJECTIVE, name])


async def test_what_was_told_before_the_objective_fell_stays_where_it_is(
    database: Database, config: Config
) -> None:
    assert evaluated(database, config, 1, risk=CALM, findings=[drift(1), GAPPED])[0] == [DATA, LIVE]
    assert evaluated(database, config, 2, risk=MISS, findings=[drift(1), GAPPED])[0] == [DATA, LIVE, OBJECTIVE]
    assert evaluated(database, config, 3, risk=MISS)[0] == [LIVE, OBJECTIVE], (
        "a gap does not end by silence about it"
    )


async def test_a_silence_of_the_objective_hides_nothing_else(database: Database, config: Config) -> None:
    with database.write() as session:
        only = {"name": "alertname", "value": OBJECTIVE, "isRegex": False, "isEqual": True}
        quiet = SilenceRequest([only], START, START + 9 * DAY, "maya", "known")
        add_silence(session, quiet, "maya", START)
    assert evaluated(database, config, 1, risk=MISS, findings=[drift(1)])[0] == [DATA, OBJECTIVE]
