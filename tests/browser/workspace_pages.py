"""The gallery on a real workspace server with an app behind it, and short ways to say things about the page."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from playwright.async_api import Locator, Page
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.workspace.app import Workspace
from bot.workspace.controls import Controls
from bot.workspace.gallery import show_gallery
from bot.workspace.webapi import chat
from bot.workspace.webapi.arguments import Arguments
from tests.workspaces import CHANNEL, running


class App:
    """An app that keeps what people did, and refuses a bug whose title is `taken`."""

    def __init__(self) -> None:
        self.actions: list[dict[str, Any]] = []
        self.submissions: list[dict[str, Any]] = []
        self.commands: list[str] = []

    async def __call__(self, request: Request) -> Response:
        if request.headers["content-type"].startswith("application/json"):
            return Response()
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if "payload" not in form:
            return self._command(form)
        payload = json.loads(form["payload"])
        if payload["type"] == "block_suggestion":
            found = [_option(f"BUG-{number} {payload['value']}") for number in (1, 2)]
            return JSONResponse({"options": found})
        return self._submission(payload) if payload["type"] == "view_submission" else self._action(payload)

    def _command(self, form: dict[str, str]) -> Response:
        self.commands.append(f"{form['command']} {form.get('text', '')}".strip())
        if form["command"] == "/alerts":
            return Response(status_code=500)
        return JSONResponse({"response_type": "ephemeral", "text": "On call: *nobody*"})

    def _submission(self, payload: dict[str, Any]) -> Response:
        values = payload["view"]["state"]["values"]
        self.submissions.append(values)
        if values["title"]["value"]["value"] == "taken":
            answer = {"response_action": "errors", "errors": {"title": "A bug of this name exists."}}
            return JSONResponse(answer)
        return Response()

    def _action(self, payload: dict[str, Any]) -> Response:
        self.actions.append(payload)
        return Response()


def _option(text: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": text}, "value": text}


@asynccontextmanager
async def gallery(app: App, controls: Controls | None = None) -> AsyncIterator[Workspace]:
    """A workspace with one of everything in its first channel, served together with its app."""
    async with running(app, controls=controls) as workspace:
        show_gallery(workspace)
        yield workspace


def address(workspace: Workspace, person: str, place: str = CHANNEL) -> str:
    return f"{workspace.config.base_url}/?as={person}#/{place}"


def post(workspace: Workspace, **fields: Any) -> str:
    """Post as the app, whatever the rate; returns the ts."""
    workspace.ctx.rates.forget()
    return str(chat.post_message(workspace.ctx, Arguments({"channel": CHANNEL, "text": "a post", **fields}))["ts"])


def tell(workspace: Workspace, person: str, text: str, **fields: Any) -> None:
    """Tell one person something as the app, in the first channel."""
    workspace.ctx.rates.forget()
    chat.post_ephemeral(workspace.ctx, Arguments({"channel": CHANNEL, "user": person, "text": text, **fields}))


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def message(page: Page, ts: str) -> Locator:
    """A message in the channel's list."""
    return page.get_by_test_id("messages").get_by_test_id(f"message-{ts}")


def action(page: Page | Locator, action_id: str) -> Locator:
    return page.locator(f'[data-action-id="{action_id}"]')
