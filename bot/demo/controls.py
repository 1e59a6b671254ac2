"""The clock bar of the page: pause, play, speed, and jumps to the next thing worth seeing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.demo import store, welcome
from bot.demo.simulation import Simulation, Waits
from bot.demo.stage import Stage
from core.oncall.schedule import shift_at

log = structlog.get_logger(__name__)

BEAT_S = 0.2
"""How often the clock moves on while it plays."""

FARTHEST = timedelta(days=60)
"""How far a jump looks for its event."""

SPEEDS = (1.0, 6.0, 12.0, 24.0)
"""Simulated hours a real second."""

NAMED = 2
"""How many names the bar has room for."""

_ACTIONS = (("next_event", "Next event"), ("shift_end", "Shift end"), ("monday", "Monday"))


Jump = Callable[[], Awaitable[str | None]]


class DemoControls:
    """Owns the time of the demo: one task moves it, the page asks it to play, pause or jump.

    Time stands still while nobody looks, and while a page or an approval waits for the visitor; afterwards it goes on
    when the visitor says so.
    """

    def __init__(self, simulation: Simulation, stage: Stage) -> None:
        self._simulation = simulation
        self._workspace = stage.workspace
        self._clock = stage.clock
        self._database = stage.app.database
        self._config = stage.app.config
        self._running = True
        self._speed = SPEEDS[2]
        self._waiting: store.Waiting | None = None
        self._story: list[store.Chapter] = []
        self._marks: tuple[int, ...] = ()
        self._jump: Jump | None = None
        self._asked = 0
        self._looking = asyncio.Lock()

    def state(self) -> dict[str, Any]:
        """What the clock bar shows (see `bot.workspace.controls`)."""
        waits = self._waiting is not None
        return {
            "now": self._clock.now().astimezone(self._zone).isoformat(),
            "running": (self._running or self._jump is not None) and not waits,
            "speed": self._speed,
            "speeds": list(SPEEDS),
            "waiting_for": self._sentence(),
            "waiting_on": self._people("slack"),
            "actions": [{"id": action, "label": label, "disabled": waits} for action, label in _ACTIONS],
            "story": [{"label": chapter.label, "done": chapter.done} for chapter in self._story],
            "welcome": {
                "channel": self._config.team.channels[0].slack,
                "hello": welcome.HELLO,
                "words": [f"{welcome.CLOCK} {welcome.FIRST}"],
                "steps": list(welcome.STEPS),
            },
        }

    def _sentence(self) -> str | None:
        if self._waiting is None:
            return None
        names = [name.split()[0] for name in self._people("name")]
        if len(names) > NAMED:
            names = [names[0], f"{len(names) - 1} others"]
        return f"Waiting for {' or '.join(names) or 'somebody'} to {self._waiting.what}"

    def _people(self, attribute: str) -> list[str]:
        """The names, or whatever else, of those for whom the clock waits."""
        ids = self._waiting.people if self._waiting else ()
        return [str(getattr(person, attribute)) for person in self._config.team.people if person.id in ids]

    async def act(self, action: str, value: str | None) -> None:
        """Do what the visitor asked for; raises ValueError for something else than the bar offers."""
        jumps: dict[str, Jump] = {
            "next_event": self._next_event,
            "shift_end": lambda: self._until(self._shift_end()),
            "monday": lambda: self._until(self._monday()),
        }
        if action == "speed":
            self._speed = _speed(value)
        elif action == "pause":
            self._go(running=False)
        elif action != "play" and action not in jumps:
            raise ValueError(f"the clock cannot “{action}”; it knows play, pause, speed, {', '.join(jumps)}")
        else:
            await self._look()  # who has just acted for whom the clock waited may go on at once
            if self._waiting is None:  # else somebody has to act first, and may want to go somewhere else then
                jump = jumps.get(action)
                self._go(running=self._running if jump else True, jump=jump)

    def _go(self, *, running: bool, jump: Jump | None = None) -> None:
        self._running, self._jump = running, jump
        self._asked += 1

    async def run(self) -> None:
        """Move time until cancelled. A database that is away is logged, and the next beat tries again."""
        while True:
            try:
                await self._beat()
            except SQLAlchemyError:
                log.exception("demo.beat_failed")
            await asyncio.sleep(BEAT_S)

    async def _beat(self) -> None:
        await self._look()
        if self._waiting is None and self._workspace.hub.people:
            await self._move()
        await self._simulation.creep()
        await self._look()

    async def _move(self) -> None:
        jump = self._jump
        if jump is not None:
            await jump()
            if self._jump is jump:  # else the visitor asked for something else meanwhile
                self._running, self._jump = False, None
        elif self._running:
            await self._until(self._clock.now() + timedelta(hours=self._speed * BEAT_S))

    async def _until(self, instant: datetime) -> str | None:
        return await self._simulation.advance(instant, self._stop_for(lambda: False))

    async def _next_event(self) -> str | None:
        await self._look()
        before = self._marks
        return await self._simulation.advance(
            self._clock.now() + FARTHEST, self._stop_for(lambda: self._marks != before)
        )

    def _stop_for(self, event: Callable[[], bool]) -> Waits:
        """Why to stop on the way, if there is a reason: somebody has to act, the visitor asked for something else, or
        the event that one looks for came."""
        asked = self._asked

        async def stop() -> str | None:
            await self._look()
            if self._waiting is not None:
                return self._waiting.what
            return "another wish" if self._asked != asked else "the event" if event() else None

        return stop

    async def _look(self) -> None:
        """Read where the story is. Once it waited for somebody, time goes on only when the visitor asks.

        One reading at a time: what is known is never older than what was known.
        """
        async with self._looking:
            self._waiting, self._story, self._marks = await self._database.fetch(
                lambda session: (store.waiting(session, self._config), store.story(session), store.marks(session))
            )
            if self._waiting is not None:
                self._running, self._jump = False, None

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
