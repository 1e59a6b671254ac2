"""From signals that are off to columns: which column is it, when a pair does not go together any more?"""

from collections import defaultdict
from collections.abc import Mapping

from core.evaluation.checks.season import SEASON
from core.evaluation.checks.signals import Key

Ratios = Mapping[Key, float]
WINDOW = ""
"""The name under which signals of the whole window are kept."""
ENOUGH = 5.0
"""Beyond this a pair's ratio says no more about whose fault it is."""

PAIR = 1.6
"""How much farther a pair must be off than a column: it has more ways to be odd."""


INTACT = 0.75
"""What a pair that goes together as ever takes from the suspicion of its columns: half of a broken one's at least."""


JOINT, PARTNER = "joint", 0.5
"""Signals of what two columns say about a third (their first), and how suspect the two are beside it."""


def by_column(ratios: Ratios, limit: float) -> dict[str, dict[str, float]]:
    """Columns that are off, each with its signals over the limit; WINDOW for the whole.

    A pair counts against the columns that are off by themselves. Of the others, the column that is part of most
    broken pairs and of the fewest that hold is blamed, and then the next, until every broken pair is explained.
    """
    blamed: dict[str, dict[str, float]] = defaultdict(dict)
    pairs = {key: ratio for key, ratio in ratios.items() if len(key[1]) > 1}
    for (check, columns), ratio in ratios.items():
        if len(columns) < 2 and ratio > limit:
            name, signal = columns[0] if columns else WINDOW, check.removesuffix(SEASON)
            blamed[name][signal] = max(ratio, blamed[name].get(signal, 0.0))
    broken = {key: ratio for key, ratio in pairs.items() if ratio > limit * PAIR}
    while broken := {key: ratio for key, ratio in broken.items() if not any(c in blamed for c in key[1])}:
        votes = _votes(broken, pairs)
        most = max(votes.values())
        for column in [c for c, vote in votes.items() if vote >= most - 1e-9]:
            for (check, columns), ratio in broken.items():
                if column in columns:
                    partners = [each for each in columns if each != column]
                    blamed[column].update(dict.fromkeys((f"{check} {partner}" for partner in partners), ratio))
    return dict(blamed)


def _votes(broken: Ratios, pairs: Ratios) -> dict[str, float]:
    """How suspect each column of a broken pair is: its pairs by their worst signal, less those that hold."""
    worst: dict[frozenset[str], float] = defaultdict(float)
    for (_, columns), ratio in pairs.items():
        worst[frozenset(columns)] = max(ratio, worst[frozenset(columns)])
    votes: dict[str, float] = defaultdict(float)
    for (check, columns), ratio in broken.items():
        for column in columns:
            other = check.startswith(JOINT) and column != columns[0]
            votes[column] += min(ratio, ENOUGH) * (PARTNER if other else 1.0)
    for column in votes:
        votes[column] -= INTACT * sum(ENOUGH / 2 for both, ratio in worst.items() if column in both and ratio < 1)
    return votes
