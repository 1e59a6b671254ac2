"""Work that is done again and again: by itself, whatever fails, and at the machine's pace."""

import asyncio

from structlog.testing import capture_logs

from bot.every import repeating


async def test_what_fails_or_hangs_keeps_nothing_from_being_done_again() -> None:
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

    with capture_logs() as logs:
        async with repeating({well: 0.01, broken: 0.01, hanging: 0.01}):
            await asyncio.wait_for(enough.wait(), 60)
        said = len(done)
        await asyncio.sleep(0.05)
    assert done.count("hanging") == 1
    assert len(done) == said, "it ends with the block"
    assert {each["event"] for each in logs} == {"work.failed"}
