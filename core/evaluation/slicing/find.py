"""The slices of a window that do worse than they should, the most telling first. Pure; keeps what it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.evaluation.metric import wilson
from core.evaluation.rows import Rows
from core.evaluation.slicing import scan
from core.evaluation.slicing.cuts import Key, learn_cuts
from core.evaluation.slicing.noise import Noise, learn_noise
from core.evaluation.slicing.tally import Scale, Tally, count, learn_scale, misses_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

PAST = 26
"""Windows that a slice is compared with: half a year of weeks, or about a month of days."""
MINIMUM_PAST = 5
"""With fewer it is unknown how unsteady slices are, so nothing is called newly worse."""
FALSE_A_MONTH = 0.1
"""Clean slices that may be called newly worse, in thirty days. Asked for one in ten months, because real tails are
heavier than the exponential that is fitted to them: on the flights stream about one in two months comes of it."""
EFFECT_FLOOR = 0.05
"""A slice that misses its expectation by a smaller share matters to nobody, however certain it is."""
EXPLAINED = 0.5
"""A slice of whose rows this part or more belongs to slices named before it is not named again."""
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class SliceFound:
    """One slice in one window. Shares are of the known labels, in [0, 1].

    `value` is the share that was right (for a regression: whose error was no larger than most past errors), with
    Wilson's 95% interval `low` to `high`; `usual` what was to be expected of these rows. `score` orders slices;
    `chance` is how many clean slices of this size a window would show by chance that stray so far (None while the
    past is too short to tell). `worse` says that it is to be told; `blocks` in how many of the window's seven parts
    it did worse than usual. `same` names other slices of exactly the same rows.
    """

    where: Key
    predictions: int
    labels: int
    value: float
    low: float
    high: float
    usual: float
    score: float
    chance: float | None
    blocks: int
    worse: bool = False
    same: tuple[Key, ...] = ()

    @property
    def name(self) -> str:
        """`carrier EV, origin EWR`, as people read it."""
        return ", ".join(f"{name} {'missing' if value is None else value}" for name, value in self.where)

    @property
    def reason(self) -> str:
        """What happened, in a sentence."""
        told = f"{self.name}: {self.value:.0%} right on {self.labels:,} labels, usually {self.usual:.0%}"
        if self.chance is None:
            return f"{told}; too little past to say how unusual that is."
        return f"{told}; worse in {self.blocks} of 7 parts of the window, {_odds(self.chance)}."


@dataclass
class _Past:
    start: datetime
    tally: Tally
    places: "Array"
    judged: "tuple[Array, Array] | None"


class SliceFinder:
    """Finds newly worse slices of one pipeline, window after window.

    `learn` once from history; `remember` every past window with the labels that are known by now (again, when more
    of its labels have come in); `judge` the window in question. Windows all have the length `window`. Slices are of
    one to `depth` of `attributes` (1 to 3). With fewer than MINIMUM_PAST windows remembered slices are listed by how
    far they fall short, and none is called worse.
    """

    def __init__(self, attributes: Sequence[str], window: timedelta, depth: int = 2) -> None:
        if not 1 <= depth <= 3:
            raise ValueError(f"slices are of one to three attributes, not {depth}")
        self._attributes, self._depth = tuple(attributes), depth
        self._allowed = FALSE_A_MONTH * (window / MONTH) / len(scan.SIZES)
        self._scale: Scale | None = None
        self._ids: dict[Key, int] = {}
        self._past: dict[datetime, _Past] = {}

    def learn(self, history: Rows) -> None:
        """Learn how attributes are cut and what counts as a miss. Attributes that the log lacks are left out."""
        self._scale = learn_scale(history, learn_cuts(history.features, self._attributes))

    def remember(self, start: datetime, window: Rows) -> None:
        """Take a past window into account, in the place of what was said of the same start before."""
        tally = self._count(window)
        places = self._places(tally)
        before = self._before(start)
        judged = self._ratios(tally, before) if len(before) >= MINIMUM_PAST else None
        self._past[start] = _Past(start, tally, places, judged)
        for old in sorted(self._past)[: -2 * PAST]:
            del self._past[old]

    def judge(self, start: datetime, window: Rows) -> list[SliceFound]:
        """Every slice of the window with at least 30 known labels, worst first; `worse` marks those to be told."""
        tally = self._count(window)
        before = self._before(start)
        chosen = _judged(tally)
        if not chosen.size:
            return []
        noise = self._noise(tally, chosen, before)
        rows, misses, expected = (part[:, chosen] for part in (tally.rows, tally.misses, tally.expected))
        ratios = scan.likelihood_ratios(rows, misses, expected, noise)
        labels = rows.sum(0)
        tails = scan.learn_tails([past.judged for past in before if past.judged is not None])
        scores = scan.rank_score(ratios, labels, tails)
        chances = scan.chance(ratios, labels, tails)
        found = [
            self._found(tally, int(place), noise.usual[i], float(scores[i]), float(chances[i]))
            for i, place in enumerate(chosen)
        ]
        ordered = _without_same(sorted(found, key=lambda f: (-f.score, len(f.where), repr(f.where))), tally)
        return self._told(ordered, window)

    def _count(self, window: Rows) -> Tally:
        if self._scale is None:
            raise ValueError("SliceFinder.learn has to be called first, with the history")
        return count(window, self._scale, self._depth)

    def _places(self, tally: Tally) -> "Array":
        import numpy as np

        return np.array([self._ids.setdefault(key, len(self._ids)) for key in tally.keys], dtype=np.int64)

    def _before(self, start: datetime) -> list[_Past]:
        return [self._past[at] for at in sorted(self._past) if at < start][-PAST:]

    def _ratios(self, tally: Tally, before: Sequence[_Past]) -> "tuple[Array, Array]":
        """Labels and ratios of the slices that are judged, each set of rows once."""
        import numpy as np

        chosen = _judged(tally)
        if not chosen.size:
            return np.zeros(0), np.zeros(0)
        rows, misses = tally.rows[:, chosen], tally.misses[:, chosen]
        _, first = np.unique(np.concatenate([rows, misses]), axis=1, return_index=True)
        chosen = chosen[np.sort(first)]
        noise = self._noise(tally, chosen, before)
        rows, misses, expected = (part[:, chosen] for part in (tally.rows, tally.misses, tally.expected))
        return rows.sum(0), scan.likelihood_ratios(rows, misses, expected, noise)

    def _noise(self, tally: Tally, chosen: "Array", before: Sequence[_Past]) -> Noise:
        """The noise of the chosen slices, learned together from the windows before."""
        import numpy as np

        wanted = np.full(len(self._ids) + 1, -1)
        for i, place in enumerate(chosen):
            wanted[self._ids.get(tally.keys[place], -1)] = i
        wanted[-1] = -1
        blocks = tally.rows.shape[0]
        parts = {name: np.zeros((max(len(before), 1) * blocks, len(chosen))) for name in _ARRAYS}
        for w, past in enumerate(before):
            targets = wanted[past.places]
            kept = targets >= 0
            for name, array in parts.items():
                array[w * blocks : (w + 1) * blocks, targets[kept]] = getattr(past.tally, name)[:, kept]
        return learn_noise(**parts)

    def _found(self, tally: Tally, place: int, usual: float, score: float, chance: float) -> SliceFound:
        labels, misses = int(tally.rows[:, place].sum()), float(tally.misses[:, place].sum())
        expected = tally.expected[:, place] + usual * tally.rows[:, place]
        low, high = wilson(labels - round(misses), labels)
        return SliceFound(
            where=tally.keys[place],
            predictions=int(tally.predictions[place]),
            labels=labels,
            value=1 - misses / labels,
            low=low,
            high=high,
            usual=min(1.0, max(0.0, 1 - float(expected.sum()) / labels)),
            score=score,
            chance=chance if chance < float("inf") else None,
            blocks=int((tally.misses[:, place] > expected).sum()),
        )

    def _told(self, ordered: Sequence[SliceFound], window: Rows) -> list[SliceFound]:
        """Mark the slices that stray too far for chance, far enough to matter, and are not explained by a worse one."""
        import numpy as np

        blamed = np.zeros(len(window), dtype=bool)
        marked = []
        for found in ordered:
            worse = (
                found.chance is not None and found.chance <= self._allowed and _matters(found.usual, found.value)
            )
            if worse:
                rows = self._rows_of(found.where, window)
                worse = self._fails_without(rows & ~blamed, rows, found, window)
                blamed |= rows
            marked.append(replace(found, worse=worse))
        return sorted(marked, key=lambda f: not f.worse)

    def _fails_without(self, left: Any, rows: Any, found: SliceFound, window: Rows) -> bool:
        """Whether a slice fails in the rows, too, that no slice named before it explains."""
        left = left & window.labelled.to_numpy(dtype=bool)
        if self._scale is None or left.sum() <= EXPLAINED * rows.sum():
            return False
        return _matters(found.usual, 1 - float(misses_of(window, self._scale)[left].mean()))

    def _rows_of(self, where: Key, window: Rows) -> Any:
        import numpy as np

        inside = np.ones(len(window), dtype=bool)
        cuts = {cut.attribute: cut for cut in self._scale.cuts} if self._scale else {}
        for name, value in where:
            codes, values = cuts[name].of(window.features[name])
            inside &= codes == values.index(value)
        return inside


def _matters(usual: float, value: float) -> bool:
    return usual - value >= EFFECT_FLOOR


_ARRAYS = ("rows", "misses", "expected")


def _judged(tally: Tally) -> "Array":
    import numpy as np

    return np.flatnonzero(tally.rows.sum(0) >= scan.MINIMUM_LABELS)


def _without_same(ordered: Sequence[SliceFound], tally: Tally) -> list[SliceFound]:
    """Each set of rows once, under the name whose own past makes it most telling."""
    place = {key: i for i, key in enumerate(tally.keys)}
    kept: dict[bytes, SliceFound] = {}
    for found in ordered:
        i = place[found.where]
        rows = b"".join(part[:, i].tobytes() for part in (tally.rows, tally.misses, tally.expected.round(9)))
        first = kept.get(rows)
        kept[rows] = found if first is None else replace(first, same=(*first.same, found.where))
    return list(kept.values())


def _odds(chance: float) -> str:
    """How rare that is by chance, as people say it."""
    if chance > 0.5:
        return "which chance alone brings often"
    times = 1 / chance
    return (
        "which chance alone does not bring" if times > 10_000 else f"by chance about once in {times:,.0f} windows"
    )
