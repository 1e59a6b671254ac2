"""Tickets sorted by topic, as texts: a new way to pay is taken for refunds, which shows before labels do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.alerts.tables import GroupStatus
from core.clock import SimulatedClock
from core.config.metric import Task
from core.db.database import Database
from core.evaluation.windows import Window
from tests.evaluation_support import groups
from tests.slack_support import FLIGHTS, LEO, Desk, desk, shown
from tests.steps_support import DirectSteps
from tests.tasks_support import DAY, START, config_of, keep, log_of
from workflows.answer_evaluation import SLO_BREACHED
from workflows.evaluate import evaluate, evaluate_at
from workflows.ports import Workshop
from workflows.review import review_week

pytestmark = pytest.mark.slow
BAD = 46


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[tuple[Desk, Workshop]]:
    keep(log_of(Task.MULTICLASS, BAD + 3, [BAD]), Task.MULTICLASS, tmp_path)
    slo = {"metric": "f1", "objective": 0.75}
    config, clock = config_of(Task.MULTICLASS, tmp_path, slo=slo), SimulatedClock(START + BAD * DAY)
    async with desk(sqlite_database, config, clock, tmp_path) as running:
        tools = Workshop(
            sqlite_database, config, clock, tmp_path, running.registry, running.deps.log, lambda _: None
        )
        yield running, tools


async def test_topics_are_judged_called_and_gone_through(at: tuple[Desk, Workshop]) -> None:
    running, tools = at
    steps, pipeline = DirectSteps(), tools.config.pipeline("flights")
    end = START + (BAD + 1) * DAY
    running.clock.advance_to(end)
    await evaluate(steps, tools, {"pipeline": "flights", "at": end.isoformat()})
    await running.deliver()
    (before,) = [
        each for each in running.workspace.messages(FLIGHTS) if "Ticket topics* · Sat 16 Feb" in shown(each)
    ]
    assert "With all labels: " in shown(before)
    assert "Chance of a miss" in shown(before)
    with running.database.read() as session:
        (group,) = [each for each in groups(session) if SLO_BREACHED in each.key]
    assert group.title == "Ticket topics: F1 expected below objective on Sat 16 Feb", "so many refunds are odd"

    running.clock.advance_to(end + DAY)
    await evaluate_at(steps, tools, pipeline, Window(end - DAY, end), end + DAY)
    await running.deliver()
    with running.database.read() as session:
        (group,) = [each for each in groups(session) if SLO_BREACHED in each.key]
    assert group.status == GroupStatus.FIRING
    (message,) = [each for each in running.workspace.messages(FLIGHTS) if "F1 expected below" in shown(each)]
    assert "points below the objective of 75.0%." in shown(message), "now it is a fact"
    evidence = next(text for text in running.replies(FLIGHTS, message) if "Evidence" in text)
    assert "predicted refund (score " in evidence
    assert "was billing:" in evidence
    assert "*F1* at least 75.0%: F1 was " in await running.slash(LEO, "/model", "slo")

    assert pipeline.review is not None
    week = Window(end - 6 * DAY, end + DAY)
    await review_week(steps, tools, pipeline, pipeline.review, week, end + DAY)
    await running.deliver()
    (review,) = [each for each in running.workspace.messages(FLIGHTS) if "failure review" in shown(each)]
    card = running.replies(FLIGHTS, review)[0]
    assert "Predicted *" in card
    assert "with score " in card
