"""`goldilocks try`: a new team, on call only, sees its first alert in a workspace of its own, also after a restart."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.scene import free_port
from tests.conftest import ROOT
from tests.loopback import free_socket, serving
from tests.unit.test_configuration_docs import TEAM

PATIENCE_S = 180
TOKEN = "demo-alertmanager"


@asynccontextmanager
async def trial(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    command = ["-m", "bot", "try", str(folder / "config"), "--port", str(free_port()), "--data", str(folder)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := re.search(r"Goldilocks: (\S+)", (await process.stdout.readline()).decode())):
                assert process.returncode is None
        async with httpx.AsyncClient(base_url=found[1], follow_redirects=True, timeout=60) as client:
            yield client
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()


async def told(client: httpx.AsyncClient, text: str, *, thread: bool = False) -> bool:
    """Whether the channel, or the thread of its first message, comes to show it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            shown = await _asked(client, "history")
            if thread and shown:
                shown = await _asked(client, "replies", ts=shown[-1]["ts"])
            if any(text in str(message) for message in shown):
                return True
            await asyncio.sleep(0.2)


async def _asked(client: httpx.AsyncClient, method: str, **more: str) -> Any:
    answer = await client.get(
        f"/workspace/api/conversations.{method}",
        params={"channel": "C0ONCALL", **more},
        headers={"Authorization": "Bearer xoxb-workspace"},
    )
    return answer.json()["messages"]


async def test_no_phone_rings_while_somebody_tries(tmp_path: Path) -> None:
    rung: list[object] = []

    async def ring(request: Request) -> Response:
        rung.append(await request.json())
        return Response(status_code=202)

    bound, url = free_socket()
    (tmp_path / "config").mkdir()
    pager = f"pagers:\n  - {{id: phones, url: {url}/v2/enqueue, routing_key: 'file:{tmp_path}/key'}}\n"
    team = TEAM.replace("{notify: primary, wait: 15m}", "{notify: [primary, {webhook: phones}], wait: 15m}")
    (tmp_path / "config" / "team.yaml").write_text(team + pager)
    (tmp_path / "key").write_text("k" * 32)
    receiver = Starlette(routes=[Route("/v2/enqueue", ring, methods=["POST"])])
    async with serving(receiver, bound), trial(tmp_path) as client:
        await client.post("/events", json={"title": "Disk full"}, headers={"Authorization": f"Bearer {TOKEN}"})
        assert await told(client, "please take “Disk full”", thread=True)
        await asyncio.sleep(1)  # longer than the sender takes for what is due
    assert rung == []


async def test_a_new_team_sees_its_first_alert_and_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "team.yaml").write_text(TEAM)
    async with trial(tmp_path) as client:
        assert "<title>" in (await client.get("/")).text
        sent = await client.post(
            "/events", json={"title": "Disk full"}, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert sent.status_code == 200
        assert await told(client, "Disk full")
    async with trial(tmp_path) as client:
        assert await told(client, "Disk full")
