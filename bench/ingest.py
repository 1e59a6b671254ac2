"""Alerts per cpu-second over the Alertmanager API, beside a real Alertmanager in the same run.

Both get the same traffic over 32 kept connections: 10,000 alerts whose end moves with every send and whose labels come
in another order, 5% of them new and 5% ended in each round. Ours has every feature on and stores every alert before it
answers (SQLite with synchronous=FULL; PostgreSQL with its defaults, two replicas), is killed at the end with SIGKILL,
and must then still have all that it acknowledged. The ceiling is the same server, decoding and fingerprinting, that
stores nothing. Processor time sums all processes of ours, PostgreSQL's too. Read the ratios; the absolute figures
belong to the machine.

    python bench/ingest.py [--seconds 5] [--batches 1 64 256] [--size 10000] [--skip-postgres] [--skip-memory]
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.support.client import Result, send  # noqa: E402
from bench.support.processes import cpu_seconds, free_port, postgres, resident_mb, running  # noqa: E402
from bench.support.traffic import Traffic, labels  # noqa: E402

PEERS = ("prometheus-alertmanager", "alertmanager")
GOALS = {1: 1.5, 64: 12.0, 256: 25.0}
"""Times Alertmanager's alerts per cpu-second on SQLite, by batch."""
POSTGRES_GOAL, P99_GOAL, MEMORY_GOAL_MB, MEMORY_SIZE = 10.0, 0.05, 200, 100_000


async def _load(ports: list[int], pids: list[int], traffic: Traffic, batch: int, seconds: float) -> Result:
    """Every alert once, unmeasured, so that all are known; then round after round for the given time."""
    result, warm = Result(), Result()
    await send(ports, traffic.once(), batch, time.perf_counter() + 600, warm)
    await send(ports, traffic.rounds(), batch, time.perf_counter() + min(1.0, seconds / 3), warm)
    began, before = time.perf_counter(), cpu_seconds(pids)
    await send(ports, traffic.rounds(), batch, began + seconds, result)
    result.cpu, result.seconds = cpu_seconds(pids) - before, time.perf_counter() - began
    result.answered |= warm.answered
    return result


def load(ports: list[int], pids: list[int], batch: int, seconds: float, size: int) -> Result:
    import uvloop

    return uvloop.run(_load(ports, pids, Traffic(size, batch), batch, seconds))


@contextmanager
def slack() -> Iterator[str]:
    port = free_port()
    with running([sys.executable, str(ROOT / "bench/support/slack.py"), str(port)], port):
        yield f"http://127.0.0.1:{port}/api/"


def ours(
    url: str, batch: int, seconds: float, size: int, replicas: int = 1, also: list[int] | None = None
) -> Result:
    """Measure our server on a fresh database."""
    from core.db.database import Database
    from core.db.migrate import upgrade

    database = Database(url)
    upgrade(database)
    database.dispose()
    with slack() as api:
        return _replicas(url, api, [], replicas, also or [], batch, seconds, size)


def _replicas(
    url: str,
    api: str,
    made: list[tuple[int, int]],
    more: int,
    also: list[int],
    batch: int,
    seconds: float,
    size: int,
) -> Result:
    if not more:
        ports, pids = [port for port, _ in made], [pid for _, pid in made]
        return load(ports, [*pids, *also], batch, seconds, size)
    port = free_port()
    command = [sys.executable, str(ROOT / "bench/support/serve.py"), str(port), url, api, f"bench-{more}"]
    with running(command, port) as pid:
        return _replicas(url, api, [*made, (port, pid)], more - 1, also, batch, seconds, size)


def ceiling(batch: int, seconds: float, size: int) -> Result:
    port = free_port()
    command = [sys.executable, str(ROOT / "bench/support/serve.py"), str(port), "sqlite://", "", "bench", "forget"]
    with running(command, port) as pid:
        return load([port], [pid], batch, seconds, size)


def lost(url: str, result: Result) -> int:
    """How many alerts that were acknowledged as firing are not there any more when we start again."""
    from sqlalchemy import select

    from core.alerts import backlog_store
    from core.alerts.labels import fingerprint
    from core.alerts.tables import AlertCold
    from core.db.database import Database

    database = Database(url)
    with database.write() as session:
        backlog_store.settle(session)
    with database.read() as session:
        stored = set(session.scalars(select(AlertCold.fingerprint)))
    database.dispose()
    return sum(fingerprint(labels(number)) not in stored for number in result.answered)


def peer(program: str, batch: int, seconds: float, size: int) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "alertmanager.yml", free_port()
        config.write_text(
            "route: {receiver: none, group_wait: 30s, group_interval: 5m, group_by: [alertname]}\n"
            "receivers: [{name: none}]\n"
        )
        flags = {
            "config.file": str(config),
            "storage.path": folder,
            "web.listen-address": f"127.0.0.1:{port}",
            "cluster.listen-address": "",
            "log.level": "error",
        }
        with running([program, *(f"--{name}={value}" for name, value in flags.items())], port) as pid:
            return load([port], [pid], batch, seconds, size)


def memory(size: int) -> float:
    """Resident megabytes with `size` alerts, each sent twice."""
    import uvloop

    from core.db.database import Database
    from core.db.migrate import upgrade

    with tempfile.TemporaryDirectory() as folder, slack() as api:
        url, port = f"sqlite:///{folder}/bench.db", free_port()
        upgrade(Database(url))
        command = [sys.executable, str(ROOT / "bench/support/serve.py"), str(port), url, api]
        with running(command, port) as pid:
            traffic = Traffic(size, 64, orders=1)
            for _ in range(2):
                uvloop.run(send([port], traffic.once(), 64, time.perf_counter() + 600, Result()))
            return resident_mb([pid])


def show(name: str, result: Result, kept: str = "") -> None:
    print(
        f"{name:30} {result.rate:11,.0f} alerts/cpu-s {result.acknowledged / result.seconds:11,.0f} alerts/s   "
        f"p50 {result.percentile(0.5):7.2f} ms   p99 {result.percentile(0.99):7.2f} ms   "
        f"{result.refused:,} refused   {kept}",
        flush=True,
    )


def ratio(mine: Result, other: Result, goal: float, p99: bool) -> None:
    times = mine.rate / other.rate
    text = f"  {times:.2f}x the alerts per cpu-second (goal {goal:g}x: {'met' if times >= goal else 'not met'})"
    if p99:
        share = mine.percentile(0.99) / other.percentile(0.99)
        text += f", {share:.3f}x the p99 (goal {P99_GOAL}x: {'met' if share <= P99_GOAL else 'not met'})"
    print(text, flush=True)


def measure(batch: int, options: argparse.Namespace, program: str | None) -> int:
    """One batch size, side by side; how many alerts were lost."""
    other = peer(program, batch, options.seconds, options.size) if program else None
    if other:
        show(f"alertmanager, batch {batch}", other, "kept in memory only")
    top = ceiling(batch, options.seconds, options.size)
    show(f"storing nothing, batch {batch}", top)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        mine = ours(url, batch, options.seconds, options.size)
        gone = lost(url, mine)
    show(f"goldilocks, batch {batch}", mine, f"{gone} of {len(mine.answered):,} alerts lost by kill -9")
    if other:
        print(f"  the ceiling is {top.rate / other.rate:.2f}x")
        ratio(mine, other, GOALS.get(batch, 0), batch == 64)
    if batch == 64 and not options.skip_postgres:
        gone += on_postgres(batch, options, other)
    return gone


def on_postgres(batch: int, options: argparse.Namespace, other: Result | None) -> int:
    from sqlalchemy import create_engine, text

    with postgres() as (server, pid):
        with create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        url = f"{server}/bench"
        mine = ours(url, batch, options.seconds, options.size, replicas=2, also=[pid])
        gone = lost(url, mine)
    show(f"on PostgreSQL, 2 replicas, {batch}", mine, f"{gone} of {len(mine.answered):,} alerts lost by kill -9")
    if other:
        ratio(mine, other, POSTGRES_GOAL, p99=False)
    return gone


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--size", type=int, default=10_000, help="how many alerts fire")
    parser.add_argument("--skip-postgres", action="store_true")
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--serve", nargs=2, metavar=("PORT", "URL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        from bench.support.serve import serve

        serve(int(options.serve[0]), options.serve[1])
        return 0
    program = next((path for name in PEERS if (path := shutil.which(name))), None)
    if program is None:
        print(f"no peer: none of {', '.join(PEERS)} is on the PATH")
    gone = sum(measure(batch, options, program) for batch in options.batches)
    if not options.skip_memory:
        used = memory(MEMORY_SIZE)
        met = "met" if used <= MEMORY_GOAL_MB else "not met"
        print(f"{used:.0f} MB resident with {MEMORY_SIZE:,} alerts (goal {MEMORY_GOAL_MB} MB: {met})")
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main())
