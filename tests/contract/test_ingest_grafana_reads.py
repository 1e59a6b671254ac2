"""What Grafana asks an Alertmanager data source (implementation “Prometheus”), each answered with every field that the
Alertmanager API requires; and what it sends from its silence form."""

import base64
from typing import Any

import pytest
from ruamel.yaml import YAML

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import sender

ALERT = {
    "labels": {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"},
    "annotations": {"summary": "4 s"},
    "generatorURL": "http://prometheus.example.com/graph?g0.expr=up",
}
FIELDS: dict[str, dict[str, type]] = {
    "alert": {
        "annotations": dict,
        "endsAt": str,
        "fingerprint": str,
        "generatorURL": str,
        "labels": dict,
        "receivers": list,
        "startsAt": str,
        "status": dict,
        "updatedAt": str,
    },
    "alert status": {"state": str, "silencedBy": list, "inhibitedBy": list, "mutedBy": list},
    "group": {"labels": dict, "receiver": dict, "alerts": list},
    "silence": {
        "id": str,
        "status": dict,
        "updatedAt": str,
        "comment": str,
        "createdBy": str,
        "startsAt": str,
        "endsAt": str,
        "matchers": list,
    },
    "matcher": {"name": str, "value": str, "isRegex": bool, "isEqual": bool},
    "status": {"cluster": dict, "config": dict, "uptime": str, "versionInfo": dict},
    "cluster": {"status": str, "peers": list},
    "version": dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion", "revision", "version"), str),
}


def check(what: str, found: dict[str, Any]) -> None:
    """Every required field, of its type."""
    wrong = {name: found.get(name) for name, kind in FIELDS[what].items() if not isinstance(found.get(name), kind)}
    assert not wrong, f"{what}: {wrong}"


async def test_each_question_is_answered_in_full(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    async with sender(config, database, clock) as client:
        assert (await client.post("/api/v2/alerts", json=[ALERT])).status_code == 200
        silence = {
            "comment": "created 2013-02-11 13:00",
            "createdBy": "admin",
            "id": "",
            "matchers": [{"isEqual": True, "isRegex": False, "name": "pipeline", "value": "flights"}],
            "startsAt": "2013-02-11T13:00:00.000Z",
            "endsAt": "2013-02-11T15:00:00.000Z",
        }
        made = await client.post("/api/v2/silences", json=silence)
        assert made.status_code == 200, made.text
        (alert,) = (await client.get("/api/v2/alerts")).json()
        check("alert", alert)
        check("alert status", alert["status"])
        assert alert["status"]["silencedBy"] == [made.json()["silenceID"]]
        (group,) = (await client.get("/api/v2/alerts/groups")).json()
        check("group", group)
        check("alert", group["alerts"][0])
        (listed,) = (await client.get("/api/v2/silences")).json()
        check("silence", listed)
        check("matcher", listed["matchers"][0])
        edited = await client.post("/api/v2/silences", json={**silence, "id": listed["id"], "comment": "longer"})
        assert edited.status_code == 200, edited.text
        preview = {"filter": ['pipeline="flights"'], "silenced": "true", "active": "true", "inhibited": "true"}
        assert len((await client.get("/api/v2/alerts", params=preview)).json()) == 1
        status = (await client.get("/api/v2/status")).json()
        check("status", status)
        check("cluster", status["cluster"])
        check("version", status["versionInfo"])
        read = YAML(typ="safe").load(status["config"]["original"])
        assert read["route"]["receiver"] in {each["name"] for each in read["receivers"]}
        assert (await client.get("/api/v2/receivers")).json() == [{"name": read["route"]["receiver"]}]


@pytest.mark.parametrize("path", ["/alertmanager/api/v2/status", "/api/v1/status/buildinfo"])
async def test_its_test_button_takes_it_for_an_alertmanager_and_for_nothing_else(
    sqlite_database: Database, config: Config, clock: SimulatedClock, path: str
) -> None:
    async with sender(config, sqlite_database, clock) as client:
        assert not (await client.get(path)).is_success


async def test_it_may_come_with_basic_authentication(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    secret = base64.b64encode(b"grafana:demo-alertmanager").decode()
    async with sender(config, sqlite_database, clock) as client:
        answer = await client.get("/api/v2/status", headers={"authorization": f"Basic {secret}"})
        assert answer.status_code == 200
        wrong = base64.b64encode(b"grafana:wrong").decode()
        assert (await client.get("/api/v2/status", headers={"authorization": f"Basic {wrong}"})).status_code == 401
