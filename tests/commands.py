"""The `goldilocks` command, typed: in a process of its own, or in one that begins with everything loaded."""

import multiprocessing
import os
import subprocess
import sys
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

from bot.__main__ import main
from tests.conftest import ROOT

PATIENCE_S = 120
"""How long a command may take to refuse what it is asked: seconds, and on a busy machine many times that."""
LOADED = ["bot.__main__", "bot.serve", "bot.demo.run", "core.db.migrate"]


def typed(arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str]:
    """The command's status and everything that it said."""
    command = [sys.executable, "-m", "bot", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, done.stdout + done.stderr


def typed_again(arguments: tuple[str, ...], environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """The same, without waiting for the imports each time: forked from a process that has done them."""
    output = folder / "said.txt"
    process = _loaded().Process(target=_main, args=(arguments, environment, output))
    process.start()
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(output.read_text())
    return process.exitcode, output.read_text()


@cache
def _loaded() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _main(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> None:
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["goldilocks", *arguments]
    main()
