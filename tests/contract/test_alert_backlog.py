"""While much comes in, alerts of which nothing follows wait for their rows: it comes to the same as if they did not."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.http.ingest.exchange import Request
from bot.http.ingest.listing import Listing
from core.alerts import journal_store as journal
from core.alerts import store
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, state, statuses
from tests.backlog_support import MINUTE, SOURCE, Process, begun, told_later
from tests.databases import fresh_sqlite
from workflows import lapse, respond
from workflows.receiver import Receiver, Writer


@pytest.fixture
def waiting(config: Config) -> Config:
    return told_later(config)


@pytest.fixture
def process(sqlite_database: Database, waiting: Config, clock: SimulatedClock) -> Process:
    return begun(sqlite_database, waiting, clock)


def test_what_joins_and_leaves_a_calm_group_waits_for_its_row(process: Process, clock: SimulatedClock) -> None:
    process.post([process.alert("A", 1)], [process.alert("A", 2)])
    assert (process.waits(), process.firing()) == (1, {("A", "0")})
    clock.advance(timedelta(seconds=1))
    process.post([process.alert("A", 1, ended=True)], [process.alert("A", 0, ended=True), process.alert("A", 2)])
    assert process.waits() == 2
    process.settle()
    assert (process.waits(), process.firing()) == (0, {("A", "2")})
    with process.database.read() as session:
        rows = {row.labels["instance"]: row for row in store.alerts_of(session, 2)}
        assert {name: (row.counted, row.resolved) for name, row in rows.items()} == {
            "0": (2, True),
            "1": (2, True),
            "2": (2, False),
        }
        assert {rows["0"].ends_at, rows["1"].ends_at} == {clock.now()}


def test_a_request_that_comes_alone_does_not_wait(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    process.post([process.alert("A", 2)])
    assert (process.waits(), process.firing()) == (0, {("A", "0"), ("A", "1"), ("A", "2")})


def test_what_calls_people_finds_all_in_the_rows(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    process.post([process.alert("A", 2, severity="critical")], [])
    assert (process.waits(), process.firing()) == (0, {("A", "0"), ("A", "1"), ("A", "2")})


def test_the_last_one_that_leaves_ends_the_group(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    process.post([process.alert("A", 0, ended=True)], [])
    assert process.waits() == 2
    process.post([process.alert("A", 1, ended=True)], [])
    assert (process.waits(), process.firing()) == (0, set())
    with process.database.read() as session:
        assert statuses(session) == ["firing", "resolved"]


def test_what_ended_and_fires_again_is_not_mistaken(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    process.post([process.alert("A", 0, ended=True)], [process.alert("A", 1, ended=False, text="worse")])
    assert process.waits() == 0, "new texts are written at once"
    process.post([process.alert("A", 1, ended=True)], [process.alert("A", 3)])
    process.post([process.alert("A", 1)], [process.alert("A", 0)])
    process.settle()
    assert process.firing() == {("A", "0"), ("A", "1"), ("A", "3")}


def test_a_new_process_finds_what_was_acknowledged(process: Process) -> None:
    process.post([process.alert("A", 1)], [process.alert("A", 2)])
    again = Process(process.database, process.config, process.clock)
    again.post([again.alert("A", 1)])
    assert (again.waits(), again.firing()) == (0, {("A", "0"), ("A", "1"), ("A", "2")})
    process.post([process.alert("A", 2, ended=True)], [process.alert("A", 4)])
    process.settle()
    assert process.firing() == {("A", "0"), ("A", "1"), ("A", "4")}


def test_what_was_not_committed_is_not_remembered(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    arrivals = process.read([process.alert("A", 2)], [process.alert("A", 3)])
    with process.database.engine.connect() as connection, Session(connection) as session:
        process.store(session, arrivals)
        session.rollback()
    process.post([process.alert("A", 4)], [process.alert("A", 2)])
    process.settle()
    assert process.firing() == {("A", str(n)) for n in (0, 1, 2, 4)}


@pytest.mark.parametrize("how", ["click", "fold", "due"])
def test_whoever_decides_about_a_group_writes_the_rows_first(process: Process, how: str) -> None:
    process.post([process.alert("A", 1)], [])
    now = process.clock.now()
    with process.database.write() as session:
        if how == "click":
            respond.resolve(session, process.config, 2, process.config.team.person("maya"), "maya", now)
        elif how == "due":
            lapse.tell_due(session, process.config, now + 2 * MINUTE)
        else:
            journal.fold(session, now)
    assert process.waits() == 0
    assert process.firing() == (set() if how == "click" else {("A", "0"), ("A", "1")})
    process.post([process.alert("A", 5)], [])
    process.settle()
    assert ("A", "5") in process.firing()


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_group_that_somebody_ended_is_not_joined(process: Process, where: str) -> None:
    process.post([process.alert("A", 1)], [])
    process.post([process.alert("A", 2)], [])
    url = process.database.url.render_as_string()
    database = process.database if where == "here" else Database(url)
    with database.write() as session:
        person = process.config.team.person("maya")
        respond.resolve(session, process.config, 2, person, "maya", process.clock.now())
    process.clock.advance(timedelta(minutes=16))
    process.post([process.alert("A", 3)], [process.alert("A", 1)])
    process.settle()
    assert process.firing() == {("A", "1"), ("A", "3")}
    with process.database.read() as session:
        assert [group.status for group in groups(session) if group.key == store.get_one(session, 2).key] == [
            "resolved",
            "firing",
        ]
    database.dispose()


def test_a_group_that_became_less_severe_than_what_joins_it_is_looked_at(process: Process) -> None:
    for number in (1, 2):
        process.post([process.alert("A", number)], [])
    with process.database.write() as session:
        store.get_one(session, 2).severity = "info"
    process.post([process.alert("A", 3)], [])
    assert process.waits() == 0
    with process.database.read() as session:
        assert store.get_one(session, 2).severity == "warning"


async def test_the_writer_settles_when_nothing_comes_in(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    async with Writer(process.database, process.clock, Receiver(process.config)):
        pass
    assert process.waits() == 0


def _story(dice: random.Random) -> Iterator[tuple[str, Any]]:
    """What happens: several requests at once, time that passes, people who end groups."""
    for _ in range(40):
        what = dice.random()
        if what < 0.75:
            names = [(dice.choice("ABC"), dice.randrange(6)) for _ in range(dice.randrange(1, 7))]
            ends = {name for name in names if dice.random() < 0.35}
            texts = dice.choice(["", "", "", "worse"])
            severity = dice.choice(["warning"] * 6 + ["critical"])
            yield (
                "post",
                [(name, number, (name, number) in ends, severity, texts) for name, number in dict.fromkeys(names)],
            )
        elif what < 0.95:
            yield "pass", timedelta(seconds=dice.randrange(1, 90))
        else:
            yield "click", dice.randrange(1, 8)


def _tell(process: Process, what: str, detail: Any) -> None:
    now = process.clock.now()
    with process.database.write() as session:
        if what == "pass":
            lapse.expire(session, process.config, now)
            lapse.tell_due(session, process.config, now)
        elif what == "post":
            half = len(detail) // 2
            alerts = [process.alert(*one) for one in detail]
            process.store(session, process.read(alerts[:half], alerts[half:]))
        elif detail <= len(groups(session)):
            respond.resolve(session, process.config, detail, process.config.team.person("maya"), "maya", now)


@pytest.mark.parametrize("seed", range(12))
def test_it_comes_to_the_same(
    sqlite_database: Database, waiting: Config, clock: SimulatedClock, tmp_path: Path, seed: int
) -> None:
    other = fresh_sqlite(tmp_path / "other.db")
    waits, writes = Process(sqlite_database, waiting, clock), Process(other, waiting, clock)
    writes.receiver._backlog = lambda *_: None  # type: ignore[method-assign]
    waited = 0
    for what, detail in _story(random.Random(seed)):
        if what == "pass":
            clock.advance(detail)
        _tell(waits, what, detail)
        _tell(writes, what, detail)
        waited += waits.waits()
    waits.settle()
    assert waited
    assert writes.waits() == 0
    with waits.database.read() as one, writes.database.read() as two:
        assert state(one) == state(two)
        counts = [[(a.id, a.counted) for a, _ in store.firing_alerts(session)] for session in (one, two)]
        assert counts[0] == counts[1]
    other.dispose()


async def test_who_lists_alerts_is_told_of_all(process: Process) -> None:
    process.post([process.alert("A", 1)], [])
    listing = Listing(process.config, process.database, process.clock)
    reply = await listing.alerts(Request(SOURCE, "/api/v2/alerts", {}, b""))
    assert {one["labels"]["instance"] for one in json.loads(reply.body) if one["labels"]["alertname"] == "A"} == {
        "0",
        "1",
    }
