"""Moves simulated time from one due instant to the next, and lets everything that is due there happen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.demo.scene import Scene, next_hour
from core.clock import SimulatedClock
from workflows.runtime import Runtime

CREEP = timedelta(seconds=5)
"""A message that waits longer than this waits for something else than its channel's rate."""

MOST_CREEPING = 100
"""A bound on messages sent in one go, so that whoever creeps gets its turn back."""

Waits = Callable[[], Awaitable[str | None]]
Lives = Callable[[], Awaitable[None]]


async def _nobody_asks() -> None:
    """Of a replay nobody asks whether it lives."""


class Mail(Protocol):
    """The outbox sender, as far as time is concerned."""

    async def drain(self, now: datetime) -> int: ...

    async def next_due(self) -> datetime | None: ...


class Actors(Protocol):
    """People who act by themselves, as in a headless run."""

    async def act(self) -> bool: ...

    def next_due(self) -> datetime | None: ...


@dataclass
class Counts:
    """What has gone by outside."""

    predictions: int = 0
    labels: int = 0


class Simulation:
    """The loop of the replay: hours of flights, passes over what is due, messages that may go out."""

    def __init__(
        self,
        clock: SimulatedClock,
        scene: Scene,
        runtime: Runtime,
        mail: Mail,
        actors: Actors | None = None,
        lives: Lives = _nobody_asks,
    ) -> None:
        self._clock, self._lives = clock, lives
        self._scene = scene
        self._runtime = runtime
        self._mail = mail
        self._actors = actors
        self.counts = Counts()

    async def advance(self, until: datetime, waits: Waits) -> str | None:
        """Go on to `until`, or until `waits` says that a person has to act first; what that is, if so."""
        await self.settle()
        while (waiting := await waits()) is None and self._clock.now() < until:
            await self._step(until)
        return waiting

    async def _step(self, until: datetime) -> None:
        now = self._clock.now()
        hour = next_hour(now)
        due = [hour, until, *await self._due()]
        instant = max(now, min(at for at in due if at is not None))
        if instant >= hour:
            await self._fly(hour)
        self._clock.advance_to(instant)
        await self._lives()  # else it would seem to have been silent for as long as time has jumped
        await self.settle()

    async def _fly(self, hour: datetime) -> None:
        """What happened in the hour that is over: first the world, then whoever looks at it."""
        made, landed = await self._scene.hour(hour - timedelta(hours=1))
        self.counts.predictions += made
        self.counts.labels += landed

    async def settle(self) -> None:
        """Do what is due at this instant, until nothing is left to do before time moves on."""
        while True:
            now = self._clock.now()
            due = await self._runtime.next_due()
            if due is not None and due <= now:
                await self._runtime.tick()
            await self._runtime.dispatch()
            await self._runtime.settled()
            await self._mail.drain(now)
            acted = self._actors is not None and await self._actors.act()
            if not acted and not any(at is not None and at <= now for at in await self._due()):
                return

    async def _due(self) -> list[datetime | None]:
        people = self._actors.next_due() if self._actors else None
        return [await self._runtime.next_due(), await self._mail.next_due(), people]

    async def creep(self) -> None:
        """Let only as much time pass as the messages need that wait for their channel's next second."""
        await self.settle()
        for _ in range(MOST_CREEPING):
            due = await self._mail.next_due()
            if due is None or due - self._clock.now() > CREEP:
                return
            self._clock.advance_to(due)
            await self.settle()
