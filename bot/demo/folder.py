"""The demo's folder: cleared only when a demo made it, and used by one demo at a time."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STATE = "demo"
_MARK = ".goldilocks-demo"
_LOCK = ".lock"


class FolderError(RuntimeError):
    """The folder cannot be used; the sentence says why, and what to do."""


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Nobody else's while the block runs, with what an earlier demo left in it removed; raises FolderError.

    What this did not make is never removed: `--data` may name any folder.
    """
    with locked(folder):
        _clear(folder / STATE)
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Made where it is not there, and nobody else's while the block runs; raises FolderError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(
                f"another demo or trial is running in {folder}; stop it, or choose another folder with --data"
            ) from None
        yield


def _clear(state: Path) -> None:
    made_by_us = (state / _MARK).is_file() or (state / "goldilocks.db").is_file()
    if state.is_dir() and any(state.iterdir()) and not made_by_us:
        raise FolderError(f"{state} holds something that is not the demo's; choose another folder with --data")
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    (state / _MARK).touch()
