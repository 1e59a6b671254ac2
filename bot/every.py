"""Work that is done again and again at the machine's steady pace: nothing waits longer when its clock is set."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[object]]


@asynccontextmanager
async def repeating(works: Mapping[Work, float]) -> AsyncIterator[None]:
    """Each of these works by itself, with so many seconds of rest before it and after each time; cut off at the end."""
    running = [asyncio.create_task(_repeat(work, rest_s)) for work, rest_s in works.items()]
    try:
        yield
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _repeat(work: Work, rest_s: float) -> None:
    """What goes wrong is logged, and it goes on."""
    while True:
        await asyncio.sleep(rest_s)
        (outcome,) = await asyncio.gather(work(), return_exceptions=True)
        if isinstance(outcome, Exception):
            log.error("work.failed", work=getattr(work, "__qualname__", str(work)), exc_info=outcome)
