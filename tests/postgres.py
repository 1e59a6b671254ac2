"""A PostgreSQL server of the tests' own: started for real from the installed programs, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.loopback import free_port


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, or None when no server is installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def server(bin_dir: Path, durable: bool = False, lasting: bool = False) -> Iterator[str]:
    """Run a server on a free loopback port; gives its URL without a database name.

    Unless it is `durable` it does not wait for the disk, nor tidies up behind the tests: one that is `lasting` does.
    """
    home = Path(tempfile.mkdtemp(prefix="goldilocks-pg-"))
    user = _user(home)
    data, port = home / "data", free_port()
    _run(user, bin_dir / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=200"
    if not durable:
        options += " -c fsync=off" if lasting else " -c fsync=off -c autovacuum=off"
    _run(user, bin_dir / "pg_ctl", "-D", data, "-o", options, "-l", home / "log", "-w", "start")
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        _run(user, bin_dir / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _user(home: Path) -> str | None:
    """The server refuses to run as root; hand its folder to the `postgres` user then."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam("postgres")
    os.chown(home, account.pw_uid, account.pw_gid)
    return "postgres"


def _run(user: str | None, *command: object) -> None:
    prefix = ["runuser", "-u", user, "--"] if user else []
    done = subprocess.run(
        [*prefix, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tempfile.gettempdir()
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode()}")
