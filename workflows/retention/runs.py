"""Runs that ended long ago, and what the durable engine keeps of their steps."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from core.runs import store
from workflows.ports import Workshop

log = structlog.get_logger(__name__)

KEPT = timedelta(days=90)
"""Handoffs tell of the runs of their shift, which is far shorter; nobody asks for the same run again after an hour."""

AT_ONCE = 500
"""How many of them go each time."""


class Memory(Protocol):
    """An engine that keeps the steps of runs."""

    async def forget(self, runs: Sequence[str]) -> None:
        """Delete all that is kept of these runs, if anything is."""
        ...


async def forget_runs(workshop: Workshop, engine: Memory) -> int:
    """Delete some of the runs that settled long ago, their steps first: one that is killed in between does it again."""
    before = workshop.clock.now() - KEPT
    found = await workshop.database.fetch(lambda session: store.settled_before(session, before, AT_ONCE))
    if found:
        await engine.forget(found)
        await workshop.database.run(lambda session: store.forget_runs(session, found))
        log.info("runs.forgotten", runs=len(found), before=before.isoformat())
    return len(found)
