"""The clock bar: time moves for whoever looks, waits for people, and obeys a pause at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from bot.demo.controls import DemoControls
from bot.demo.simulation import Simulation, Waits
from core.approvals.tables import Approval
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database

HOUR = timedelta(hours=1)


@dataclass
class Hours:
    """A world in which hours go by, and something may happen in each."""

    clock: SimulatedClock
    happens: dict[datetime, Callable[[], Any]] = field(default_factory=dict)

    async def advance(self, until: datetime, waits: Waits) -> str | None:
        while (waiting := await waits()) is None and self.clock.now() < until:
            self.clock.advance_to(min(self.clock.now() + HOUR, until))
            self.happens.get(self.clock.now(), lambda: None)()
            await asyncio.sleep(0)
        return waiting

    async def creep(self) -> None:
        """No message waits here."""


class Quiet:
    """A runtime and a sender that have nothing to do."""

    async def next_due(self) -> None:
        return None

    async def tick(self) -> None: ...

    async def dispatch(self) -> None: ...

    async def settled(self) -> None: ...

    async def drain(self, _now: datetime) -> int:
        return 0

    async def hour(self, _start: datetime) -> tuple[int, int]:
        return 0, 0


async def test_the_replica_says_that_it_lives_however_far_time_jumps(clock: SimulatedClock) -> None:
    said: list[datetime] = []

    async def lives() -> None:
        said.append(clock.now())

    async def nobody() -> None:
        return None

    quiet: Any = Quiet()
    began = clock.now()
    await Simulation(clock, quiet, quiet, quiet, lives=lives).advance(began + 44 * HOUR, nobody)
    assert said[-1] == clock.now() == began + 44 * HOUR
    assert max(later - before for before, later in pairwise([began, *said])) <= HOUR


@dataclass
class Bar:
    """The controls with the world behind them."""

    controls: DemoControls
    hours: Hours
    hub: Any
    database: Database
    clock: SimulatedClock
    config: Config

    async def until(self, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Let time move until the bar shows what is expected."""
        task = asyncio.create_task(self.controls.run())
        try:
            async with asyncio.timeout(60):
                while not reached(self.controls.state()):  # noqa: ASYNC110 - the page polls it as well
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        return self.controls.state()

    def ask_for_rollback(self) -> None:
        now = self.clock.now()
        row = Approval(
            pipeline="flights", action="roll_back", requested_by="maya", requested_at=now, due_at=now + 4 * HOUR,
            from_version=2, to_version=1, evidence={}, channel="flights",
        )  # fmt: skip
        with self.database.write() as session:
            session.add(row)

    def decide(self) -> None:
        with self.database.write() as session:
            session.query(Approval).update({"status": "approved"})


@pytest.fixture
def bar(sqlite_database: Database, config: Config, clock: SimulatedClock) -> Bar:
    hours, hub = Hours(clock), SimpleNamespace(people={"U0MAYA"})
    app = SimpleNamespace(database=sqlite_database, config=config)
    stage: Any = SimpleNamespace(workspace=SimpleNamespace(hub=hub), clock=clock, app=app)
    simulation: Any = hours
    return Bar(DemoControls(simulation, stage), hours, hub, sqlite_database, clock, config)


async def test_time_stands_still_while_nobody_looks(bar: Bar) -> None:
    bar.hub.people = set()
    began = bar.clock.now()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await bar.controls.run()
    assert bar.clock.now() == began


async def test_a_request_stops_the_clock_and_names_who_can_decide(bar: Bar) -> None:
    at = bar.clock.now() + 3 * HOUR
    bar.hours.happens[at] = bar.ask_for_rollback
    await bar.controls.act("next_event", None)
    shown = await bar.until(lambda state: state["waiting_for"] is not None)
    assert shown["waiting_for"] == "Waiting for Jonas or Amina to decide the rollback"
    assert shown["waiting_on"] == ["U0JONAS", "U0AMINA"]
    assert all(action["disabled"] for action in shown["actions"])
    assert bar.clock.now() == at


async def test_after_waiting_time_goes_on_only_when_asked(bar: Bar) -> None:
    bar.ask_for_rollback()
    await bar.controls.act("play", None)
    await bar.until(lambda state: state["waiting_for"] is not None)
    await bar.controls.act("monday", None)  # dropped: somebody has to decide first
    bar.decide()
    shown = await bar.until(lambda state: state["waiting_for"] is None)
    assert not shown["running"]


async def test_who_acts_and_jumps_at_once_is_not_ignored(bar: Bar) -> None:
    bar.ask_for_rollback()
    await bar.until(lambda state: state["waiting_for"] is not None)
    bar.decide()
    began = bar.clock.now()
    await bar.controls.act("monday", None)  # before the next beat could look
    await bar.until(lambda state: not state["running"])
    assert bar.clock.now() > began


@dataclass
class LateDatabase:
    """Reads at once, and hands over what it read when it may."""

    database: Database
    may: asyncio.Event

    async def fetch(self, work: Callable[[Any], Any]) -> Any:
        found = await self.database.fetch(work)
        await self.may.wait()
        return found


@pytest.mark.parametrize("wish", ["play", "monday"])
async def test_a_wish_is_not_dropped_by_what_was_read_before_it(bar: Bar, wish: str) -> None:
    """On a busy machine a reading that still knows of the request comes in after the press."""
    bar.ask_for_rollback()
    late = LateDatabase(bar.database, asyncio.Event())
    stage: Any = SimpleNamespace(
        workspace=SimpleNamespace(hub=bar.hub),
        clock=bar.clock,
        app=SimpleNamespace(database=late, config=bar.config),
    )
    hours: Any = bar.hours
    slow = Bar(DemoControls(hours, stage), bar.hours, bar.hub, bar.database, bar.clock, bar.config)
    moving = asyncio.create_task(slow.controls.run())
    await asyncio.sleep(0.2)  # its first reading is on the way
    bar.decide()
    pressed = asyncio.create_task(slow.controls.act(wish, None))
    await asyncio.sleep(0.05)
    late.may.set()
    await pressed
    began = bar.clock.now()
    async with asyncio.timeout(10):
        while bar.clock.now() == began:  # noqa: ASYNC110 - time moves by itself
            await asyncio.sleep(0.01)
    moving.cancel()


async def test_a_pause_ends_a_jump_on_the_way(bar: Bar) -> None:
    at = bar.clock.now() + 30 * HOUR
    pauses: list[Any] = []
    bar.hours.happens[at] = lambda: pauses.append(asyncio.ensure_future(bar.controls.act("pause", None)))
    await bar.controls.act("next_event", None)
    shown = await bar.until(lambda state: bool(pauses) and not state["running"])
    assert bar.clock.now() <= at + HOUR
    assert shown["waiting_for"] is None


async def test_a_wrong_wish_is_refused(bar: Bar) -> None:
    with pytest.raises(ValueError, match="cannot “fly”"):
        await bar.controls.act("fly", None)
    with pytest.raises(ValueError, match="no speed"):
        await bar.controls.act("speed", "7")


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_demo(bar: Bar) -> None:
    bar.ask_for_rollback()
    with bar.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE approval RENAME TO gone")
    moving = asyncio.create_task(bar.controls.run())
    await asyncio.sleep(0.3)
    assert not moving.done()
    assert bar.controls.state()["waiting_for"] is None
    with bar.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO approval")
    async with asyncio.timeout(60):
        while bar.controls.state()["waiting_for"] is None:  # noqa: ASYNC110 - the page polls it as well
            await asyncio.sleep(0.01)
    moving.cancel()
    with suppress(asyncio.CancelledError):
        await moving
