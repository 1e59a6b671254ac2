"""Pages go out to a pager: signed, in order, tried again, one incident a page; and our own door takes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from bot.http.ingest.app import Ingest
from bot.pager import TRIES, retry_after, sign, verify
from bot.secrets import SecretError
from bot.slack.app import create_slack
from bot.slack.ids import Action
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.tables import PageStatus
from core.outbox.tables import OutboxRow, OutboxStatus
from tests.alerts_support import api, groups, page_of
from tests.databases import fresh_sqlite
from tests.ingest_support import elsewhere
from tests.loopback import free_socket, serving
from tests.oncall_support import config as team_config
from tests.pager_support import KEY, SECRET, declared, receiving
from tests.pager_support import Receiver as Phones
from tests.slack_support import AMINA, MAYA, ONCALL, Desk, desk, shown
from workflows import respond
from workflows.receiver import Receiver, Writer
from workflows.step_pages import step_due

CRITICAL = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def office(database: Database, clock: SimulatedClock, folder: Path, receiver: Phones) -> AsyncIterator[Desk]:
    async with desk(database, team_config(**declared(receiver.url)), clock, folder) as running:
        yield running


@pytest.fixture
async def receiver(clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Phones]:
    monkeypatch.setenv("PAGER_KEY", KEY)
    monkeypatch.setenv("PAGER_SECRET", SECRET.decode())
    async with receiving(clock) as found:
        yield found


@pytest.fixture
async def at(database: Database, clock: SimulatedClock, tmp_path: Path, receiver: Phones) -> AsyncIterator[Desk]:
    async with office(database, clock, tmp_path, receiver) as running:
        yield running


async def fire(at: Desk) -> None:
    at.do(lambda s, c, now: respond.receive(s, c, [api(CRITICAL, annotations={"summary": "4 s"})], now))
    await at.deliver()


async def test_a_page_triggers_and_its_answer_acknowledges_and_resolves_one_incident(
    at: Desk, receiver: Phones
) -> None:
    await fire(at)
    (event,) = receiver.events
    assert event["routing_key"] == KEY
    assert event["payload"]["summary"] == "HighLatency"
    assert event["payload"]["severity"] == "critical"
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.ACKNOWLEDGE)
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.RESOLVE)
    assert receiver.incidents == {"goldilocks-page-1": ["trigger", "acknowledge", "resolve"]}
    assert receiver.refused == 0


async def test_what_is_given_back_rings_anew(at: Desk, receiver: Phones) -> None:
    """An incident that was acknowledged there takes further triggers without a sound."""
    await fire(at)
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.ACKNOWLEDGE)
    await at.slash(MAYA, "/alerts", "unack 1")
    await at.deliver()
    assert receiver.incidents == {"goldilocks-page-1": ["trigger", "acknowledge", "resolve", "trigger"]}


async def test_a_later_step_adds_to_the_same_incident(at: Desk, receiver: Phones) -> None:
    await fire(at)
    at.clock.advance(timedelta(minutes=15))
    at.do(lambda s, c, now: step_due(s, c, now))
    await at.deliver()
    assert receiver.incidents == {"goldilocks-page-1": ["trigger", "trigger"]}


@pytest.mark.parametrize("answer", [500, 503, 429, 1.3], ids=["500", "503", "429", "timeout"])
async def test_it_is_tried_again_and_stays_one_incident_in_order(
    at: Desk, receiver: Phones, answer: int | float
) -> None:
    receiver.answers = [answer, answer]
    await fire(at)
    assert receiver.incidents == {"goldilocks-page-1": ["trigger"]}
    first, second, third = receiver.tries
    assert second - first >= (7 * SECOND if answer == 429 else 0.5 * SECOND)
    assert third - second >= (7 * SECOND if answer == 429 else 1 * SECOND)
    assert "You are called" in shown(at.workspace.direct(AMINA)[-1]), "nobody waited for the pager"


async def test_500_then_429_then_202_and_what_follows_is_one_incident(at: Desk, receiver: Phones) -> None:
    receiver.answers = [500, 429]
    await fire(at)
    assert len(receiver.tries) == 3
    assert receiver.tries[2] - receiver.tries[1] >= 7 * SECOND, "as it asked for"
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.ACKNOWLEDGE)
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.RESOLVE)
    assert receiver.incidents == {"goldilocks-page-1": ["trigger", "acknowledge", "resolve"]}
    assert receiver.refused == 0
    assert not any("has not taken" in reply for reply in at.replies("C0FLIGHTS", at.parent("C0FLIGHTS")))


async def test_a_pager_that_cannot_be_reached_is_told_in_the_thread_while_it_is_tried_on(
    at: Desk, receiver: Phones
) -> None:
    receiver.answers = [503] * 8
    await fire(at)
    told = [reply for reply in at.replies("C0FLIGHTS", at.parent("C0FLIGHTS")) if "has not taken" in reply]
    assert told == [
        "The pager phones has not taken this page so far (HTTP 503). It is tried again for about two hours; until then "
        "count on Slack only."
    ]
    assert receiver.incidents == {"goldilocks-page-1": ["trigger"]}, "and it went on being tried"


async def test_what_is_answered_before_it_went_out_rings_no_phone(at: Desk, receiver: Phones) -> None:
    receiver.answers = [500] * 3
    at.do(lambda s, c, now: respond.receive(s, c, [api(CRITICAL)], now))
    await at.surface.sender.drain(at.clock.now())
    await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.ACKNOWLEDGE)
    assert receiver.incidents == {"goldilocks-page-1": ["acknowledge"]}, "which is dropped there: it opens nothing"
    with at.database.read() as session:
        pagers = [row for row in session.query(OutboxRow) if row.channel == "pager:phones"]
        assert {row.status for row in pagers} == {OutboxStatus.SENT}


async def test_a_pager_that_refuses_for_good_is_noticed(at: Desk, receiver: Phones) -> None:
    receiver.answers = [400]
    await fire(at)
    replies = at.replies("C0FLIGHTS", at.parent("C0FLIGHTS"))
    assert any("The page to the pager phones did not arrive: HTTP 400." in reply for reply in replies)
    with at.database.read() as session:
        assert groups(session)[-1].title == "Goldilocks cannot reach somebody who is called"
        found = page_of(session, 1)
        assert found is not None
        assert (found.status, found.step) == (PageStatus.OPEN, 0), "amina has her direct message"


async def test_a_step_whose_only_pager_is_lost_moves_on_at_once(at: Desk, receiver: Phones) -> None:
    await fire(at)
    receiver.answers = [404]
    at.clock.advance(timedelta(minutes=15))
    at.do(lambda s, c, now: step_due(s, c, now))
    await at.deliver()
    with at.database.read() as session:
        found = page_of(session, 1)
        assert found is not None
        assert found.status == PageStatus.EXHAUSTED


async def test_a_secret_that_is_missing_is_found_at_the_start(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGER_SECRET")
    with pytest.raises(SecretError, match="has no PAGER_SECRET, which the YAML names as env:PAGER_SECRET"):
        create_slack(at.deps)


async def test_our_own_door_takes_what_we_send(
    sqlite_database: Database, clock: SimulatedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One team's Goldilocks pages another's."""
    monkeypatch.setenv("PAGER_KEY", KEY)
    monkeypatch.setenv("PAGER_SECRET", SECRET.decode())
    source = {"id": "pager", "token_sha256": sha256(KEY.encode()).hexdigest()}
    other, theirs = fresh_sqlite(tmp_path / "other.db"), team_config(sources=[source])
    bound, url = free_socket()
    async with (
        Writer(other, clock, Receiver(theirs)) as writer,
        serving(Ingest(theirs, other, clock, writer, elsewhere), bound),
        desk(sqlite_database, team_config(**declared(f"{url}/v2/enqueue")), clock, tmp_path) as at,
    ):
        await fire(at)
        with other.read() as session:
            (group,) = groups(session)
            assert (group.severity, group.status) == ("critical", "firing")
            assert group.pipeline == "flights"
        await at.click(AMINA, at.workspace.direct(AMINA)[-1], Action.RESOLVE)
        with other.read() as session:
            assert [group.status for group in groups(session)] == ["resolved"]
    other.dispose()


def test_a_signature_is_of_the_time_and_the_body(clock: SimulatedClock) -> None:
    now = clock.now()
    signature = sign(SECRET, b"body", now)
    assert verify(SECRET, b"body", signature, now + timedelta(minutes=5))
    assert not verify(SECRET, b"body", signature, now + timedelta(minutes=6)), "somebody recorded it"
    assert not verify(SECRET, b"another", signature, now)
    assert not verify(b"other secret", b"body", signature, now)
    moved = signature.replace(f"t={int(now.timestamp())}", f"t={int(now.timestamp()) + 1}")
    assert not verify(SECRET, b"body", moved, now)
    for nonsense in ("", "t=,v1=", "t=²,v1=x", "v1", f"t={int(now.timestamp())}"):
        assert not verify(SECRET, b"body", nonsense, now)


def test_tries_are_spread_and_grow_to_ten_minutes() -> None:
    waits = [retry_after("uid", attempt) for attempt in range(1, TRIES)]
    for attempt, wait in enumerate(waits):
        middle = min(2**attempt, 600)
        assert 0.5 * middle <= wait.total_seconds() <= 1.5 * middle
    assert len({retry_after(f"uid {number}", 5) for number in range(50)}) == 50


async def test_a_pager_whose_answer_never_ends_has_taken_it(at: Desk, receiver: Phones) -> None:
    receiver.drips = True
    async with asyncio.timeout(20):
        await fire(at)
    assert receiver.incidents == {"goldilocks-page-1": ["trigger"]}
    assert len(receiver.tries) == 1


async def test_a_pager_that_leads_elsewhere_is_passed_over_with_a_remedy(at: Desk, receiver: Phones) -> None:
    receiver.answers = [302]
    await fire(at)
    (told,) = [message for message in at.workspace.messages(ONCALL) if "cannot reach somebody" in shown(message)]
    assert "HTTP 302 (it leads to another address" in shown(told)
    assert "You are called" in shown(at.workspace.direct(AMINA)[-1])
