"""Requests on the wire, signed as Slack signs them; what is in them is up to the test."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.tls import trusted
from tests.slack_support import MAYA, ONCALL, Desk


async def post(
    at: Desk, body: bytes, *, secret: str | None = None, age: int = 0, kind: str = "x-www-form-urlencoded"
) -> httpx.Response:
    """A request as Slack would send it, `age` seconds ago, signed with `secret`."""
    stamp = str(int(time.time()) - age)
    key = (secret or at.deps.signing_secret).encode()
    signature = "v0=" + hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
        "Content-Type": f"application/{kind}",
    }
    async with httpx.AsyncClient(verify=trusted()) as client:
        answer = await client.post(str(at.workspace.config.events_url), content=body, headers=headers)
    await at.surface.settle()
    return answer


def click(action: str, value: str, *, user: str = MAYA, trigger: str = "1.2.abc") -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user},
        "team": {"id": "T0GOLDILOCKS"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": ONCALL},
        "channel": {"id": ONCALL},
        "message": {"ts": "1.1"},
        "trigger_id": trigger,
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
    }


def form(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def slash(command: str, text: str = "", *, user: str = MAYA) -> bytes:
    """A slash command, as typed."""
    sent = {"command": command, "text": text, "user_id": user, "channel_id": ONCALL, "team_id": "T0GOLDILOCKS"}
    return urlencode(sent | {"trigger_id": f"1.2.{command}"}).encode()


def submission(
    callback: str, values: dict[str, dict[str, Any]], *, user: str = MAYA, data: str = "", view: str = "V1"
) -> dict[str, Any]:
    """A form sent off: `values` are elements by block id."""
    return {
        "type": "view_submission",
        "user": {"id": user},
        "team": {"id": "T"},
        "trigger_id": f"1.2.{view}",
        "view": {
            "id": view,
            "hash": "h",
            "type": "modal",
            "callback_id": callback,
            "private_metadata": data,
            "blocks": [{"type": "input", "block_id": block_id} for block_id in values],
            "state": {"values": {block_id: {"input": element} for block_id, element in values.items()}},
        },
    }
