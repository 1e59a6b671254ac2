"""Many rounds on one town after the other, and both databases side by side."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests import postgres
from tests.chaos.rounds import Outcome, Tally, play
from tests.chaos.town import Town, town

SQLITE, POSTGRES = "sqlite", "postgres"
REPLICAS = {SQLITE: 1, POSTGRES: 2}
STOP_AFTER = 5
"""Rounds with breaches after which a storm ends: the rest would say the same."""

Watch = Callable[[str, Outcome, Tally], None]


@dataclass
class Result:
    """What the rounds on one database brought."""

    database: str
    seed: int
    tally: Tally = field(default_factory=Tally)
    failed: list[Outcome] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        promises = self.tally.promises
        pages = self.tally.facts.pages if self.tally.facts else ()
        again = "make chaos ARGS='--rounds 1 --on {} --seed {}'"
        return {
            "database": self.database,
            "replicas": REPLICAS[self.database],
            "seed": self.seed,
            "rounds": self.tally.rounds,
            "crashes": self.tally.crashes,
            "alerts_acknowledged": len(promises.stored),
            "ends_acknowledged": len(promises.ended),
            "clicks_acknowledged": promises.clicks.total(),
            "requests_that_found_nobody": min(self.tally.turned_away, promises.refused[0]),
            "requests_cut_off": max(promises.refused[0] - self.tally.turned_away, 0),
            "requests_overdue": promises.overdue,
            "requests_refused": {str(status): n for status, n in sorted(promises.refused.items()) if status},
            "pages": len(pages),
            "pages_escalated": sum(len(page.steps) > 1 for page in pages),
            "messages": len(self.tally.facts.shown) if self.tally.facts else 0,
            "duplicate_posts": self.tally.duplicates,
            "longest_rest_s": round(self.tally.longest_rest_s, 1),
            "failed": [
                {
                    "seed": outcome.seed,
                    "breaches": list(outcome.breaches),
                    "repeat": again.format(self.database, outcome.seed),
                }
                for outcome in self.failed
            ],
        }


async def storm(
    on: str, rounds: int, seed: int, data: Path, watch: Watch, postgres_url: str | None = None
) -> Result:
    """Rounds with the seeds from `seed` on. The town stays: what a round leaves behind is the next one's past."""
    result = Result(on, seed)
    async with _town(on, data, seed, postgres_url) as made:
        for number in range(seed, seed + rounds):
            outcome = await play(made, number, result.tally)
            if outcome.breaches:
                result.failed.append(outcome)
            watch(on, outcome, result.tally)
            if len(result.failed) >= STOP_AFTER:
                break
    return result


@asynccontextmanager
async def _town(on: str, data: Path, seed: int, postgres_url: str | None) -> AsyncIterator[Town]:
    folder = data / on
    folder.mkdir(parents=True)
    urls: dict[str, str] = {}
    if on == POSTGRES:
        if postgres_url is None:
            raise RuntimeError("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
        urls = await asyncio.to_thread(databases, postgres_url, "chaos")
    async with town(on, folder, seed, replicas=REPLICAS[on], **urls) as made:
        yield made


def databases(server: str, name: str) -> dict[str, str]:
    """Two fresh databases: the bot's own, and that of its durable runs."""
    names = {"database_url": name, "runs_url": f"{name}_runs"}
    admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for each in names.values():
            connection.execute(text(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {each}"))
    admin.dispose()
    return {argument: f"{server}/{each}" for argument, each in names.items()}


async def storms(on: list[str], rounds: int, seed: int, watch: Watch) -> list[Result]:
    """The storms on these databases, side by side; with a PostgreSQL server of their own where one is needed."""
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goldilocks-chaos-")))
        programs = postgres.programs()
        url = stack.enter_context(postgres.server(programs, lasting=True)) if POSTGRES in on and programs else None
        return list(await asyncio.gather(*(storm(each, rounds, seed, data, watch, url) for each in on)))
