"""The page as a guest: below another app, with and without the clock of a demo, and asked by who should not."""

import asyncio
import json
from typing import Any

import aiohttp
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.workspace.app import Workspace, create_workspace
from core.clock import SimulatedClock
from tests.loopback import free_socket, serving
from tests.workspace_page import Page
from tests.workspaces import ADA, CHANNEL, START, client_of, config_for, running


@pytest.fixture
async def workspace():
    async with running() as workspace:
        yield workspace


class DemoClock:
    """Controls that only count."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str | None]] = []

    def state(self) -> dict[str, Any]:
        return {"now": "2013-05-01T09:00:00+00:00", "running": bool(self.done), "actions": [], "story": []}

    async def act(self, action: str, value: str | None) -> None:
        if action == "fly":
            raise ValueError("the clock cannot “fly”")
        self.done.append((action, value))


async def test_the_clock_bar_drives_the_demo() -> None:
    controls = DemoClock()
    async with running(controls=controls) as workspace, httpx.AsyncClient() as http:
        page = Page(http, workspace, ADA)
        assert (await page.get("ui/state"))["clock"]["running"] is False
        async with asyncio.timeout(10), page.events() as events:
            assert (await anext(events))[0] == "clock"
            assert (await page.post("ui/clock", action="speed", value="60"))["running"] is True
            assert (await anext(events))[1]["running"] is True
        refused = await page.post("ui/clock", action="fly")
        assert (refused["ok"], refused["error"]) == (False, "the clock cannot “fly”")
    assert controls.done == [("speed", "60")]


@pytest.mark.parametrize("body", ["", "[]", "{", "[" * 20_000, '{"as": "\\ud800"}', '{"as": NaN}', b"\xff"])
async def test_what_no_page_sends_is_told(workspace: Workspace, body: str | bytes) -> None:
    async with httpx.AsyncClient(headers={"content-type": "application/json"}) as http:
        answer = await http.post(workspace.config.url("ui/message"), content=body)
    assert answer.status_code == 200
    assert answer.json() == {"ok": False, "error": "The page sent something that is not a JSON object."}


async def test_without_controls_there_is_no_clock(workspace: Workspace) -> None:
    async with httpx.AsyncClient() as http:
        assert (await Page(http, workspace, ADA).post("ui/clock", action="play"))["ok"] is False


async def test_other_sites_cannot_act_for_a_person(workspace: Workspace) -> None:
    body = json.dumps({"as": ADA, "channel": CHANNEL, "text": "forged"})
    async with httpx.AsyncClient() as http:
        simple = {"content-type": "text/plain"}
        answer = await http.post(workspace.config.url("ui/message"), content=body, headers=simple)
    assert answer.json()["ok"] is False
    assert workspace.messages(CHANNEL) == []


async def test_it_works_below_another_app() -> None:
    bound, origin = free_socket()
    workspace = create_workspace(config_for(f"{origin}/workspace"), SimulatedClock(START))
    async with (
        serving(Starlette(routes=[Mount("/workspace", workspace.asgi)]), bound),
        httpx.AsyncClient() as http,
    ):
        client = client_of(workspace)
        posted = await client.chat_postMessage(channel=CHANNEL, text="x")
        uploaded = await client.files_upload_v2(filename="a.txt", content="x")
        link = (await client.chat_getPermalink(channel=CHANNEL, message_ts=posted["ts"]))["permalink"]
        assert (await http.get(link)).headers["location"] == f"/workspace/#/{CHANNEL}/{posted['ts']}"
        assert (await http.get(uploaded["file"]["url_private"])).text == "x"
        assert (await http.get(f"{origin}/workspace/")).headers["content-type"].startswith("text/html")
        part = await http.get(f"{origin}/workspace/static/main.js")
        assert (part.status_code, part.headers["cache-control"]) == (200, "no-cache")
        same = {"if-none-match": part.headers["etag"]}
        assert (await http.get(f"{origin}/workspace/static/main.js", headers=same)).status_code == 304
        async with aiohttp.ClientSession() as session:
            opened = await client.apps_connections_open(app_token=workspace.config.app_token)
            async with session.ws_connect(opened["url"]) as link_socket:
                assert (await link_socket.receive_json())["type"] == "hello"
    await workspace.stop()


async def test_a_permalink_leads_to_the_page(workspace: Workspace) -> None:
    posted = await client_of(workspace).chat_postMessage(channel=CHANNEL, text="x")
    link = (await client_of(workspace).chat_getPermalink(channel=CHANNEL, message_ts=posted["ts"]))["permalink"]
    async with httpx.AsyncClient() as http:
        answer = await http.get(link)
    assert answer.headers["location"] == f"/#/{CHANNEL}/{posted['ts']}"
