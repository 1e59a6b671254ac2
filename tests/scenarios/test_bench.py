"""The measurements themselves, with tiny parameters: they run, count what was lost, and say what they compare."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "bench" / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("prometheus-alertmanager"), reason="needs Debian's prometheus-alertmanager")
def test_ingest_is_measured_beside_alertmanager_and_loses_nothing() -> None:
    said = run(
        "ingest.py", "--seconds", "1", "--size", "300", "--batches", "64", "--skip-postgres", "--skip-memory"
    )
    rates = re.findall(r"^(\S+).*?([\d,]+) alerts/cpu-s", said, flags=re.MULTILINE)
    assert [name for name, _ in rates] == ["alertmanager,", "storing", "goldilocks,"]
    assert all(int(rate.replace(",", "")) > 0 for _, rate in rates)
    assert re.search(r"goldilocks.* 0 refused .* 0 of [\d,]+ alerts lost", said)
    assert "the alerts per cpu-second (goal 12x" in said


def test_latency_is_measured_and_every_group_is_posted() -> None:
    said = run("latency.py", "--seconds", "2")
    assert "0 groups never posted" in said
    assert re.search(r"2xx .* 40 groups: p50 \d", said)


def test_a_day_and_its_late_rows_are_measured_after_a_long_past() -> None:
    said = run("late.py", "--days", "70", "--columns", "6", "--rows", "100", "--repeats", "1")
    assert "15 rows added to 3 days" in said
    assert "100 rows after 60 windows read" in said


def test_speed_is_measured_beside_plain_duckdb() -> None:
    said = run("speed.py", "--rows", "20000", "--days", "40", "--widths", "10,20")
    assert len(re.findall(r"20000 rows, 20 columns", said)) == 3  # ours, ours to be merged, and DuckDB's
    assert re.search(r"ratio +[\d.]+ wall +[\d.]+ cpu", said)
    assert "2000 rows after" in said
    assert re.search(r"columns\^-?[\d.]+ ", said)


def test_checks_are_counted_beside_peers_that_are_there() -> None:
    said = run("peers.py", "--peers", "", "--parts", "checks", "--every", "40")
    assert re.search(r"^goldilocks +[01]\.\d\d +[01]\.\d{3} +\d+\.\d{3} +\d+ of 6 ", said, flags=re.MULTILINE)
