"""kill -9 at random moments under load: what was answered with a 2xx is there, what was acknowledged takes effect."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, select, text

from bot.slack.ids import Action
from core.alerts.tables import AlertCold, AlertGroup, GroupStatus
from core.audit.tables import AuditEntry
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.processes import TOKEN, Street, street

pytestmark = pytest.mark.slow

ROUNDS = 4
FLIGHTS, ONCALL, MAYA = "C0FLIGHTS", "C0ONCALL", "U0MAYA"
QUIET_S = 60
GROUPS = 10
"""Each has some messages in one channel, which takes one a second: a quicker machine must not need more time."""


class Load:
    """Senders that post alerts, and a person who acknowledges groups; both note what was promised to them."""

    def __init__(self, made: Street, seed: int) -> None:
        self._made = made
        self._random = random.Random(seed)
        self._number = 0
        self.stored: set[str] = set()
        self.clicked: Counter[str] = Counter()
        self.acknowledged: set[str] = set()

    async def run(self, seconds: float) -> None:
        """Send and click until the time is up, whether the bot answers or not."""
        async with httpx.AsyncClient(base_url=self._made.bot.url, timeout=5) as client:
            await asyncio.gather(
                self._during(seconds, lambda: self._send(client)), self._during(seconds, self._click)
            )

    async def _during(self, seconds: float, work: "object") -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await work()  # type: ignore[operator]

    async def _send(self, client: httpx.AsyncClient) -> None:
        """A batch of new alerts, of which every few open a new group, until there are GROUPS."""
        names = [f"alert-{self._number + n}" for n in range(self._random.randint(1, 5))]
        self._number += len(names)
        labels = {"alertname": f"Disk{self._number // 40 % GROUPS}", "severity": "critical"}
        batch = [{"labels": labels | {"instance": name}} for name in names]
        try:
            answer = await client.post("/api/v2/alerts", json=batch, headers={"Authorization": f"Bearer {TOKEN}"})
        except httpx.TransportError:
            await asyncio.sleep(0.02)
            return
        if answer.is_success:
            self.stored.update(names)

    async def _click(self) -> None:
        for message in self._made.workspace.messages(ONCALL):
            for part in message.attachments:
                for block in part.get("blocks", []):
                    for element in block.get("elements", []):
                        if element.get("action_id") == Action.ACKNOWLEDGE:
                            await self._acknowledge(message.ts, element["value"])
        await asyncio.sleep(0.05)

    async def _acknowledge(self, ts: str, group: str) -> None:
        if self.clicked[group] < 2:
            outcome = await self._made.workspace.click(MAYA, ONCALL, ts, Action.ACKNOWLEDGE)
            if outcome.ok:
                self.clicked[group] += 1
                self.acknowledged.add(group)


async def _quiet(made: Street) -> None:
    """Wait until nothing is left to be sent."""
    unsettled = (OutboxStatus.PENDING, OutboxStatus.SENDING, OutboxStatus.UNKNOWN)
    for _ in range(QUIET_S * 5):
        with made.database.read() as session:
            if not session.scalars(select(OutboxRow.id).where(OutboxRow.status.in_(unsettled)).limit(1)).all():
                return
        await asyncio.sleep(0.2)
    raise AssertionError(f"messages still wait after {QUIET_S} s:\n{made.bot.log.read_text()[-3000:]}")


async def storm(made: Street, seed: int) -> None:
    """Rounds of load with a kill somewhere inside, then peace; then everything promised is checked."""
    load, dice = Load(made, seed), random.Random(seed + 1)
    await made.bot.start()
    for _ in range(ROUNDS):
        under_way = asyncio.create_task(load.run(2.0))
        await asyncio.sleep(dice.uniform(0.3, 1.8))
        await made.bot.kill()
        await under_way
        await made.bot.start()
    await _quiet(made)
    check(made, load)


def check(made: Street, load: Load) -> None:
    with made.database.read() as session:
        names = {row.labels["instance"] for row in session.scalars(select(AlertCold))}
        held = {str(g.id) for g in session.scalars(select(AlertGroup).where(AlertGroup.acknowledged_by == "maya"))}
        answered = Counter(
            entry.subject_id
            for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "alert.acknowledge"))
            if entry.allowed
        )
        dead = session.scalars(select(OutboxRow).where(OutboxRow.status == OutboxStatus.DEAD)).all()
        open_groups = session.scalars(select(AlertGroup).where(AlertGroup.status != GroupStatus.RESOLVED)).all()
    assert load.stored, "the load must have got through"
    assert not load.stored - names, "acknowledged alerts were lost"
    assert load.acknowledged, "the clicks must have got through"
    assert not load.acknowledged - held, "acknowledged clicks had no effect"
    assert max(answered.values()) == 1, "a button acted twice"
    assert not dead
    shown = Counter(_group_of(message) for message in made.workspace.messages(ONCALL))
    assert set(shown) >= {str(group.id) for group in open_groups}, "a group has no message"
    assert max(shown.values()) == 1, "a message was posted twice"


def _group_of(message: object) -> str:
    """The group that a message's buttons carry."""
    values = [
        element["value"].partition(":")[0]
        for part in message.attachments  # type: ignore[attr-defined]
        for block in part.get("blocks", [])
        for element in block.get("elements", [])
        if element.get("action_id") == Action.RESOLVE
    ]
    return values[0] if values else "none"


async def test_on_sqlite(tmp_path: Path) -> None:
    async with street(tmp_path) as made:
        await storm(made, seed=1)


@pytest.mark.postgres
async def test_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    admin = create_engine(f"{postgres_url}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE killed"))
    admin.dispose()
    async with street(tmp_path, f"{postgres_url}/killed") as made:
        await storm(made, seed=2)
