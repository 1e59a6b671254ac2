"""A small slack_bolt app behind the workspace, over HTTP and over Socket Mode: Bolt accepts what it sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response

from bot.workspace.app import Workspace
from bot.workspace.config import RateLimits
from bot.workspace.gallery import ELEMENTS, form
from tests.workspaces import ADA, CHANNEL, GRACE, client_of, running

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack", "value": "g1"}
ACTIONS = [{"type": "actions", "block_id": "do", "elements": [BUTTON]}]
FAST = RateLimits(enabled=False)


class Seen:
    """What the app's listeners were given, by listener."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[dict[str, Any]]] = {}
        self.arrived = asyncio.Event()

    def note(self, name: str, body: dict[str, Any]) -> None:
        self.bodies.setdefault(name, []).append(body)
        self.arrived.set()

    async def wait(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        async with asyncio.timeout(5):
            while len(self.bodies.get(name, [])) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.bodies[name]


def build_app(workspace: Workspace, seen: Seen) -> AsyncApp:
    """An app that uses each kind of request once."""
    app = AsyncApp(client=client_of(workspace), signing_secret=workspace.config.signing_secret)

    @app.command("/oncall")
    async def oncall(ack: Any, body: Any, command: Any) -> None:
        seen.note("oncall", body)
        await ack(f"<@{ADA}> is on call ({command['text']})")

    @app.command("/bug")
    async def bug(ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form("file_bug"))
        seen.note("bug", body)

    @app.action("ack")
    async def acknowledge(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        await respond(text="acknowledged", replace_original=True)
        seen.note("ack", body)

    @app.view("file_bug")
    async def submitted(ack: Any, body: Any, view: Any) -> None:
        title = view["state"]["values"]["title"]["value"]["value"]
        if title == "again":
            await ack(response_action="errors", errors={"title": "Already filed."})
        elif title == "more":
            await ack(response_action="push", view=form("file_bug"))
        elif title == "other":
            await ack(
                response_action="update", view={**form("file_bug"), "title": {"type": "plain_text", "text": "Two"}}
            )
        else:
            await ack()
        seen.note("view", body)

    @app.view_closed("file_bug")
    async def closed(ack: Any, body: Any) -> None:
        await ack()
        seen.note("closed", body)

    @app.options("similar")
    async def similar(ack: Any, payload: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": payload["value"]}, "value": "b1"}])

    @app.shortcut("file_bug")
    async def file_bug(ack: Any, body: Any) -> None:
        await ack()
        seen.note("shortcut", body)

    @app.event("app_mention")
    async def mention(event: Any, say: Any) -> None:
        await say(text="at your service", thread_ts=event["ts"])
        seen.note("mention", event)

    @app.event("message")
    async def message(event: Any) -> None:
        seen.note("message", event)

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        view = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Home"}}]}
        await client.views_publish(user_id=event["user"], view=view)
        seen.note("home", event)

    return app


@asynccontextmanager
async def over_http(seen: Seen) -> AsyncIterator[Workspace]:
    holder: list[AsyncSlackRequestHandler] = []

    async def entry(request: Request) -> Response:
        return await holder[0].handle(request)

    async with running(entry, rate_limits=FAST, ack_seconds=60.0) as workspace:
        holder.append(AsyncSlackRequestHandler(build_app(workspace, seen)))
        yield workspace


@asynccontextmanager
async def over_socket(seen: Seen) -> AsyncIterator[Workspace]:
    async with running(rate_limits=FAST, ack_seconds=60.0) as workspace:
        app = build_app(workspace, seen)
        handler = AsyncSocketModeHandler(app, workspace.config.app_token, web_client=client_of(workspace))
        await handler.connect_async()
        try:
            yield workspace
        finally:
            await handler.close_async()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=[over_http, over_socket], ids=["http", "socket"])
async def workspace(request: pytest.FixtureRequest, seen: Seen):
    """With a first command behind it: a process pays for its imports once, and that is not what is measured."""
    async with request.param(seen) as workspace:
        await workspace.slash(GRACE, CHANNEL, "/oncall", "")
        seen.bodies.clear()
        yield workspace


async def test_a_command_is_answered_privately(workspace: Workspace, seen: Seen) -> None:
    outcome = await workspace.slash(ADA, CHANNEL, "/oncall", "who @grace")
    assert outcome.ok, outcome
    assert outcome.ack_ms < 3000
    [message] = workspace.ephemerals(ADA)
    assert message.text == f"<@{ADA}> is on call (who <@U0GRACE|grace>)"
    [body] = seen.bodies["oncall"]
    assert (body["channel_name"], body["user_name"], body["command"]) == ("flights-ml", "ada", "/oncall")


async def test_a_click_updates_its_message(workspace: Workspace, seen: Seen) -> None:
    ts = (await client_of(workspace).chat_postMessage(channel=CHANNEL, text="alert", blocks=ACTIONS))["ts"]
    assert (await workspace.click(GRACE, CHANNEL, ts, "ack")).ok
    [body] = await seen.wait("ack")
    [message] = workspace.messages(CHANNEL)
    assert (message.text, message.blocks) == ("acknowledged", [])
    assert body["actions"][0]["value"] == "g1"
    assert body["message"]["ts"] == body["container"]["message_ts"] == ts
    late = await workspace.click(GRACE, CHANNEL, ts, "ack")
    assert (late.ok, late.error) == (False, "This is no longer available.")


async def test_a_click_made_before_the_message_changed_still_arrives(workspace: Workspace, seen: Seen) -> None:
    ts = (await client_of(workspace).chat_postMessage(channel=CHANNEL, text="alert", blocks=ACTIONS))["ts"]
    [looked_at] = [replace(message) for message in workspace.messages(CHANNEL)]
    await workspace.click(GRACE, CHANNEL, ts, "ack")
    await seen.wait("ack")
    assert (await workspace.click(ADA, CHANNEL, ts, "ack", seen=looked_at)).ok
    assert [body["user"]["id"] for body in await seen.wait("ack", 2)] == [GRACE, ADA]


async def test_a_modal_from_open_to_submission(workspace: Workspace, seen: Seen) -> None:
    await workspace.slash(ADA, CHANNEL, "/bug", "new")
    await seen.wait("bug")
    [view] = workspace.views(ADA)
    incomplete = await workspace.submit(ADA, view["id"], {"title": "no", "email": "nobody"})
    assert incomplete.errors == {
        "title": "Must be at least 3 characters.",
        "email": "Please enter a valid email address.",
    }
    assert "view" not in seen.bodies, "what the client itself refuses is not sent"
    refused = await workspace.submit(ADA, view["id"], {"title": "again"})
    assert (refused.ok, refused.errors) == (False, {"title": "Already filed."})
    assert (await workspace.submit(ADA, view["id"], {"title": "late labels", "severity": "low"})).ok
    assert workspace.views(ADA) == []
    values = seen.bodies["view"][-1]["view"]["state"]["values"]
    assert values["title"]["value"] == {"type": "plain_text_input", "value": "late labels"}
    assert values["severity"]["value"]["selected_option"]["value"] == "low"
    assert values["assignee"]["value"]["selected_user"] == ADA, "initial values are sent as well"


async def test_a_submission_may_update_and_push(workspace: Workspace, seen: Seen) -> None:
    await workspace.slash(ADA, CHANNEL, "/bug")
    await seen.wait("bug")
    [view] = workspace.views(ADA)
    await workspace.submit(ADA, view["id"], {"title": "other"})
    [updated] = workspace.views(ADA)
    assert (updated["id"], updated["title"]["text"]) == (view["id"], "Two")
    assert updated["hash"] != view["hash"]
    await workspace.submit(ADA, view["id"], {"title": "more"})
    await workspace.submit(ADA, workspace.views(ADA)[-1]["id"], {"title": "more"})
    assert len(workspace.views(ADA)) == 3
    fourth = await workspace.submit(ADA, workspace.views(ADA)[-1]["id"], {"title": "more"})
    assert "push_limit_reached" in (fourth.error or "")
    assert len(workspace.views(ADA)) == 3


async def test_a_search_in_a_menu(workspace: Workspace) -> None:
    await client_of(workspace).chat_postMessage(channel=CHANNEL, text="menus", blocks=ELEMENTS)
    [message] = workspace.messages(CHANNEL)
    found = await workspace.options(ADA, CHANNEL, message.ts, "similar", "labels")
    assert [option["text"]["text"] for option in found["options"]] == ["labels"]


async def test_a_message_shortcut(workspace: Workspace, seen: Seen) -> None:
    said = await workspace.say(ADA, CHANNEL, "something is off")
    assert (await workspace.shortcut(GRACE, "file_bug", CHANNEL, said.ts)).ok
    [body] = await seen.wait("shortcut")
    assert body["message"]["text"] == "something is off"


async def test_mentions_and_messages_become_events(workspace: Workspace, seen: Seen) -> None:
    said = await workspace.say(ADA, CHANNEL, "@goldilocks help me & <mine>")
    await workspace.settle()
    [event] = await seen.wait("mention")
    assert event["text"] == f"<@{workspace.config.bot_user_id}> help me &amp; &lt;mine&gt;"
    assert [message.text for message in workspace.thread(CHANNEL, said.ts or "")][1:] == ["at your service"]
    await workspace.say(ADA, "D0ADA", "hello")
    events = await seen.wait("message", 2)
    assert {event["channel_type"] for event in events} == {"channel", "im"}


async def test_app_home_is_published_when_it_is_opened(workspace: Workspace, seen: Seen) -> None:
    assert await workspace.open_home(ADA) is None
    await seen.wait("home")
    home = workspace.home(ADA)
    assert home is not None
    assert home["blocks"][0]["text"]["text"] == "Home"


async def test_the_request_url_is_verified(seen: Seen) -> None:
    async with over_http(seen) as workspace:
        assert await workspace.verify_url()


async def test_a_closed_modal_is_told_only_to_who_asked(workspace: Workspace, seen: Seen) -> None:
    client = client_of(workspace)
    for wanted in (False, True):
        trigger = workspace.ctx.triggers.issue(ADA)
        await client.views_open(trigger_id=trigger, view={**form("file_bug"), "notify_on_close": wanted})
        await workspace.close(ADA, workspace.views(ADA)[-1]["id"])
    assert len(await seen.wait("closed")) == 1
    assert workspace.views(ADA) == []
