"""What goes wrong when a command starts is a sentence and a status, never a traceback; nothing secret is in it."""

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from bot.demo.folder import FolderError, owned
from bot.settings import Settings
from bot.workspace.config import WorkspaceConfig
from tests.commands import typed, typed_again
from tests.conftest import ROOT


def run(folder: Path, *arguments: str, again: bool = True, **environment: str) -> tuple[int, str]:
    """The command's status and everything that it said; a new process does the imports only if it is not `again`."""
    environment = {
        "PATH": os.environ["PATH"],
        "GOLDILOCKS_DATA": str(folder / "data"),
        "GOLDILOCKS_CONFIG": str(ROOT / "examples" / "flights"),
        "SLACK_BOT_TOKEN": "xoxb-hidden",
        "SLACK_SIGNING_SECRET": "hidden-too",
        **environment,
    }
    status, said = typed_again(arguments, environment, folder) if again else typed(arguments, environment)
    assert "Traceback" not in said
    assert "hidden" not in said
    return status, said


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GOLDILOCKS_PORT", "eighty", "GOLDILOCKS_PORT: Input should be a valid integer"),
        ("SLACK_API_URL", "hidden", "SLACK_API_URL: String should match"),
        ("GOLDILOCKS_CONFIG", "/nowhere", "/nowhere:1: no such folder"),
        ("GOLDILOCKS_DATA", "/dev/null/x", "/dev/null/x: Not a directory"),
        ("GOLDILOCKS_DATABASE_URL", "hidden", "a database cannot be used"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    status, output = run(tmp_path, "serve", again=variable != "GOLDILOCKS_PORT", **{variable: value})
    assert status == 2
    assert said in output


def test_a_database_that_is_away(tmp_path: Path) -> None:
    away = "postgresql+psycopg://u:hidden@127.0.0.1:1/x"
    status, said = run(tmp_path, "migrate", GOLDILOCKS_DATABASE_URL=away)
    assert (status, "a database cannot be used" in said) == (2, True)


def test_a_database_that_is_none_or_of_the_future(tmp_path: Path) -> None:
    file = tmp_path / "data" / "goldilocks.db"
    file.parent.mkdir()
    file.write_bytes(os.urandom(8192))
    status, said = run(tmp_path, "migrate", again=False)
    assert (status, "file is not a database" in said) == (2, True)
    file.unlink()
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        made.execute("INSERT INTO alembic_version VALUES ('ffffffffffff')")
    made.close()
    status, said = run(tmp_path, "migrate")
    assert (status, "another version of Goldilocks" in said) == (2, True)


def test_a_port_that_is_taken_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, said = run(tmp_path, "demo", "--port", port, "--data", str(tmp_path / "demo"), again=False)
    assert (status, "Choose another port" in said) == (2, True)
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("arguments", [("--days", "0"), ("--port", "99999"), ("--data", "/dev/null/x")])
def test_arguments_that_cannot_be(tmp_path: Path, arguments: tuple[str, str]) -> None:
    assert run(tmp_path, "demo", "--headless", *arguments)[0] == 2


def test_the_demo_clears_only_what_a_demo_made(tmp_path: Path) -> None:
    with owned(tmp_path):
        (tmp_path / "demo" / "state").write_text("old")
    with owned(tmp_path):
        assert not (tmp_path / "demo" / "state").exists()
        with pytest.raises(FolderError, match="another demo or trial is running"), owned(tmp_path):
            pass
    other = tmp_path / "mine"
    (other / "demo").mkdir(parents=True)
    (other / "demo" / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match="is not the demo's"), owned(other):
        pass
    assert (other / "demo" / "thesis.txt").read_text() == "years of work"


def test_secrets_are_not_in_what_settings_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SLACK_BOT_TOKEN": "hidden-1", "SLACK_SIGNING_SECRET": "hidden-2", "SLACK_APP_TOKEN": "hidden-3"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOLDILOCKS_DATABASE_URL", "postgresql+psycopg://u:hidden-4@host/x")
    assert "hidden" not in repr(Settings())
    workspace = WorkspaceConfig(base_url="http://x", events_url=None, people=(), channels=())
    assert workspace.signing_secret not in repr(workspace)
    assert workspace.bot_token not in repr(workspace)
