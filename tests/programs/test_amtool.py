"""amtool, unmodified, against us: it lists alerts and makes, finds, prolongs and ends silences."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.config.load import Config
from core.db.database import Database
from tests.programs.running import TOKEN, ourselves, program

pytestmark = pytest.mark.slow

Tool = Callable[..., Awaitable[str]]


@pytest.fixture
async def amtool(tmp_path: Path, config: Config, sqlite_database: Database) -> AsyncIterator[Tool]:
    """Runs amtool with these arguments and gives what it printed; fails when it fails."""
    credentials = tmp_path / "http.yml"
    credentials.write_text(f"authorization: {{credentials: {TOKEN}}}\n", encoding="utf-8")
    tool = program("amtool")
    async with ourselves(config, sqlite_database) as us:

        async def run(*arguments: str) -> str:
            process = await asyncio.create_subprocess_exec(
                tool, f"--alertmanager.url={us}", f"--http.config.file={credentials}", *arguments,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
            )  # fmt: skip
            out, error = await process.communicate()
            assert process.returncode == 0, error.decode()
            return out.decode()

        yield run


async def names(amtool: Tool, *arguments: str) -> set[str]:
    """The names of the alerts that a query finds."""
    found: list[Any] = json.loads(await amtool("--output=json", "alert", "query", *arguments))
    return {alert["labels"]["alertname"] for alert in found}


async def test_alerts(amtool: Tool) -> None:
    await amtool("alert", "add", "DiskFull", "pipeline=flights", "severity=critical", '--annotation=summary="90%"')
    await amtool("alert", "add", "Slow", "pipeline=flights", "severity=warning")
    assert await names(amtool) == {"DiskFull", "Slow"}
    assert await names(amtool, "DiskFull") == {"DiskFull"}
    assert await names(amtool, "severity=~warn.*") == {"Slow"}
    assert await names(amtool, "severity!=warning", "pipeline=flights") == {"DiskFull"}
    assert await names(amtool, "--receiver=goldilocks") == {"DiskFull", "Slow"}
    assert await names(amtool, "--receiver=other") == set()
    assert "DiskFull" in await amtool("alert", "query"), "the table for people"
    assert "DiskFull" in await amtool("--output=extended", "alert", "query")


async def test_silences(amtool: Tool) -> None:
    await amtool("alert", "add", "DiskFull", "pipeline=flights", "severity=critical")
    await amtool("alert", "add", "Slow", "pipeline=flights", "severity=critical")
    made = (await amtool("silence", "add", "DiskFull", "--comment=moving disks", "--duration=2h")).strip()
    assert await names(amtool) == {"Slow"}, "amtool leaves out what is silenced unless it is asked for"
    assert await names(amtool, "--silenced") == {"DiskFull"}
    (found,) = json.loads(await amtool("--output=json", "silence", "query", "DiskFull"))
    assert (found["id"], found["comment"], found["status"]["state"]) == (made, "moving disks", "active")
    assert json.loads(await amtool("--output=json", "silence", "query", "Slow")) == []
    assert (await amtool("silence", "query", "-q")).split() == [made]
    assert "moving disks" in await amtool("silence", "query")
    await amtool("silence", "update", "--comment=still moving", "--duration=3h", made)
    (prolonged,) = json.loads(await amtool("--output=json", "silence", "query"))
    assert prolonged["comment"] == "still moving"
    await amtool("silence", "expire", prolonged["id"])
    assert await names(amtool) == {"DiskFull", "Slow"}
    over = json.loads(await amtool("--output=json", "silence", "query", "--expired"))
    assert {silence["status"]["state"] for silence in over} == {"expired"}


async def test_configuration(amtool: Tool) -> None:
    assert "receiver: goldilocks" in await amtool("config", "show")
    assert "goldilocks" in await amtool("config", "routes", "test", "alertname=DiskFull")
    assert "disabled" in await amtool("cluster", "show")
