"""From a sender's POST to the request to Slack, for the first message of a group, at 1,000 alerts a second.

Twenty requests a second hold 50 alerts each: 49 that fire on and one that opens a group whose route has no wait, each
in a channel that has been quiet for five seconds. Measured are the times from the POST, and from its 2xx (when the
alert is on disk), to the moment when Slack is asked to post.

    python bench/latency.py [--seconds 20]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402

from bench.support.processes import free_port, running  # noqa: E402
from bench.support.traffic import FIRES_FOR, instant, labels  # noqa: E402

CHANNELS, REQUESTS_A_SECOND, BATCH, GOAL_MS = 100, 20, 50, 50.0
TOKEN = {"authorization": "Bearer demo-alertmanager"}


def batch(number: int, dice: random.Random) -> list[dict[str, object]]:
    """The alerts that fire on, and the first one of a new group."""
    end = instant(datetime.now(UTC) + FIRES_FOR)
    known = [labels(dice.randrange(1_000)) for _ in range(BATCH - 1)]
    new = {"alertname": f"New{number}", "severity": "warning", "slot": str(number % CHANNELS)}
    return [{"labels": each, "startsAt": "2026-01-01T00:00:00Z", "endsAt": end} for each in (*known, new)]


async def send(port: int, seconds: float) -> dict[str, tuple[float, float]]:
    """When each new group's request was sent and answered."""
    dice, times, due = random.Random(1), {}, time.time()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=TOKEN, timeout=30) as client:
        tasks = []

        async def one(number: int) -> None:
            body = json.dumps(batch(number, dice))
            sent = time.time()
            reply = await client.post("/api/v2/alerts", content=body)
            reply.raise_for_status()
            times[f"New{number}"] = (sent, time.time())

        for number in range(int(seconds * REQUESTS_A_SECOND)):
            tasks.append(asyncio.create_task(one(number)))
            due += 1 / REQUESTS_A_SECOND
            await asyncio.sleep(max(0.0, due - time.time()))
        await asyncio.gather(*tasks)
    return times


def measure(seconds: float) -> tuple[list[float], list[float], int]:
    """Milliseconds from the POST and from its answer, and how many groups Slack never heard of."""
    from core.db.database import Database
    from core.db.migrate import upgrade

    with tempfile.TemporaryDirectory() as folder:
        url, port, slack = f"sqlite:///{folder}/bench.db", free_port(), free_port()
        upgrade(Database(url))
        api = f"http://127.0.0.1:{slack}/api/"
        server = [str(ROOT / "bench/support/serve.py"), str(port), url, api, "bench", f"channels={CHANNELS}"]
        with (
            running([sys.executable, str(ROOT / "bench/support/slack.py"), str(slack)], slack),
            running([sys.executable, *server], port),
        ):
            asyncio.run(send(port, 2.0))
            times = asyncio.run(send_after(port, seconds))
            time.sleep(2)
            posts = httpx.get(f"http://127.0.0.1:{slack}/posts").json()
    heard = {name: at for text, at in reversed(posts) for name in times if f"{name} " in f"{text} "}
    found = [
        (heard[name] - sent, heard[name] - answered) for name, (sent, answered) in times.items() if name in heard
    ]
    return sorted(a * 1e3 for a, _ in found), sorted(b * 1e3 for _, b in found), len(times) - len(found)


async def send_after(port: int, seconds: float) -> dict[str, tuple[float, float]]:
    """The measured part: its groups have names of their own."""
    return {
        name: at for name, at in (await send(port, seconds + 2)).items() if int(name[3:]) >= 2 * REQUESTS_A_SECOND
    }


def share(ordered: list[float], part: float) -> float:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    from_post, from_answer, unheard = measure(options.seconds)
    rate = REQUESTS_A_SECOND * BATCH
    for name, found in (("POST", from_post), ("2xx", from_answer)):
        print(
            f"from {name:4} to Slack's request, {rate:,} alerts/s, {len(found)} groups: "
            f"p50 {share(found, 0.5):.1f} ms   p99 {share(found, 0.99):.1f} ms"
        )
    met = share(from_answer, 0.99) <= GOAL_MS
    print(
        f"goal: p99 {GOAL_MS:g} ms after the commit: {'met' if met else 'not met'}; {unheard} groups never posted"
    )
    return 1 if unheard else 0


if __name__ == "__main__":
    sys.exit(main())
