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


async def watch(workshop: Workshop, replica: str) -> None:
    """Say that this replica lives, and take over what those were sending that have said nothing for SILENCE: it is
    looked up before it is sent again, so that one that was only slow does no harm."""
    config, now = workshop.config.digest, workshop.clock.now()

    def work(session: Session) -> tuple[int, bool]:
        store.beat(session, replica, config, now)
        session.flush()
        alive = store.living_replicas(session, now - store.SILENCE)
        return outbox.orphans(session, alive, now, store.SILENCE), store.superseded(session, config, now)

    messages, superseded = await workshop.database.run(work)
    if superseded:
        log.warning("replicas.superseded", replica=replica, by="a replica with a newer YAML, which acts alone")
    if messages:
        log.warning("replicas.messages_taken_over", messages=messages)


async def take_over(workshop: Workshop, engine: Heir) -> int:
    """Take over the runs of replicas that have been silent for LEASE; how many. It waits for the engine's own database.

    Replicas are forgotten only after their runs were taken over, so a survivor that dies in between is no loss;
    two survivors at the same instant are none either, because a run's steps are done once.
    """
    since = workshop.clock.now() - LEASE
    silent = await workshop.database.fetch(lambda session: store.silent_replicas(session, since))
    if not silent:
        return 0
    taken = await engine.adopt(silent)
    await workshop.database.run(lambda session: store.forget_replicas(session, silent, since))
    log.warning("replicas.taken_over", replicas=list(silent), runs=taken)
    return taken
