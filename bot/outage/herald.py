"""Says when Goldilocks itself stands still, past its database: who is to hear of it is learned while all is well."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.outage.board import Board
from bot.outage.phones import Phones
from bot.outage.watch import LOOK_S, OVER_AFTER, Outage, Watch, Work
from bot.pager import Pagers
from bot.pager_event import outage_event
from bot.slack.trouble import NETWORK
from bot.slack.views import outage as view
from bot.slack.views.people import People
from core.clock import Clock
from core.config.load import Config
from workflows.last_resort import Known, Told, whom

log = structlog.get_logger(__name__)

Done = Mapping[Work, Callable[[], float]]
"""Tells of each kind of work when it was last done, by a clock that never goes back."""


class Herald:
    """Looks every few seconds whether work goes on. What cannot be said is tried again at the next look, and one way of
    saying it waits for no other.

    `learned` is None until the database was read; `problem` is what it last said. One that `starts` ends nothing: what
    was said before a restart is over when the start has worked, and whoever looks then says so.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        client: AsyncWebClient,
        pagers: Pagers | None,
        replica: str,
        url: str,
        *,
        starts: bool = False,
    ) -> None:
        self._config, self._clock, self._replica, self._url = config, clock, replica, url
        channel = config.team.channel(config.team.alerts.channel)
        self._board = Board(client, channel.slack if channel else "", replica)
        self._phones = Phones(pagers) if pagers else None
        self._watch, self._at_work = Watch(), dict[str, asyncio.Task[None]]()
        self._key = f"goldilocks-{config.team.team}-stands-still"
        self._recovered, self._starts, self._saw = False, starts, False
        self.learned: Known | None = None
        self.problem = ""

    @property
    def writes(self) -> bool:
        """Whether this replica has been able to write lately."""
        return not self._watch.stands(Work.WRITING)

    async def run(self, done: Done) -> None:
        """Look until it is cancelled."""
        while True:
            self.look({work: last() for work, last in done.items()})
            await asyncio.sleep(LOOK_S)

    def look(self, done: Mapping[Work, float]) -> None:
        """One look; what follows from it is done meanwhile."""
        now = self._clock.now()
        if self.learned is not None:
            self._watch.turn = self.learned.turn(self._replica)
        outage = self._watch.look(done, now)
        self._saw = self._saw or outage is not None
        self._begin("slack", self._say(outage, now))
        if self._phones is not None:
            self._begin("phones", self._ring(self._phones, outage, now))

    async def settle(self) -> None:
        """Wait for what is being said."""
        await asyncio.gather(*self._at_work.values())

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        before = self._at_work.get(name)
        if before is not None and not before.done():
            work.close()
            return
        if before is not None and (error := before.exception()) is not None:
            log.error("outage.not_told", way=name, exc_info=error)
        self._at_work[name] = asyncio.create_task(work)

    async def _say(self, outage: Outage | None, now: datetime) -> None:
        try:
            if outage is not None:
                if self._starts:
                    await self._remember(now)
                await self._board.tell(outage, lambda: self._lasting(outage, now))
            elif not self._starts:
                await self._recover(now)
                await self._board.end(lambda told: view.over(told, self._back(told, now), self._replica))
        except (SlackApiError, *NETWORK) as error:
            log.error("outage.slack_not_told", why=str(error))

    def _back(self, outage: Outage, now: datetime) -> datetime:
        """Since when all has worked again; for one that did not see it itself, since it works."""
        if not self._saw:
            return now
        return max(outage.since, now - timedelta(seconds=OVER_AFTER * LOOK_S))

    async def _remember(self, now: datetime) -> bool:
        """Whether what was said before a restart had not been asked for yet."""
        if self._recovered:
            return False
        await self._board.recover(now)
        self._recovered = True
        return True

    async def _recover(self, now: datetime) -> None:
        """What was said before a restart is over as well: the start has written to the database."""
        if await self._remember(now) and self._board.shows is not None and self._phones is not None:
            uid = self._uid(self._board.shows)
            self._phones.rung.update(dict.fromkeys(self._whom(now).pagers, uid))

    async def _ring(self, phones: Phones, outage: Outage | None, now: datetime) -> None:
        if outage is None and not self._starts:
            await phones.end({"dedup_key": self._key}, now)
        elif outage is not None and outage.rings:
            event = outage_event(self._key, view.TITLES[outage.work], outage.since, self._replica, self._url)
            await phones.ring(self._whom(now).pagers, event, self._uid(outage), now)

    def _uid(self, outage: Outage) -> str:
        return f"{self._key}-{int(outage.since.timestamp())}"

    def _lasting(self, outage: Outage, now: datetime) -> Any:
        people = People(self._config.team)
        return view.lasting(outage, people, self._whom(now).people, self._replica, self.problem)

    def _whom(self, now: datetime) -> Told:
        return whom(self._config, self.learned, now) if self.learned else Told([], [])


@asynccontextmanager
async def watching(herald: Herald, done: Done) -> AsyncIterator[None]:
    """Looking while the block runs."""
    looking = asyncio.create_task(herald.run(done))
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
