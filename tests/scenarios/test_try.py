"""`goldilocks try`: a new team, on call only, sees its first alert in a workspace of its own, also after a restart."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.demo.scene import free_port
from tests.conftest import ROOT
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


async def told(client: httpx.AsyncClient, text: str) -> bool:
    """Whether the channel comes to show it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await client.get(
                "/workspace/api/conversations.history",
                params={"channel": "C0ONCALL"},
                headers={"Authorization": "Bearer xoxb-workspace"},
            )
            if any(text in str(message) for message in answer.json()["messages"]):
                return True
            await asyncio.sleep(0.2)


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
