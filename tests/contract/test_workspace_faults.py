"""Faults on demand: calls that fail, hang, or whose outcome stays unknown."""

import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.app import Workspace
from tests.workspaces import CHANNEL, client_of, error, running


@pytest.fixture
async def workspace():
    async with running() as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


async def test_calls_fail_on_demand(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.add("chat.postMessage", "rate_limited", seconds=7)
    workspace.faults.add("chat.postMessage", "server_error")
    workspace.faults.add("chat.postMessage", "error", error="fatal_error")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="x")
    assert caught.value.response.status_code == 500
    assert await error(client.chat_postMessage(channel=CHANNEL, text="x")) == "fatal_error"
    assert (await client.chat_postMessage(channel=CHANNEL, text="x"))["ok"]
    assert workspace.calls["chat.postMessage"] == 4


async def test_a_cut_connection_leaves_the_outcome_unknown(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.add("chat.postMessage", "drop")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=CHANNEL, text="lost")
    assert workspace.messages(CHANNEL) == []
    workspace.faults.add("chat.postMessage", "drop_after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=CHANNEL, text="arrived")
    assert [message.text for message in workspace.messages(CHANNEL)] == ["arrived"]


async def test_a_call_that_hangs_is_not_answered_and_does_nothing(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.faults.add("chat.postMessage", "hang", seconds=0.3)
    began = time.monotonic()
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=CHANNEL, text="lost")
    assert time.monotonic() - began >= 0.3
    assert workspace.messages(CHANNEL) == []


async def test_the_fault_switch_over_http(workspace: Workspace, client: AsyncWebClient) -> None:
    headers = {"Authorization": f"Bearer {workspace.config.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        fault = {"method": "auth.test", "kind": "error", "error": "fatal_error"}
        await session.post(workspace.config.url("control/faults"), json=fault)
        assert await error(client.auth_test()) == "fatal_error"
        async with session.get(workspace.config.url("control/calls")) as calls:
            assert await calls.json() == {"auth.test": 1}
    async with aiohttp.ClientSession() as session, session.get(workspace.config.url("control/calls")) as calls:
        assert calls.status == 401
