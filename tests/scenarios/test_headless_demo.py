"""Twelve days of real flights, a blizzard among them, with scripted people: everything happens, nothing fails."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

HAPPENS = (
    "predictions",
    "labels",
    "evaluations",
    "alerts",
    "acknowledged",
    "tickets",
    "approvals",
    "rollbacks",
    "retrains",
    "handoffs",
    "reviews",
    "slack_calls",
)


def replay(folder: Path, days: int) -> tuple[int, dict[str, int], str]:
    """The exit status, the counts and what was said on standard error."""
    output = folder / "out.json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bot",
            "demo",
            "--headless",
            "--days",
            str(days),
            "--json",
            output,
            "--data",
            folder,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert output.is_file(), done.stderr[-4000:]
    return done.returncode, json.loads(output.read_text()), done.stderr


def test_the_whole_loop(tmp_path: Path) -> None:
    status, counts, said = replay(tmp_path, days=12)
    assert (status, counts["errors"]) == (0, 0), said[-4000:]
    assert counts["days"] == counts["evaluations"] == 12
    missing = [name for name in HAPPENS if not counts[name]]
    assert not missing, "these never happened"
    assert counts["labels"] < counts["predictions"], "cancelled flights never get a label"
    assert counts["acknowledged"] == counts["alerts"]
    assert "08 February 2013: predictions " in said, "told on the way, also where no terminal shows a bar"
    told = f"12 days in {counts['seconds']:.0f} seconds: predictions {counts['predictions']:,}, "
    assert told in " ".join(said.split())
    assert counts["refused"] >= counts["alerts"], "people without the role tried, and were told"
