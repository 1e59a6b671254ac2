"""Grafana's webhook contact point, and its old alerting."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.alerts import store
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, statuses
from tests.ingest_support import sender
from tests.senders_support import bearer, hex_signature, recorded, team

HOOK = "/webhooks/grafana"
SIGNING = {"id": "grafana", "hmac_secret": "env:S"}


def resolved(body: dict[str, Any]) -> dict[str, Any]:
    over = [{**alert, "status": "resolved", "endsAt": "2013-02-11T12:59:00Z"} for alert in body["alerts"]]
    return {**body, "status": "resolved", "alerts": over}


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_notification_its_redelivery_and_its_end(
    database: Database, config: Config, clock: SimulatedClock, method: str
) -> None:
    body = recorded("grafana_webhook_v1.json")
    async with sender(config, database, clock) as client:
        for _ in range(2):
            assert (await client.request(method, HOOK, json=body)).status_code == 200
        with database.read() as session:
            assert statuses(session) == ["firing", "firing"]
            assert [group.pipeline for group in groups(session)] == ["flights", "flights"]
            (memory,) = store.alerts_of(session, 1)
            (cpu,) = store.alerts_of(session, 2)
        assert memory.annotations == {
            "summary": "The server has high memory usage",
            "runbook_url": "https://runbooks.example.com/memory",
            "silenceURL": "https://grafana.example.com/alerting/silence/new?alertmanager=grafana",
            "dashboardURL": "https://grafana.example.com/d/dashboard_uid",
            "panelURL": "https://grafana.example.com/d/dashboard_uid?viewPanel=1",
            "imageURL": "https://grafana.example.com/images/1.png",
            "values": "B=44.23943737541908, C=1",
        }
        assert (cpu.annotations, cpu.generator_url) == ({}, ""), "an address that leads nowhere costs no alert"
        assert (await client.request(method, HOOK, json=resolved(body))).status_code == 200
        assert (await client.request(method, HOOK, json=body)).status_code == 200
    with database.read() as session:
        assert statuses(session) == ["resolved", "resolved"], "a late redelivery of what has ended opens nothing"


async def test_who_signs_must_sign(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    """A token that leaked is not enough, on no path."""
    content = json.dumps(recorded("grafana_webhook_v1.json")).encode()
    now = str(int(clock.now().timestamp()))
    old = str(int((clock.now() - timedelta(minutes=6)).timestamp()))
    good = hex_signature(content)
    tried = [
        ({}, 401),
        ({"x-grafana-alerting-signature": hex_signature(content + b" ")}, 401),
        ({"x-grafana-alerting-signature": hex_signature(content, "env:OTHER")}, 401),
        ({"x-grafana-alerting-signature": "no hex"}, 401),
        ({"x-grafana-alerting-signature": good}, 200),
        ({"x-grafana-alerting-signature": good.upper()}, 200),
        ({"x-grafana-alerting-signature": good, "x-grafana-alerting-timestamp": now}, 401),
        (_timed(content, now), 200),
        (_timed(content, old), 401),
        (_timed(content, "now"), 401),
    ]
    async with sender(team(config, SIGNING), sqlite_database, clock) as client:
        for headers, status in tried:
            reply = await client.post(HOOK, content=content, headers={**bearer("grafana"), **headers})
            assert reply.status_code == status, headers
        assert (await client.post("/api/v2/alerts", json=[], headers=bearer("grafana"))).status_code == 401
        assert (await client.post(HOOK, content=content)).status_code == 200, "others need no signature"
        assert (await client.post(HOOK, content=content, headers=bearer("wrong"))).status_code == 401


def _timed(content: bytes, at: str) -> dict[str, str]:
    signature = hex_signature(at.encode() + b":" + content)
    return {"x-grafana-alerting-signature": signature, "x-grafana-alerting-timestamp": at}


async def test_the_old_shape(database: Database, config: Config, clock: SimulatedClock) -> None:
    rule = {
        "evalMatches": [{"value": 100, "metric": "High value", "tags": None}],
        "imageUrl": "https://grafana.example.com/x.png",
        "message": "Somebody should look",
        "ruleId": 17,
        "ruleName": "Prediction volume",
        "ruleUrl": "https://grafana.example.com/d/1",
        "state": "alerting",
        "tags": {"pipeline": "flights", "severity": "critical"},
        "title": "[Alerting] Prediction volume",
    }
    async with sender(config, database, clock) as client:
        for state in ("pending", "alerting", "no_data", "alerting", "paused"):
            assert (await client.post(HOOK, json={**rule, "state": state})).status_code == 200
        with database.read() as session:
            assert [(g.title, g.summary, g.pipeline) for g in groups(session)] == [
                ("[Alerting] Prediction volume", "Somebody should look", "flights")
            ]
            assert store.count_alerts(session, 1) == (1, 1, 3)
        clock.advance(timedelta(minutes=1))
        retagged = {**rule, "state": "ok", "tags": {}}
        assert (await client.post(HOOK, json=retagged)).status_code == 200
    with database.read() as session:
        assert statuses(session) == ["resolved"], "the rule's id is the alert, whatever its tags are by then"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "missing required field `status`"),
        ({"status": "burning", "alerts": []}, "$.status"),
        ({"status": "firing", "alerts": [{"status": "firing"}]}, "$.alerts[0]"),
        ({"status": "firing", "alerts": [{"labels": {"a": 1}}]}, "alerts.0"),
        ({"ruleName": "x", "state": "burning"}, "$.state"),
        ({"ruleName": "", "state": "ok"}, "$.ruleName"),
    ],
)
async def test_what_is_neither_is_refused_with_its_place(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: dict[str, Any], said: str
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        reply = await client.post(HOOK, json=body)
    assert reply.status_code == 422
    assert said in reply.json()["message"]
