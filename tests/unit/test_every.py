"""Work that is done again and again: by itself, whatever fails, and whatever becomes of the machine's clock."""

import asyncio
import logging
import time

import pytest

from bot.every import repeating


async def test_what_fails_or_hangs_keeps_nothing_from_being_done_again(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    enough = asyncio.Event()

    async def well() -> None:
        done.append("well")
        if done.count("well") > 3 and done.count("broken") > 3:
            enough.set()

    async def broken() -> None:
        done.append("broken")
        raise LookupError("a mistake of ours")

    async def hanging() -> None:
        done.append("hanging")
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR):
        async with repeating({well: 0.01, broken: 0.01, hanging: 0.01}):
            await asyncio.wait_for(enough.wait(), 60)
        said = len(done)
        await asyncio.sleep(0.05)
    assert done.count("hanging") == 1
    assert len(done) == said, "it ends with the block"
    assert any("broken" in each.getMessage() and each.exc_info for each in caplog.records)


async def test_a_clock_that_is_set_back_stops_nothing() -> None:
    """An hour of rest stands for an hour back: what is planned lies as far ahead then."""
    woken, set_back = asyncio.Event(), 0.0

    async def work() -> None:
        woken.set()

    async with repeating({work: 3600}, wall=lambda: time.time() - set_back, look_s=0.01):
        await asyncio.sleep(0.05)
        assert not woken.is_set()
        set_back = 3600
        await asyncio.wait_for(woken.wait(), 60)
