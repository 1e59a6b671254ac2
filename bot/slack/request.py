"""One request of one person, as handlers see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.deps import SlackDeps
from bot.slack.escape import escape
from bot.slack.inbound import Kind
from bot.slack.limits import fit_message, fit_view
from bot.slack.rendered import Json, Rendered
from bot.slack.trouble import NETWORK, Fate, code_of, judge
from bot.slack.views import help as views
from bot.slack.views.people import People
from core.config.declared import Person
from core.decision import Decision
from core.inbound import store

T = TypeVar("T")
log = structlog.get_logger(__name__)

TRIGGER_GONE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"})
PATIENCE, LONGEST_REST_S = 5, 60.0
"""How many rests a private answer is worth, and how long one may be."""

EXPIRED = "That took too long for Slack to open the form. Please click again."
COMMAND_MOST = 2_000
"""Characters that a button can carry."""


class AlreadyDoneError(Exception):
    """The request took effect before; it must not act a second time."""


@dataclass
class Request:
    """A request that is on disk (`inbound_id`); `trigger` opens a form while it is fresh, and is None in a replay.

    `errors` of a submission are shown in the form, which then stays open with all that was typed. `postponed` are
    private answers that met a rate limit. `command` is what runs, where it is one: a click can run it again.
    `pushed` is shown on top of the form that was submitted; `closes`: those below it go as well; `then` runs once
    Slack has its answer.
    """

    deps: SlackDeps
    client: AsyncWebClient
    kind: Kind
    body: Json
    inbound_id: int
    trigger: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    postponed: list[tuple[Json, float]] = field(default_factory=list)
    command: str | None = None
    pushed: Json | None = None
    closes: bool = False
    then: Callable[[], Awaitable[None]] | None = None

    @property
    def answer(self) -> Json:
        """What a submitted form is answered with: what is wrong, what is shown next, or nothing, and it closes."""
        if self.errors:
            return {"response_action": "errors", "errors": self.errors}
        if self.pushed is not None:
            return {"response_action": "push", "view": fit_view(self.pushed)}
        return {"response_action": "clear"} if self.closes else {}

    @property
    def user(self) -> str:
        return inbound.user_of(self.body)

    @property
    def person(self) -> Person | None:
        """The member of the team who asks; None for somebody who is not in its YAML."""
        return self.deps.config.team.person_by_slack(self.user)

    @property
    def actor(self) -> str:
        """The name for the audit trail."""
        return self.person.id if self.person else f"slack:{self.user}"

    @property
    def people(self) -> People:
        return People(self.deps.config.team)

    @property
    def now(self) -> datetime:
        return self.deps.clock.now()

    @property
    def value(self) -> str:
        return inbound.chosen(self.body)

    @property
    def number(self) -> int:
        """The id that the button carries; 0, which is nobody's, when it carries none."""
        return inbound.number_in(self.value) or 0

    @property
    def form_number(self) -> int:
        """The id of what the form is about; 0, which is nobody's, when it carries none."""
        return inbound.number_in(inbound.metadata(self.body)) or 0

    async def run(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction that also finishes the request, so that it takes effect exactly once."""

        def once(session: Session) -> T:
            if not store.take(session, self.inbound_id, self.deps.sender):
                raise AlreadyDoneError(self.inbound_id)
            result = work(session)
            store.finish(session, self.inbound_id, self.now)
            return result

        result = await self.deps.database.run(once)
        self.deps.changed()
        return result

    async def decide(self, work: Callable[[Session], Decision]) -> bool:
        """`run` a rule; a refusal is told to the person, in the form if there is one, else privately."""
        decision = await self.run(work)
        if not decision.allowed:
            await self.refuse(decision.detail or decision.reason.replace("_", " "))
        return decision.allowed

    async def refuse(self, detail: str) -> None:
        """Say privately why nothing happened."""
        field_id = inbound.first_input(self.body["view"]) if self.kind is Kind.SUBMISSION else None
        if field_id:
            self.errors[field_id] = self.people.named(detail)
        else:
            await self.tell(Rendered(self.people.fill(escape(detail))))

    async def tell(self, message: Rendered) -> None:
        """Answer the person privately, where they asked, or else in their direct conversation."""
        content = fit_message(**message.content())
        rest = await self._told(content)
        if rest is not None:
            self.postponed.append((content, rest))

    async def tell_postponed(self) -> None:
        """Give the answers that met a rate limit, after the rests that Slack asks for; for minutes, if need be."""
        waiting, self.postponed = self.postponed, []
        for content, rest in waiting:
            await self._tell_later(content, rest)

    async def _tell_later(self, content: Json, rest: float) -> None:
        for _ in range(PATIENCE):
            await self._rest(rest)
            again = await self._told(content)
            if again is None:
                return
            rest = again
        log.warning("slack.answer_not_delivered", user=self.user, error="ratelimited")

    async def _rest(self, seconds: float) -> None:
        """Wait, and keep the request meanwhile: another replica would answer it as well."""
        until = self.now + timedelta(seconds=seconds) + store.LEASE
        await self.deps.database.run(lambda s: store.renew(s, self.inbound_id, self.deps.sender, until))
        await self.deps.pause(seconds)

    async def _told(self, content: Json) -> float | None:
        """None when there is nothing more to do, else the seconds to wait until it may be tried again."""
        try:
            if not await self._respond(content):
                await self._tell_in_channel(content)
        except (SlackApiError, *NETWORK) as error:
            trouble = judge(error, 1)
            if trouble.fate is Fate.LIMITED:
                return min(trouble.wait.total_seconds(), LONGEST_REST_S)
            # What was asked for has been done or refused, and is in the audit trail: an answer that cannot be
            # delivered changes nothing about that.
            log.warning("slack.answer_not_delivered", user=self.user, error=str(error))
        return None

    async def _respond(self, content: Json) -> bool:
        url = self.body.get("response_url")
        if not url:
            return False
        thread = inbound.thread_of(self.body)
        place: Json = {"response_type": "ephemeral", "replace_original": False}
        place |= {"thread_ts": thread} if thread else {}
        webhook = AsyncWebhookClient(url, timeout=self.deps.call_timeout_s, retry_handlers=[])
        try:
            answer = await webhook.send_dict({**place, **_filled(content)})
        except (aiohttp.ClientError, TimeoutError):
            return False
        return answer.status_code == 200

    async def _tell_in_channel(self, content: Json) -> None:
        channel, thread = inbound.channel_of(self.body), inbound.thread_of(self.body)
        if channel and not channel.startswith("D"):
            await self.client.chat_postEphemeral(
                channel=channel, user=self.user, thread_ts=thread, **_filled(content)
            )
            return
        opened = await self.client.conversations_open(users=self.user)
        await self.client.chat_postMessage(channel=opened["channel"]["id"], thread_ts=thread, **_filled(content))

    async def open(self, view: Json) -> str | None:
        """Open a modal and return its id; what was said in words has no trigger, and a late one is of no use: then the
        person is asked to click."""
        if self.trigger is None:
            await self.tell(self._click_again())
            return None
        try:
            answer = await self.client.views_open(trigger_id=self.trigger, view=fit_view(view))
        except SlackApiError as error:
            if code_of(error) not in TRIGGER_GONE:
                raise
            await self.tell(self._click_again())
            return None
        return str(answer["view"]["id"])

    @property
    def external_id(self) -> str:
        """Our own name for the form that this request pushes."""
        return f"{self.deps.sender}:{self.inbound_id}"[-255:]

    def _click_again(self) -> Rendered:
        if self.command is None or len(self.command) > COMMAND_MOST:
            return Rendered(EXPIRED)
        return views.form_by_click(self.command)

    async def change(self, view_id: str, view: Json) -> None:
        """Put something else into a modal that `open` opened."""
        await self.client.views_update(view_id=view_id, view=fit_view(view))

    async def finish(self) -> None:
        """Mark a request done that needed no transaction of its own."""
        await self.deps.database.run(self._finish)

    def _finish(self, session: Session) -> None:
        if store.take(session, self.inbound_id, self.deps.sender):
            store.finish(session, self.inbound_id, self.now)
        elif self.errors:
            store.reopen(session, self.inbound_id, "refused", self.now)

    async def fail(self, error: str) -> None:
        """Mark a request that broke; its sender was told."""
        await self.deps.database.run(
            lambda session: store.fail(session, self.inbound_id, self.deps.sender, error, self.now)
        )


def _filled(content: Json) -> dict[str, Any]:
    """Without empty lists, which a response URL refuses."""
    return {name: value for name, value in content.items() if value}
