"""What people do with modals: submitting and closing them."""

from collections.abc import Mapping
from typing import Any

from ..context import Context
from ..errors import SlackError
from ..messages import Json
from ..outcome import NotPossibleError, Outcome
from ..webapi.views import checked
from ..wire.delivery import Delivery, Reply
from . import payloads
from .inputs import complaints, entered
from .talking import Talking

TROUBLE = "We had some trouble connecting. Try again?"


class Modals:
    """A person's side of modals."""

    def __init__(self, ctx: Context, delivery: Delivery, talking: Talking) -> None:
        self._ctx = ctx
        self._delivery = delivery
        self._talking = talking

    async def submit(self, user: str, view_id: str, values: Mapping[str, Any]) -> Outcome:
        """Submit a modal. Values are `{block_id: {action_id: state}}`, or plainly `{block_id: value}`."""
        person = self._talking.person(user)
        view = self._open_view(user, view_id)
        if view.get("submit") is None:
            raise NotPossibleError("This view has nothing to submit.")
        shown = payloads.view_with_state(view, _entered(view, values))
        if problems := complaints(view["blocks"], shown["state"]["values"]):
            return Outcome(False, errors=problems)
        view["state"] = shown["state"]
        payload = payloads.interaction(self._ctx, "view_submission", person, view_id)
        payload |= {"view": shown, "response_urls": []}
        reply = await self._delivery.send("interactive", payload)
        if not reply.ok:
            return Outcome.of(reply, TROUBLE)
        return self._carry_out(user, view, reply)

    def _carry_out(self, user: str, view: Json, reply: Reply) -> Outcome:
        """Do what the app answered: nothing (close), errors, update, push or clear."""
        body = reply.body if isinstance(reply.body, dict) else {}
        try:
            match body.get("response_action"):
                case None:
                    self._ctx.views.pop(user, view["id"])
                case "clear":
                    self._ctx.views.clear(user, view["id"])
                case "errors":
                    errors = self._field_errors(view, body.get("errors"))
                    return Outcome(False, reply.ack_ms, reply.status, errors=errors, body=body)
                case "update":
                    changed = self._ctx.views.update(
                        view["id"], None, checked(self._ctx, body.get("view"), "modal"), None
                    )
                    return Outcome.of(reply, view=changed)
                case "push":
                    pushed = self._ctx.views.push(user, checked(self._ctx, body.get("view"), "modal"), view["id"])
                    return Outcome.of(reply, view=pushed)
                case unknown:
                    return Outcome.of(reply, f"{TROUBLE} (unknown response_action {unknown!r})")
        except SlackError as refusal:
            details = "; ".join([refusal.error, *refusal.problems])
            return Outcome.of(reply, f"{TROUBLE} ({details})")
        return Outcome.of(reply)

    def _field_errors(self, view: Json, errors: Any) -> dict[str, str]:
        """Errors must name input blocks of the view; Slack refuses others."""
        inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
        given = errors if isinstance(errors, dict) else {}
        if not given or not set(given) <= inputs:
            raise SlackError(
                "invalid_arguments", [f"errors must name input blocks, not {sorted(set(given) - inputs)}"]
            )
        return {str(block_id): str(text) for block_id, text in given.items()}

    async def close(self, user: str, view_id: str) -> Outcome:
        """Close a modal by its cross or its close button; the app hears of it only if it asked to."""
        view = self._open_view(user, view_id)
        if view["clear_on_close"]:
            closed = self._ctx.views.clear(user, view_id)
        else:
            self._ctx.views.pop(user, view_id)
            closed = [view]
        for each in closed:
            if each["notify_on_close"]:
                await self._notify_closed(user, each, is_cleared=len(closed) > 1)
        return Outcome(True)

    async def _notify_closed(self, user: str, view: Json, is_cleared: bool) -> None:
        payload = payloads.interaction(self._ctx, "view_closed", self._talking.person(user), view["id"])
        del payload["trigger_id"]
        await self._delivery.send("interactive", payload | {"view": view, "is_cleared": is_cleared})

    def _open_view(self, user: str, view_id: str) -> Json:
        view = self._ctx.views.find_open(user, view_id)
        if view is None:
            raise NotPossibleError("This view is not open any more.")
        return view


def _entered(view: Json, values: Mapping[str, Any]) -> Json:
    try:
        return entered(view["blocks"], values)
    except ValueError as problem:
        raise NotPossibleError(str(problem)) from problem
