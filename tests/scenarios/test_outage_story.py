"""The database is away: people hear of it once, past the outbox, whichever replicas see it, and when it is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.outage.herald import Herald
from bot.outage.watch import LOOK_S, OVER_AFTER, RING_AFTER, TELL_AFTER, Work
from bot.pager import Pagers
from bot.workspace.messages import Message
from core.clock import SimulatedClock
from core.db.database import Database
from core.runs import store as runs
from tests.oncall_support import config as team_config
from tests.pager_support import KEY, SECRET, declared, receiving
from tests.pager_support import Receiver as Phones
from tests.slack_support import AMINA, ONCALL, Desk, desk, shown
from workflows.last_resort import learn

LOOK = timedelta(seconds=LOOK_S)


class Replica:
    """A herald of its own, told what is done."""

    def __init__(self, at: Desk, name: str) -> None:
        pagers = Pagers(at.config.team)
        self.at, self.done = at, {work: 0.0 for work in Work if work is not Work.STARTING}
        self.herald = Herald(at.config, at.clock, at.surface.client, pagers, name, "https://goldilocks.test")

    def learn(self) -> None:
        self.herald.learned = self.at.do(learn)

    async def look(self, works: bool) -> None:
        if works:
            self.done = {work: last + 1 for work, last in self.done.items()}
        self.herald.look(self.done)
        await self.herald.settle()


async def go(looks: int, *replicas: Replica, works: bool = False) -> None:
    for _ in range(looks):
        replicas[0].at.clock.advance(LOOK)
        for replica in replicas:
            await replica.look(works)


@pytest.fixture
async def phones(clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Phones]:
    monkeypatch.setenv("PAGER_KEY", KEY)
    monkeypatch.setenv("PAGER_SECRET", SECRET.decode())
    async with receiving(clock) as found:
        yield found


@pytest.fixture
async def at(
    sqlite_database: Database, clock: SimulatedClock, tmp_path: Path, phones: Phones
) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(**declared(phones.url)), clock, tmp_path) as running:
        yield running


def replicas(at: Desk, *names: str) -> list[Replica]:
    at.do(lambda session, config, now: [runs.beat(session, name, config.digest, now) for name in names])
    made = [Replica(at, name) for name in names]
    for each in made:
        each.learn()
    return made


def messages(at: Desk) -> list[Message]:
    return at.workspace.messages(ONCALL)


async def test_two_replicas_say_it_once_ring_once_and_say_that_it_is_over(at: Desk, phones: Phones) -> None:
    both = replicas(at, "a", "b")
    await go(3, *both, works=True)
    assert (messages(at), phones.events) == ([], [])
    both[0].herald.problem = both[1].herald.problem = "OperationalError: connection refused"
    await go(TELL_AFTER + 5, *both)
    (message,) = messages(at)
    said = shown(message)
    assert "cannot write to its database" in said
    assert f"<@{AMINA}>, please look" in message.blocks[0]["text"]["text"], "in an attachment it would call nobody"
    assert "connection refused" in said
    assert "Seen by a" in said
    assert phones.events == []
    await go(RING_AFTER, *both)
    (incident,) = phones.incidents
    assert set(phones.incidents[incident]) == {"trigger"}
    assert phones.events[0]["payload"]["severity"] == "critical"
    await go(OVER_AFTER + 5, *both, works=True)
    (message,) = messages(at)
    assert "works again" in shown(message)
    assert [shown(reply) for reply in at.thread(message)] == ["Goldilocks works again"]
    assert phones.incidents[incident][-1] == "resolve"
    before = len(phones.events)
    await go(10, *both, works=True)
    assert len(phones.events) == before


async def test_replicas_that_start_together_say_it_once(at: Desk) -> None:
    """None of them knows of the others: that would be in the database."""
    both = [Replica(at, name) for name in ("a", "b")]
    for _ in range(TELL_AFTER + 5):
        at.clock.advance(LOOK)
        for each in both:
            each.herald.look(each.done)
        for each in both:
            await each.herald.settle()
    assert at.workspace.calls["chat.postMessage"] == 2, "they did say it together"
    (message,) = messages(at)
    await go(OVER_AFTER + 5, *both, works=True)
    assert "works again" in shown(messages(at)[0])
    assert [each.ts for each in messages(at)] == [message.ts]
    assert [shown(reply) for reply in at.thread(messages(at)[0])] == ["Goldilocks works again"]


async def test_the_second_says_it_when_the_first_went_with_the_database(at: Desk) -> None:
    _, second = replicas(at, "a", "b")
    await go(TELL_AFTER + 5, second)
    (message,) = messages(at)
    assert "Seen by b" in shown(message)


async def test_what_was_said_before_a_restart_is_over_after_it(at: Desk, phones: Phones) -> None:
    (replica,) = replicas(at, "a")
    await go(RING_AFTER + 1, replica)
    assert len(phones.events) == 1
    (restarted,) = replicas(at, "a")
    await go(5, restarted, works=True)
    assert "works again" in shown(messages(at)[0])
    assert [action for actions in phones.incidents.values() for action in actions] == ["trigger", "resolve"]
    (elsewhere,) = replicas(at, "b")
    await go(5, elsewhere, works=True)
    assert len(at.thread(messages(at)[0])) == 1


async def test_a_slack_that_fails_is_tried_again_and_keeps_no_phone_from_ringing(at: Desk, phones: Phones) -> None:
    (replica,) = replicas(at, "a")
    at.workspace.faults.add("chat.postMessage", "server_error", times=999)
    phones.answers = [503, 503]
    await go(RING_AFTER + 5, replica)
    assert messages(at) == []
    assert [event["event_action"] for event in phones.events] == ["trigger"]
    at.workspace.faults.clear()
    await go(1, replica)
    assert len(messages(at)) == 1


async def test_whom_to_call_follows_the_rota_into_the_next_shift(at: Desk) -> None:
    (replica,) = replicas(at, "a")
    at.clock.advance(timedelta(days=7))
    await go(TELL_AFTER + 1, replica)
    assert f"<@{AMINA}>" not in shown(messages(at)[0])
    assert "please look" in shown(messages(at)[0])
