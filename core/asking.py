"""A question to something that may hang."""

import asyncio
from collections.abc import Awaitable, Callable


class Asking:
    """One question at a time, however many want to know: a database that hangs must not take a thread for each."""

    def __init__(self, question: Callable[[], Awaitable[None]]) -> None:
        self._question = question
        self._asked: asyncio.Future[None] | None = None

    async def wait(self, seconds: float) -> None:
        """The answer to the question that is open, or to a new one; raises TimeoutError when none comes in time."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(self._question())
        asked = self._asked
        if not (await asyncio.wait({asked}, timeout=seconds))[0]:
            raise TimeoutError
        asked.result()
