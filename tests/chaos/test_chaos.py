"""A short storm on each database (`make chaos` is the long one), and a replica that never comes back."""

import asyncio
import os
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from core.inbound.store import LEASE
from core.inbound.tables import InboundRequest, InboundStatus
from core.outbox.tables import OutboxRow, OutboxStatus
from core.runs.store import SILENCE
from tests import postgres
from tests.chaos import team
from tests.chaos.rounds import Outcome, Tally
from tests.chaos.storm import POSTGRES, SQLITE, Result, databases, storms
from tests.chaos.town import Town, town
from tests.crowding import crowding
from tests.processes import TOKEN, eventually
from workflows.replicas import LEASE as LEASE_OF_RUNS

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("GOLDILOCKS_CHAOS_ROUNDS", "20"))
MAYA, ONCALL = "U0MAYA", "C0ONCALL"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def watch(on: str, outcome: Outcome, _tally: Tally) -> None:
    """Shown by pytest when the test fails."""
    print(on, outcome)


def check(result: Result) -> None:
    told = result.to_json()
    assert told["failed"] == []
    assert told["rounds"] == ROUNDS
    assert told["crashes"] >= ROUNDS
    assert told["duplicate_posts"] <= told["crashes"]
    for name in ("alerts_acknowledged", "ends_acknowledged", "clicks_acknowledged", "pages_escalated"):
        assert told[name] >= ROUNDS, f"the load must have got through: {name}"


async def test_a_storm() -> None:
    """On both databases side by side; on SQLite alone where no PostgreSQL is installed and tests may be skipped."""
    both = postgres.programs() is not None or "GOLDILOCKS_NO_SKIP" in os.environ
    for result in await storms([SQLITE, POSTGRES] if both else [SQLITE], ROUNDS, 1, watch):
        check(result)


def mention_in(made: Town) -> InboundRequest:
    with made.database.read() as session:
        rows = session.scalars(select(InboundRequest)).all()
    (found,) = (row for row in rows if row.body["event"]["type"] == "app_mention")
    return found


@pytest.mark.postgres
async def test_what_a_replica_that_never_comes_back_began_is_finished_by_the_other(
    tmp_path: Path, postgres_url: str
) -> None:
    """Killed while Slack kept it waiting, between the acknowledgement of a mention and its answer."""
    async with town("lost", tmp_path, 1, replicas=2, **databases(postgres_url, "lost")) as made:
        made.workspace.faults.add("chat.postEphemeral", "hang", seconds=60)
        await made.workspace.say(MAYA, ONCALL, "<@U0GOLDILOCKS> oncall who")
        await eventually("the call", lambda: made.workspace.calls.get("chat.postEphemeral"))
        begun = mention_in(made)
        dead = next(bot for bot in made.replicas if bot.environment["GOLDILOCKS_REPLICA"] == begun.owner)
        await dead.kill()
        assert made.workspace.ephemerals(MAYA) == []
        patience = LEASE.total_seconds() + 30
        await eventually("the answer", lambda: made.workspace.ephemerals(MAYA), patience)
        await asyncio.sleep(1)
        ended = mention_in(made)
        assert (ended.status, ended.owner != begun.owner) == (InboundStatus.DONE, True)
        assert len(made.workspace.ephemerals(MAYA)) == 1


def sending(made: Town) -> list[OutboxRow]:
    with made.database.read() as session:
        return list(session.scalars(select(OutboxRow).where(OutboxRow.status == OutboxStatus.SENDING)))


def called(made: Town) -> bool:
    """Whether every message that calls somebody has arrived."""
    with made.database.read() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind.in_(("page", "page_call")))).all()
    return {row.kind for row in rows if row.status == OutboxStatus.SENT} == {"page", "page_call"}


@pytest.mark.postgres
async def test_a_page_that_a_lost_replica_was_sending_is_sent_by_the_other(
    tmp_path: Path, postgres_url: str
) -> None:
    """Killed while Slack kept its call waiting; it does not wait for anything as long as a restart."""
    async with town("paged", tmp_path, 1, replicas=2, **databases(postgres_url, "paged")) as made:
        made.workspace.faults.add("chat.postMessage", "hang", times=2, seconds=60)
        labels = {"alertname": "HighLatency", "severity": "critical", "pipeline": team.pipeline(0)}
        async with httpx.AsyncClient() as client:
            sent = await client.post(f"{made.url}/api/v2/alerts", json=[{"labels": labels}], headers=BEARER)
        assert sent.is_success, sent.text
        await eventually("the posts", lambda: made.workspace.calls.get("chat.postMessage", 0) >= 2)
        await asyncio.sleep(0.5)
        owners = {row.claimed_by for row in sending(made)}
        assert owners
        made.workspace.faults.clear()
        dead = [bot for bot in made.replicas if bot.environment["GOLDILOCKS_REPLICA"] in owners]
        await dead[0].kill()
        began = asyncio.get_running_loop().time()
        await eventually("the page", lambda: called(made), LEASE_OF_RUNS.total_seconds())
        took = asyncio.get_running_loop().time() - began
        print(f"the page arrived {took:.0f} s after the kill")
        assert took <= (SILENCE.total_seconds() + 20) * crowding()
        assert len(made.workspace.messages(team.channel(0))) == 1
