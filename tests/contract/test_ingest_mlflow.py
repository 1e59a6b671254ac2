"""MLflow's registry webhooks, signed by MLflow's own code."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities.webhook import WebhookEvent
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from mlflow.webhooks import delivery
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import (
    ModelVersionAliasCreatedPayload,
    ModelVersionAliasDeletedPayload,
    ModelVersionCreatedPayload,
    ModelVersionTagDeletedPayload,
    ModelVersionTagSetPayload,
    PromptCreatedPayload,
    RegisteredModelCreatedPayload,
)
from sqlalchemy import select

from core.changes.tables import Change
from core.clock import SimulatedClock, SystemClock
from core.config.load import Config
from core.db.database import Database
from tests.ingest_support import application, sender
from tests.loopback import free_socket, serving
from tests.senders_support import read_secret, team

CREATED: Any = ModelVersionCreatedPayload
HOOK = "/webhooks/mlflow/registry"
REGISTRY = {"id": "registry", "hmac_secret": ["env:NEW", "env:OLD"], "token_sha256": []}


def signed(body: str, at: int, *, delivery: str = "d-1", by: str = "env:OLD") -> dict[str, str]:
    signature = _generate_hmac_signature(read_secret(by).decode(), delivery, str(at), body)
    return {
        "authorization": "",
        "x-mlflow-delivery-id": delivery,
        "x-mlflow-timestamp": str(at),
        "x-mlflow-signature": signature,
    }


def body_of(entity: str, action: str, data: Any) -> str:
    stamp = "2013-02-11T12:59:59.123456+00:00"
    return json.dumps({"entity": entity, "action": action, "timestamp": stamp, "data": data})


async def test_what_happens_in_the_registry_is_a_change(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    told: list[tuple[str, str, Any, str]] = [
        ("registered_model", "created", RegisteredModelCreatedPayload, "MLflow: model flights was registered"),
        ("model_version", "created", ModelVersionCreatedPayload, "MLflow: version 1 of flights was registered"),
        (
            "model_version_alias",
            "created",
            ModelVersionAliasCreatedPayload,
            "MLflow: flights@example_alias is version 1 now",
        ),
        (
            "model_version_alias",
            "deleted",
            ModelVersionAliasDeletedPayload,
            "MLflow: flights@example_alias was taken away",
        ),
        (
            "model_version_tag",
            "set",
            ModelVersionTagSetPayload,
            "MLflow: version 1 of flights was tagged example_key=example_value",
        ),
        (
            "model_version_tag",
            "deleted",
            ModelVersionTagDeletedPayload,
            "MLflow: version 1 of flights lost its tag example_key",
        ),
        ("prompt", "created", PromptCreatedPayload, "MLflow: prompt created: flights"),
    ]
    now = int(clock.now().timestamp())
    async with sender(team(config, REGISTRY), database, clock) as client:
        for number, (entity, action, payload, _) in enumerate(told):
            body = body_of(entity, action, {**payload.example(), "name": "flights"})
            for _ in range(2):
                reply = await client.post(HOOK, content=body, headers=signed(body, now, delivery=f"d-{number}"))
                assert reply.status_code == 200
    with database.read() as session:
        found = session.scalars(select(Change).order_by(Change.id)).all()
        assert [change.summary for change in found] == [sentence for *_, sentence in told]
        assert {(change.pipeline, change.source) for change in found} == {("flights", "registry")}
        assert found[0].at.isoformat() == "2013-02-11T12:59:59.123456+00:00"


async def test_only_who_knows_the_secret(sqlite_database: Database, config: Config, clock: SimulatedClock) -> None:
    now = int(clock.now().timestamp())
    body = body_of("model_version", "created", CREATED.example())
    good = signed(body, now)
    async with sender(team(config, REGISTRY), sqlite_database, clock) as client:
        for path, headers in (
            (HOOK, signed(body, now, by="env:OTHER")),
            (HOOK, signed(body + " ", now)),
            (HOOK, signed(body, now - 301)),
            (HOOK, {**good, "x-mlflow-delivery-id": "d-2"}),
            (HOOK, {**good, "x-mlflow-timestamp": "soon"}),
            (HOOK, {**good, "x-mlflow-signature": good["x-mlflow-signature"].replace("v1", "v2")}),
            (HOOK, {**good, "x-mlflow-signature": "v1,!"}),
            (HOOK, {"authorization": ""}),
            (HOOK, {}),
            ("/webhooks/mlflow/alertmanager", good),
            ("/webhooks/mlflow/unknown", good),
        ):
            assert (await client.post(path, content=body, headers=headers)).status_code == 401
        both = {**good, "x-mlflow-signature": f"v1,AAAA {good['x-mlflow-signature']}"}
        assert (await client.post(HOOK, content=body, headers=both)).status_code == 200
        assert (await client.post(HOOK, content=body, headers=signed(body, now, by="env:NEW"))).status_code == 200


@pytest.mark.parametrize("body", ["", "[]", '{"entity": 1}', '{"entity": "x", "action": "y", "timestamp": "z"}'])
async def test_another_shape_is_refused(
    sqlite_database: Database, config: Config, clock: SimulatedClock, body: str
) -> None:
    async with sender(team(config, REGISTRY), sqlite_database, clock) as client:
        headers = signed(body, int(clock.now().timestamp()))
        assert (await client.post(HOOK, content=body, headers=headers)).status_code in (400, 422)


@pytest.mark.slow
async def test_what_mlflow_itself_delivers(
    sqlite_database: Database, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook in a real registry, delivered by MLflow's own code over HTTP."""
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http")  # https ends in front of us
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    clock, event = SystemClock(), WebhookEvent.from_str("model_version_alias.created")
    bound, url = free_socket()
    registry = await asyncio.to_thread(SqlAlchemyStore, f"sqlite:///{tmp_path / 'mlflow.db'}")
    async with application(team(config, REGISTRY), sqlite_database, clock) as app, serving(app, bound):
        made = registry.create_webhook("goldilocks", url + HOOK, [event], secret=read_secret("env:NEW").decode())
        result = await asyncio.to_thread(delivery.test_webhook, made, event)
        assert (result.success, result.response_status) == (True, 200)
        forged = registry.create_webhook("forger", url + HOOK, [event], secret="another")
        assert (await asyncio.to_thread(delivery.test_webhook, forged, event)).response_status == 401
    with sqlite_database.read() as session:
        (change,) = session.scalars(select(Change))
        assert change.summary == "MLflow: example_model@example_alias is version 1 now"
