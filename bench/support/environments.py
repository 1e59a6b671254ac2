"""Virtual environments of peers: made once from pinned names, and used by programs that know nothing of this house."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "peers"
PEERS = {
    "evidently": ("evidently==0.7.23", "numpy==2.1.3", "pandas==2.2.3", "pyarrow==26.0.1", "scipy==1.17.1"),
    "nannyml": (
        "nannyml==0.13.1",
        "numpy==2.4.6",
        "pandas==2.2.3",
        "pyarrow==26.0.1",
        "scipy==1.17.1",
        "statsmodels==0.15.0",
    ),
    "baseline": ("numpy==2.4.6", "pandas==2.2.3", "pyarrow==26.0.1", "scipy==1.17.1"),
}


class Missing(Exception):  # noqa: N818 - it is no error of ours
    """An environment cannot be made here."""


def python_of(name: str, home: Path) -> Path:
    """The peer's interpreter, its packages installed with pip; raises Missing with pip's last words."""
    folder, packages = home / name, "\n".join(PEERS[name])
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if done.exists() and done.read_text() == packages:
        return python
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS[name]],
    ):
        made = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own arguments
        if made.returncode:
            raise Missing((made.stderr.strip().splitlines() or ["no reason given"])[-1])
    done.write_text(packages)
    return python


def ask(name: str, python: Path, folder: Path, minutes: float | None = None) -> dict[str, Any]:
    """Run the peer's program over the files of a folder, on one thread; its answer. Raises Missing when it fails, or
    takes longer than so many minutes."""
    command = [str(python), str(PROGRAMS / f"{name}_days.py"), str(folder)]
    calm = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, capture_output=True, text=True, env=calm, timeout=minutes and minutes * 60
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"it did not finish within {minutes:g} minutes") from None
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    answer: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return answer
