"""What several unit tests begin with."""

import shutil
from pathlib import Path

import pytest

from tests.config_support import FLIGHTS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("team.yaml", "pipeline.yaml"):
        shutil.copy(FLIGHTS / name, tmp_path / name)
    return tmp_path
