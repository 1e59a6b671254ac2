"""One message from its row to where it goes, and what becomes of the row: sent, tried again, looked up, given up."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.pager import PagerError, Pagers
from bot.slack.delivery import Delivery
from bot.slack.pictures import NotProcessedError, Pictures
from bot.slack.remedies import remedied
from bot.slack.rendered import Rendered
from bot.slack.trouble import NETWORK, PLACE_GONE, Fate, Trouble, UnknownPlaceError, backoff, judge
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.clock import Clock
from core.config.team import Team
from core.db.database import Database
from core.decision import refuse
from core.outbox import pace_store, store
from core.outbox.claim_store import Claim
from core.outbox.pace import BURST, PAGER, UPDATES, Pace
from core.outbox.tables import OutboxRow
from core.runs.store import SILENCE, living_replicas
from workflows.unreachable import Lost

log = structlog.get_logger(__name__)

Render = Callable[[Session, OutboxRow], Rendered | None]
"""The message of a row as it should be now; None when what it was about is gone."""

Lose = Callable[[Session, Lost, datetime], bool]
"""Follows up on a message that was refused for good; whether it goes out elsewhere."""

Delay = Callable[[Session, OutboxRow, str, datetime], None]
"""Tells people that a pager has not taken a page so far, and why."""

Event = Callable[[Session, OutboxRow], dict[str, object] | None]
"""What a pager is to be told by a row; None when that is not needed any more."""

Arrived = Callable[[OutboxRow, datetime], Awaitable[None]]
"""Follows up on a new message that has arrived."""

NOTHING = "nothing_to_show"
PAGER_PATIENCE = 5
"""After so many tries, within about half a minute, people learn that a pager does not take a page."""

OTHERS_TURN = timedelta(minutes=1)
"""How long a message to what this replica's YAML does not have is left to others that live."""
LEFT_FOR = timedelta(seconds=2)

MINE_S = 30
"""How long after its time a message is tried again by whoever it is that tries."""

SEND_LIMIT_S = 90
"""The longest that one message takes, uploads and looking up included: then its outcome is unknown. Far below LEASE."""


def _nobody_minds(_session: Session, _lost: Lost, _now: datetime) -> bool:
    """It stays lost, and is in the trail."""
    return False


async def _nothing_follows(_row: OutboxRow, _now: datetime) -> None:
    """Nobody waits for it."""


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
    arrived: Arrived = _nothing_follows
    delay: Delay | None = None


class Carrier:
    """Sends claimed messages, each by itself; tells the pace when somebody asks to wait."""

    def __init__(self, deps: SenderDeps, pace: Pace) -> None:
        self._deps, self._pace = deps, pace
        self._delivery = Delivery(deps.client, deps.team)
        self._pictures = Pictures(deps.client, deps.pictures)
        self._refusal, self._until = "", 0.0

    async def carry(self, claim: Claim, now: datetime) -> bool:
        """Send it and settle its row; whether it arrived."""
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
            return await self._not_known_here(claim, str(error), now)
        except _NotShownError as error:
            return await self._give_up(claim, str(error), now)
        except NotProcessedError:
            return await self._settle(claim, Trouble(Fate.RETRY, "picture_not_processed", self._deps.spacing), now)
        except _BeforeSendingError as error:
            return await self._settle(claim, error.trouble(claim.row.attempts), now)
        except (SlackApiError, *NETWORK) as error:
            found = judge(error, claim.row.attempts)
            self._note(found)
            return await self._settle(claim, found, now)
        self._refusal = ""
        await self._deps.database.run(
            lambda s: store.settle_sent(s, claim.row.id, sent.channel, sent.ts, self._now(now))
        )
        if claim.update_of is None:
            await self._deps.arrived(claim.row, self._now(now))
        return True

    @property
    def problem(self) -> str:
        """Why Slack took nothing the last time: it does not answer, or not to this app. Empty when it did, and when the
        message was to be tried again and was not: another replica has it, or nobody needs it any more."""
        return self._refusal if time.monotonic() < self._until else ""

    def _note(self, found: Trouble) -> None:
        self._refusal = found.reason if found.fate in (Fate.UNKNOWN, Fate.RETRY) else ""
        self._until = time.monotonic() + found.wait.total_seconds() + MINE_S

    async def _page(self, claim: Claim, now: datetime) -> bool:
        """Send one event to a pager. It may arrive twice, and is one incident there all the same."""
        row, deps = claim.row, self._deps
        event = await deps.database.fetch(lambda session: deps.event(session, row) if deps.event else None)
        try:
            if event is not None and deps.pagers is not None:
                await deps.pagers.send(
                    row.channel.removeprefix(PAGER), event, row.uid, row.attempts, self._now(now)
                )
        except UnknownPlaceError as error:
            return await self._not_known_here(replace(claim, uncertain=False), str(error), now)
        except PagerError as trouble:
            fate = Fate.DEAD if trouble.wait is None else Fate.RETRY
            found = Trouble(fate, trouble.reason, trouble.wait or timedelta(0))
            if fate is Fate.RETRY and row.attempts == PAGER_PATIENCE and (delay := deps.delay) is not None:
                await deps.database.run(lambda s: delay(s, row, found.reason, self._now(now)))
            return await self._settle(replace(claim, uncertain=False), found, now)
        await deps.database.run(lambda s: store.settle_sent(s, row.id, row.channel, None, self._now(now)))
        return True

    def _now(self, started: datetime) -> datetime:
        """The time when it is over: what hung waits from then on."""
        return max(started, self._deps.clock.now())

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
        limited = self._rest(claim, due) if trouble.fate is Fate.LIMITED else None
        # An update may safely be sent twice. What was uncertain stays so until it is found or sent.
        uncertain = claim.update_of is None and (claim.uncertain or trouble.fate is Fate.UNKNOWN)
        settle = store.settle_unknown if uncertain else store.settle_retry

        def work(session: Session) -> None:
            settle(session, row.id, due, trouble.reason)
            if limited is not None:
                pace_store.rest(session, limited, due)

        await self._deps.database.run(work)
        return False

    def _rest(self, claim: Claim, until: datetime) -> str:
        """What ran into a limit rests: posts of this channel, or updates, whose limit all channels share."""
        name = claim.row.channel if claim.update_of is None else UPDATES
        self._pace.bucket(name).rest(until)
        return name

    async def _not_known_here(self, claim: Claim, reason: str, now: datetime) -> bool:
        """While the YAML is changed, one replica after the other, another one may know it: for a moment it is left to
        them."""
        young = self._now(now) - claim.row.created_at < OTHERS_TURN
        if young and await self._deps.database.fetch(lambda session: self._has_company(session, now)):
            return await self._settle(claim, Trouble(Fate.RETRY, reason, LEFT_FOR), now)
        return await self._give_up(claim, reason, now, gone=True)

    def _has_company(self, session: Session, now: datetime) -> bool:
        return any(name != self._deps.name for name in living_replicas(session, now - SILENCE))

    async def _give_up(self, claim: Claim, reason: str, now: datetime, *, gone: bool = False) -> bool:
        """It will never arrive there; with `gone` nothing else would either."""
        row = claim.row
        log.error("outbox.dead", key=row.key, channel=row.channel, reason=reason)
        gone = gone or reason in PLACE_GONE
        new = claim.update_of is None
        lost = Lost(
            row.id,
            row.kind,
            int(row.subject) if row.subject.isdigit() else 0,
            row.channel,
            reason,
            gone,
            new,
            remedied(reason),
        )
        lose = self._deps.lose if reason != NOTHING else _nobody_minds
        await self._deps.database.run(lambda session: _bury(session, row, lose, lost, self._now(now)))
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
