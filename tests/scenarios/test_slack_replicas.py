"""Several replicas on one database: a click is finished by one of them, whoever recorded it and whoever died."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.app import SlackSurface, create_slack
from bot.slack.ids import Action
from bot.slack.inbound import Kind
from bot.slack.listeners import alerts
from bot.slack.request import AlreadyDoneError, Request
from core.alerts.tables import GroupStatus
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from core.inbound.store import LEASE
from core.inbound.tables import InboundStatus
from tests.alerts_support import api, statuses
from tests.oncall_support import config as team_config
from tests.slack_support import MAYA, ONCALL, Desk, desk, inbound, recorded
from tests.slack_wire import click
from workflows import respond


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(database, team_config(), clock, tmp_path) as running:
        running.do(lambda s, c, now: respond.receive(s, c, [api()], now))
        await running.deliver()
        yield running


def replica(at: Desk, name: str) -> SlackSurface:
    """Another process on the same database."""
    return create_slack(replace(at.deps, sender=name))


async def test_a_click_that_a_dead_replica_recorded_is_finished_by_a_living_one(at: Desk) -> None:
    await recorded(at, Kind.ACTION, click(Action.ACKNOWLEDGE, "1"))
    survivors = [replica(at, "b"), replica(at, "c")]
    assert [await each.dispatcher.take_over() for each in survivors] == [0, 0], "its replica may still live"
    at.clock.advance(LEASE)
    assert sum(await asyncio.gather(*(each.dispatcher.take_over() for each in survivors))) == 1
    with at.database.read() as session:
        assert statuses(session) == [GroupStatus.ACKNOWLEDGED]
        assert len([e for e in audit.of(session, "alert_group", 1) if e.action == "alert.acknowledge"]) == 1
    assert await at.surface.replay_unfinished() == 0, "it comes back, and there is nothing left for it"


async def test_a_replica_that_was_only_slow_does_not_act_after_its_heir(at: Desk) -> None:
    request = await recorded(at, Kind.ACTION, click(Action.ACKNOWLEDGE, "1"))
    at.clock.advance(LEASE)
    assert await replica(at, "b").dispatcher.take_over() == 1
    with pytest.raises(AlreadyDoneError):
        await alerts.acknowledge(request)
    await at.surface.dispatcher.handle(request)
    with at.database.read() as session:
        assert len([e for e in audit.of(session, "alert_group", 1) if e.action == "alert.acknowledge"]) == 1


async def test_a_replica_does_not_take_over_from_itself(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    acknowledge = alerts.acknowledge

    async def slowly(request: Request) -> None:
        begun.set()
        await go_on.wait()
        await acknowledge(request)

    request = await recorded(at, Kind.ACTION, click(Action.ACKNOWLEDGE, "1"))
    monkeypatch.setitem(at.surface.dispatcher._routes.actions, Action.ACKNOWLEDGE, slowly)
    handling = asyncio.create_task(at.surface.dispatcher.handle(request))
    await begun.wait()
    at.clock.advance(LEASE)
    assert await at.surface.dispatcher.take_over() == 0
    go_on.set()
    await handling
    with at.database.read() as session:
        assert statuses(session) == [GroupStatus.ACKNOWLEDGED]


async def test_a_private_answer_that_meets_a_rate_limit_is_given_after_the_rest(at: Desk) -> None:
    """Without a response URL, as from a mention; it was dropped by the first limit."""
    rests: list[float] = []

    async def pause(seconds: float) -> None:
        rests.append(seconds)

    surface = create_slack(replace(at.deps, pause=pause))
    event = {
        "type": "app_mention",
        "user": MAYA,
        "text": "<@U0GOLDILOCKS> oncall who",
        "channel": ONCALL,
        "ts": "1",
    }
    request = await surface.dispatcher.record(Kind.EVENT, {"event_id": "Ev1", "event": event})
    assert request is not None
    at.workspace.faults.add("chat.postEphemeral", "rate_limited", times=2, seconds=7)
    await surface.dispatcher.handle(request)
    assert rests == [7, 7]
    assert at.told(MAYA)
    assert inbound(at)[0].status == InboundStatus.DONE
    assert inbound(at)[0].leased_until == at.clock.now() + timedelta(seconds=7) + LEASE, "kept while it rested"
