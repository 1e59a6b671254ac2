"""The outbox's way to Slack: at least once, in order, at the channels' pace, never sleeping on a message."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import structlog

from bot.slack.carrier import Carrier, SenderDeps
from core.outbox import claim_store, store
from core.outbox.claim_store import Claim
from core.outbox.pace import PATIENCE, Pace

__all__ = ["Sender", "SenderDeps"]

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 0.5
"""How long `run` rests at most: other processes write into the outbox too, and a simulated clock may run fast."""


class Flight(NamedTuple):
    """A message that is being sent, and since when (monotonic). A row may be in two for a moment: what became of the
    first is written before its task ends, and may have it sent again at once."""

    claim: Claim
    since: float

    @property
    def is_opening(self) -> bool:
        """Whether it is a new message of its channel that Slack may still be expected to answer soon."""
        young = time.monotonic() - self.since < PATIENCE.total_seconds()
        return young and self.claim.update_of is None and self.claim.row.parent is None


class Sender:
    """Delivers what is due, each message in a task of its own, so that one that hangs holds up nothing else.

    `drain` sends everything once; `run` goes on until `stop`. `went_well` is when it last had what is due, and Slack
    took what it was given (monotonic).
    """

    def __init__(self, deps: SenderDeps) -> None:
        self._deps = deps
        self._pace = Pace(deps.spacing, deps.burst)
        self._carrier = Carrier(deps, self._pace)
        self._flying: dict[asyncio.Task[bool], Flight] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._clean = False
        self.went_well = time.monotonic()

    @property
    def problem(self) -> str:
        """Why Slack takes nothing, if it does not."""
        return self._carrier.problem

    async def recover(self) -> int:
        """Take back what this sender was sending when it died; each is looked up before it is sent again."""
        now, name, flying = self._deps.clock.now(), self._deps.name, self._in_flight()
        return await self._deps.database.run(lambda session: store.recover(session, name, now, flying))

    async def drain(self, now: datetime) -> int:
        """Send all that is due at `now`, side by side; returns how many messages went out."""
        sent, started = 0, set[asyncio.Task[bool]]()
        try:
            while True:
                started |= {self._launch(claim, now) for claim in await self._claim(now)}
                if not started:
                    return sent
                done, started = await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
                sent += sum(task.result() for task in done)
        finally:
            await asyncio.gather(*started, return_exceptions=True)

    async def next_due(self) -> datetime | None:
        """When there is something to send next, or None."""
        return await self._deps.database.fetch(claim_store.next_due)

    def wake(self) -> None:
        """Something was enqueued: do not rest. Only from the event loop's own thread."""
        self._woken.set()

    async def run(self) -> None:
        """Recover, then deliver until `stop`.

        Nothing unexpected ends it, be it a database that is away or a mistake of ours: it is logged, and what was
        being sent is looked up. A page that silently stops would be the worst of all outcomes.
        """
        while not self._stopping:
            self._woken.clear()
            (outcome,) = await asyncio.gather(self._round(), return_exceptions=True)
            if isinstance(outcome, BaseException):
                self._clean = False
                log.error("outbox.round_failed", exc_info=outcome)
            elif not self.problem:
                self.went_well = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_AGAIN_S)
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _round(self) -> None:
        """Start what may go out now, and wait for none of it."""
        if not self._clean:
            self._clean = True  # until something goes wrong from here on
            await self.recover()
            if await self._left_behind():
                self._clean = False
        now = self._deps.clock.now()
        for claim in await self._claim(now):
            self._launch(claim, now)

    async def stop(self) -> None:
        """Let `run` end after what it is sending."""
        self._stopping = True
        self._woken.set()

    async def _left_behind(self) -> bool:
        """Whether something that it was sending is held by another transaction, such as one of its own before it died:
        then it is taken back in the next round."""
        name, flying = self._deps.name, self._in_flight()
        return await self._deps.database.fetch(lambda session: store.left_behind(session, name, flying))

    def _in_flight(self) -> set[int]:
        return {flight.claim.row.id for flight in self._flying.values()}

    def _launch(self, claim: Claim, now: datetime) -> asyncio.Task[bool]:
        task = asyncio.create_task(self._carrier.carry(claim, now))
        self._flying[task] = Flight(claim, time.monotonic())
        task.add_done_callback(self._landed)
        return task

    def _landed(self, task: asyncio.Task[bool]) -> None:
        """Its place is free, and what waited for it may follow. What broke is looked up in the next round."""
        claim = self._flying.pop(task).claim
        if not task.cancelled() and (error := task.exception()) is not None:
            self._clean = False
            log.error("outbox.send_failed", key=claim.row.key, exc_info=error)
        self._woken.set()

    async def _claim(self, now: datetime) -> list[Claim]:
        name, pace = self._deps.name, self._pace
        pace.flying = Counter(flight.claim.row.channel for flight in self._flying.values())
        pace.opening = {flight.claim.row.channel for flight in self._flying.values() if flight.is_opening}
        return await self._deps.database.run(lambda session: claim_store.claim(session, name, now, pace))
