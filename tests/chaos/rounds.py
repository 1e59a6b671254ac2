"""One round: load, weather and kills at once; then peace, and the laws."""

import asyncio
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from tests.chaos.facts import Facts, gather, last_of_round, last_row, waiting
from tests.chaos.laws import breaches, duplicates
from tests.chaos.load import Load, Promises
from tests.chaos.past import Past, grow
from tests.chaos.patience import Aftermath, Rest
from tests.chaos.plan import Kill, Plan, draw
from tests.chaos.town import Town

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
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Outcome:
    """A round's end: what was broken, and how long it took until everything was quiet."""

    seed: int
    breaches: tuple[str, ...]
    rest_s: float


async def play(town: Town, seed: int, tally: Tally) -> Outcome:
    """Play the round of this seed; what it brought is added to `tally`."""
    plan = draw(seed, len(town.replicas))
    if plan.deletes:
        await asyncio.to_thread(_grow_old, town, seed, tally)
    load = Load(town, seed, tally.promises)
    for fault in plan.faults:
        town.workspace.faults.add(**asdict(fault))
    under_way = asyncio.create_task(load.run())
    ends = await asyncio.gather(*(_strike(town, kill) for kill in plan.kills), return_exceptions=True)
    aftermath = await _aftermath(load)
    load.stop()
    await under_way
    town.workspace.faults.clear()
    tally.turned_away = town.balancer.turned_away
    failed = [f"starts_again: {end}" for end in ends if isinstance(end, BaseException)]
    return await _judge(town, plan, tally, [*failed, *filter(None, [aftermath.breach()])])


def _grow_old(town: Town, seed: int, tally: Tally) -> None:
    town.database.do(lambda session: grow(session, town.config, seed, tally.past, datetime.now(UTC)))
    tally.promises.stored -= tally.past.instances
    tally.promises.ended -= tally.past.instances


async def _aftermath(load: Load) -> Aftermath:
    """Let the load go on until enough is answered again, or nothing is."""
    answered, refused = load.answered, load.refused
    found = Aftermath(time.monotonic())
    while not found.over(time.monotonic()):
        await asyncio.sleep(LOOK_S)
        found.look(load.answered - answered, load.refused - refused, time.monotonic())
    return found


async def _judge(town: Town, plan: Plan, tally: Tally, failed: list[str]) -> Outcome:
    began = time.monotonic()
    facts, restless = await _at_rest(town, tally.past)
    rest = time.monotonic() - began
    tally.rounds, tally.crashes = tally.rounds + 1, tally.crashes + plan.crashes
    tally.facts, tally.duplicates = facts, duplicates(facts)
    tally.longest_rest_s = max(tally.longest_rest_s, rest)
    found = [*failed, *breaches(facts, tally.promises, tally.crashes), *filter(None, [restless])]
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


async def _at_rest(town: Town, past: Past) -> tuple[Facts, str | None]:
    """The facts once nothing of the round is under way; with what is wrong when that never comes."""
    rest = Rest(datetime.now(UTC))
    with town.database.read() as session:
        marks = last_of_round(session)
    while True:
        with town.database.read() as session:
            found, row = waiting(session, marks), last_row(session)
            restless = rest.look(found, datetime.now(UTC)) if str(found) else None
            if restless or (not str(found) and marks.row is not None):
                return gather(session, town, marks, past), restless
        if not str(found):
            marks = replace(marks, row=row)
            continue
        await asyncio.sleep(LOOK_S)
