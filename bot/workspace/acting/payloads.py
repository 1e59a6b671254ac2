"""The bodies of Slack's requests to an app, field by field."""

import secrets
from typing import Any

from ..config import Person
from ..context import Context
from ..messages import Json, Message
from ..state import Channel
from .inputs import initial_state, merged


def event(ctx: Context, body: Json) -> Json:
    """An Events API envelope around one event."""
    return {
        "token": ctx.config.verification_token,
        "team_id": ctx.config.team_id,
        "api_app_id": ctx.config.app_id,
        "event": body,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(6).upper()}",
        "event_time": int(ctx.clock.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": ctx.config.team_id,
                "user_id": ctx.config.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def slash(ctx: Context, person: Person, channel: Channel, command: str, text: str) -> Json:
    """The form of a slash command."""
    key = ctx.response_urls.issue(person.id, channel.id)
    return {
        "token": ctx.config.verification_token,
        "team_id": ctx.config.team_id,
        "team_domain": ctx.config.team_domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_direct else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": ctx.config.app_id,
        "is_enterprise_install": "false",
        "response_url": ctx.config.url(f"response/{key}"),
        "trigger_id": ctx.triggers.issue(person.id),
    }


def interaction(ctx: Context, kind: str, person: Person, view_id: str | None = None) -> Json:
    """What every interactive payload has."""
    return {
        "type": kind,
        "team": {"id": ctx.config.team_id, "domain": ctx.config.team_domain},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": ctx.config.team_id,
        },
        "api_app_id": ctx.config.app_id,
        "token": ctx.config.verification_token,
        "trigger_id": ctx.triggers.issue(person.id, view_id),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(ctx: Context, person: Person, channel: Channel, message: Message, attachment: int | None) -> Json:
    """Where an interaction with a message happened. Slack does not send the text of an ephemeral one along."""
    ephemeral = message.ephemeral_to is not None
    container: Json = {
        "type": "message" if attachment is None else "message_attachment",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if attachment is not None:
        container |= {"attachment_id": attachment, "is_app_unfurl": False}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    key = ctx.response_urls.issue(person.id, channel.id, message.ts, message.thread_ts)
    body: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_direct else channel.name},
        "response_url": ctx.config.url(f"response/{key}"),
    }
    if not ephemeral:
        body["message"] = message.to_slack()
    return body


def blocks_of(message: Message) -> list[tuple[int | None, Json]]:
    """Every block of a message with the attachment it is in, if any."""
    own: list[tuple[int | None, Json]] = [(None, block) for block in message.blocks]
    return own + [(item["id"], block) for item in message.attachments for block in item.get("blocks", [])]


def message_state(message: Message, given: Json) -> Json:
    """The state of a message's elements as the person sees them."""
    return {"values": merged(initial_state(block for _, block in blocks_of(message)), given)}


def view_with_state(view: Json, given: Json) -> Json:
    """A view as it is sent to the app, with what the person entered."""
    kept = merged(initial_state(view["blocks"]), view["state"]["values"])
    return {**view, "state": {"values": merged(kept, given)}}


def action(ctx: Context, block: Json, element: Json, value: Json) -> Json:
    """One entry of `actions`."""
    body: Json = {
        **value,
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": ctx.state.next_ts(),
    }
    for name in ("text", "style", "url") if element["type"] == "button" else ("placeholder",):
        if name in element:
            body[name] = element[name]
    return body


def message_event(ctx: Context, message: Message, channel: Channel, kind: str) -> Json:
    """A person's message as an event."""
    body: dict[str, Any] = {
        "type": kind,
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": channel.id,
        "team": ctx.config.team_id,
    }
    if kind == "message":
        body["channel_type"] = "im" if channel.is_direct else "group" if channel.is_private else "channel"
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    return body
