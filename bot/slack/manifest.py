"""The app's manifest: what to paste into Slack's “From a manifest” form."""

from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from bot.slack.ids import Callback
from bot.slack.listeners.commands import ROOT
from bot.slack.listeners.every_command import COMMANDS

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "usergroups:read",
    "usergroups:write",
    "users:read",
)
"""`*:history` finds a message whose outcome is unknown; `files:*` are the charts; `im:*` are private answers.
`usergroups:*` keep the user groups that rotations name, and `users:read` is `/oncall check`."""

EVENTS = ("app_home_opened", "app_mention", "message.im")
DEFAULT_URL = "https://goldilocks.example.com"


def manifest(url: str = DEFAULT_URL, *, socket_mode: bool = False) -> str:
    """The manifest as YAML: for HTTP, where Slack reaches us at `url`, or for Socket Mode, where we reach Slack."""
    stream = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(build(url, socket_mode=socket_mode), stream)
    return stream.getvalue()


def build(url: str, *, socket_mode: bool) -> dict[str, Any]:
    """The manifest as plain values."""
    address = {} if socket_mode else {"url": f"{url.rstrip('/')}/slack/events"}
    requests = {} if socket_mode else {"request_url": f"{url.rstrip('/')}/slack/events"}
    return {
        "display_information": {
            "name": "Goldilocks",
            "description": "On-call for machine-learning pipelines",
            "background_color": "#2f4858",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "Goldilocks", "always_online": True},
            "shortcuts": [
                {
                    "name": "File a bug",
                    "type": "message",
                    "callback_id": Callback.MESSAGE_FILE_BUG.value,
                    "description": "File a bug from this message",
                }
            ],
            "slash_commands": [*(command | address for command in _commands())],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**requests, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _commands() -> list[dict[str, Any]]:
    """Every slash command with its subcommands as the hint."""
    described = [
        {
            "command": command.name,
            "description": command.about.capitalize(),
            "usage_hint": " | ".join(usage.usage for usage in command.usages),
            "should_escape": False,
        }
        for command in COMMANDS
    ]
    names = " | ".join(command.name.removeprefix("/") for command in COMMANDS)
    root = {
        "command": ROOT,
        "description": "Any of the others",
        "usage_hint": f"{names} | help",
        "should_escape": False,
    }
    return [*described, root]
