"""The group-commit writer: an answer only after the commit, one commit for many, and no promise that cannot be kept."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from threading import Event

import pytest
from sqlalchemy.exc import DataError, IntegrityError, InternalError
from sqlalchemy.orm import Session

from core.alerts.delivery import Delivery
from core.alerts.waiting import MAX_COMMIT, MAX_PART
from core.alerts.writer import AlertWriter, OverloadedError
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import api


class Disk:
    """A store that notes each batch, can be held up, and refuses alerts named Poison."""

    def __init__(self, *failures: Exception) -> None:
        self.batches: list[list[str]] = []
        self.open = Event()
        self.open.set()
        self._failures = list(failures)

    def store(self, _session: Session, batch: Sequence[Delivery], _now: datetime) -> None:
        self.open.wait(10)
        names = [delivery.identity.labels["alertname"] for delivery in batch]
        if "Poison" in names:
            raise DataError("insert", None, ValueError("poison"))
        if self._failures:
            raise self._failures.pop()
        self.batches.append(names)


def one(name: str) -> list[Delivery]:
    return [api({"alertname": name})]


async def soon(writer: AlertWriter, alerts: int) -> None:
    while writer.waiting < alerts:  # noqa: ASYNC110 - a few turns of the loop, no time
        await asyncio.sleep(0)


async def test_what_comes_while_the_disk_is_busy_is_one_commit(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    disk.open.clear()
    async with AlertWriter(sqlite_database, clock, disk.store) as writer, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(writer.put(one("A")))
        await soon(writer, 1)
        await asyncio.sleep(0)
        others = [tasks.create_task(writer.put(one(name))) for name in "BCD"]
        await soon(writer, 4)
        assert not any(task.done() for task in (first, *others)), "nobody is answered before the commit"
        disk.open.set()
    assert disk.batches == [["A"], ["B", "C", "D"]]
    assert writer.waiting == 0


async def test_more_than_can_wait_is_turned_away_and_nothing_of_it_is_stored(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    disk.open.clear()
    async with (
        AlertWriter(sqlite_database, clock, disk.store, max_waiting=2) as writer,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(writer.put([*one("A"), *one("B")]))
        await soon(writer, 2)
        assert not writer.ready
        with pytest.raises(OverloadedError, match="2 alerts wait"):
            await writer.put(one("C"))
        disk.open.set()
    assert disk.batches == [["A", "B"]]


async def test_nobody_waits_for_a_database_that_hangs_and_all_goes_on_when_it_answers(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    disk.open.clear()
    async with AlertWriter(sqlite_database, clock, disk.store, patience_s=0.2) as writer:
        running, large = writer.put(one("Running")), writer.put([*one("Large")] * (MAX_PART + 1))
        told = await asyncio.wait_for(asyncio.gather(running, large, return_exceptions=True), 5)
        assert [type(each) for each in told] == [OverloadedError] * 2
        assert not writer.ready
        with pytest.raises(OverloadedError, match="has not answered"):
            await asyncio.wait_for(writer.put(one("Later")), 0.1)
        disk.open.set()
        while not writer.ready:  # noqa: ASYNC110 - the hung transaction ends in its thread
            await asyncio.sleep(0.01)
        await writer.put(one("Again"))
    assert disk.batches[-1] == ["Again"]
    assert "Later" not in [name for batch in disk.batches for name in batch], "it was told that it was not taken"
    assert writer.waiting == 0


async def test_one_request_that_cannot_be_stored_does_not_take_the_others_with_it(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    async with AlertWriter(sqlite_database, clock, disk.store) as writer:
        done = await asyncio.gather(*(writer.put(one(n)) for n in ("A", "Poison", "B")), return_exceptions=True)
    assert [type(result) for result in done] == [type(None), DataError, type(None)]
    assert sorted(name for batch in disk.batches for name in batch) == ["A", "B"]


async def test_losing_a_race_against_another_process_is_tried_again(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk(*[IntegrityError("insert", None, ValueError("the other was first"))] * 2)
    async with AlertWriter(sqlite_database, clock, disk.store) as writer:
        await writer.put(one("A"))
    assert disk.batches == [["A"]]


async def test_what_waits_when_it_closes_is_written_and_what_comes_later_is_turned_away(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    disk.open.clear()
    async with asyncio.TaskGroup() as tasks:
        async with AlertWriter(sqlite_database, clock, disk.store) as writer:
            for name in "AB":
                tasks.create_task(writer.put(one(name)))
            await soon(writer, 2)
            disk.open.set()
        with pytest.raises(OverloadedError):
            await writer.put(one("C"))
    assert sorted(name for batch in disk.batches for name in batch) == ["A", "B"]


async def test_nothing_needs_no_commit(sqlite_database: Database, clock: SimulatedClock) -> None:
    disk = Disk()
    async with AlertWriter(sqlite_database, clock, disk.store) as writer:
        await writer.put([])
    assert disk.batches == []


async def test_a_huge_request_is_several_commits_in_order(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk, names = Disk(), [f"A{number}" for number in range(5_000)]
    async with AlertWriter(sqlite_database, clock, disk.store) as writer:
        await writer.put([api({"alertname": name}) for name in names])
        assert [name for batch in disk.batches for name in batch] == names, "all of it, before the answer"
        with pytest.raises(DataError):
            await writer.put([api({"alertname": "Poison"}), *one("B") * 3_000])
        assert writer.waiting == 0
    assert max(map(len, disk.batches)) <= MAX_COMMIT


async def test_others_do_not_wait_for_the_rest_of_a_huge_request(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk = Disk()
    disk.open.clear()
    async with AlertWriter(sqlite_database, clock, disk.store) as writer, asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.put([api({"alertname": f"A{number}"}) for number in range(10_000)]))
        await soon(writer, 10_000)
        tasks.create_task(writer.put(one("B")))
        await soon(writer, 10_001)
        disk.open.set()
    assert ["B" in batch for batch in disk.batches[:3]].count(True) == 1
    assert len(disk.batches) >= 10


class Refused:
    """Something left to do that a database which only reads refuses, once."""

    def __init__(self) -> None:
        self.unsettled = self.pressing = True

    def settle(self, _session: Session) -> None:
        self.unsettled = self.pressing = False
        raise InternalError("update", None, RuntimeError("cannot execute UPDATE in a read-only transaction"))


async def test_what_was_put_off_and_is_refused_does_not_end_the_writer(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    disk, settling = Disk(), Refused()
    async with AlertWriter(sqlite_database, clock, disk.store, settling=settling) as writer:
        while settling.unsettled:  # noqa: ASYNC110 - the writer rests for a moment first
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)
        assert writer.ready
        await writer.put(one("A"))
    assert disk.batches == [["A"]]
