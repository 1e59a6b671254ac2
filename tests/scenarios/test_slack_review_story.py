"""A week's failure review, from its message to a slice that is tracked."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, Field
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.evaluation import store as evaluations
from tests.people_support import alerted, view_of
from tests.slack_support import (
    FLIGHTS,
    LEO,
    SOFIA,
    Desk,
    shown,
)
from workflows.review import open_review


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with alerted(sqlite_database, clock, tmp_path) as running:
        yield running


async def reviewed(at: Desk) -> Message:
    """A week with two cards to go through; its message."""
    now = at.clock.now()
    cards = [
        {
            "entity": f"EV {number}",
            "predicted_at": now.isoformat(),
            "features": {"origin": "EWR", "hour": 17},
            "score": 0.9,
            "prediction": 1,
            "label": 0,
        }
        for number in range(2)
    ]
    facts = {
        "pipeline": "flights",
        "week_start": (now - timedelta(days=7)).isoformat(),
        "week_end": now.isoformat(),
        "judged": 900,
        "wrong": 310,
        "cards": cards,
    }
    at.do(lambda s, c, instant: open_review(s, c, facts, instant))
    await at.deliver()
    return at.parent(FLIGHTS)


async def test_a_review_is_told_with_the_way_to_its_cards(at: Desk) -> None:
    parent = await reviewed(at)
    assert "310 of 900" in shown(parent)
    assert "Mon 4 Feb 2013 to Sun 10 Feb 2013" in shown(parent), "the days that it is about"
    place = f"/archives/{FLIGHTS}/p{parent.ts.replace('.', '')}"
    assert f"{place}|2 cards> to go" in await at.slash(SOFIA, "/review", "list")
    assert place in str((await at.home(LEO))["blocks"])
    assert "Failure review" not in str((await at.home(SOFIA))["blocks"]), "who may not decide has nothing to do"


async def test_review_cards_become_slices(at: Desk) -> None:
    parent = await reviewed(at)
    (first,) = at.thread(parent)
    await at.click(LEO, first, Action.CONFIRM_CARD)
    form = view_of(at, LEO)
    values = {
        Field.FAILURE_MODE: "WORLD_CHANGED",
        Field.SLICE_NAME: "Newark evenings",
        Field.SLICE_WHERE: "ship = 1",
    }
    wrong = await at.workspace.submit(LEO, form["id"], values)
    assert "There is no feature" in str(wrong.errors)
    right = await at.workspace.submit(LEO, form["id"], {**values, Field.SLICE_WHERE: "origin = EWR"})
    assert right.ok, right
    await at.deliver()
    with at.database.read() as session:
        (saved,) = evaluations.tracked_slices(session, "flights")
    assert (saved.name, saved.where) == ("Newark evenings", {"origin": "EWR"})
    second = at.thread(parent)[1]
    await at.click(LEO, second, Action.DISMISS_CARD)
    assert "All cards are decided" in shown(at.parent(FLIGHTS))
    await at.click(LEO, first, Action.DISMISS_CARD)
    assert "already" in at.told(LEO)
