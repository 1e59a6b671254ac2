"""The outbox's way to Slack: at least once, in order, at the channels' pace, never sleeping on a message."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.pager import PagerError, Pagers
from bot.slack.delivery import Delivery, UnknownPlaceError
from bot.slack.pictures import NotProcessedError, Pictures
from bot.slack.rendered import Rendered
from bot.slack.trouble import NETWORK, PLACE_GONE, Fate, Trouble, backoff, judge
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.clock import Clock
from core.config.team import Team
from core.db.database import Database
from core.decision import refuse
from core.outbox import store
from core.outbox.pace import BURST, PAGER, PATIENCE, Pace
from core.outbox.store import Claim
from core.outbox.tables import OutboxRow
from workflows.unreachable import Lost

log = structlog.get_logger(__name__)

Render = Callable[[Session, OutboxRow], Rendered | None]
"""The message of a row as it should be now; None when what it was about is gone."""

Lose = Callable[[Session, Lost, datetime], bool]
"""Follows up on a message that was refused for good; whether it goes out elsewhere."""

Event = Callable[[Session, OutboxRow], dict[str, object] | None]
"""What a pager is to be told by a row; None when that is not needed any more."""

NOTHING = "nothing_to_show"
LOOK_AGAIN_S = 0.5
"""How long `run` rests at most: other processes write into the outbox too, and a simulated clock may run fast."""


SEND_LIMIT_S = 90
"""The longest that one message takes, uploads and looking up included: then its outcome is unknown. Far below LEASE."""


def _nobody_minds(_session: Session, _lost: Lost, _now: datetime) -> bool:
    """It stays lost, and is in the trail."""
    return False


@dataclass(frozen=True)
class SenderDeps:
    """What the sender needs. `name` is the same after a restart, so that it finds its own unfinished rows."""

    database: Database
    clock: Clock
    client: AsyncWebClient
    team: Team
    render: Render
    pictures: Path
    name: str = "goldilocks"
    spacing: timedelta = timedelta(seconds=1)
    burst: int = BURST
    lose: Lose = _nobody_minds
    pagers: Pagers | None = None
    event: Event | None = None


class Sender:
    """Delivers what is due, each message in a task of its own, so that one that hangs holds up nothing else.

    `drain` sends everything once; `run` goes on until `stop`.
    """

    def __init__(self, deps: SenderDeps) -> None:
        self._deps = deps
        self._delivery = Delivery(deps.client, deps.team)
        self._pictures = Pictures(deps.client, deps.pictures)
        self._pace = Pace(deps.spacing, deps.burst)
        self._flying: dict[asyncio.Task[bool], Claim] = {}
        self._since: dict[int, float] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._clean = False

    async def recover(self) -> int:
        """Take back what this sender was sending when it died; each is looked up before it is sent again."""
        now, name, flying = self._deps.clock.now(), self._deps.name, self._in_flight()
        return await self._deps.database.run(lambda session: store.recover(session, name, now, flying))

    async def drain(self, now: datetime) -> int:
        """Send all that is due at `now`, side by side; returns how many messages went out."""
        sent, started = 0, set[asyncio.Task[bool]]()
        try:
            while True:
                started |= {self._launch(claim, now) for claim in await self._claim(now)}
                if not started:
                    return sent
                done, started = await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
                sent += sum(task.result() for task in done)
        finally:
            await asyncio.gather(*started, return_exceptions=True)

    async def next_due(self) -> datetime | None:
        """When there is something to send next, or None."""
        return await self._deps.database.fetch(store.next_due)

    def wake(self) -> None:
        """Something was enqueued: do not rest. Only from the event loop's own thread."""
        self._woken.set()

    async def run(self) -> None:
        """Recover, then deliver until `stop`.

        Nothing unexpected ends it, be it a database that is away or a mistake of ours: it is logged, and what was
        being sent is looked up. A page that silently stops would be the worst of all outcomes.
        """
        while not self._stopping:
            self._woken.clear()
            (outcome,) = await asyncio.gather(self._round(), return_exceptions=True)
            if isinstance(outcome, BaseException):
                self._clean = False
                log.error("outbox.round_failed", exc_info=outcome)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_AGAIN_S)
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _round(self) -> None:
        """Start what may go out now, and wait for none of it."""
        if not self._clean:
            await self.recover()
            self._clean = True
        now = self._deps.clock.now()
        for claim in await self._claim(now):
            self._launch(claim, now)

    async def stop(self) -> None:
        """Let `run` end after what it is sending."""
        self._stopping = True
        self._woken.set()

    def _now(self, started: datetime) -> datetime:
        """The time when it is over: what hung waits from then on."""
        return max(started, self._deps.clock.now())

    def _in_flight(self) -> set[int]:
        return {claim.row.id for claim in self._flying.values()}

    def _is_opening(self, claim: Claim) -> bool:
        """Whether it is a new message of its channel that Slack may still be expected to answer soon."""
        young = time.monotonic() - self._since[claim.row.id] < PATIENCE.total_seconds()
        return young and claim.update_of is None and claim.row.parent is None

    def _launch(self, claim: Claim, now: datetime) -> asyncio.Task[bool]:
        task = asyncio.create_task(self._send(claim, now))
        self._flying[task] = claim
        self._since[claim.row.id] = time.monotonic()
        task.add_done_callback(self._landed)
        return task

    def _landed(self, task: asyncio.Task[bool]) -> None:
        """Its place is free, and what waited for it may follow. What broke is looked up in the next round."""
        claim = self._flying.pop(task)
        del self._since[claim.row.id]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._clean = False
            log.error("outbox.send_failed", key=claim.row.key, exc_info=error)
        self._woken.set()

    async def _claim(self, now: datetime) -> list[Claim]:
        name, pace = self._deps.name, self._pace
        pace.flying = Counter(claim.row.channel for claim in self._flying.values())
        pace.opening = {claim.row.channel for claim in self._flying.values() if self._is_opening(claim)}
        return await self._deps.database.run(lambda session: store.claim(session, name, now, pace))

    async def _send(self, claim: Claim, now: datetime) -> bool:
        if claim.row.channel.startswith(PAGER):
            return await self._page(claim, now)
        try:
            rendered, parent = await self._deps.database.fetch(lambda session: self._load(session, claim.row))
            if rendered is None:
                return await self._give_up(claim, NOTHING, now)
            async with asyncio.timeout(SEND_LIMIT_S):
                rendered = await self._prepare(rendered)
                sent = await self._delivery.deliver(claim, rendered, parent)
        except UnknownPlaceError as error:
            return await self._give_up(claim, str(error), now, gone=True)
        except _NotShownError as error:
            return await self._give_up(claim, str(error), now)
        except NotProcessedError:
            return await self._settle(claim, Trouble(Fate.RETRY, "picture_not_processed", self._deps.spacing), now)
        except _BeforeSendingError as error:
            return await self._settle(claim, error.trouble(claim.row.attempts), now)
        except (SlackApiError, *NETWORK) as error:
            return await self._settle(claim, judge(error, claim.row.attempts), now)
        await self._deps.database.run(
            lambda s: store.settle_sent(s, claim.row.id, sent.channel, sent.ts, self._now(now))
        )
        return True

    async def _page(self, claim: Claim, now: datetime) -> bool:
        """Send one event to a pager. It may arrive twice, and is one incident there all the same."""
        row, deps = claim.row, self._deps
        event = await deps.database.fetch(lambda session: deps.event(session, row) if deps.event else None)
        try:
            if event is not None and deps.pagers is not None:
                await deps.pagers.send(
                    row.channel.removeprefix(PAGER), event, row.uid, row.attempts, self._now(now)
                )
        except PagerError as trouble:
            fate = Fate.DEAD if trouble.wait is None else Fate.RETRY
            found = Trouble(fate, trouble.reason, trouble.wait or timedelta(0))
            return await self._settle(replace(claim, uncertain=False), found, now)
        await deps.database.run(lambda s: store.settle_sent(s, row.id, row.channel, None, self._now(now)))
        return True

    def _load(self, session: Session, row: OutboxRow) -> tuple[Rendered | None, OutboxRow | None]:
        """The message as it should be now, and its parent; a view that fails takes only itself with it."""
        parent = store.posted(session, row.parent) if row.parent else None
        try:
            return self._deps.render(session, row), parent
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise _NotShownError(f"cannot be shown: {type(error).__name__}: {error}") from error

    async def _prepare(self, rendered: Rendered) -> Rendered:
        """Upload its pictures; a failure here is before anything was posted."""
        try:
            return await self._pictures.place(rendered)
        except (SlackApiError, *NETWORK) as error:
            raise _BeforeSendingError(error) from error

    async def _settle(self, claim: Claim, trouble: Trouble, now: datetime) -> bool:
        """Put the row back, or give it up; never a success."""
        row, due = claim.row, self._now(now) + trouble.wait
        if trouble.fate is Fate.DEAD:
            return await self._give_up(claim, trouble.reason, now)
        log.warning(
            "outbox.not_sent", key=row.key, fate=trouble.fate, reason=trouble.reason, attempts=row.attempts
        )
        if trouble.fate is Fate.LIMITED:
            self._rest(claim, due)
        # An update may safely be sent twice. What was uncertain stays so until it is found or sent.
        uncertain = claim.update_of is None and (claim.uncertain or trouble.fate is Fate.UNKNOWN)
        settle = store.settle_unknown if uncertain else store.settle_retry
        await self._deps.database.run(lambda session: settle(session, row.id, due, trouble.reason))
        return False

    def _rest(self, claim: Claim, until: datetime) -> None:
        """What ran into a limit rests: posts of this channel, or updates, whose limit all channels share."""
        limited = self._pace.channel(claim.row.channel) if claim.update_of is None else self._pace.updates
        limited.rest(until)

    async def _give_up(self, claim: Claim, reason: str, now: datetime, *, gone: bool = False) -> bool:
        """It will never arrive there; with `gone` nothing else would either."""
        row = claim.row
        log.error("outbox.dead", key=row.key, channel=row.channel, reason=reason)
        gone = gone or reason in PLACE_GONE
        new = claim.update_of is None
        lost = Lost(
            row.id, row.kind, int(row.subject) if row.subject.isdigit() else 0, row.channel, reason, gone, new
        )
        lose = self._deps.lose if reason != NOTHING else _nobody_minds
        await self._deps.database.run(lambda session: _bury(session, row, lose, lost, self._now(now)))
        self._woken.set()
        return False


class _NotShownError(Exception):
    """The view of a message failed on what the database holds."""


class _BeforeSendingError(Exception):
    """Something failed before the message itself was sent: it certainly did not arrive."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self._cause = cause

    def trouble(self, attempts: int) -> Trouble:
        found = judge(self._cause, attempts)
        fate = Fate.RETRY if found.fate in (Fate.UNKNOWN, Fate.LIMITED) else found.fate
        return Trouble(fate, found.reason, found.wait or backoff(attempts))


def _bury(session: Session, row: OutboxRow, lose: Lose, lost: Lost, now: datetime) -> None:
    if lose(session, lost, now):
        return
    reason = lost.reason
    store.settle_dead(session, row.id, reason)
    detail = f"The message {row.key} could not be sent to {row.channel}: {reason}."
    record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="message.give_up",
        subject=("outbox", row.id),
        decision=refuse("undeliverable", detail),
        data={"key": row.key, "kind": row.kind, "channel": row.channel, "error": reason},
    )
