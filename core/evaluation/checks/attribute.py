"""From signals that are off to columns: which column is it, when a pair does not go together any more?"""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

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
OWN = 1.0
"""What a column that is nearly off by itself adds to its suspicion, in broken pairs."""
ALIKE = 1.0
"""Columns of a broken pair that are suspected alike, to so much, are both named: which of them it is nobody can say."""


JOINT, PARTNER = ("joint", "agreement", "foretold"), 0.5
"""Signals of what columns say about another (their first), and how suspect the others are beside it."""


def by_column(ratios: Ratios, limit: float) -> dict[str, dict[str, float]]:
    """Columns that are off, each with its signals over the limit; WINDOW for the whole.

    A pair counts against the columns that are off by themselves. Of the others, the column that is part of most
    broken pairs and of the fewest that hold is blamed, with those that are suspected alike, and then the next, until
    every broken pair is explained.
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
        for column, off in _own(ratios, limit, votes).items():
            votes[column] += OWN * ENOUGH * off
        first = max(votes, key=lambda column: (votes[column], column))
        beside = {column for _, columns in broken if first in columns for column in columns}
        for column in [c for c, vote in votes.items() if c in beside and vote >= votes[first] - ALIKE]:
            for (check, columns), ratio in broken.items():
                if column in columns:
                    partners = [each for each in columns if each != column]
                    blamed[column].update(dict.fromkeys((f"{check} {partner}" for partner in partners), ratio))
    return dict(blamed)


def _own(ratios: Ratios, limit: float, columns: Container[str]) -> dict[str, float]:
    """How far each of these columns is off by itself, as a share of what would be told."""
    off: dict[str, float] = {}
    for (_, named), ratio in ratios.items():
        if len(named) == 1 and named[0] in columns:
            off[named[0]] = max(ratio / limit, off.get(named[0], 0.0))
    return off


def _votes(broken: Ratios, pairs: Ratios) -> dict[str, float]:
    """How suspect each column of a broken pair is: its pairs by their worst signal, less those that hold."""
    worst: dict[tuple[str, ...], tuple[float, dict[str, float]]] = {}
    for (check, columns), ratio in pairs.items():
        same, weights = tuple(sorted(columns)), _weights(check, columns)
        before, known = worst.get(same, (0.0, {}))
        worst[same] = max(ratio, before), {c: max(weight, known.get(c, 0.0)) for c, weight in weights.items()}
    votes: dict[str, float] = defaultdict(float)
    for (check, columns), ratio in broken.items():
        for column, weight in _weights(check, columns).items():
            votes[column] += min(ratio, ENOUGH) * weight
    for ratio, weights in worst.values():
        for column in weights.keys() & votes.keys() if ratio < 1 else ():
            votes[column] -= INTACT * ENOUGH / 2 * weights[column]
    return votes


def _weights(check: str, columns: Sequence[str]) -> dict[str, float]:
    """How much a signal says about each of its columns: of what others say about one, most about that one."""
    if not check.startswith(JOINT):
        return dict.fromkeys(columns, 1.0)
    return {columns[0]: 1.0} | dict.fromkeys(columns[1:], 2 * PARTNER / max(2, len(columns) - 1))
