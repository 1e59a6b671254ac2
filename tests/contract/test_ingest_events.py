"""Plain JSON for pipelines, cron jobs and notebooks, and the client that sends it."""

import asyncio
import importlib.util
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from bot.http.ingest.app import Ingest
from bot.slack import load
from core.alerts import store
from core.changes.tables import Change
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, posts, statuses
from tests.ingest_support import elsewhere, sender
from tests.loopback import free_socket, serving
from tests.senders_support import bearer, digest, team
from workflows.lapse import expire
from workflows.receiver import Receiver, Writer

EVENT = {"title": "Nightly export failed", "pipeline": "flights", "summary": "Disk full", "severity": "error"}


async def test_an_event_fires_until_it_is_resolved(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    full = {**EVENT, "labels": {"step": "load"}, "details": {"rows": 12, "why": "disk"}, "url": "https://ci/1"}
    async with sender(config, database, clock) as client:
        first = await client.post("/events", json=full)
        again = await client.post("/events", json={**full, "summary": "Disk still full"})
        assert (first.status_code, again.json()) == (200, first.json())
        with database.read() as session:
            (group,) = groups(session)
            assert (group.title, group.pipeline, group.severity) == ("Nightly export failed", "flights", "error")
            (row,) = store.alerts_of(session, group.id)
            assert (row.counted, row.generator_url, row.labels["step"]) == (2, "https://ci/1", "load")
            assert row.annotations == {
                "rows": "12",
                "why": "disk",
                "title": "Nightly export failed",
                "summary": "Disk still full",
            }
            assert store.next_due(session) is None
        key = first.json()["keys"][0]
        over = {"title": "whatever", "key": key, "status": "resolved"}
        assert (await client.post("/events", json=over)).status_code == 200
    with database.read() as session:
        assert statuses(session) == ["resolved"]


async def test_an_event_may_expire(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    async with sender(config, sqlite_database, clock) as client:
        for _ in range(2):
            await client.post("/events", json={**EVENT, "expires": "30m"})
            clock.advance(timedelta(minutes=20))
    for minutes, status in ((9, "firing"), (1, "resolved")):
        clock.advance(timedelta(minutes=minutes))
        with sqlite_database.write() as session:
            expire(session, config, clock.now())
            assert statuses(session) == [status]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "title"),
        ({**EVENT, "titel": "x"}, "titel"),
        ({**EVENT, "title": ""}, "$.title"),
        ([EVENT, {**EVENT, "severity": "bad"}], "$[1].severity"),
        (
            [EVENT, {**EVENT, "pipeline": "fligths"}],
            "1: “fligths” is not among the pipelines; did you mean “flights”?",
        ),
        (
            {**EVENT, "pipeline": "", "labels": {"pipeline": "fligths"}},
            "0: “fligths” is not among the pipelines; did you mean “flights”? Known: flights",
        ),
        ([EVENT, {**EVENT, "expires": "soon"}], "event 1: “soon” is not a duration"),
        ([EVENT, {**EVENT, "url": "nowhere"}], "event 1: generatorURL"),
        ([EVENT, {**EVENT, "labels": {"a\n": "b"}}], "event 1: invalid label name"),
        ({**EVENT, "key": "a\x00"}, "event 0: the key holds a NUL"),
        ({**EVENT, "severity": "high"}, "'high' - at `$.severity`; it can be critical, error, info, warning"),
        ([EVENT, {**EVENT, "status": "down"}], "'down' - at `$[1].status`; it can be firing, resolved"),
        ({**EVENT, "sumary": "x"}, "unknown field `sumary`; there are title, status, key"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_stored(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: Any, said: str
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post("/events", json=body)
    assert reply.status_code == 422
    assert said in reply.json()["message"]
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_a_source_speaks_for_nothing_but_its_labels(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    """Whatever it says itself, on every path: and its silences cover nothing else."""
    scoped = team(config, {"id": "ci", "labels": {"pipeline": "flights", "team": "ml"}})
    silence = {
        "matchers": [{"name": "alertname", "value": "A", "isRegex": False}],
        "startsAt": clock.now().isoformat(),
        "endsAt": (clock.now() + timedelta(hours=1)).isoformat(),
        "createdBy": "ci",
        "comment": "deploying",
    }
    async with sender(scoped, database, clock) as client:
        foreign = [{"labels": {"alertname": "A", "pipeline": "other", "severity": "info"}}]
        await client.post("/api/v2/alerts", json=foreign)
        free = (await client.post("/api/v2/silences", json=silence)).json()["silenceID"]
        client.headers.update(bearer("ci"))
        await client.post("/api/v2/alerts", json=foreign)
        await client.post("/events", json={"title": "B", "pipeline": "unknown", "labels": {"team": "x"}})
        await client.post("/changes", json={"summary": "Deployed"})
        made = (await client.post("/api/v2/silences", json=silence)).json()["silenceID"]
        listed = (await client.get(f"/api/v2/silence/{made}")).json()["matchers"]
        assert {m["name"]: m["value"] for m in listed} == {"alertname": "A", "pipeline": "flights", "team": "ml"}
        assert (await client.delete(f"/api/v2/silence/{free}")).status_code == 404, "another's"
        assert (await client.post("/api/v2/silences", json={**silence, "id": free})).status_code == 404
        assert (await client.delete(f"/api/v2/silence/{made}")).status_code == 200
    with database.read() as session:
        assert [group.pipeline for group in groups(session)] == [None, "flights", "flights"]
        labels = [store.alerts_of(session, group_id)[0].labels for group_id in (1, 2, 3)]
        assert [found.get("team") for found in labels] == [None, "ml", "ml"]
        assert session.scalars(select(Change.pipeline)).one() == "flights"


async def test_the_old_token_is_good_while_a_new_one_is_handed_out(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    rotating = team(config, {"id": "ci", "token_sha256": [digest("old"), digest("new")]})
    async with sender(rotating, sqlite_database, clock) as client:
        for token, status in (("old", 200), ("new", 200), ("older", 401)):
            assert (await client.post("/events", json=EVENT, headers=bearer(token))).status_code == status
    with sqlite_database.read() as session:
        assert statuses(session) == ["firing"], "one source, one alert"


async def test_changes_in_plain_json(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    change = {"summary": "Backfilled 2013-02-10", "pipeline": "flights", "links": [{"href": "https://ci/2"}]}
    async with sender(config, sqlite_database, clock) as client:
        await client.post("/events", json=EVENT)
        for body in (change, [change, {**change, "key": "a"}]):
            assert (await client.post("/changes", json=body)).status_code == 200
        for wrong in ({"summary": ""}, {**change, "pipeline": "x"}, {**change, "at": "2013-02-11T12:00:00"}):
            assert (await client.post("/changes", json=wrong)).status_code == 422
    with sqlite_database.read() as session:
        assert len(session.scalars(select(Change)).all()) == 2, "the repeat is none"
        assert len(posts(session, "change")) == 2


async def test_whoever_tells_a_change_of_no_pipeline_learns_where_it_stands(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        await client.post("/events", json={"title": "Disk full", "key": "disk"})
        mixed = [{"summary": "Kernel upgraded"}, {"summary": "Deployed", "pipeline": "flights"}]
        told = (await client.post("/changes", json=mixed)).json()
        assert (told["taken"], told["without_pipeline"]) == (2, 1)
        assert "in no thread" in told["hint"]
        assert "hint" not in (await client.post("/changes", json=mixed[1])).json()
        refused = await client.post("/changes", json={"summary": "Deployed", "pipeline": "fligths"})
        assert "“fligths” is not among the pipelines; did you mean “flights”?" in refused.text
    with sqlite_database.read() as session:
        (group,) = groups(session)
        state = load.with_changes(session, load.group_state(session, config, group), clock.now())
        assert [change.summary for change in state.changes] == ["Kernel upgraded"]


def load_client(source: bytes, folder: Path) -> ModuleType:
    """The client as a notebook would use it: a file that was fetched from the server."""
    path = folder / "goldilocks_client.py"
    path.write_bytes(source)
    spec = importlib.util.spec_from_file_location("fetched_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_client_that_the_server_hands_out(
    sqlite_database: Database,
    config: Config,
    clock: SimulatedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = team(config, heartbeats=({"id": "export", "every": "1h", "pipeline": "flights"},))
    async with sender(watched, sqlite_database, clock) as anybody:
        fetched = await anybody.get("/goldilocks_client.py", headers={"authorization": ""})
    client = load_client(fetched.content, tmp_path)
    bound, url = free_socket()
    monkeypatch.setenv("GOLDILOCKS_URL", f"{url}/")
    monkeypatch.setenv("GOLDILOCKS_TOKEN", "demo-alertmanager")
    monkeypatch.setattr(client.time, "sleep", lambda _seconds: None)
    writer = Writer(sqlite_database, clock, Receiver(watched))

    def use() -> None:
        with pytest.raises(ZeroDivisionError), client.watched("Training failed", pipeline="flights"):
            raise ZeroDivisionError("no rows")
        with sqlite_database.read() as session:
            assert (statuses(session), "ZeroDivisionError" in groups(session)[0].summary) == (["firing"], True)
        with client.watched("Training failed", pipeline="flights"):
            pass
        client.change("Deployed v2", pipeline="flights")
        client.beat("export")
        with pytest.raises(ValueError, match="is not among the pipelines"):
            client.event("x", pipeline="nope")

    async with writer, serving(Ingest(watched, sqlite_database, clock, writer, elsewhere), bound):
        await asyncio.to_thread(use)
    with pytest.raises(OSError):
        await asyncio.to_thread(client.event, "nobody listens any more")
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved"]
        assert session.scalars(select(Change.summary)).all() == ["Deployed v2"]
