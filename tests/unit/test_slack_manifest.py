"""The manifest asks for what the surface uses, and Slack would take it."""

import ast
from pathlib import Path

from ruamel.yaml import YAML

from bot.slack import manifest
from bot.slack.listeners.routes import routes
from bot.workspace.webapi import chat, conversations, people, uploads, views  # noqa: F401 - they register methods
from bot.workspace.webapi.registry import METHODS

SLACK = Path(manifest.__file__).parent


def called_methods() -> set[str]:
    """The Web API methods that the surface's source calls."""
    found = set()
    for file in SLACK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr.startswith(
                ("chat_", "conversations_", "files_", "views_")
            ):
                found.add(node.attr.replace("_", ".", 1))
    return found


def test_every_method_that_is_called_has_its_scope() -> None:
    methods = called_methods()
    assert len(methods) > 8
    for name in methods:
        scopes = METHODS[name].scopes
        assert not scopes or set(scopes) & set(manifest.SCOPES), f"{name} needs one of {scopes}"


def test_http_and_socket_mode() -> None:
    http = YAML(typ="safe").load(manifest.manifest("https://bot.example.com/"))
    assert http["settings"]["interactivity"]["request_url"] == "https://bot.example.com/slack/events"
    assert all(each["url"].endswith("/slack/events") for each in http["features"]["slash_commands"])
    socket = YAML(typ="safe").load(manifest.manifest(socket_mode=True))
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "url" not in socket["features"]["slash_commands"][0]
    assert "request_url" not in socket["settings"]["event_subscriptions"]


def test_every_command_that_is_heard_is_declared() -> None:
    declared = {each["command"] for each in manifest.build("", socket_mode=False)["features"]["slash_commands"]}
    assert declared == set(routes().commands)


def test_descriptions_fit() -> None:
    built = manifest.build("https://x.example", socket_mode=False)
    for each in built["features"]["slash_commands"]:
        assert len(each["description"]) <= 2_000
        assert len(each["usage_hint"]) <= 1_000
    assert len(built["display_information"]["description"]) <= 140
