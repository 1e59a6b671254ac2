"""Labels come a day late, and for a week the model fails: who hears of it, when, how often, and that it is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.workspace.messages import Message
from core.alerts.tables import AlertGroup, GroupStatus
from core.clock import SimulatedClock
from core.db.database import Database
from tests.evaluation_support import groups
from tests.late_labels_support import DAY, START, Fault, What, config_of, keep, payments
from tests.slack_support import FLIGHTS, LEO, Desk, desk, shown
from tests.steps_support import DirectSteps
from workflows.answer_evaluation import SLO_BREACHED
from workflows.evaluate import evaluate
from workflows.ports import Workshop

pytestmark = pytest.mark.slow
FIRST, UNTIL = 62, 69
CENTS, MEANING = Fault(What.CENTS, FIRST, UNTIL), Fault(What.MEANING, FIRST, UNTIL)


@pytest.fixture
async def at(
    sqlite_database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Desk, Workshop]]:
    """A team whose log has this fault, on the day before it begins."""
    keep(payments(76, request.param), tmp_path)
    config, clock = config_of(tmp_path), SimulatedClock(START + FIRST * DAY)
    async with desk(sqlite_database, config, clock, tmp_path) as running:
        tools = Workshop(
            sqlite_database, config, clock, tmp_path, running.registry, running.deps.log, lambda _: None
        )
        yield running, tools


async def end_of(day: int, at: tuple[Desk, Workshop]) -> list[AlertGroup]:
    """That day ends: it is evaluated, and Slack hears of it. The alerts about the objective that there are by then."""
    running, tools = at
    now = max(START + (day + 1) * DAY, running.clock.now())
    running.clock.advance_to(now)
    await evaluate(DirectSteps(), tools, {"pipeline": "flights", "at": (START + (day + 1) * DAY).isoformat()})
    await running.deliver()
    with running.database.read() as session:
        return [each for each in groups(session) if SLO_BREACHED in each.key]


def alerts(running: Desk) -> list[Message]:
    """The messages about the objective, as they look now."""
    return [each for each in running.workspace.messages(FLIGHTS) if "below objective" in shown(each)]


async def the_rest_of_it(at: tuple[Desk, Workshop]) -> None:
    """The fault goes on to its end, and a week after it: one alert, which ends once labels have kept the objective."""
    running, _ = at
    told = len(pages(running))
    for day in range(FIRST + 2, UNTIL):
        (group,) = await end_of(day, at)
        assert group.status == GroupStatus.FIRING, day
    assert len(pages(running)) == told, "nobody is called again for what goes on"
    ended = [(await end_of(day, at))[-1].status == GroupStatus.RESOLVED for day in range(UNTIL, UNTIL + 6)]
    assert not ended[0], "its own labels are to come"
    assert ended[2:] == [True] * 4
    (message,) = alerts(running)
    assert "Resolved" in shown(message)


def pages(running: Desk) -> list[str]:
    """Who was called in the thread of the alert."""
    (message,) = alerts(running)
    return [text for text in running.replies(FLIGHTS, message) if "<@" in text]


@pytest.mark.parametrize("at", [CENTS], indirect=True)
async def test_broken_values_call_on_the_day_itself(at: tuple[Desk, Workshop]) -> None:
    running, _ = at
    assert await end_of(FIRST - 1, at) == []
    (group,) = await end_of(FIRST, at)
    assert group.title == "Payments: accuracy expected below objective on Mon 4 Mar"
    (message,) = alerts(running)
    said = shown(message)
    assert "What is wrong with amount is expected to move the accuracy from 8" in said
    assert "the objective is at least 80.0%. It cannot be estimated: " in said
    assert len(pages(running)) == 1
    await end_of(FIRST + 1, at)
    assert "Accuracy was 2" in shown(alerts(running)[0])
    await the_rest_of_it(at)


@pytest.mark.parametrize("at", [MEANING], indirect=True)
async def test_what_only_labels_show_calls_when_the_first_of_them_are_in(at: tuple[Desk, Workshop]) -> None:
    running, _ = at
    assert await end_of(FIRST, at) == [], "no label and no feature shows it yet"
    answer = await running.slash(LEO, "/model", "labels")
    assert "expected to be in: 99% by " in answer, "each label takes a day, give or take a hundredth"
    assert "nearly all of these probably by <!date^13625" in answer, "about 23 hours from now"
    (group,) = await end_of(FIRST + 1, at)
    assert group.title == "Payments: accuracy below objective on Mon 4 Mar"
    (message,) = alerts(running)
    said = shown(message)
    assert " on Mon 4 Mar, the last window with its labels; the objective is at least 80.0%." in said
    assert "Whether that goes on cannot be estimated: " in said
    assert len(pages(running)) == 1
    await the_rest_of_it(at)
