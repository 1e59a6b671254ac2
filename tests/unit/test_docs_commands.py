"""The commands, options and settings that the guides name are those that there are."""

import re
from pathlib import Path

import pytest
import typer

from bot.__main__ import cli
from bot.settings import Settings
from bot.slack.listeners.every_command import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SLASH = re.compile(r"`/(oncall|alerts|bug|model|review)\b(?: ([a-z]+))?")
TYPED = re.compile(r"^(?:\S+=\S+ )*goldilocks ([^\n`#|]*)", re.MULTILINE)
SUBS = {command.name: {each.words.split()[0] for each in command.usages} for command in COMMANDS}


def typed(page: Path) -> list[list[str]]:
    """The words of every `goldilocks ...` in the page's code, continued lines joined."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    code = [*re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE), *re.findall(r"`([^`\n]+)`", text)]
    return [found.split() for each in code for found in TYPED.findall(each)]


def unknown(words: list[str]) -> str | None:
    """The first word that is no command, or the first option that its command does not have."""
    command = typer.main.get_command(cli)
    rest = [each.strip("[]") for each in words]
    while (inner := getattr(command, "commands", None)) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in inner:
            return name
        command = inner[name]
    options = {option for each in command.params for option in each.opts} | {"--help"}
    return next((each for each in rest if each.startswith("--") and each.rstrip(",;:") not in options), None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_what_the_guides_say_to_type_exists(page: Path) -> None:
    assert [words for words in typed(page) if unknown(words)] == []
    said = SLASH.findall(page.read_text(encoding="utf-8"))
    assert [(name, sub) for name, sub in said if sub and sub not in SUBS[f"/{name}"]] == []


def test_every_command_in_slack_is_in_the_list_of_them() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = set(SLASH.findall(page))
    assert {(name.removeprefix("/"), sub) for name, subs in SUBS.items() for sub in subs - {"help"}} <= listed


def test_every_setting_is_in_the_table_of_operations() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = set(re.findall(r"`GOLDILOCKS_([A-Z_]+)`", page))
    named = {name.upper() for name in Settings.model_fields if not name.startswith("slack_")}
    assert table == named


def test_a_command_that_does_not_exist_is_found() -> None:
    assert unknown(["evaluates", "flights"]) == "evaluates"
    assert unknown(["evaluate", "flights", "--days", "3"]) == "--days"
    assert unknown(["backtest", "alert", "log"]) == "alert"
    assert unknown(["backtest", "alerts", "log", "--slice-by", "a,b"]) is None
