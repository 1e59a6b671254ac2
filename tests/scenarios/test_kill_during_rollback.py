"""kill -9 between the approval of a rollback and its verification: after the next start it finishes, once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.slack.ids import Action
from bot.workspace.messages import Message
from core.audit.tables import AuditEntry
from core.models.mlflow_registry import MlflowRegistry
from core.models.tables import Deployment, DeploymentStatus
from tests.processes import Street, eventually, street

pytestmark = pytest.mark.slow

FLIGHTS, MAYA, JONAS = "C0FLIGHTS", "U0MAYA", "U0JONAS"


def registry_at(data: Path) -> MlflowRegistry:
    """The bot's own registry with two approved versions; the second is the champion."""
    registry = MlflowRegistry(f"sqlite:///{data / 'mlflow.db'}", data / "models")
    model = data / "model.skops"
    model.write_bytes(b"a model")
    for _ in range(2):
        registry.register("flights", model, {}, {"status": "approved"}, datetime.now(UTC))
    registry.set_champion("flights", 2)
    return registry


def buttons(message: Message) -> Iterator[str]:
    for part in [{"blocks": message.blocks}, *message.attachments]:
        for block in part.get("blocks", []):
            yield from (element.get("action_id", "") for element in block.get("elements", []))


def with_button(made: Street, action: Action) -> Message | None:
    return next((m for m in made.workspace.messages(FLIGHTS) if action in set(buttons(m))), None)


async def ask_and_approve(made: Street) -> None:
    """Maya asks by command and form, Jonas approves by the button."""
    assert (await made.workspace.slash(MAYA, FLIGHTS, "/model", "rollback")).ok
    view = await eventually("the form", lambda: _filled(made))
    assert (await made.workspace.submit(MAYA, view["id"])).ok
    request = await eventually("the request", lambda: with_button(made, Action.APPROVE))
    assert (await made.workspace.click(JONAS, FLIGHTS, request.ts, Action.APPROVE)).ok


def _filled(made: Street) -> dict[str, Any] | None:
    """The form, once the registry's answer is in it."""
    return next((view for view in made.workspace.views(MAYA) if view.get("submit")), None)


def told(made: Street) -> list[str]:
    """How the rollback ended, as often as it was said."""
    with made.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "model.roll_back"))
        return [row.reason for row in rows]


async def test_it_finishes_once(tmp_path: Path) -> None:
    registry = await asyncio.to_thread(registry_at, tmp_path)
    async with street(tmp_path, champion="2") as made:
        await made.bot.start()
        await ask_and_approve(made)
        await eventually("the alias to move", lambda: registry.champion("flights").version == 1)  # type: ignore[union-attr]
        await made.bot.kill()
        assert told(made) == [], "serving still answers with v2: nothing is verified yet"
        made.serving.version = "1"
        await made.bot.start()
        await eventually("the verification", lambda: told(made))
        parent = made.workspace.messages(FLIGHTS)[0]
        await eventually("the line in the thread", lambda: _said(made, parent, "is verified"))
        await made.bot.stop()
        await made.bot.start()
        await asyncio.sleep(2)
        assert told(made) == ["verified"]
        assert _said(made, parent, "is verified, serving answers with v1") == 1
        with made.database.read() as session:
            (deployment,) = session.scalars(select(Deployment))
            assert (deployment.version, deployment.status) == (1, DeploymentStatus.VERIFIED)


def _said(made: Street, parent: Message, words: str) -> int:
    """How many replies in the thread say this."""
    return sum(words in message.text for message in made.workspace.thread(FLIGHTS, parent.ts)[1:])
