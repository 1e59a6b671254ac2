"""What people do with elements: clicks, choices, searches in menus, shortcuts."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..blocks import objects
from ..blocks.check import elements_of
from ..blocks.schema import Report
from ..config import Person
from ..context import Context
from ..messages import Json, Message
from ..outcome import NotPossibleError, Outcome
from ..state import Channel
from ..webapi import lookup
from ..wire.delivery import Delivery
from . import payloads
from .inputs import entered, initial_state, merged, shaped
from .talking import Talking

GONE = "This is no longer available."


@dataclass(frozen=True, slots=True)
class Target:
    """An element, and the message or view that it is in."""

    block: Json
    element: Json
    attachment: int | None = None
    channel: Channel | None = None
    message: Message | None = None
    view: Json | None = None

    @property
    def blocks(self) -> list[Json]:
        """All blocks that it stands among."""
        if self.view is not None:
            return list(self.view["blocks"])
        return [block for _, block in payloads.blocks_of(self.message)] if self.message else []


class Clicking:
    """A person's side of interactive elements."""

    def __init__(self, ctx: Context, delivery: Delivery, talking: Talking) -> None:
        self._ctx = ctx
        self._delivery = delivery
        self._talking = talking

    def in_message(
        self, user: str, channel_id: str, ts: str, action_id: str, block_id: str | None, value: Any = None
    ) -> Target:
        """Find an element of a message that this person sees."""
        _, channel = self._talking.place(user, channel_id)
        private = channel.ephemerals.get(ts)
        message = channel.messages.get(ts) or (private if private and private.ephemeral_to == user else None)
        if message is None:
            raise NotPossibleError(GONE)
        return self.in_snapshot(channel, message, action_id, block_id, value)

    def in_snapshot(
        self, channel: Channel, message: Message, action_id: str, block_id: str | None, value: Any = None
    ) -> Target:
        """Find an element of a message as it is, or as it was when somebody looked at it."""
        block, element, attachment = _pick(payloads.blocks_of(message), action_id, block_id, value)
        return Target(block, element, attachment, channel, message)

    def in_view(self, user: str, view_id: str, action_id: str, block_id: str | None, value: Any = None) -> Target:
        """Find an element of an open modal or of the home tab."""
        view = self._ctx.views.find(user, view_id)
        blocks = [(None, block) for block in view["blocks"]] if view else []
        block, element, _ = _pick(blocks, action_id, block_id, value)
        return Target(block, element, view=view)

    async def act(self, user: str, target: Target, value: Any, state: Json | None = None) -> Outcome:
        """Click or choose; the app gets `block_actions` and must acknowledge it in time."""
        person = self._talking.person(user)
        try:
            chosen = shaped(target.element, value)
            others = entered(target.blocks, state or {})
        except ValueError as problem:
            raise NotPossibleError(str(problem)) from problem
        if target.element["type"] not in ("button", "overflow"):
            entry = others.setdefault(target.block["block_id"], {})
            entry[target.element["action_id"]] = chosen
        if target.element["type"] == "button":
            own = target.element.get("value")
            chosen = {"type": "button", **({"value": own} if own is not None else {})}
        payload = self._interaction(person, "block_actions", target, others)
        payload["actions"] = [payloads.action(self._ctx, target.block, target.element, chosen)]
        before = self._talking.top_view_id(user)
        reply = await self._delivery.send("interactive", payload)
        return Outcome.of(reply, view=self._talking.opened_view(user, before))

    def _interaction(self, person: Person, kind: str, target: Target, given: Json) -> Json:
        view = target.view
        payload = payloads.interaction(self._ctx, kind, person, view["id"] if view else None)
        if view is not None:
            view["state"] = {"values": _remembered(view, given)}
            shown = payloads.view_with_state(view, given)
            return payload | {"container": {"type": "view", "view_id": view["id"]}, "view": shown}
        assert target.channel is not None  # noqa: S101 - a target is in a view or in a message
        assert target.message is not None  # noqa: S101
        where = payloads.in_message(self._ctx, person, target.channel, target.message, target.attachment)
        return payload | where | {"state": payloads.message_state(target.message, given)}

    async def options(self, user: str, target: Target, query: str) -> Json:
        """What the app offers for a search in an external menu, checked as Slack checks it."""
        person = self._talking.person(user)
        payload = self._interaction(person, "block_suggestion", target, {})
        payload |= {
            "action_id": target.element["action_id"],
            "block_id": target.block["block_id"],
            "value": query,
        }
        reply = await self._delivery.send("options", payload)
        body = reply.body if isinstance(reply.body, dict) else {}
        found = {name: body.get(name) or [] for name in ("options", "option_groups")}
        report = Report("message", partial(lookup.shows_file, self._ctx))
        for name, check in (
            ("options", objects.options(100, "plain_text")),
            ("option_groups", objects.option_groups),
        ):
            if found[name]:
                check(found[name], f"/{name}", report)
        return {"options": [], "option_groups": []} if report.problems or not reply.ok else found

    async def shortcut(self, user: str, callback_id: str, channel_id: str | None, ts: str | None) -> Outcome:
        """Run a shortcut, on a message where it is one for messages."""
        person = self._talking.person(user)
        shortcut = next((item for item in self._ctx.config.shortcuts if item.callback_id == callback_id), None)
        if shortcut is None:
            raise NotPossibleError("There is no such shortcut.")
        kind = "shortcut" if shortcut.kind == "global" else "message_action"
        payload = payloads.interaction(self._ctx, kind, person)
        payload |= {"callback_id": callback_id, "action_ts": self._ctx.state.next_ts()}
        if shortcut.kind == "message":
            payload |= self._on_message(person, channel_id or "", ts or "")
        before = self._talking.top_view_id(user)
        reply = await self._delivery.send("interactive", payload)
        return Outcome.of(reply, view=self._talking.opened_view(user, before))

    def _on_message(self, person: Person, channel_id: str, ts: str) -> Json:
        _, channel = self._talking.place(person.id, channel_id)
        message = channel.messages.get(ts)
        if message is None:
            raise NotPossibleError(GONE)
        body = payloads.in_message(self._ctx, person, channel, message, None)
        del body["container"]
        return body | {"message_ts": ts}


def _pick(
    blocks: Iterable[tuple[int | None, Json]], action_id: str, block_id: str | None, value: Any
) -> tuple[Json, Json, int | None]:
    """The element with this action id, its block and attachment; of several, the button with this value."""
    found = [
        (block, element, attachment)
        for attachment, block in blocks
        if block_id in (None, block.get("block_id"))
        for _, element in elements_of(block)
        if element.get("action_id") == action_id
    ]
    wanted = value.get("value") if isinstance(value, dict) else value
    exact = [place for place in found if wanted is not None and place[1].get("value") == wanted]
    if not found:
        raise NotPossibleError(GONE)
    return (exact or found)[0]


def _remembered(view: Json, given: Json) -> Json:
    return merged(merged(initial_state(view["blocks"]), view["state"]["values"]), given)
