"""From signals that are off to columns: which column is it, when a pair does not go together any more?"""

from collections import defaultdict
from collections.abc import Mapping

from core.evaluation.checks.signals import Key

Ratios = Mapping[Key, float]
WINDOW = ""
"""The name under which signals of the whole window are kept."""
ENOUGH = 5.0
"""Beyond this a pair's ratio says no more about whose fault it is."""

PAIR = 1.6
"""How much farther a pair must be off than a column: it has more ways to be odd."""


def by_column(ratios: Ratios, limit: float) -> dict[str, dict[str, float]]:
    """Columns that are off, each with its signals over the limit; WINDOW for the whole.

    A pair counts against the columns that are off by themselves. Of the others, the column that is part of most
    broken pairs is blamed, and then the next, until every broken pair is explained.
    """
    off = {key: ratio for key, ratio in ratios.items() if ratio > limit * (PAIR if len(key[1]) == 2 else 1.0)}
    blamed: dict[str, dict[str, float]] = defaultdict(dict)
    for (check, columns), ratio in off.items():
        if len(columns) < 2:
            blamed[columns[0] if columns else WINDOW][check] = ratio
    pairs = {key: ratio for key, ratio in off.items() if len(key[1]) == 2}
    while pairs := {key: ratio for key, ratio in pairs.items() if not any(c in blamed for c in key[1])}:
        votes: dict[str, float] = defaultdict(float)
        for (_, columns), ratio in pairs.items():
            for column in columns:
                votes[column] += min(ratio, ENOUGH)
        most = max(votes.values())
        for column in [c for c, vote in votes.items() if vote >= most - 1e-9]:
            for (check, columns), ratio in pairs.items():
                if column in columns:
                    partner = columns[1] if columns[0] == column else columns[0]
                    blamed[column][f"{check} {partner}"] = ratio
    return dict(blamed)
