"""What one person's page sends and reads, over real HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.workspace.app import Workspace


class Page:
    """One person's page."""

    def __init__(self, http: httpx.AsyncClient, workspace: Workspace, user: str) -> None:
        self._http = http
        self._workspace = workspace
        self._user = user

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        answer = await self._http.get(self._workspace.config.url(path), params={"as": self._user, **params})
        return dict(answer.json())

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self._http.post(self._workspace.config.url(path), json={"as": self._user, **body})
        assert answer.status_code == 200
        return dict(answer.json())

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, Any]]]]:
        url = self._workspace.config.url("ui/events")
        async with self._http.stream("GET", url, params={"as": self._user}) as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ": connected"
            yield _events(lines)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
