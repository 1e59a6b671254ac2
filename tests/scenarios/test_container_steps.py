"""The image's steps, as far as they go without an engine: what it copies exists, and what it installs is whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

WHOLE = """
import importlib.resources as resources, pathlib, sys
import bot, core, workflows
target = pathlib.Path(sys.argv[1])
assert pathlib.Path(bot.__file__).is_relative_to(target), bot.__file__
page = resources.files("bot.workspace") / "page"
assert (page / "index.html").is_file() and list(page.glob("*.js")) and list(page.rglob("*.css"))
migrations = resources.files("core.db") / "migrations"
assert (migrations / "env.py").is_file() and list((migrations / "versions").glob("*.py"))
from core.db.database import Database
from core.db.migrate import differences, upgrade
database = Database(f"sqlite:///{target}/new.db")
upgrade(database)
assert differences(database) == []
import bot.app, bot.serve, bot.slack.manifest
"""


def steps() -> str:
    return (ROOT / "Dockerfile").read_text()


def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", steps(), flags=re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert source not in ignored


def test_it_does_not_run_as_root_and_has_a_health_check() -> None:
    assert re.search(r"^USER goldilocks$", steps(), flags=re.MULTILINE)
    assert "HEALTHCHECK" in steps()
    assert "/healthz" in steps()


def test_what_is_installed_is_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "src", tmp_path / "installed"
    source.mkdir()
    for name in copied():
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", WHOLE, str(target)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(target), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
