"""Alerts per cpu-second over the Alertmanager API, beside a real Alertmanager where one is installed.

Both get the same bytes: 10,000 alerts that fire on, over 32 kept connections. Ours stores every one on disk before it
answers (SQLite, synchronous=FULL), is killed at the end with SIGKILL, and must then still have all that it
acknowledged. Read the ratios; the absolute figures belong to the machine.

    python bench/ingest.py [--seconds 5] [--batches 1 64]
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

ALERTS, CONNECTIONS, GROUPS = 10_000, 32, 100
PEERS = ("prometheus-alertmanager", "alertmanager")


@dataclass
class Result:
    """What one run came to: alerts acknowledged, the server's processor seconds, and each request's latency."""

    acknowledged: int = 0
    refused: int = 0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.acknowledged / self.cpu

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1_000


def alert(number: int) -> dict[str, object]:
    start = datetime.now(UTC)
    labels = {
        "alertname": f"HighLatency{number % GROUPS}",
        "severity": "warning",
        "cluster": "eu-1",
        "namespace": f"team-{number % 40}",
        "job": "serving",
        "instance": f"10.0.{number // 250}.{number % 250}:9100",
        "pod": f"serving-{number:08x}-xk2p9",
        "prometheus": "monitoring/k8s",
    }
    annotations = {
        "summary": f"p99 latency of serving-{number:08x} is above 1 s",
        "runbook_url": "https://runbooks.example.com/high-latency",
    }
    return {
        "labels": labels,
        "annotations": annotations,
        "startsAt": start.isoformat(),
        "endsAt": (start + timedelta(hours=1)).isoformat(),
        "generatorURL": "http://prometheus:9090/graph?g0.expr=latency+%3E+1&g0.tab=1",
    }


def requests(batch: int) -> list[tuple[int, bytes]]:
    """Each request with how many alerts it holds."""
    alerts = [alert(number) for number in range(ALERTS)]
    made = []
    for first in range(0, ALERTS, batch):
        body = json.dumps(alerts[first : first + batch]).encode()
        head = (
            "POST /api/v2/alerts HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer demo-alertmanager\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append((len(alerts[first : first + batch]), head.encode() + body))
    return made


async def connection(port: int, work: Iterator[tuple[int, bytes]], until: float, result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until and (item := next(work, None)) is not None:
        alerts, request = item
        sent = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        result.latencies.append(time.perf_counter() - sent)
        if head.startswith(b"HTTP/1.1 200"):
            result.acknowledged += alerts
        else:
            result.refused += alerts
    writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def forever(items: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    while True:
        yield from items


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(port: int, pid: int, batch: int, seconds: float) -> Result:
    """Every alert once, unmeasured, so that all are known; then over and over for the given time."""
    made = requests(batch)
    once, until = iter(made), time.perf_counter() + 600
    warm = Result()
    await asyncio.gather(*(connection(port, once, until, warm) for _ in range(CONNECTIONS)))
    result, work = Result(), forever(made)
    before, until = cpu_seconds(pid), time.perf_counter() + seconds
    await asyncio.gather(*(connection(port, work, until, result) for _ in range(CONNECTIONS)))
    result.cpu = cpu_seconds(pid) - before
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def ours(batch: int, seconds: float) -> tuple[Result, int]:
    """The result, and how many deliveries are on disk after the kill."""
    from sqlalchemy import func, select

    from core.alerts.tables import AlertHot
    from core.db.database import Database
    from core.db.schema import metadata

    with tempfile.TemporaryDirectory() as folder:
        database, port = Database(f"sqlite:///{folder}/bench.db"), free_port()
        metadata.create_all(database.engine)
        command = [sys.executable, __file__, "--serve", str(port), str(database.url)]
        with running(command, port) as process:
            result = asyncio.run(load(port, process.pid, batch, seconds))
        with database.read() as session:
            stored = session.scalar(select(func.sum(AlertHot.counted))) or 0
        database.dispose()
    return result, stored


def peer(program: str, batch: int, seconds: float) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "alertmanager.yml", free_port()
        config.write_text(
            "route: {receiver: none, group_wait: 1h, group_by: [alertname]}\nreceivers: [{name: none}]\n"
        )
        flags = {
            "config.file": str(config),
            "storage.path": folder,
            "web.listen-address": f"127.0.0.1:{port}",
            "cluster.listen-address": "",
            "log.level": "error",
        }
        with running([program, *(f"--{name}={value}" for name, value in flags.items())], port) as process:
            return asyncio.run(load(port, process.pid, batch, seconds))


def serve(port: int, url: str) -> None:
    """The ingest application alone, as the composition root wires it."""
    import uvicorn

    from bot.http.ingest.app import Ingest
    from core.alerts.writer import AlertWriter
    from core.clock import SystemClock
    from core.config.load import load as load_config
    from core.db.database import Database
    from workflows.receiver import Receiver

    config = load_config(
        ROOT / "examples" / "flights", {"data": "/nowhere", "python": "python", "serving": "http://x"}
    )
    database, clock = Database(url), SystemClock()
    writer = AlertWriter(database, clock, Receiver(config))

    async def nothing(_scope: object, _receive: object, _send: object) -> None:
        return None

    async def main() -> None:
        async with writer:
            app = Ingest(config, database, clock, writer, nothing)
            settings = uvicorn.Config(app, port=port, log_level="critical", access_log=False, lifespan="off")
            await uvicorn.Server(settings).serve()

    import uvloop

    uvloop.run(main())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--serve", nargs=2, metavar=("PORT", "URL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(int(options.serve[0]), options.serve[1])
        return 0
    program = next((path for name in PEERS if (path := shutil.which(name))), None)
    if program is None:
        print(f"no peer: none of {', '.join(PEERS)} is on the PATH")
    lost = 0
    for batch in options.batches:
        result, stored = ours(batch, options.seconds)
        acknowledged = result.acknowledged + ALERTS
        lost += max(acknowledged - stored, 0)
        show(f"goldilocks, batch {batch}", result, f"{max(acknowledged - stored, 0)} of {acknowledged:,} lost")
        if program is not None:
            other = peer(program, batch, options.seconds)
            show(f"alertmanager, batch {batch}", other, "kept in memory only")
            p99 = result.percentile(0.99) / other.percentile(0.99)
            print(f"  ratio: {result.rate / other.rate:.2f}x the alerts per cpu-second, {p99:.2f}x the p99")
    return 1 if lost else 0


def show(name: str, result: Result, kept: str) -> None:
    print(
        f"{name:24} {result.rate:10,.0f} alerts/cpu-s   p50 {result.percentile(0.5):7.1f} ms   "
        f"p99 {result.percentile(0.99):7.1f} ms   {result.refused:,} refused   {kept}"
    )


if __name__ == "__main__":
    sys.exit(main())
