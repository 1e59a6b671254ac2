"""PagerDuty's Events API v2: its own Python client, Alertmanager's receiver, and what its reference says."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pagerduty
import pytest
from sqlalchemy import select

from bot.http.ingest.app import Ingest
from bot.slack.render import Renderer
from core.alerts import store
from core.alerts.tables import AlertGroup
from core.changes.event import LOOSE
from core.changes.tables import Change
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall.tables import PageStatus
from tests.alerts_support import audit_of, groups, page_of, posts, statuses
from tests.ingest_support import elsewhere, sender
from tests.loopback import free_socket, serving
from tests.senders_support import digest, recorded, team
from workflows import respond
from workflows.receiver import Receiver, Writer

ENQUEUE, CHANGE = "/v2/enqueue", "/v2/change/enqueue"
KEY = "0123456789abcdef0123456789abcdef"
PAYLOAD = {"summary": "Disk is full", "source": "db-1", "severity": "critical"}


class PlainHttp(httpx2.HTTPTransport):
    """The client insists on https, which ends in front of us."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(scheme="http")
        return super().handle_request(request)


@pytest.fixture
def pd_config(config: Config) -> Config:
    return team(config, {"id": "pd", "token_sha256": digest(KEY)}, {"id": "other"})


def event(action: str, key: str | None = "disk", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"routing_key": KEY, "event_action": action, "payload": PAYLOAD}
    return {**body, **({"dedup_key": key} if key else {}), **more}


async def test_the_python_client_of_pagerduty(
    sqlite_database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    bound, url = free_socket()
    writer = Writer(sqlite_database, clock, Receiver(pd_config))
    app = Ingest(pd_config, sqlite_database, clock, writer, elsewhere)
    client = pagerduty.EventsApiV2Client(KEY, base_url=url.replace("http:", "https:"), transport=PlainHttp())
    async with writer, serving(app, bound):
        key = await asyncio.to_thread(
            client.trigger,
            "Disk is full",
            "db-1",
            severity="error",
            custom_details={"pipeline": "flights", "free": 0},
            links=[{"href": "https://example.com/disk", "text": "Graph"}],
        )
        assert len(key) == 32
        assert await asyncio.to_thread(client.acknowledge, key) == key
        with sqlite_database.read() as session:
            assert statuses(session) == ["acknowledged"]
        assert await asyncio.to_thread(client.resolve, key) == key
        await asyncio.to_thread(
            client.submit, "Deployed 1.2", "flights", timestamp="2013-02-11T12:59:00.123456+00:00Z"
        )
        with pytest.raises(pagerduty.HttpError) as caught:
            await asyncio.to_thread(client.trigger, "x", "y", severity="bad")
        assert caught.value.response.status_code == 400
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved"]
        (row,) = store.alerts_of(session, 1)
        assert row.annotations["free"] == "0"
        assert row.annotations["links"] == "Graph https://example.com/disk"
        assert (groups(session)[0].pipeline, groups(session)[0].severity) == ("flights", "error")
        (change,) = session.scalars(select(Change))
        assert (change.summary, change.pipeline) == ("Deployed 1.2", "flights")
        assert change.at.isoformat() == "2013-02-11T12:59:00.123456+00:00"


async def test_what_alertmanager_sends_to_pagerduty(
    database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    trigger, resolve = recorded("pagerduty_from_alertmanager_0_25.json")
    async with sender(pd_config, database, clock) as client:
        for body in (trigger, trigger):
            reply = await client.post(ENQUEUE, json=body)
            assert (reply.status_code, reply.json()["dedup_key"]) == (202, trigger["dedup_key"])
        with database.read() as session:
            (group,) = groups(session)
            assert (group.status, group.severity, group.pipeline) == ("firing", "critical", "flights")
            assert group.title == "[FIRING:1] HighLatency flights (a critical)"
            (row,) = store.alerts_of(session, 1)
            assert row.counted == 2
            assert "alertname = HighLatency" in row.annotations["firing"]
            assert row.generator_url == "http://alertmanager:9093/#/alerts?receiver=pd"
        assert (await client.post(ENQUEUE, json=resolve)).status_code == 202
    with database.read() as session:
        assert statuses(session) == ["resolved"]


async def test_the_answers_are_those_of_pagerduty(
    sqlite_database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    async with sender(pd_config, sqlite_database, clock) as client:
        reply = await client.post(ENQUEUE, json=event("trigger"))
        assert reply.status_code == 202
        assert reply.json() == {"status": "success", "message": "Event processed", "dedup_key": "disk"}
        told = {"status": "success", "message": "Change event processed"}
        for about, hint in (({"source": "flights"}, {}), ({}, {"hint": LOOSE})):
            body = {"routing_key": KEY, "payload": {"summary": "Deployed", **about}}
            reply = await client.post(CHANGE, json=body)
            assert (reply.status_code, reply.json()) == (202, told | hint)
        reply = await client.post(ENQUEUE, json={**event("trigger"), "routing_key": ""})
        assert reply.status_code == 400
        assert reply.json() == {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": ["'routing_key' is missing or blank"],
        }


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (event("trigger", routing_key="x" * 32), "'routing_key' is not known"),
        (event("explode"), "'event_action' is invalid"),
        (event("trigger", payload={**PAYLOAD, "severity": "bad"}), "'payload.severity' is invalid"),
        (event("trigger", payload={**PAYLOAD, "summary": ""}), "'payload.summary' is invalid"),
        (event("trigger", payload={**PAYLOAD, "summary": "x" * 1_025}), "'payload.summary' is invalid"),
        (event("trigger", payload={**PAYLOAD, "component": "x" * 3_000}), "label 'component' has 3000"),
        (event("trigger", payload={"summary": "x", "severity": "info"}), "missing required field `source`"),
        (event("trigger", payload=None), "'payload' is invalid"),
        (event("trigger", key="x" * 256), "'dedup_key' is invalid"),
        (event("trigger", key="a\x00b"), "the key holds a NUL"),
        (event("acknowledge", key=None), "'dedup_key' is missing or blank"),
        (event("resolve", key=None), "'dedup_key' is missing or blank"),
    ],
)
async def test_what_is_wrong_is_named(
    sqlite_database: Database, pd_config: Config, clock: SimulatedClock, body: dict[str, Any], place: str
) -> None:
    async with sender(pd_config, sqlite_database, clock) as client:
        reply = await client.post(ENQUEUE, json=body)
    assert (reply.status_code, reply.json()["status"]) == (400, "invalid event")
    assert place in reply.json()["errors"][0]
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_sizes_and_bad_json(sqlite_database: Database, pd_config: Config, clock: SimulatedClock) -> None:
    large = event("trigger", payload={**PAYLOAD, "custom_details": "x" * 512 * 1024})
    async with sender(pd_config, sqlite_database, clock) as client:
        assert (await client.post(ENQUEUE, json=large)).status_code == 413
        for content in (b"", b"[", b"\xff", b"[]", b"[" * 100_000):
            reply = await client.post(ENQUEUE, content=content)
            assert (reply.status_code, reply.json()["status"]) == (400, "invalid event")
        many = {f"name {i}": i for i in range(500)}
        assert (
            await client.post(
                ENQUEUE, json=event("trigger", client="x", payload={**PAYLOAD, "custom_details": many})
            )
        ).status_code == 202
    with sqlite_database.read() as session:
        (row,) = store.alerts_of(session, 1)
        assert row.annotations["name 0"] == "0"
        assert '"name 499":499' in row.annotations["custom_details"], "nothing is lost beyond the limit"


async def test_a_key_is_one_alert_until_it_is_resolved(
    database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    async with sender(pd_config, database, clock) as client:
        for payload in (PAYLOAD, {**PAYLOAD, "summary": "Disk is still full"}):
            await client.post(ENQUEUE, json=event("trigger", payload=payload))
        with database.read() as session:
            assert store.count_alerts(session, 1) == (1, 1, 2)
            assert store.alerts_of(session, 1)[0].annotations["title"] == "Disk is still full"
        first = (await client.post(ENQUEUE, json=event("trigger", key=None))).json()["dedup_key"]
        second = (await client.post(ENQUEUE, json=event("trigger", key=None))).json()["dedup_key"]
        assert first != second
        for body in (event("resolve", payload="not looked at"), event("resolve", "unknown")):
            assert (await client.post(ENQUEUE, json=body)).status_code == 202
        with database.read() as session:
            assert store.count_alerts(session, 1) == (2, 3, 5)
        for key in (first, second):
            await client.post(ENQUEUE, json=event("resolve", key))
        clock.advance(timedelta(seconds=1))
        await client.post(ENQUEUE, json=event("trigger"))
    with database.read() as session:
        assert statuses(session) == ["resolved", "firing"], "after a resolve it is a new incident"


async def test_a_trigger_after_a_person_resolved_is_a_new_incident(
    sqlite_database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    person = pd_config.team.person("maya")
    async with sender(pd_config, sqlite_database, clock) as client:
        await client.post(ENQUEUE, json=event("trigger"))
        with sqlite_database.write() as session:
            assert respond.resolve(session, pd_config, 1, person, "maya", clock.now()).allowed
        await client.post(ENQUEUE, json=event("trigger"))
    with sqlite_database.read() as session:
        assert statuses(session) == ["resolved", "firing"]


async def test_keys_belong_to_their_sender(
    sqlite_database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    foreign = event("resolve", routing_key="other")
    imitation = [
        {"labels": {"source": "pd", "key": "disk", "dedup_key": "disk"}, "endsAt": "2013-02-11T12:00:00Z"}
    ]
    async with sender(pd_config, sqlite_database, clock) as client:
        await client.post(ENQUEUE, json=event("trigger"))
        assert (await client.post(ENQUEUE, json=foreign)).status_code == 202
        assert (await client.post("/api/v2/alerts", json=imitation)).status_code == 200
    with sqlite_database.read() as session:
        assert statuses(session) == ["firing"]


async def test_an_alert_that_becomes_worse_calls(
    database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    async with sender(pd_config, database, clock) as client:
        await client.post(ENQUEUE, json=event("trigger", payload={**PAYLOAD, "severity": "warning"}))
        with database.read() as session:
            assert page_of(session, 1) is None
        await client.post(ENQUEUE, json=event("trigger"))
    with database.read() as session:
        assert groups(session)[0].severity == "critical"
        assert store.alerts_of(session, 1)[0].labels["severity"] == "critical"
        assert page_of(session, 1) is not None


async def test_acknowledged_by_its_sender(database: Database, pd_config: Config, clock: SimulatedClock) -> None:
    """The page is answered in the sender's name; a person may still take it, and then keeps it."""
    person = pd_config.team.person("maya")
    async with sender(pd_config, database, clock) as client:
        assert (await client.post(ENQUEUE, json=event("acknowledge"))).status_code == 202
        await client.post(ENQUEUE, json=event("trigger"))
        for _ in range(2):
            assert (await client.post(ENQUEUE, json=event("acknowledge"))).status_code == 202
        with database.read() as session:
            (group,) = groups(session)
            assert (group.status, group.acknowledged_by) == ("acknowledged", "source:pd")
            page = page_of(session, 1)
            assert page is not None
            assert (page.status, page.answered_by) == (PageStatus.ANSWERED, "source:pd")
            (entry,) = audit_of(session, "alert.acknowledge")
            assert (entry.actor, entry.reason) == ("source:pd", "acknowledged_by_sender")
        with database.write() as session:
            assert respond.acknowledge(session, pd_config, 1, person, "maya", clock.now()).allowed
        await client.post(ENQUEUE, json=event("acknowledge"))
        with database.read() as session:
            assert groups(session)[0].acknowledged_by == "maya"


async def test_a_change_is_told_where_something_is_wrong(
    database: Database, pd_config: Config, clock: SimulatedClock
) -> None:
    change = {
        "routing_key": KEY,
        "payload": {
            "summary": "Deployed <!channel> v42",
            "timestamp": "2013-02-11T12:58:00+0000",
            "custom_details": {"pipeline": "flights", "build": {"number": 7}},
        },
        "links": [{"href": "https://ci.example.com/7", "text": "Build"}],
    }
    flights = {**PAYLOAD, "custom_details": {"pipeline": "flights"}}
    async with sender(pd_config, database, clock) as client:
        await client.post(ENQUEUE, json=event("trigger", payload=flights))
        await client.post(ENQUEUE, json=event("trigger", "elsewhere"))
        for _ in range(2):
            assert (await client.post(CHANGE, json=change)).status_code == 202
        clock.advance(timedelta(minutes=11))
        assert (await client.post(CHANGE, json=change)).status_code == 202
    with database.read() as session:
        first, second = session.scalars(select(Change).order_by(Change.id))
        assert (first.pipeline, first.source, first.details["build"]) == ("flights", "pd", '{"number":7}')
        assert first.at.isoformat() == "2013-02-11T12:58:00+00:00"
        concerned = session.scalars(select(AlertGroup).where(AlertGroup.pipeline == "flights")).one()
        told = [(post.key, post.parent) for post in posts(session, "change")]
        drawn = Renderer(pd_config).render(session, posts(session, "change")[0])
        assert drawn is not None
        assert drawn.text == "*Changed:* Deployed &lt;!channel&gt; v42 · <https://ci.example.com/7|Build>"
        assert told == [(f"change:{c.id}:{concerned.id}", concerned.message) for c in (first, second)]
        assert [entry.actor for entry in audit_of(session, "change.tell")] == ["source:pd", "source:pd"]
