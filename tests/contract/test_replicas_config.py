"""While the YAML is changed, one replica after the other, only those with the newest act on what is due."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.clock import SimulatedClock
from core.config.load import Config, load
from core.db.database import Database
from core.heartbeats.tables import HeartbeatRow
from core.oncall import store as oncall
from core.runs import store
from tests.fakes_models import FakeRegistry, FakeTarget
from tests.fakes_workshop import workshop_with
from tests.oncall_support import add_group, config
from tests.runtime_support import DirectEngine
from workflows import escalate
from workflows.replicas import watch
from workflows.runtime import Runtime

SECONDS = timedelta(seconds=1)
BEAT = 10 * SECONDS


class Replica:
    """A process with its name and its YAML."""

    def __init__(self, name: str, config: Config, database: Database, clock: SimulatedClock, data: Path) -> None:
        self.name = name
        self.workshop = workshop_with(database, config, clock, data, FakeRegistry(), FakeTarget("1"))
        self.runtime = Runtime(self.workshop, {}, DirectEngine())

    async def beat(self) -> None:
        await watch(self.workshop, self.name)


def policy(second: str) -> list[dict[str, Any]]:
    steps = [{"notify": "primary", "wait": "15m"}, {"notify": {"person": second}, "wait": "15m"}]
    return [{"id": "page", "steps": steps}]


OLD = replace(config(escalation=policy("maya")), digest="old")
HEARTBEATS = [{"id": "export", "every": "1h", "rotation": "flights"}]
NEW = replace(config(escalation=policy("jonas"), heartbeats=HEARTBEATS), digest="new")


@pytest.fixture
async def both(database: Database, clock: SimulatedClock, tmp_path: Path) -> tuple[Replica, Replica]:
    """One that still has the old YAML, and one that was restarted with the new."""
    old, new = (Replica(n, c, database, clock, tmp_path) for n, c in (("a", OLD), ("b", NEW)))
    await old.beat()
    clock.advance(BEAT)
    await new.beat()
    return old, new


def called(database: Database) -> list[str]:
    with database.read() as session:
        page = oncall.page_of(session, 1)
        assert page is not None
        return [person for row in oncall.notifications(session, page.id) for person in row.people]


def open_page(database: Database, clock: SimulatedClock) -> None:
    with database.write() as session:
        escalate.open_page(session, OLD, add_group(session), clock.now())


async def test_an_old_replica_leaves_a_page_to_the_newest_yaml(
    database: Database, clock: SimulatedClock, both: tuple[Replica, Replica]
) -> None:
    old, new = both
    open_page(database, clock)
    clock.advance(timedelta(minutes=15))
    for each in both:
        await each.beat()
    await old.runtime.pulse()
    assert called(database) == ["amina"]
    await new.runtime.pulse()
    assert called(database) == ["amina", "jonas"], "the new YAML says who is next"


async def test_an_old_replica_goes_on_alone_when_the_newest_falls_silent(
    database: Database, clock: SimulatedClock, both: tuple[Replica, Replica]
) -> None:
    old, new = both
    open_page(database, clock)
    clock.advance(timedelta(minutes=15))
    await new.beat()
    for _ in range(3):
        await old.runtime.pulse()
        assert called(database) == ["amina"], "it may only be slow"
        clock.advance(BEAT)
    await old.runtime.pulse()
    assert called(database) == ["amina", "maya"], "a page is never left to the dead"


async def test_the_auditor_judges_timers_by_the_newest_yaml(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    patient = [{"id": "page", "steps": [{"notify": "primary", "wait": "8h"}]}]
    new = replace(config(escalation=patient), digest="new")
    both = [Replica(n, c, database, clock, tmp_path) for n, c in (("a", OLD), ("b", new))]
    for each in both:
        await each.beat()
        clock.advance(SECONDS)
    with database.write() as session:
        escalate.open_page(session, new, add_group(session), clock.now())
    for each in both:
        await each.runtime.inspect()
    assert called(database) == ["amina"], "a wait that the old YAML does not know is no fault"


async def test_the_heartbeats_of_the_new_yaml_are_not_forgotten_by_the_old(
    database: Database, clock: SimulatedClock, both: tuple[Replica, Replica]
) -> None:
    _old, new = both
    await new.runtime.pulse()
    with database.read() as session:
        expected = session.get_one(HeartbeatRow, "export").counts_from
    for _ in range(3):
        clock.advance(BEAT)
        for each in both:
            await each.beat()
            await each.runtime.pulse()
    with database.read() as session:
        assert session.get_one(HeartbeatRow, "export").counts_from == expected


def superseded(database: Database, clock: SimulatedClock, *digests: str) -> list[bool]:
    with database.read() as session:
        return [store.superseded(session, digest, clock.now()) for digest in digests]


def beat(database: Database, clock: SimulatedClock, name: str, digest: str) -> None:
    with database.write() as session:
        store.beat(session, name, digest, clock.now())
    clock.advance(SECONDS)


def test_a_change_that_is_taken_back_half_way(database: Database, clock: SimulatedClock) -> None:
    for name, digest in (("a", "1"), ("b", "1"), ("a", "2")):
        beat(database, clock, name, digest)
    assert superseded(database, clock, "1", "2") == [True, False]
    beat(database, clock, "b", "1")
    assert superseded(database, clock, "1", "2") == [True, False], "an old one that crashed and came back is old"
    beat(database, clock, "a", "1")
    assert superseded(database, clock, "1") == [False]


def test_the_yaml_before_is_the_newest_again_after_a_rollback(database: Database, clock: SimulatedClock) -> None:
    for name, digest in (("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"), ("b", "1")):
        beat(database, clock, name, digest)
    assert superseded(database, clock, "2", "1") == [True, False]


def test_a_replica_whose_clock_is_far_ahead_holds_nobody_back(database: Database, clock: SimulatedClock) -> None:
    beat(database, clock, "a", "1")
    with database.write() as session:
        store.beat(session, "b", "2", clock.now() + timedelta(hours=1))
    assert superseded(database, clock, "1") == [False]


def test_of_those_that_live_some_act_and_all_that_act_have_one_yaml(
    sqlite_database: Database, clock: SimulatedClock
) -> None:
    random, has = Random(7), {"a": "1", "b": "1", "c": "1"}
    for _ in range(300):
        if random.random() < 0.2:
            has[random.choice("abc")] = random.choice("1234")
        living = random.sample("abc", random.randint(1, 3))
        for name in living:
            beat(sqlite_database, clock, name, has[name])
        acting = {has[n] for n in living if superseded(sqlite_database, clock, has[n]) == [False]}
        assert len(acting) <= 1
        assert acting or len(living) < 3, "unless it is left to one that was heard of within half a minute"
        clock.advance(random.choice((1, 5, 29, 31, 300)) * SECONDS)


def test_the_digest_is_of_what_the_files_say_and_not_of_where_they_lie(tmp_path: Path) -> None:
    digests = []
    for name, more in (("a", ""), ("b", ""), ("c", "\n# changed\n")):
        folder = tmp_path / name
        folder.mkdir()
        text = Path("examples/flights/team.yaml").read_text() + more
        (folder / "team.yaml").write_text(text)
        digests.append(load(folder).digest)
    assert digests[0] == digests[1] != digests[2]
