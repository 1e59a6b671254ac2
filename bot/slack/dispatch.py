"""From a payload to its handler: recorded first, carried out once, never lost."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.deps import SlackDeps
from bot.slack.inbound import Json, Kind
from bot.slack.rendered import Rendered
from bot.slack.request import EXPIRED, AlreadyDoneError, Request
from core.inbound import store
from core.inbound.tables import InboundRequest

log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[None]]
Claim = Callable[[Session, str, int, Collection[int], datetime], InboundRequest | None]

BROKEN = "Sorry, that did not work, and nothing was changed. It is in the log; please try again in a moment."
STILL_THERE = "This could not be saved just now. Nothing you typed is lost: please submit it again in a moment."
OLD = "belongs to an older version of Goldilocks and does nothing any more"
UNKNOWN = {
    Kind.SUBMISSION: f"This form {OLD}. Keep what you typed, close it, and open it again.",
    Kind.SHORTCUT: f"This shortcut {OLD}. `/goldilocks` opens a menu of everything there is.",
}
UNKNOWN_CLICK = f"This button {OLD}. `/goldilocks` opens a menu of everything there is."


@dataclass
class Routes:
    """Handlers by kind and id; `other_command` answers slash commands that are none of ours (Slack sends all that the
    app's manifest names, also one of another version), `home` draws the Home tab again after a click in it."""

    commands: dict[str, Handler] = field(default_factory=dict)
    actions: dict[str, Handler] = field(default_factory=dict)
    submissions: dict[str, Handler] = field(default_factory=dict)
    shortcuts: dict[str, Handler] = field(default_factory=dict)
    events: dict[str, Handler] = field(default_factory=dict)
    other_command: Handler | None = None
    home: Handler | None = None

    def find(self, kind: Kind, body: Json) -> Handler | None:
        by_kind: Mapping[Kind, Mapping[str, Handler]] = {
            Kind.COMMAND: self.commands,
            Kind.ACTION: self.actions,
            Kind.SUBMISSION: self.submissions,
            Kind.SHORTCUT: self.shortcuts,
            Kind.EVENT: self.events,
        }
        otherwise = self.other_command if kind is Kind.COMMAND else None
        return by_kind[kind].get(inbound.route_of(kind, body), otherwise)


class Dispatcher:
    """Records requests, finds their handlers, and takes up again what a crash cut off."""

    def __init__(self, deps: SlackDeps, client: AsyncWebClient, routes: Routes) -> None:
        self._deps = deps
        self._client = client
        self._routes = routes
        self._busy: set[int] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def wants(self, kind: Kind, body: Json) -> bool:
        """Whether anything listens to this; a click is always answered."""
        return kind is not Kind.EVENT or self._routes.find(kind, body) is not None

    async def record(self, kind: Kind, body: Json) -> Request | None:
        """Put the request on disk; None when this delivery is there already."""
        key, kept, now = inbound.key_of(kind, body), inbound.kept(body), self._deps.clock.now()
        owner = self._deps.sender
        found = await self._deps.database.run(lambda session: store.record(session, key, kind, kept, owner, now))
        if found is None:
            log.info("slack.duplicate", key=key)
            return None
        return Request(self._deps, self._client, kind, body, found, trigger=body.get("trigger_id"))

    async def handle(self, request: Request) -> None:
        """Carry out a request; raises what its handler raises, and then `broke` has to answer for it."""
        self._begin(request)
        broke = True
        try:
            handler = self._routes.find(request.kind, request.body)
            if handler is None:
                await request.refuse(UNKNOWN.get(request.kind, UNKNOWN_CLICK))
            else:
                await handler(request)
            if request.kind is not Kind.SUBMISSION:  # its form waits, and must not wait for this
                await request.tell_postponed()
            await request.finish()
            if inbound.in_home(request.body) and self._routes.home is not None:
                await self._routes.home(request)
            broke = False
        except AlreadyDoneError:
            log.info("slack.already_done", inbound=request.inbound_id)
            broke = False
        except asyncio.CancelledError:
            broke = False
            raise
        finally:
            if not broke:
                self._end(request)

    async def broke(self, request: Request, error: BaseException) -> None:
        """The one answer to everything unexpected: log it, and tell the person in one line."""
        try:
            await self._apologise(request, error)
        finally:
            self._end(request)

    async def _apologise(self, request: Request, error: BaseException) -> None:
        log.error("slack.request_broke", kind=request.kind, user=request.user, exc_info=error)
        field_id = inbound.first_input(request.body["view"]) if request.kind is Kind.SUBMISSION else None
        if field_id and request.pushed is None:
            request.errors = {field_id: STILL_THERE}
        elif request.user:
            await request.tell(Rendered(BROKEN))
            await request.tell_postponed()
        await request.fail(f"{type(error).__name__}: {error}")

    async def replay_unfinished(self) -> int:
        """Carry out what an earlier process of this replica recorded and never finished; how many requests.

        Their triggers have expired, so what would have opened a form asks for another click.
        """
        return await self._replay(store.claim_own)

    async def take_over(self) -> int:
        """Carry out what any replica recorded and did not finish within its lease; how many requests."""
        now = self._deps.clock.now()
        if not await self._deps.database.fetch(lambda session: store.any_abandoned(session, now)):
            return 0
        return await self._replay(store.claim_abandoned)

    async def _replay(self, claim: Claim) -> int:
        """One at a time, oldest first, so that none waits under a lease that runs."""
        done, last = 0, 0
        while (row := await self._claimed(claim, last)) is not None:
            await self._again(Request(self._deps, self._client, Kind(row.kind), row.body, row.id))
            done, last = done + 1, row.id
        return done

    async def _claimed(self, claim: Claim, after: int) -> InboundRequest | None:
        owner, busy, now = self._deps.sender, frozenset(self._busy), self._deps.clock.now()
        return await self._deps.database.run(lambda session: claim(session, owner, after, busy, now))

    async def _again(self, request: Request) -> None:
        (outcome,) = await asyncio.gather(self.handle(request), return_exceptions=True)
        if isinstance(outcome, Exception):
            await self.broke(request, outcome)
        elif request.errors:
            await request.tell(Rendered(" ".join(request.errors.values())))
        elif request.pushed is not None:
            await request.tell(Rendered(EXPIRED))
        await request.tell_postponed()

    async def forget(self, age: timedelta) -> None:
        """Remove finished requests that are older than this."""
        before = self._deps.clock.now() - age
        await self._deps.database.run(lambda session: store.forget(session, before))

    async def settle(self) -> None:
        """Wait until no request is under way."""
        await self._idle.wait()

    @contextmanager
    def busy_with(self, request: Request) -> Iterator[None]:
        """Whoever waits until no request is under way waits for this, too."""
        self._begin(request)
        try:
            yield
        finally:
            self._end(request)

    def _begin(self, request: Request) -> None:
        self._busy.add(request.inbound_id)
        self._idle.clear()

    def _end(self, request: Request) -> None:
        self._busy.discard(request.inbound_id)
        if not self._busy:
            self._idle.set()
