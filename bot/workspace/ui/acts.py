"""What a person does on the page."""

import base64
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..acting.clicking import Clicking, Target
from ..acting.modals import Modals
from ..acting.talking import Talking
from ..context import Context
from ..controls import Controls, as_of_now
from ..messages import Json
from ..outcome import NotPossibleError, Outcome
from .requests import Form, act_route


@dataclass(frozen=True, slots=True)
class Acts:
    """The POST endpoints; each says who acts in `as`."""

    ctx: Context
    talking: Talking
    clicking: Clicking
    modals: Modals
    controls: Controls | None

    def routes(self) -> list[Route]:
        handlers = {
            "read": self.read,
            "message": self.message,
            "command": self.command,
            "action": self.action,
            "shortcut": self.shortcut,
            "view/submit": self.submit,
            "view/close": self.close,
            "options": self.options,
            "file": self.file,
            "clock": self.clock,
        }
        return [act_route(path, handler) for path, handler in handlers.items()]

    async def read(self, form: Form) -> Response:
        person, channel = self.talking.place(form.text("as"), form.text("channel"))
        self.ctx.state.mark_read(person.id, channel, form.text("ts"))
        return JSONResponse({"ok": True})

    async def message(self, form: Form) -> Response:
        thread = form.optional("thread_ts")
        return _told(self.talking.say(form.text("as"), form.text("channel"), form.text("text"), thread))

    async def command(self, form: Form) -> Response:
        user, channel, thread = form.text("as"), form.text("channel"), form.optional("thread_ts")
        return _told(await self.talking.command(user, channel, form.text("text"), thread))

    async def action(self, form: Form) -> Response:
        value = form.raw("value")
        target = self._target(form, value)
        return _told(await self.clicking.act(form.text("as"), target, value, form.object("state")))

    async def shortcut(self, form: Form) -> Response:
        channel, ts = form.optional("channel"), form.optional("ts")
        return _told(await self.clicking.shortcut(form.text("as"), form.text("callback_id"), channel, ts))

    async def submit(self, form: Form) -> Response:
        return _told(await self.modals.submit(form.text("as"), form.text("view_id"), form.object("values")))

    async def close(self, form: Form) -> Response:
        return _told(await self.modals.close(form.text("as"), form.text("view_id")))

    async def options(self, form: Form) -> Response:
        target = self._target(form, None)
        return JSONResponse(await self.clicking.options(form.text("as"), target, form.optional("query") or ""))

    async def file(self, form: Form) -> Response:
        """A file that somebody chose in a form: there at once, as Slack has it before the form is submitted."""
        self.talking.person(form.text("as"))
        try:
            content = base64.b64decode(form.optional("content") or "", validate=True)
        except ValueError:
            raise NotPossibleError("The page sent a file that cannot be read.") from None
        files, now = self.ctx.files, int(self.ctx.clock.now().timestamp())
        file = files.reserve(form.text("name"), len(content), "", now)
        files.receive(file, content)
        files.complete(file, None, at_once=True)
        return JSONResponse({"ok": True, "file": files.describe(file)})

    async def clock(self, form: Form) -> Response:
        if self.controls is None:
            raise NotPossibleError("This workspace runs on real time.")
        try:
            await self.controls.act(form.text("action"), form.optional("value"))
        except ValueError as problem:
            raise NotPossibleError(str(problem)) from None
        return JSONResponse(as_of_now(self.controls))

    def _target(self, form: Form, value: Any) -> Target:
        user, action_id, block_id = form.text("as"), form.text("action_id"), form.optional("block_id")
        if view_id := form.optional("view_id"):
            return self.clicking.in_view(user, view_id, action_id, block_id, value)
        channel, ts = form.text("channel"), form.text("ts")
        return self.clicking.in_message(user, channel, ts, action_id, block_id, value)


def _told(outcome: Outcome) -> Response:
    body: Json = {"ok": outcome.ok, "ack_ms": outcome.ack_ms}
    if outcome.error:
        body["error"] = outcome.error
    if outcome.errors:
        body["errors"] = outcome.errors
    return JSONResponse(body)
