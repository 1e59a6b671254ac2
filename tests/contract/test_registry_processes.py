"""MLflow on one database file, used by several processes at once."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.models.mlflow_registry import MlflowRegistry
from core.models.registry import RegistryError

ROOT = Path(__file__).parents[2]

MOVE_THE_CHAMPION = """
import sys
from core.models.mlflow_registry import MlflowRegistry
registry = MlflowRegistry(sys.argv[1])
for turn in range(15):
    registry.set_champion("flights", int(sys.argv[2]))
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


@pytest.mark.slow
def test_two_processes_open_a_new_file_and_move_the_alias(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    opening = [start("import sys\nfrom core.models.mlflow_registry import *\nMlflowRegistry(sys.argv[1])", uri)]
    registry = MlflowRegistry(uri, tmp_path / "artifacts")
    for process in opening:
        finish(process)
    model = tmp_path / "model.skops"
    model.write_bytes(b"weights")
    for _ in range(2):
        registry.register("flights", model, {}, {}, datetime(2013, 2, 1, tzinfo=UTC))

    racing = [start(MOVE_THE_CHAMPION, uri, version) for version in ("1", "2")]
    for process in racing:
        finish(process)

    assert len([each for each in registry.versions("flights") if each.is_champion]) == 1


def test_artifacts_go_where_they_were_told_to(tmp_path: Path) -> None:
    registry = MlflowRegistry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "artifacts")
    model = tmp_path / "model.skops"
    model.write_bytes(b"weights")

    registry.register("flights", model, {}, {}, datetime(2013, 2, 1, tzinfo=UTC), requirements=["skops==0.16.0"])

    kept = {path.name: path.read_bytes() for path in (tmp_path / "artifacts").rglob("*") if path.is_file()}
    assert kept == {"model.skops": b"weights", "requirements.txt": b"skops==0.16.0\n"}


def test_a_registry_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(RegistryError, match="opening the registry"):
        MlflowRegistry(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")
