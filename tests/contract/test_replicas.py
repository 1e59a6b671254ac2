"""What a replica was sending when it went silent is looked up and sent by another, soon."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.outbox import claim_store
from core.outbox import store as outbox
from core.outbox.pace import Pace
from core.outbox.store import Lane, Post
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.runtime_support import Will
from workflows.replicas import LEASE, take_over, watch


async def test_what_a_silent_replica_was_sending_is_looked_up_by_another_within_seconds(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    row = Post("note", 1, "note:1", "oncall", lane=Lane.PAGE)
    await watch(workshop, "a")
    with database.write() as session:
        outbox.enqueue(session, row, clock.now())
        claim_store.claim(session, "a", clock.now(), Pace(timedelta(0)))
    for _ in range(3):
        clock.advance(timedelta(seconds=10))
        await watch(workshop, "b")
        with database.read() as session:
            (found,) = session.scalars(select(OutboxRow))
        assert (found.status, found.claimed_by) == (OutboxStatus.SENDING, "a"), "it may only be slow"
    clock.advance(timedelta(seconds=10))
    await watch(workshop, "b")
    with database.write() as session:
        (claim,) = claim_store.claim(session, "b", clock.now(), Pace(timedelta(0)))
    assert claim.uncertain, "it may have arrived: it is looked for first"


async def test_what_a_living_replica_is_sending_stays_its_own(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    with database.write() as session:
        outbox.enqueue(session, Post("note", 1, "note:1", "oncall"), clock.now())
        claim_store.claim(session, "a", clock.now(), Pace(timedelta(0)))
    for _ in range(10):
        clock.advance(timedelta(seconds=10))
        await watch(workshop, "a")
        await watch(workshop, "b")
    with database.read() as session:
        (found,) = session.scalars(select(OutboxRow))
    assert (found.status, found.claimed_by) == (OutboxStatus.SENDING, "a")


async def test_a_replica_that_went_silent_is_taken_over_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    workshop = workshop_with(database, config, clock, tmp_path, FakeRegistry(), FakeTarget("1"))
    will = Will()
    await watch(workshop, "a")
    clock.advance(LEASE)
    assert await take_over(workshop, will) == 0, "it may only be slow"
    clock.advance(timedelta(seconds=1))
    assert await take_over(workshop, will) == 1
    assert await take_over(workshop, will) == 0
    assert will.adopted == ["a"]
