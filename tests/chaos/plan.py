"""What a round does, drawn from its seed: whom it kills and when, and how Slack misbehaves meanwhile. Pure."""

import random
from dataclasses import dataclass

from bot.workspace.faults import Fault, Kind

LATEST_KILL_S = 1.5
START_S = 2.5
"""About as long as a start takes: a kill within it hits a replica that takes up what the last kill cut off."""

POSTS, UPDATES = "chat.postMessage", "chat.update"
LOOKUPS = ("conversations.history", "conversations.replies")
KINDS: tuple[Kind, ...] = ("rate_limited", "server_error", "slow", "drop", "drop_after", "error")
HANG_SHARE = 0.1
"""Rounds with a call that is never answered: each costs the whole of the bot's own patience."""

HANG_S = 60.0

DELETES_EVERY = 10
"""Which rounds have an old past that is deleted meanwhile, by their seed: each takes some ten seconds longer."""


@dataclass(frozen=True)
class Kill:
    """Kill -9 `replica` after so many seconds, start it again `down_s` later, and perhaps kill it while it starts."""

    replica: int
    after_s: float
    down_s: float
    again_s: float | None


@dataclass(frozen=True)
class Plan:
    seed: int
    kills: tuple[Kill, ...]
    faults: tuple[Fault, ...]

    @property
    def deletes(self) -> bool:
        return self.seed % DELETES_EVERY == 0

    @property
    def crashes(self) -> int:
        return sum(1 + (kill.again_s is not None) for kill in self.kills)


def draw(seed: int, replicas: int) -> Plan:
    """The plan of a seed: the same seed is the same plan. At most one replica in two is killed, but for one in ten
    rounds, in which none is left."""
    dice = random.Random(f"plan:{seed}:{replicas}")
    victims = dice.sample(range(replicas), 1 if replicas == 1 or dice.random() < 0.9 else replicas)
    return Plan(seed, tuple(_kill(dice, victim) for victim in victims), tuple(_faults(dice)))


def _kill(dice: random.Random, replica: int) -> Kill:
    again = dice.uniform(0.1, START_S) if dice.random() < 0.3 else None
    return Kill(replica, dice.uniform(0.1, LATEST_KILL_S), dice.uniform(0.0, 0.5), again)


def _faults(dice: random.Random) -> list[Fault]:
    drawn = [_fault(dice) for _ in range(dice.randint(2, 6))]
    if dice.random() < HANG_SHARE:
        drawn.append(Fault(POSTS, "hang", 1, HANG_S))
    return drawn


def _fault(dice: random.Random) -> Fault:
    method = dice.choices((POSTS, UPDATES, *LOOKUPS, "*"), (6, 2, 1, 1, 2))[0]
    kind = dice.choice(KINDS)
    seconds = 1.0 if kind == "rate_limited" else dice.uniform(0.2, 1.5)
    return Fault(method, kind, dice.randint(1, 3), seconds)
