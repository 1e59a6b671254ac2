"""The Alertmanager API v2 as Prometheus, Grafana and amtool use it."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from core.alerts import store
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, statuses
from tests.ingest_support import sender

ALERTS = "/api/v2/alerts"
LATENCY = {"alertname": "HighLatency", "severity": "critical"}


async def test_a_batch_as_prometheus_sends_it(database: Database, config: Config, clock: SimulatedClock) -> None:
    batch = [
        {
            "labels": {**LATENCY, "instance": f"host-{i}:9100", "empty": ""},
            "annotations": {"summary": f"p99 of host-{i} is 3 s"},
            "startsAt": "2013-02-11T12:58:00.123456789Z",
            "endsAt": (clock.now() + timedelta(minutes=4)).isoformat(),
            "generatorURL": "http://prometheus:9090/graph?g0.expr=latency+%3E+1&g0.tab=1",
        }
        for i in range(64)
    ]
    async with sender(config, database, clock) as client:
        first = await client.post(ALERTS, json=batch)
        again = await client.post(ALERTS, json=batch)
    assert [(r.status_code, r.content) for r in (first, again)] == [(200, b"")] * 2
    with database.read() as session:
        assert statuses(session) == ["firing"]
        assert store.count_alerts(session, 1) == (64, 64, 128)
        row = store.alerts_of(session, 1, limit=1)[0]
        assert "empty" not in row.labels
        assert row.annotations["summary"].startswith("p99 of host-")
        assert row.starts_at.isoformat() == "2013-02-11T12:58:00.123457+00:00"
        assert row.generator_url.startswith("http://prometheus:9090/graph")


async def test_amtool_and_curl_leave_times_out(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    zero = "0001-01-01T00:00:00.000Z"
    batch = [{"labels": LATENCY}, {"labels": {**LATENCY, "a": "b"}, "startsAt": zero, "endsAt": zero}]
    async with sender(config, sqlite_database, clock) as client:
        assert (await client.post(ALERTS, json=batch)).status_code == 200
    with sqlite_database.read() as session:
        rows = store.alerts_of(session, 1)
        assert [(r.starts_at, r.ends_at) for r in rows] == [(clock.now(), clock.now() + timedelta(minutes=5))] * 2


async def test_the_valid_alerts_of_a_batch_are_stored_and_the_others_named(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    batch = [
        {"labels": LATENCY},
        {"labels": {"empty": ""}},
        {"labels": {**LATENCY, **{f"label_{i}": "x" for i in range(300)}}},
        {"labels": {**LATENCY, "host": "x" * 3_000}},
        {"labels": {**LATENCY, "a\nb": "x"}},
        {"labels": LATENCY, "startsAt": "2013-02-11T12:00:00Z", "endsAt": "2013-02-11T11:00:00Z"},
        {"labels": {**LATENCY, "zone": "\x00"}},
    ]
    async with sender(config, database, clock) as client:
        reply = await client.post(ALERTS, json=batch)
    assert reply.status_code == 400
    text = reply.json()
    assert isinstance(text, str), "a JSON string, as Alertmanager answers"
    for said in (
        "alert 1: at least one label pair required",
        "alert 2: 302 labels, and at most 64 are accepted",
        "alert 3: the value of label 'host' has 3000 characters",
        "alert 4: invalid label name 'a\\nb'",
        "alert 5: start time must be before end time",
        "alert 6: the value of label 'zone' holds a NUL character",
    ):
        assert said in text
    with database.read() as session:
        assert store.count_alerts(session, 1) == (1, 1, 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b'[{"labels"', 400),
        (b"\xff\xfe", 400),
        (rb'[{"labels": {"a": "\ud800"}}]', 400),
        (b"[" * 5_000, 422),
        (b'[{"labels": {"a": "b"}, "x": ' + b"[" * 100_000, 400),
        (b"{}", 422),
        (b'[{"annotations": {}}]', 422),
        (b'[{"labels": {"a": 1}}]', 422),
        (b'[{"labels": []}]', 422),
        (b'[{"labels": {"a": "b"}, "startsAt": "yesterday"}]', 422),
        (b'[{"labels": {"a": "b"}, "startsAt": "2013-02-11T12:00:00"}]', 422),
        (b'[{"labels": {"a": "b"}, "generatorURL": "not a uri"}]', 422),
    ],
)
async def test_what_has_another_shape_is_refused_whole(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: bytes, status: int
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(ALERTS, content=body)
    assert reply.status_code == status
    assert set(reply.json()) == {"code", "message"}
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_what_is_not_unicode_is_refused_by_itself(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    body = b'[{"labels": {"alertname": "A"}}, {"labels": {"alertname": "\xff"}}]'
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(ALERTS, content=body)
    assert reply.status_code == 400
    assert reply.json() == "alert 1: its labels or annotations are not valid Unicode"
    with sqlite_database.read() as session:
        assert [group.title for group in groups(session)] == ["A"]


async def test_nothing_is_nothing(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    async with sender(config, sqlite_database, clock) as client:
        assert (await client.post(ALERTS, content=b"[]")).status_code == 200
        odd = [
            {"labels": LATENCY, "annotations": None, "startsAt": None, "generatorURL": "", "unknown": {"x": [1]}}
        ]
        assert (await client.post(ALERTS, json=odd)).status_code == 200
    with sqlite_database.read() as session:
        assert statuses(session) == ["firing"]


async def test_too_much_is_refused_before_it_is_read(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 1_000_000

    async with sender(config, sqlite_database, clock) as client:
        stated = await client.post(ALERTS, content=b"[]", headers={"content-length": str(10**9)})
        flowing = await client.post(ALERTS, content=endless())
        many = await client.post(ALERTS, json=[{"labels": LATENCY}] * 10_001)
        packed = await client.post(ALERTS, content=b"[]", headers={"content-encoding": "gzip"})
        asked = await client.get(ALERTS + "?" + "filter=a%3Db&" * 101)
    assert [r.status_code for r in (stated, flowing, many, packed, asked)] == [413, 413, 413, 415, 400]
    assert "at most" in stated.json()["message"]
    assert "10001 alerts" in many.json()["message"]


async def test_hostile_text_is_kept_as_text(database: Database, config: Config, clock: SimulatedClock) -> None:
    nasty = "<!channel> <http://evil|click> & \u202egnol 🐻\u200b"
    alert = {
        "labels": {**LATENCY, "host": nasty},
        "annotations": {"summary": nasty, "long": "x" * 100_000, "nul": "a\x00b"},
    }
    async with sender(config, database, clock) as client:
        assert (await client.post(ALERTS, json=[alert])).status_code == 200
    with database.read() as session:
        (row,) = store.alerts_of(session, 1)
        assert row.labels["host"] == nasty
        assert row.annotations["summary"] == nasty
        assert row.annotations["long"] == "x" * 10_000 + "… (90,000 more characters cut)"
        assert row.annotations["nul"] == "a\ufffdb"
        assert groups(session)[0].summary == nasty.strip()


async def test_only_a_source_of_the_team_may_send(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    basic = base64.b64encode(b"prometheus:demo-alertmanager").decode()
    async with sender(config, sqlite_database, clock) as client:
        for header in ("", "Bearer", "Bearer wrong", "Basic !!!", "Basic bm9jb2xvbg==", "Digest x"):
            reply = await client.post(ALERTS, json=[{"labels": LATENCY}], headers={"authorization": header})
            assert reply.status_code == 401, header
            assert "Basic" in reply.headers["www-authenticate"]
        good = await client.post(ALERTS, json=[], headers={"authorization": f"Basic {basic}"})
        assert good.status_code == 200
    with sqlite_database.read() as session:
        assert groups(session) == []


async def test_other_paths_and_methods(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    async with sender(config, sqlite_database, clock) as client:
        assert (await client.get("/slack/events")).status_code == 418
        assert (await client.get("/api/v2/unknown")).status_code == 404
        wrong = await client.put(ALERTS, json=[])
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST, GET")
        bare = {"authorization": ""}
        assert (await client.get("/-/healthy", headers=bare)).text == "OK"
        assert (await client.get("/-/ready", headers=bare)).status_code == 200


async def test_what_amtool_and_grafana_read(database: Database, config: Config, clock: SimulatedClock) -> None:
    batch = [{"labels": {**LATENCY, "zone": zone}} for zone in "ab"]
    silence = {
        "matchers": [{"name": "zone", "value": "a|x", "isRegex": True}],
        "startsAt": clock.now().isoformat(),
        "endsAt": (clock.now() + timedelta(hours=1)).isoformat(),
        "createdBy": "amtool",
        "comment": "moving",
    }
    async with sender(config, database, clock) as client:
        await client.post(ALERTS, json=batch)
        made = await client.post("/api/v2/silences", json=silence)
        assert made.status_code == 200
        found = made.json()["silenceID"]
        alerts = (await client.get(ALERTS)).json()
        states = {a["labels"]["zone"]: (a["status"]["state"], a["status"]["silencedBy"]) for a in alerts}
        assert states == {"a": ("suppressed", [found]), "b": ("active", [])}
        assert [a["labels"]["zone"] for a in (await client.get(f"{ALERTS}?silenced=false")).json()] == ["b"]
        by_filter = await client.get(ALERTS, params={"filter": ['zone=~"b.*"', "alertname=HighLatency"]})
        assert [a["labels"]["zone"] for a in by_filter.json()] == ["b"]
        assert (await client.get(ALERTS, params={"filter": "what?"})).status_code == 400
        (group,) = (await client.get("/api/v2/alerts/groups")).json()
        assert len(group["alerts"]) == 2
        (listed,) = (await client.get("/api/v2/silences")).json()
        assert (listed["id"], listed["status"]["state"]) == (found, "active")
        assert (await client.get("/api/v2/silences", params={"filter": 'zone="q"'})).json() == []
        assert (await client.get(f"/api/v2/silence/{found}")).json()["comment"] == "moving"
        assert (await client.delete(f"/api/v2/silence/{found}")).status_code == 200
        assert (await client.get(f"/api/v2/silence/{found}")).json()["status"]["state"] == "expired"
        unknown = "/api/v2/silence/00000000-0000-4000-8000-000000000000"
        assert (await client.get(unknown)).status_code == 404
        assert (await client.delete(unknown)).status_code == 404
        assert (await client.post("/api/v2/silences", json={**silence, "id": "unknown"})).status_code == 404
        for no_uuid in ("unknown", "%00"):
            assert (await client.get(f"/api/v2/silence/{no_uuid}")).json()["code"] == 601
            assert (await client.delete(f"/api/v2/silence/{no_uuid}")).status_code == 422
        assert (await client.post("/api/v2/silences", json={**silence, "id": "\0"})).status_code == 404
        ends_before = {**silence, "endsAt": silence["startsAt"]}
        assert (await client.post("/api/v2/silences", json=ends_before)).status_code == 400
        assert (await client.post("/api/v2/silences", json={**silence, "matchers": []})).json()["code"] == 612
        assert (await client.post("/api/v2/silences", json={"matchers": []})).status_code == 422
        assert (await client.get("/api/v2/status")).json()["cluster"]["status"] == "disabled"
        assert (await client.get("/api/v2/receivers")).json() == [{"name": "goldilocks"}]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'[{"labels":{"a":"1"}},{"labels":{"a":1}}]', "1.labels: Expected `str | null`, got `int`"),
        (b'[{"labels":{"a":"1"},"annotations":{"b":[]}}]', "0.annotations: Expected `str | null`, got `array`"),
        (b'[{"labels":{"a":"1"},"startsAt":"2026-02-30T00:00:00Z"}]', "at `$[0].startsAt`"),
        (b'[{"labels":{"a":"1"},"startsAt":"2026-02-28T00:00:00"}]', "0: 2026-02-28T00:00:00 has no zone"),
        (b'[{"labels":{"a":"\\ud83d\\ude00 \\ud83d"}}]', "half of a surrogate pair stands near byte 30"),
        (b'[{"labels":{"a":"\\ude00"}}]', "invalid utf-16 surrogate pair (byte 23)"),
        (b'[{"labels":{"a":"1', "Input data was truncated"),
    ],
)
async def test_a_refusal_names_the_place(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: bytes, place: str
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(ALERTS, content=body)
    assert reply.status_code in (400, 422)
    assert place in reply.json()["message"]


async def test_an_alert_of_a_clock_that_is_days_ahead_is_kept_and_begins_now(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    body = [{"labels": LATENCY, "startsAt": "2013-02-15T12:00:00Z"}]
    async with sender(config, database, clock) as client:
        for _ in range(3):
            reply = await client.post(ALERTS, json=body)
            assert (reply.status_code, reply.content) == (200, b"")
            (shown,) = (await client.get(ALERTS)).json()
            clock.advance(timedelta(minutes=1))
    assert shown["startsAt"] < shown["endsAt"], "an end before the start is what amtool showed"
    with database.read() as session:
        assert store.count_alerts(session, 1) == (1, 1, 3), "repeated, not begun afresh"
