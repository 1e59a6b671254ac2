"""The published OpenAPI document tells what the server does: bodies made from it are answered as it says."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import sender
from tests.senders_support import bearer, team

HEARTBEAT = {"id": "export", "every": "1h", "pipeline": "flights"}


async def document(config: Config, database: Database, clock: SimulatedClock) -> dict[str, Any]:
    async with sender(config, database, clock) as client:
        reply = await client.get("/openapi.json", headers={"authorization": ""})
    found: dict[str, Any] = reply.json()
    return found


def operations(told: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, ways in told["paths"].items() for method, each in ways.items()]


async def test_every_operation_is_there_and_nothing_else(
    sqlite_database: Database, config: Config, clock: SimulatedClock
) -> None:
    told = await document(config, sqlite_database, clock)
    assert told["openapi"] == "3.1.0"
    names = [operation["operationId"] for _, _, operation in operations(told)]
    assert len(names) == len(set(names)) >= 20
    async with sender(config, sqlite_database, clock) as client:
        for path, method, operation in operations(told):
            concrete = path.replace("{id}", "x").replace("{name}", "x").replace("{source}", "x")
            reply = await client.request(method, concrete, headers={"authorization": ""}, content=b"{}")
            strange = 400 if path.startswith("/v2/") else 401
            assert reply.status_code == strange, f"{method} {path} lets strangers in"
            other = await client.request("PATCH", concrete)
            assert other.status_code == 405
            assert method.upper() in other.headers["allow"]
            assert str(strange) in operation["responses"]


def resolved(schema: Any, told: dict[str, Any]) -> Any:
    """A schema with its references filled in."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return resolved(told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], told)
        return {key: resolved(value, told) for key, value in schema.items()}
    return [resolved(item, told) for item in schema] if isinstance(schema, list) else schema


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a schema allows, with hostile texts among them."""
    if "anyOf" in schema:
        return st.one_of([values(each) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "array":
            return st.lists(values(schema["items"]), max_size=2)
        case "object" if "properties" in schema:
            properties = {name: values(each) for name, each in schema["properties"].items()}
            required = {name: properties.pop(name) for name in schema.get("required", [])}
            return st.fixed_dictionaries(required, optional=properties)
        case "object":
            more = schema.get("additionalProperties")
            return st.dictionaries(_TEXTS, values(more) if isinstance(more, dict) else _JSON, max_size=3)
        case "string":
            return _texts(schema)
        case ["string", "null"]:
            return _TEXTS | st.none()
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "integer":
            return st.integers(-(2**70), 2**70)
    return _JSON


_TEXTS = st.text(max_size=20) | st.sampled_from(["<!channel>", "\x00", "flights", "é" * 300, "export"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda at: at.isoformat() + "Z")
    return st.text(
        min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 30), 30)
    ) | st.sampled_from(
        [text for text in ("flights", "1", "4", "x" * 250) if len(text) <= schema.get("maxLength", 250)]
    )


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/v2/alerts", "post"),
        ("/api/v2/silences", "post"),
        ("/webhooks/alertmanager", "post"),
        ("/webhooks/grafana", "put"),
        ("/v2/enqueue", "post"),
        ("/v2/change/enqueue", "post"),
        ("/events", "post"),
        ("/changes", "post"),
    ],
)
async def test_whatever_fits_the_document_is_answered_as_it_says(
    sqlite_database: Database, config: Config, clock: SimulatedClock, path: str, method: str
) -> None:
    """Never a 5xx, and never a status that is not in the document."""
    declared = team(config, {"id": "pd"}, heartbeats=(HEARTBEAT,))
    told = await document(declared, sqlite_database, clock)
    operation = told["paths"][path][method]
    schema = resolved(operation["requestBody"]["content"]["application/json"]["schema"], told)
    bodies: list[bytes] = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(values(schema))
    def collect(body: Any) -> None:
        if isinstance(body, dict) and "routing_key" in schema.get("properties", {}):
            body = {**body, "routing_key": "pd"}
        bodies.append(json.dumps(body).encode())

    collect()
    seen = set()
    async with sender(declared, sqlite_database, clock) as client:
        for body in bodies:
            reply = await client.request(method, path, content=body)
            seen.add(reply.status_code)
            assert str(reply.status_code) in operation["responses"], body
            assert reply.status_code < 500, body
    assert min(seen) < 300 or path == "/api/v2/silences", "some of it is good; a silence's times hardly ever are"


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"\xff\xfe", b"[" * 10_000, b'{"a":' * 10_000, b'"' + b"x" * 100_000, b"1e999"],
)
async def test_hostile_bodies_are_nobodys_fault_but_the_senders(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: bytes
) -> None:
    told = await document(config, sqlite_database, clock)
    async with sender(config, sqlite_database, clock) as client:
        for path, method, operation in operations(told):
            reply = await client.request(method, path.replace("{", "").replace("}", ""), content=body)
            assert str(reply.status_code) in operation["responses"], (path, method, reply.content)
            assert reply.status_code < 500
        packed = await client.post("/events", content=body, headers={**bearer("x"), "content-encoding": "gzip"})
        assert packed.status_code in (401, 415)
