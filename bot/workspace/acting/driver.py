"""People for scripts and tests: each call does what a person does on the page, by the same signed requests."""

from collections.abc import Awaitable, Mapping
from typing import Any

from ..context import Context
from ..messages import Json, Message
from ..outcome import NotPossibleError, Outcome
from ..wire.delivery import Delivery
from .clicking import Clicking
from .modals import Modals
from .talking import Talking


class Driver:
    """What people can do and see, by user id. What the workspace refuses comes back as an Outcome's error."""

    def __init__(
        self, ctx: Context, delivery: Delivery, talking: Talking, clicking: Clicking, modals: Modals
    ) -> None:
        self._ctx = ctx
        self._delivery = delivery
        self._talking = talking
        self._clicking = clicking
        self._modals = modals

    async def slash(
        self, user: str, channel: str, command: str, text: str = "", thread_ts: str | None = None
    ) -> Outcome:
        """Run a slash command."""
        return await _told(self._talking.command(user, channel, f"{command} {text}".strip(), thread_ts))

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Post a message; `Outcome.ts` is where it went."""
        try:
            return self._talking.say(user, channel, text, thread_ts)
        except NotPossibleError as problem:
            return Outcome(False, error=str(problem))

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        seen: Message | None = None,
        state: Json | None = None,
    ) -> Outcome:
        """Click or choose in a message. `value` picks the option, or the button where several share the action id.

        `seen` is the message as it looked when the person decided (a copy from `messages`): their click on it
        arrives even if it has changed since.
        """

        async def act() -> Outcome:
            if seen is None:
                target = self._clicking.in_message(user, channel, ts, action_id, block_id, value)
            else:
                _, place = self._talking.place(user, channel)
                target = self._clicking.in_snapshot(place, seen, action_id, block_id, value)
            return await self._clicking.act(user, target, value, state)

        return await _told(act())

    async def click_in_view(
        self, user: str, view_id: str, action_id: str, value: Any = None, *, block_id: str | None = None
    ) -> Outcome:
        """Click or choose in a modal or on the home tab."""

        async def act() -> Outcome:
            target = self._clicking.in_view(user, view_id, action_id, block_id, value)
            return await self._clicking.act(user, target, value)

        return await _told(act())

    async def options(self, user: str, channel: str, ts: str, action_id: str, query: str) -> Json:
        """Search in an external menu of a message: `{"options": [...], "option_groups": [...]}`."""
        target = self._clicking.in_message(user, channel, ts, action_id, None)
        return await self._clicking.options(user, target, query)

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Outcome:
        """Submit with `{block_id: plain value or {action_id: state}}`; the rest keeps its initial values."""
        return await _told(self._modals.submit(user, view_id, values or {}))

    async def close(self, user: str, view_id: str) -> Outcome:
        """Close a modal without submitting."""
        return await _told(self._modals.close(user, view_id))

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> Outcome:
        """Run a shortcut."""
        return await _told(self._clicking.shortcut(user, callback_id, channel, ts))

    async def open_home(self, user: str) -> Json | None:
        """Open App Home; returns what is published so far, while the app hears of it."""
        return self._talking.open_home(user)

    async def verify_url(self) -> bool:
        """Whether the app answers Slack's challenge."""
        return await self._talking.verify_url()

    async def settle(self) -> None:
        """Wait until the app has answered every event sent so far (or the retries ended)."""
        await self._delivery.settle()

    # what people see

    def messages(self, channel: str) -> list[Message]:
        """The channel's own messages in order, without replies."""
        found = self._ctx.state.find_channel(channel)
        return [] if found is None else list(found.top_level())

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A message and its replies."""
        found = self._ctx.state.find_channel(channel)
        return [] if found is None else found.thread(ts)

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """What only this person was told, in order."""
        return sorted(
            (
                message
                for place in self._ctx.state.channels.values()
                if channel is None or place is self._ctx.state.find_channel(channel)
                for message in place.ephemerals.values()
                if message.ephemeral_to == user
            ),
            key=lambda message: message.ts,
        )

    def direct(self, user: str) -> list[Message]:
        """The person's direct conversation with the app."""
        return list(self._ctx.state.open_direct([user]).top_level())

    def views(self, user: str) -> list[Json]:
        """The person's open modals, innermost last."""
        return list(self._ctx.views.stack(user))

    def home(self, user: str) -> Json | None:
        """The person's home tab as it was last published."""
        return self._ctx.state.homes.get(user)


async def _told(doing: Awaitable[Outcome]) -> Outcome:
    try:
        return await doing
    except NotPossibleError as problem:
        return Outcome(False, error=str(problem))
