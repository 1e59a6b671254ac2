"""Minutes until a delivery is there, retrained every Tuesday: a candidate that breaks the hills is rejected, the next
one is promoted, does worse live than it promised, and is rolled back."""

import copy
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, Field
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.models.version import VersionStatus
from tests.deployment_support import declared, first_model, served, tools_of, until
from tests.fakes_models import FakeTarget
from tests.slack_support import AMINA, FLIGHTS, JONAS, MAYA, Desk, actions_of, desk, shown
from tests.tasks_support import DAY, START
from workflows.ports import Workshop

pytestmark = pytest.mark.slow

TUESDAY, NEXT_TUESDAY = START + 28 * DAY + timedelta(hours=10), START + 35 * DAY + timedelta(hours=10)
DEPLOYED, TAKEN_BACK = NEXT_TUESDAY + timedelta(hours=1), START + 38 * DAY + timedelta(hours=2)


class Serving(FakeTarget):
    """Answers with the champion of the registry, as a serving program does that follows it."""

    def __init__(self, at: Desk) -> None:
        super().__init__(None)
        self._registry = at.registry

    async def serving_version(self) -> str:
        champion = self._registry.champion("flights")
        return str(champion.version if champion else None)


@pytest.fixture
async def young(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[tuple[Desk, Workshop]]:
    """Nothing is in service yet."""
    config = declared(tmp_path, served(42, {DEPLOYED: "3", TAKEN_BACK: "1"}))
    async with desk(sqlite_database, config, SimulatedClock(TUESDAY - timedelta(hours=1)), tmp_path) as running:
        yield running, tools_of(running, tmp_path, Serving(running))


@pytest.fixture
def at(young: tuple[Desk, Workshop], tmp_path: Path) -> tuple[Desk, Workshop]:
    first_model(young[0], tmp_path)
    return young


def of(running: Desk, part: str) -> Message:
    (found,) = [each for each in running.workspace.messages(FLIGHTS) if part in shown(each)]
    return found


async def decided(running: Desk, tools: Workshop, asked: Message, action: Action, moment: datetime) -> None:
    await running.click(AMINA, asked, action)
    await until(running, tools, moment)


async def test_a_first_version_is_put_in_service_by_an_approver_once(young: tuple[Desk, Workshop]) -> None:
    running, tools = young
    await until(running, tools, TUESDAY + timedelta(minutes=1))
    asked = of(running, "Put v1 of Delivery times in service, its first version")
    assert f"To be decided by <@{JONAS}> or <@{AMINA}>." in shown(asked)
    assert "No version is in service to compare it with. Rows: " in shown(asked)
    await running.click(MAYA, asked, Action.APPROVE)
    assert "Only people with the role “approver”" in running.workspace.ephemerals(MAYA)[-1].text
    seen = copy.deepcopy(asked)
    await running.click(AMINA, asked, Action.APPROVE)
    late = await running.workspace.click(JONAS, FLIGHTS, asked.ts, Action.APPROVE, seen=seen)
    await running.surface.settle()
    assert late.ok
    assert f"already approved by <@{AMINA}>" in running.workspace.ephemerals(JONAS)[-1].text
    assert running.registry.champion("flights") is None, "a second step carries it out"
    await until(running, tools, TUESDAY + timedelta(hours=1))
    assert "Done and verified: serving answers with v1." in shown(of(running, "Put v1 of Delivery times"))
    assert [f"<@{AMINA}> approved the promotion of Delivery times to v1."] == running.replies(FLIGHTS, asked)[:1]
    champion = running.registry.champion("flights")
    assert champion is not None
    assert champion.version == 1
    await running.slash(MAYA, "/model", "status")
    assert f"promoted to v1 by <@{AMINA}>, verified" in str(running.workspace.ephemerals(MAYA)[-1].blocks)


async def test_from_a_rejected_candidate_to_a_rollback(at: tuple[Desk, Workshop], tmp_path: Path) -> None:
    running, tools = at
    (tmp_path / "forgets_the_hills").touch()
    await until(running, tools, TUESDAY + timedelta(minutes=1))
    asked = of(running, "Promote v2 of Delivery times in place of v1")
    said = shown(asked)
    assert "*The candidate is worse:* MAE 6." in said
    assert "95% confidence); it breaks what must not break: the hills\n" in said
    assert "*Must not break*\n• *broken* the hills: MAE 6." in said
    assert "\nMAE " in said
    assert "accuracy" not in said.lower()
    await decided(running, tools, asked, Action.REJECT, TUESDAY + timedelta(hours=1))
    assert running.registry.get("flights", 2).status is VersionStatus.REJECTED

    (tmp_path / "forgets_the_hills").unlink()
    await until(running, tools, NEXT_TUESDAY + timedelta(minutes=1))
    asked = of(running, "Promote v3 of Delivery times in place of v1")
    said = shown(asked)
    assert "*The candidate is better:* MAE 6." in said
    assert " → 5." in said or " → 6." in said
    assert " minutes, −0." in said
    assert "• kept the hills: MAE " in said
    await decided(running, tools, asked, Action.APPROVE, NEXT_TUESDAY + timedelta(hours=1))
    assert "Done and verified: serving answers with v3." in shown(of(running, "Promote v3"))
    champion = running.registry.champion("flights")
    assert champion is not None
    assert champion.version == 3

    await until(running, tools, START + 38 * DAY + timedelta(hours=1))
    alert = of(running, "MAE live is not what held-out rows promised")
    said = shown(alert)
    assert "v3 reached MAE " in said
    assert " minutes live on " in said
    assert " minutes on held-out rows: " in said
    assert " minutes more right after its deployment." in said
    assert "Roll back, until its features are computed alike" in said
    await running.click(JONAS, alert, Action.ROLL_BACK)
    form = running.workspace.views(JONAS)[-1]
    assert "*v3* to *v1*" in str(form["blocks"]), "v2 was rejected"
    assert (await running.workspace.submit(JONAS, form["id"], {Field.WHY: "miles, not kilometres"})).ok
    await running.deliver()
    request = next(each for each in running.thread(alert) if Action.APPROVE in actions_of(each))
    await decided(running, tools, request, Action.APPROVE, TAKEN_BACK)
    assert "Done and verified: serving answers with v1." in "\n".join(running.replies(FLIGHTS, alert))

    await until(running, tools, START + 40 * DAY + timedelta(hours=1))
    assert "Resolved" in shown(of(running, "MAE live is not what held-out rows promised"))
    assert running.registry.get("flights", 3).status is VersionStatus.RETIRED
