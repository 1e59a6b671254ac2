"""Replicas watch each other: the messages and the runs of one that went silent are taken over by those that live."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from core.outbox import store as outbox
from core.runs import store
from workflows.ports import Workshop

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a silent replica is believed to live: longer than any restart, and far longer than a pause of a process."""


class Heir(Protocol):
    """An engine that can go on with what others began."""

    async def adopt(self, replicas: Sequence[str]) -> int:
        """Resume the unfinished runs of these replicas here; how many there were."""
        ...


async def watch(workshop: Workshop, engine: Heir, replica: str) -> int:
    """Say that this replica lives, and take over from those that have not: after SILENCE what they were sending, after
    LEASE their runs; how many runs. What they were sending is looked up before it is sent again, so that one that was
    only slow does no harm.

    Replicas are forgotten only after their runs were taken over, so a survivor that dies in between is no loss;
    two survivors at the same instant are none either, because a run's steps are done once.
    """
    config, now = workshop.config.digest, workshop.clock.now()
    since = now - LEASE

    def work(session: Session) -> tuple[int, Sequence[str], bool]:
        store.beat(session, replica, config, now)
        session.flush()
        alive = store.living_replicas(session, now - store.SILENCE)
        taken = outbox.orphans(session, alive, now, store.SILENCE)
        return taken, store.silent_replicas(session, since), store.superseded(session, config, now)

    messages, silent, superseded = await workshop.database.run(work)
    if superseded:
        log.warning("replicas.superseded", replica=replica, by="a replica with a newer YAML, which acts alone")
    if messages:
        log.warning("replicas.messages_taken_over", messages=messages)
    if not silent:
        return 0
    taken = await engine.adopt(silent)
    await workshop.database.run(lambda session: store.forget_replicas(session, silent, since))
    log.warning("replicas.taken_over", replicas=list(silent), runs=taken)
    return taken
