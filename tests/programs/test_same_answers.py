"""The same requests to a real Alertmanager and to us: the same answers, field by field.

Grafana's and Karma's Alertmanager data source, and amtool, read these. Times and ids differ; their forms do not.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.config.load import Config
from core.config.team import Team
from core.db.database import Database
from tests.programs.running import TOKEN, alertmanager, ourselves, until

pytestmark = pytest.mark.slow

CONFIG = """
route: {receiver: goldilocks, group_by: [pipeline, alertname], group_wait: 1ms, group_interval: 1s}
receivers: [{name: goldilocks}]
inhibit_rules:
  - source_matchers: [alertname="Outage"]
    target_matchers: [severity="warning"]
    equal: [pipeline]
"""
INHIBIT = [
    {"id": "outage", "source": ['alertname="Outage"'], "target": ['severity="warning"'], "equal": ["pipeline"]}
]
ALERTS: list[dict[str, Any]] = [
    {
        "labels": {"alertname": "Slow", "pipeline": "flights", "severity": "warning", "zone": "a"},
        "annotations": {"summary": "p99 is 3 s"},
        "generatorURL": "http://prometheus:9090/graph",
        "startsAt": "2026-01-01T12:00:00.5Z",
    },
    {"labels": {"alertname": "DiskFull", "pipeline": "flights", "severity": "critical", "zone": "a", "none": ""}},
    {"labels": {"alertname": "DiskFull", "pipeline": "flights", "severity": "critical", "zone": "b"}},
    {"labels": {"alertname": "Outage", "pipeline": "flights"}},
    {"labels": {"alertname": "Elsewhere", "severity": "critical", "größe": "日本"}},
]
NOWHERE = "00000000-0000-4000-8000-000000000000"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
VARY = frozenset({"updatedAt", "startsAt", "endsAt", "uptime", "versionInfo", "original"})
"""Of these only the form is compared."""
NEWER = frozenset({"mutedBy"})
"""What Alertmanager has said since 0.28, and clients of today ask for; the one that is installed may be older."""


@dataclass
class Both:
    """A client of each: `theirs` is the real one."""

    theirs: httpx.AsyncClient
    ours: httpx.AsyncClient

    async def __call__(self, method: str, path: str, **more: Any) -> tuple[httpx.Response, httpx.Response]:
        theirs = await self.theirs.request(method, path, **more)
        return theirs, await self.ours.request(method, path, **more)

    async def same(self, path: str, **params: Any) -> Any:
        """Both answer alike to a GET; gives what they say."""
        theirs, ours = await self("GET", path, params=params)
        assert theirs.status_code == ours.status_code, (path, params, theirs.text, ours.text)
        if not theirs.content:
            assert not ours.content
            return None
        assert theirs.headers["content-type"] == ours.headers["content-type"]
        expected = comparable(theirs.json())
        assert comparable(ours.json()) == expected, (path, params)
        return expected


def comparable(value: Any, name: str = "") -> Any:
    """The answer with what must vary replaced by its form, and with lists in an order of their own."""
    if isinstance(value, dict):
        kept = {key: each for key, each in sorted(value.items()) if key not in NEWER}
        return {key: comparable(each, name if name in VARY else key) for key, each in kept.items()}
    if isinstance(value, list):
        return sorted((comparable(each, name) for each in value), key=repr)
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return "an instant"
    return f"a {type(value).__name__}" if name in VARY else value


@pytest.fixture
async def both(tmp_path: Path, config: Config, sqlite_database: Database) -> AsyncIterator[Both]:
    document = config.team.model_dump(by_alias=True)
    document["alerts"]["inhibit"] = INHIBIT
    inhibiting = replace(config, team=Team.model_validate(document))
    token = {"authorization": f"Bearer {TOKEN}"}
    async with (
        alertmanager(tmp_path, CONFIG) as server,
        ourselves(inhibiting, sqlite_database) as us,
        httpx.AsyncClient(base_url=server.url) as theirs,
        httpx.AsyncClient(base_url=us, headers=token) as ours,
    ):
        yield Both(theirs, ours)


@pytest.fixture
async def firing(both: Both) -> Both:
    """Both hold the same alerts, of which one is inhibited."""
    labels = [alert for alert in ALERTS if "größe" not in alert["labels"]]  # names of other scripts came with 0.27
    for answer in await both("POST", "/api/v2/alerts", json=labels):
        assert (answer.status_code, answer.content) == (200, b"")

    async def settled() -> bool:
        found = (await both.theirs.get("/api/v2/alerts")).json()
        return len(found) == 4 and any(alert["status"]["inhibitedBy"] for alert in found)

    await until("Alertmanager has looked at them", settled)
    return both


def silence(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "matchers": [
            {"name": "zone", "value": "b|c", "isRegex": True},
            {"name": "alertname", "value": "DiskFull", "isRegex": False},
        ],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "maya",
        "comment": "moving",
        **changes,
    }


SILENCE_FILTERS = (
    ('alertname="DiskFull"', 1),
    ('zone=~"b|c"', 1),
    ('alertname=~"DiskFull"', 0),
    ('alertname!="DiskFull"', 0),
    ('zone="b"', 0),
    ('alertname="Slow"', 0),
    ('severity="x"', 0),
)


async def silenced(both: Both) -> tuple[str, str]:
    """Both get the same silence; gives the id that each made."""
    theirs, ours = [
        answer.json()["silenceID"] for answer in await both("POST", "/api/v2/silences", json=silence())
    ]
    await asyncio.sleep(0.2)
    return theirs, ours


def without_ids(text: str, *ids: str) -> str:
    for each in ids:
        text = text.replace(each, "an id")
    return text


QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"active": "false"},
    {"active": "maybe"},
    {"inhibited": "false"},
    {"silenced": "false"},
    {"unprocessed": "false"},
    {"active": "false", "silenced": "false", "inhibited": "false", "unprocessed": "false"},
    {"filter": 'alertname="DiskFull"'},
    {"filter": ["severity=~crit.*", 'zone!="a"']},
    {"filter": 'zone!~"a|b"'},
    {"filter": 'nowhere=""'},
    {"receiver": "gold.*"},
    {"receiver": "other"},
    {"receiver": ""},
)


@pytest.mark.parametrize("path", ["/api/v2/alerts", "/api/v2/alerts/groups"])
async def test_what_is_asked_for_is_listed(firing: Both, path: str) -> None:
    for query in QUERIES:
        await firing.same(path, **query)


UNREADABLE = (
    ("/api/v2/alerts", {"filter": "what?"}),
    ("/api/v2/alerts", {"receiver": "("}),
    ("/api/v2/alerts/groups", {"filter": "what?"}),
    ("/api/v2/alerts/groups", {"receiver": "("}),
    ("/api/v2/silences", {"filter": "what?"}),
)


async def test_what_nobody_can_read_is_a_400_with_a_string(firing: Both) -> None:
    for path, params in UNREADABLE:
        theirs, ours = await firing("GET", path, params=params)
        assert theirs.status_code == ours.status_code == 400, (params, ours.text)
        assert isinstance(theirs.json(), str)
        assert isinstance(ours.json(), str)


async def test_the_labels_that_they_count_as_one_alert_are_one_here(firing: Both) -> None:
    """The fingerprints are in what `same` compares; here is proof that they are there."""
    alerts = await firing.same("/api/v2/alerts")
    assert len({alert["fingerprint"] for alert in alerts}) == 4


async def test_silences(firing: Both) -> None:
    theirs, ours = await silenced(firing)
    for path in ("/api/v2/silences", "/api/v2/alerts", "/api/v2/alerts?silenced=false", "/api/v2/alerts/groups"):
        told = await firing("GET", path)
        (their, our) = [
            comparable(httpx.Response(200, text=without_ids(a.text, theirs, ours)).json()) for a in told
        ]
        assert their == our, path
    for filters, found in SILENCE_FILTERS:
        answers = await firing("GET", "/api/v2/silences", params={"filter": filters})
        assert [len(answer.json()) for answer in answers] == [found, found], filters
    one = [
        (await client.get(f"/api/v2/silence/{made}")).json()
        for client, made in ((firing.theirs, theirs), (firing.ours, ours))
    ]
    assert comparable({**one[0], "id": ""}) == comparable({**one[1], "id": ""})
    for client, made in ((firing.theirs, theirs), (firing.ours, ours)):
        answer = await client.delete(f"/api/v2/silence/{made}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert (await client.get(f"/api/v2/silence/{made}")).json()["status"] == {"state": "expired"}


REFUSED_SILENCES: tuple[tuple[dict[str, Any], int], ...] = (
    ({"matchers": []}, 422),
    ({"endsAt": "2020-01-01T00:00:00Z"}, 400),
    ({"id": NOWHERE}, 404),
    ({"matchers": [{"name": "zone", "value": "(", "isRegex": True}]}, 400),
    ({"matchers": [{"name": "zone", "value": ".*", "isRegex": True}]}, 400),
    ({"startsAt": "yesterday"}, 400),
    ({"comment": None}, 422),
    ({"matchers": "zone"}, 400),
)


async def test_silences_that_are_refused(both: Both) -> None:
    """What is no JSON of the right types is ours to call 400 or 422; all else has their status."""
    for changes, status in REFUSED_SILENCES:
        theirs, ours = await both("POST", "/api/v2/silences", json=silence(**changes))
        assert theirs.status_code == status, (changes, theirs.text)
        assert ours.status_code in (400, 404, 422), (changes, ours.text)
        if isinstance(theirs.json(), str) or status != 400:
            assert ours.status_code == status, (changes, ours.text, theirs.text)


async def test_what_is_not_there(both: Both) -> None:
    assert await both.same(f"/api/v2/silence/{NOWHERE}") is None
    theirs, ours = await both("GET", "/api/v2/silence/7")
    assert (theirs.status_code, theirs.json()["code"]) == (ours.status_code, ours.json()["code"]) == (422, 601)
    await both.same("/api/v2/nothing")
    for answer in await both("PUT", "/api/v2/alerts"):
        assert answer.status_code == 405
        assert set(re.split(", ?", answer.headers["allow"])) == {"GET", "POST"}


async def test_what_they_tell_of_themselves(both: Both) -> None:
    for path in ("/api/v2/status", "/api/v2/receivers", "/api/v2/silences", "/api/v2/alerts"):
        assert await both.same(path) is not None
    for path in ("/-/healthy", "/-/ready"):
        theirs, ours = await both("GET", path)
        assert (theirs.status_code, theirs.content) == (ours.status_code, ours.content) == (200, b"OK")


REFUSED_ALERTS = (
    ('[{"labels": {}}]', 400),
    ('[{"labels": {"a": ""}}]', 400),
    ('[{"labels": {"a": "1"}, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}]', 400),
    ("[{}]", 422),
    ('[{"labels": {"a": "1"}, "generatorURL": "no uri"}]', 422),
    ("{}", 400),
    ("[", 400),
    ("", 422),
)


async def test_alerts_that_are_refused(both: Both) -> None:
    """As with silences."""
    for body, status in REFUSED_ALERTS:
        json = {"content-type": "application/json"}
        theirs, ours = await both("POST", "/api/v2/alerts", content=body, headers=json)
        assert theirs.status_code == status, (body, theirs.text)
        assert ours.status_code in (400, 422), (body, ours.text)
        if isinstance(theirs.json(), str):
            assert (ours.status_code, type(ours.json())) == (status, str), body
