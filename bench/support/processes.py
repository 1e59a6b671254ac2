"""Processes to be measured: started, waited for, their processor time and memory summed, killed without warning."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """The process's id, once it listens; killed with SIGKILL in the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr, cwd=ROOT)  # noqa: S603
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def family(pids: Iterable[int]) -> set[int]:
    """These processes and all that descend from them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_fields(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes and their descendants, those that have ended included."""
    ticks = 0
    for pid in family(pids):
        try:
            ticks += sum(map(int, _fields(pid)[11:15]))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pids: Iterable[int]) -> float:
    """Resident memory of these processes and their descendants, in 10**6 bytes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in family(pids))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def postgres() -> Iterator[tuple[str, int]]:
    """A PostgreSQL server with its own defaults (fsync and synchronous_commit on): URL and process id."""
    sys.path.insert(0, str(ROOT))
    from tests.postgres import programs, server

    found = programs()
    if found is None:
        raise RuntimeError("no PostgreSQL server is installed")
    with server(found, durable=True) as url:
        port = url.rsplit(":", 1)[1]
        homes = list(Path(tempfile.gettempdir()).glob("goldilocks-pg-*/data/postmaster.pid"))
        pid = next(int(p.read_text().split()[0]) for p in homes if p.read_text().split("\n")[3] == port)
        yield url, pid
