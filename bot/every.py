"""Work that is done again and again. APScheduler wakes it by the machine's clock, and is put right when that is set."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.base import BaseScheduler

LOOK_S = 1.0
"""How often the machine's clock is held against its steady one."""

SET_BACK_S = 1.0
"""How far it must have gone back to count as set, and not as drawn along by a time server."""

Work = Callable[[], Awaitable[object]]


@asynccontextmanager
async def repeating(
    works: Mapping[Work, float], wall: Callable[[], float] = time.time, look_s: float = LOOK_S
) -> AsyncIterator[None]:
    """Each of these works every so many seconds, unless it still runs; what goes wrong is logged, and it goes on. Cut
    off at the end. `wall` is the machine's clock in seconds."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for work, seconds in works.items():
        # However late it is, it is done: after a busy second that of the next is as good.
        scheduler.add_job(
            work, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )
    scheduler.start()
    following = asyncio.create_task(_follow(scheduler, wall, look_s))
    try:
        yield
    finally:
        following.cancel()
        scheduler.shutdown(wait=False)
        await asyncio.gather(following, return_exceptions=True)


async def _follow(scheduler: BaseScheduler, wall: Callable[[], float], look_s: float) -> None:
    """Wake all work when the machine's clock was set back: it is planned by that clock, and an hour back would be an
    hour without any."""
    ahead = wall() - time.monotonic()
    while True:
        await asyncio.sleep(look_s)
        before, ahead = ahead, wall() - time.monotonic()
        if ahead < before - SET_BACK_S:
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
