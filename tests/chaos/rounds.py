"""One round: load, weather and kills at once; then peace, and the laws."""

import asyncio
import time
from dataclasses import asdict, dataclass, field

from tests.chaos.facts import Facts, gather, last_row, unrest
from tests.chaos.laws import breaches, duplicates
from tests.chaos.load import Load, Promises
from tests.chaos.plan import Kill, Plan, draw
from tests.chaos.town import Town

AFTERMATH, AFTERMATH_S = 80, 30.0
"""How many requests are still answered once everybody is up again, and how long that may take: a round has work before
its kills and after them, however long a start takes on this machine."""

PATIENCE_S = 180
LOOK_S = 0.2


@dataclass
class Tally:
    """What the rounds on one database amount to so far."""

    rounds: int = 0
    crashes: int = 0
    promises: Promises = field(default_factory=Promises)
    duplicates: int = 0
    longest_rest_s: float = 0.0
    turned_away: int = 0
    facts: Facts | None = None


@dataclass(frozen=True)
class Outcome:
    """A round's end: what was broken, and how long it took until everything was quiet."""

    seed: int
    breaches: tuple[str, ...]
    rest_s: float


async def play(town: Town, seed: int, tally: Tally) -> Outcome:
    """Play the round of this seed; what it brought is added to `tally`."""
    plan = draw(seed, len(town.replicas))
    load = Load(town, seed, tally.promises)
    for fault in plan.faults:
        town.workspace.faults.add(**asdict(fault))
    under_way = asyncio.create_task(load.run())
    ends = await asyncio.gather(*(_strike(town, kill) for kill in plan.kills), return_exceptions=True)
    answers = await _aftermath(load)
    load.stop()
    await under_way
    town.workspace.faults.clear()
    tally.turned_away = town.balancer.turned_away
    failed = [f"starts_again: {end}" for end in ends if isinstance(end, BaseException)]
    if answers < AFTERMATH:
        failed.append(
            f"works_again: only {answers} requests were answered within {AFTERMATH_S:g} s after the start"
        )
    return await _judge(town, plan, tally, failed)


async def _aftermath(load: Load) -> int:
    """Let the load go on until enough is answered again; how much was."""
    before, end = load.answered, time.monotonic() + AFTERMATH_S
    while load.answered - before < AFTERMATH and time.monotonic() < end:  # noqa: ASYNC110 - the load tells nobody
        await asyncio.sleep(LOOK_S)
    return load.answered - before


async def _judge(town: Town, plan: Plan, tally: Tally, failed: list[str]) -> Outcome:
    began = time.monotonic()
    facts, waiting = await _at_rest(town)
    rest = time.monotonic() - began
    tally.rounds, tally.crashes = tally.rounds + 1, tally.crashes + plan.crashes
    tally.facts, tally.duplicates = facts, duplicates(facts)
    tally.longest_rest_s = max(tally.longest_rest_s, rest)
    found = [*failed, *breaches(facts, tally.promises, tally.crashes)]
    if waiting:
        found.append(f"comes_to_rest: after {PATIENCE_S} s there are still {waiting}")
    return Outcome(plan.seed, tuple(found), rest)


async def _strike(town: Town, kill: Kill) -> None:
    """Kill a replica and start it again; perhaps kill it once more on the way. Raises when it does not start."""
    bot = town.replicas[kill.replica]
    await asyncio.sleep(kill.after_s)
    await bot.kill()
    await asyncio.sleep(kill.down_s)
    if kill.again_s is not None:
        await bot.launch()
        await asyncio.sleep(kill.again_s)
        await bot.kill()
    await bot.start()


async def _at_rest(town: Town) -> tuple[Facts, str]:
    """The facts once nothing is under way; with what still is when patience ends."""
    end = time.monotonic() + PATIENCE_S
    while True:
        with town.database.read() as session:
            waiting, row = unrest(session), last_row(session)
            facts = gather(session, town) if not waiting or time.monotonic() > end else None
        if facts is not None:
            with town.database.read() as session:
                still = last_row(session) == row and not unrest(session)
            if still or waiting:
                return facts, waiting
        await asyncio.sleep(LOOK_S)
