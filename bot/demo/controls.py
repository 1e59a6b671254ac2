"""The clock bar of the page: pause, play, speed, and jumps to the next thing worth seeing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo import store
from bot.demo.simulation import Simulation
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.schedule import shift_at

BEAT_S = 0.2
"""How often the clock moves on while it plays."""

FARTHEST = timedelta(days=60)
"""How far a jump looks for its event."""

SPEEDS = (1.0, 6.0, 12.0, 24.0)
"""Simulated hours a real second."""

_ACTIONS = (("next_event", "Next event"), ("shift_end", "Shift end"), ("monday", "Monday"))


class DemoControls:
    """Owns the time of the demo: one task moves it, the page asks it to play, pause or jump.

    While a page or an approval waits for the visitor, time stands still, whatever was asked.
    """

    def __init__(self, simulation: Simulation, clock: SimulatedClock, database: Database, config: Config) -> None:
        self._simulation = simulation
        self._clock = clock
        self._database = database
        self._config = config
        self._running = True
        self._speed = SPEEDS[2]
        self._waiting: str | None = None
        self._story: list[store.Chapter] = []
        self._marks: tuple[int, ...] = ()
        self._jump: Callable[[], Awaitable[str | None]] | None = None

    def state(self) -> dict[str, Any]:
        """What the clock bar shows (see `bot.workspace.controls`)."""
        return {
            "now": self._clock.now().astimezone(self._zone).isoformat(),
            "running": (self._running or self._jump is not None) and self._waiting is None,
            "speed": self._speed,
            "speeds": list(SPEEDS),
            "waiting_for": self._waiting,
            "actions": [{"id": action, "label": label} for action, label in _ACTIONS],
            "story": [{"label": chapter.label, "done": chapter.done} for chapter in self._story],
        }

    async def act(self, action: str, value: str | None) -> None:
        """Do what the visitor asked for; raises ValueError for something else than the bar offers."""
        if action in ("play", "pause"):
            self._running, self._jump = action == "play", None
        elif action == "speed":
            self._speed = _speed(value)
        elif action == "next_event":
            self._jump = self._next_event
        elif action == "shift_end":
            self._jump = lambda: self._until(self._shift_end())
        elif action == "monday":
            self._jump = lambda: self._until(self._monday())
        else:
            raise ValueError(
                f"the clock cannot “{action}”; it knows play, pause, speed, next_event, shift_end, monday"
            )

    async def run(self) -> None:
        """Move time until cancelled."""
        await self._look()
        while True:
            if self._jump is not None and self._waiting is None:
                jump = self._jump
                await jump()
                self._running = False if self._jump is jump else self._running
                self._jump = None
            elif self._running and self._waiting is None:
                await self._until(self._clock.now() + timedelta(hours=self._speed * BEAT_S))
            await self._simulation.creep()
            await self._look()
            await asyncio.sleep(BEAT_S)

    async def _until(self, instant: datetime) -> str | None:
        return await self._simulation.advance(instant, self._look)

    async def _next_event(self) -> str | None:
        await self._look()
        before = self._marks

        async def something() -> str | None:
            waiting = await self._look()
            return waiting or ("an event" if self._marks != before else None)

        return await self._simulation.advance(self._clock.now() + FARTHEST, something)

    async def _look(self) -> str | None:
        """Read where the story is; what the clock waits for, if it does. A pause or another jump ends this one."""
        self._waiting, self._story, self._marks = await self._database.fetch(
            lambda session: (store.waiting(session), store.story(session), store.marks(session))
        )
        return self._waiting

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._config.team.rotations[0].timezone)

    def _shift_end(self) -> datetime:
        return shift_at(self._config.team.rotations[0], self._clock.now()).end + timedelta(minutes=1)

    def _monday(self) -> datetime:
        """The next Monday, just after the failure review is posted."""
        local = self._clock.now().astimezone(self._zone)
        monday = local.replace(hour=10, minute=1, second=0, microsecond=0) + timedelta(days=-local.weekday() % 7)
        return monday if monday > local else monday + timedelta(days=7)


def _speed(value: str | None) -> float:
    try:
        wanted = float(value or "")
    except ValueError:
        wanted = -1.0
    if wanted not in SPEEDS:
        raise ValueError(f"“{value}” is no speed; choose {', '.join(f'{s:g}' for s in SPEEDS)} (hours a second)")
    return wanted
