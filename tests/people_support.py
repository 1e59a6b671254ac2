"""A desk at which an alert has just been raised about a model with an older version."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.clock import SimulatedClock
from core.db.database import Database
from core.models.version import STATUS_TAG, VersionStatus
from tests.oncall_support import config as team_config
from tests.slack_support import Desk, desk
from workflows.respond import RaisedAlert, raise_group

ALERT = RaisedAlert("SloBreached", "critical", "Accuracy below its objective", "Accuracy was 58.0%.")  # type: ignore[arg-type]


@asynccontextmanager
async def alerted(database: Database, clock: SimulatedClock, folder: Path) -> AsyncIterator[Desk]:
    async with desk(database, team_config(), clock, folder) as running:
        model = folder / "model.skops"
        model.write_bytes(b"model")
        for _ in range(2):
            running.registry.register("flights", model, {}, {STATUS_TAG: VersionStatus.APPROVED}, clock.now())
        running.registry.set_champion("flights", 2)
        running.do(lambda s, c, now: raise_group(s, c, "flights", ALERT, now))
        await running.deliver()
        yield running


def view_of(at: Desk, user: str) -> dict[str, Any]:
    """The form that this person has open."""
    return at.workspace.views(user)[-1]
