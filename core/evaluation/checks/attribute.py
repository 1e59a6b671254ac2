"""From signals that are off to columns: which column is it, when a pair does not go together any more?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from core.evaluation.checks.season import SEASON
from core.evaluation.checks.signals import Key

FORMULA = ("offset", "off", "far off")
"""Signals of what numbers come to by others: they break where a value is off by a little, and the other pairs of its
column hold."""

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


def by_column(
    ratios: Ratios, limit: float, odd_ones: Mapping[frozenset[str], str] | None = None
) -> dict[str, dict[str, float]]:
    """Columns that are off, each with its signals over the limit; WINDOW for the whole. `odd_ones` are, of sets of
    columns that are suspected alike, the one that it is (see odd_one).

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
    broken = {k: r for k, r in pairs.items() if r > limit * PAIR and not any(c in blamed for c in k[1])}
    if broken:
        suspicion = _Suspicion(broken, _intact(_telling(pairs, broken)), _own(ratios, limit))
        _blame_for_pairs(blamed, suspicion, odd_ones or {})
    return dict(blamed)


def _blame_for_pairs(
    blamed: dict[str, dict[str, float]], suspicion: "_Suspicion", odd_ones: Mapping[frozenset[str], str]
) -> None:
    """The most suspected column first, until no broken pair is left."""
    votes = suspicion.votes
    while (first := suspicion.most_suspected()) is not None:
        alike = [c for c in suspicion.beside(first) if votes[c] >= votes[first] - ALIKE]
        known = {odd_ones.get(frozenset(columns)) for (_, columns), _ in suspicion.pairs_of(first)}
        odd = [column for column in alike if column in known]
        alike = odd if len(odd) == 1 else alike
        for column in alike:
            for (check, columns), ratio in suspicion.pairs_of(column):
                partners = [each for each in columns if each != column]
                blamed[column].update(dict.fromkeys((f"{check} {partner}" for partner in partners), ratio))
        suspicion.explain(alike)


class _Suspicion:
    """How suspect each column of the broken pairs is that are not explained yet (`votes`). Each explained pair changes
    its own columns' only, so that a thousand columns that are all off take no square of their number."""

    def __init__(self, broken: Ratios, intact: Mapping[str, Sequence[float]], own: Mapping[str, float]) -> None:
        self._left, self._intact, self._own = dict(broken), intact, own
        self._places = {key: place for place, key in enumerate(broken)}
        self._keys: dict[str, list[Key]] = defaultdict(list)
        for key in broken:
            for column in dict.fromkeys(key[1]):
                self._keys[column].append(key)
        self.votes = {column: self._vote(column) for column in self._keys}
        self._named = {column: -place for place, column in enumerate(sorted(self._keys))}
        self._waiting = [(-vote, self._named[column], column) for column, vote in self.votes.items()]
        heapify(self._waiting)

    def most_suspected(self) -> str | None:
        """The column with the most votes, the last by name of several; None when every pair is explained."""
        while self._waiting:
            vote, _, column = self._waiting[0]
            if self.votes.get(column) == -vote:
                return column
            heappop(self._waiting)
        return None

    def pairs_of(self, column: str) -> list[tuple[Key, float]]:
        """The broken pairs of a column that are not explained, each with its ratio."""
        return [(key, self._left[key]) for key in self._keys[column] if key in self._left]

    def beside(self, column: str) -> list[str]:
        """The columns of these pairs, in the order in which the pairs that are left name them."""
        there = {each for (_, columns), _ in self.pairs_of(column) for each in columns}
        return sorted(there, key=self._place)

    def _place(self, column: str) -> tuple[int, int]:
        key, _ = self.pairs_of(column)[0]
        return self._places[key], key[1].index(column)

    def explain(self, columns: Sequence[str]) -> None:
        """Take out the pairs of these columns."""
        done = {key for column in columns for key, _ in self.pairs_of(column)}
        for key in done:
            del self._left[key]
        for column in {each for key in done for each in key[1]}:
            if self.pairs_of(column):
                self.votes[column] = vote = self._vote(column)
                heappush(self._waiting, (-vote, self._named[column], column))
            else:
                self.votes.pop(column)

    def _vote(self, column: str) -> float:
        """Its broken pairs, less those that hold, and what it is off by itself."""
        vote = 0.0
        for (check, columns), ratio in self.pairs_of(column):
            vote += min(ratio, ENOUGH) * _weights(check, columns)[column]
        for weight in self._intact.get(column, ()):
            vote -= INTACT * ENOUGH / 2 * weight
        return vote + OWN * ENOUGH * self._own.get(column, 0.0)


def _own(ratios: Ratios, limit: float) -> dict[str, float]:
    """How far each column is off by itself, as a share of what would be told."""
    off: dict[str, float] = {}
    for (_, named), ratio in ratios.items():
        if len(named) == 1:
            off[named[0]] = max(ratio / limit, off.get(named[0], 0.0))
    return off


def _telling(pairs: Ratios, broken: Ratios) -> Ratios:
    """The pairs that speak for a column where they hold: of what breaks a FORMULA only, no coarser ones do."""
    if any(not check.startswith(FORMULA) for check, _ in broken):
        return pairs
    return {key: ratio for key, ratio in pairs.items() if key[0].startswith(FORMULA)}


def _intact(pairs: Ratios) -> dict[str, list[float]]:
    """By column, how much each pair that holds says about it; a pair is judged by its worst signal."""
    worst: dict[tuple[str, ...], tuple[float, dict[str, float]]] = {}
    for (check, columns), ratio in pairs.items():
        same, weights = tuple(sorted(columns)), _weights(check, columns)
        before, known = worst.get(same, (0.0, {}))
        worst[same] = max(ratio, before), {c: max(weight, known.get(c, 0.0)) for c, weight in weights.items()}
    found: dict[str, list[float]] = defaultdict(list)
    for ratio, weights in worst.values():
        for column, weight in weights.items() if ratio < 1 else ():
            found[column].append(weight)
    return found


def _weights(check: str, columns: Sequence[str]) -> dict[str, float]:
    """How much a signal says about each of its columns: of what others say about one, most about that one."""
    if not check.startswith(JOINT):
        return dict.fromkeys(columns, 1.0)
    return {columns[0]: 1.0} | dict.fromkeys(columns[1:], 2 * PARTNER / max(2, len(columns) - 1))
