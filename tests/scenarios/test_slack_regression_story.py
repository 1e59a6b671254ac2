"""Minutes until a delivery is there: a calm day, a strike that only labels show, and what the team hears of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.workspace.messages import Message
from core.alerts.tables import AlertGroup, GroupStatus
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

pytestmark = pytest.mark.slow
STRIKE = 46


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[tuple[Desk, Workshop]]:
    """A team whose log has a day of strike; labels come a day late."""
    keep(log_of(Task.REGRESSION, STRIKE + 4, [STRIKE]), Task.REGRESSION, tmp_path)
    slos = [
        {"name": "all deliveries", "objective": 7},
        {"name": "the hills", "objective": 8, "where": {"area": "hills"}},
    ]
    config, clock = config_of(Task.REGRESSION, tmp_path, slos=slos), SimulatedClock(START + STRIKE * DAY)
    async with desk(sqlite_database, config, clock, tmp_path) as running:
        tools = Workshop(
            sqlite_database, config, clock, tmp_path, running.registry, running.deps.log, lambda _: None
        )
        yield running, tools


async def end_of(day: int, at: tuple[Desk, Workshop]) -> list[AlertGroup]:
    """That day ends: it is evaluated, and Slack hears of it. The alerts about the objective that there are by then."""
    running, tools = at
    running.clock.advance_to(max(START + (day + 1) * DAY, running.clock.now()))
    await evaluate(DirectSteps(), tools, {"pipeline": "flights", "at": (START + (day + 1) * DAY).isoformat()})
    await running.deliver()
    with running.database.read() as session:
        return [each for each in groups(session) if SLO_BREACHED in each.key]


def messages(running: Desk, part: str) -> list[Message]:
    return [each for each in running.workspace.messages(FLIGHTS) if part in shown(each)]


async def test_a_strike_is_told_once_its_labels_are_in_and_ends_with_the_next_ones(
    at: tuple[Desk, Workshop],
) -> None:
    running, _ = at
    assert await end_of(STRIKE - 1, at) == []
    (calm,) = messages(running, "Delivery times* · Fri 15 Feb")
    assert "With all labels: 5." in shown(calm) or "With all labels: 6" in shown(calm), shown(calm)
    assert "Chance of a miss 1%." in shown(calm)
    assert await end_of(STRIKE, at) == [], "no feature shows it, and no label is in"

    (group,) = await end_of(STRIKE + 1, at)
    assert group.title == "Delivery times: MAE above objective on Sat 16 Feb"
    (message,) = messages(running, "MAE above objective")
    said = shown(message)
    assert "minutes on Sat 16 Feb, the last window with its labels; the objective is at most 7.5 minutes." in said
    called = [text for text in running.replies(FLIGHTS, message) if "<@" in text]
    assert len(called) == 1
    evidence = next(text for text in running.replies(FLIGHTS, message) if "Evidence" in text)
    assert "0 of 300 labels are in" in evidence

    (group,) = await end_of(STRIKE + 2, at)
    assert group.status == GroupStatus.RESOLVED, "the labels of the day after keep the objective"
    assert "Resolved" in shown(messages(running, "MAE above objective")[0])


async def test_every_question_is_answered_in_minutes(at: tuple[Desk, Workshop]) -> None:
    running, _ = at
    await end_of(STRIKE, at)
    running.clock.advance_to(START + (STRIKE + 2) * DAY)
    tools = at[1]
    window_end = START + (STRIKE + 1) * DAY
    pipeline = tools.config.pipeline("flights")
    await evaluate_at(DirectSteps(), tools, pipeline, Window(window_end - DAY, window_end), running.clock.now())
    await running.deliver()
    answers = {
        word: await running.slash(LEO, "/model", word) for word in ("slo", "why", "slices", "labels", "checks")
    }
    assert "*MAE* at most 7.5 minutes: MAE was 1" in answers["slo"]
    assert "minutes above the objective of 7.5 minutes." in answers["slo"]
    assert "*the hills*" in answers["slo"]
    assert ": MAE 6." in answers["slo"]
    assert "minutes over 28 days, objective at most 8 minutes" in answers["slo"]
    assert "95% interval 1" in answers["why"]
    assert "minutes" in answers["labels"]
    assert "the hills" in answers["slices"]
    assert "*the hills*: MAE " in answers["slices"]
    assert "minutes now, usually" in answers["slices"]
    assert "errors within" in answers["slices"]
    assert "score" not in answers["slices"]
    assert "3 columns looked at" in answers["checks"]
