"""The slices of a window that do worse than they should, the most telling first. Pure; keeps what it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing import scan
from core.evaluation.slicing.cuts import Key, learn_cuts
from core.evaluation.slicing.found import SliceFound, found_of
from core.evaluation.slicing.shocks import Moments, moments_of, rises_of, spread_of
from core.evaluation.slicing.tally import MINIMUM_LABELS, Scale, Tally, count, learn_scale, misses_of
from core.evaluation.slicing.usual import Usual, learn_usual

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

PAST = 26
"""Windows that a slice is compared with: half a year of weeks, or about a month of days."""
MINIMUM_PAST = 5
"""With fewer it is unknown how unsteady slices are, so nothing is called newly worse."""
FALSE_A_MONTH = 0.1
"""Clean slices that may be called newly worse, in thirty days. Asked for one in ten months, because real tails are
heavier than the exponential that is fitted to them: on the flights stream one in two months comes of it."""
EFFECT_FLOOR = 0.05
"""A slice that misses its expectation by a smaller share matters to nobody, however certain it is."""
EXPLAINED = 0.5
"""A slice of whose rows this part or more belongs to slices named before it is not named again."""
NAMED = 10
"""Attributes that are named where many are not looked at, or only alone."""
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class _Past:
    """What is remembered of a window: of its slices (by number) the rises of the log-odds of a miss and how much is
    known of them; how far its blocks shifted; and how far its slices strayed, as judged at the time."""

    places: "Array"
    rises: "Array"
    information: "Array"
    moments: Moments
    strays: "Array | None"


class SliceFinder:
    """Finds newly worse slices of one pipeline, window after window.

    `learn` once from history; `remember` every past window with the labels that are known by now (again, when more
    of its labels have come in); `judge` the window in question. Windows all have the length `window`. Slices are of
    one to `depth` of `attributes` (1 to 3). With fewer than MINIMUM_PAST windows remembered slices are listed by how
    far they fall short, and none is called worse. `unit` is that of a regression's label.
    """

    def __init__(self, attributes: Sequence[str], window: timedelta, depth: int = 2, unit: str = "") -> None:
        if not 1 <= depth <= 3:
            raise ValueError(f"slices are of one to three attributes, not {depth}")
        self._attributes, self._depth, self._unit = tuple(attributes), depth, unit
        self._allowed = FALSE_A_MONTH * (window / MONTH)
        self._scale: Scale | None = None
        self._ids: dict[Key, int] = {}
        self._past: dict[datetime, _Past] = {}
        self._left_out = 0
        self._judged: set[str] | None = None

    def learn(self, history: Rows) -> None:
        """Learn how attributes are cut and what counts as a miss. Attributes that the log lacks are left out."""
        self._scale = learn_scale(history, learn_cuts(history.features, self._attributes), self._depth)

    @property
    def left_out(self) -> list[str]:
        """What is not looked at, in sentences: attributes whose values all have few labels, attributes beyond those
        that are combined, slices beyond the most."""
        cuts = self._scale.cuts if self._scale else ()
        combined = self._scale.combined if self._scale and self._depth > 1 else {cut.attribute for cut in cuts}
        small = [cut.attribute for cut in cuts if self._judged is not None and cut.attribute not in self._judged]
        alone = [cut.attribute for cut in cuts if cut.attribute not in combined and cut.attribute not in small]
        found = []
        if small:
            found.append(
                f"None of their values had {MINIMUM_LABELS} labels by a window's evaluation: {_named(small)}. Longer "
                "windows, or a later evaluation, would let them be judged."
            )
        if alone:
            found.append(f"Only alone, not combined with others: {_named(alone)}.")
        if self._left_out:
            found.append(f"The {self._left_out:,} smallest slices of a window were not looked at.")
        return found

    def remember(self, start: datetime, window: Rows) -> None:
        """Take a past window into account, in the place of what was said of the same start before."""
        tally, before = self._count(window), self._before(start)
        rises, information = self._rises(tally, before)
        places = self._places(tally.keys)
        judged = None
        if len(before) >= MINIMUM_PAST:
            once = _first_of_same(tally)
            usual = self._usual(tally.keys, before)
            judged = scan.strays(rises, information, usual)[once]
        self._past[start] = _Past(places, rises, information, moments_of(tally.cells), judged)
        for old in sorted(self._past)[: -2 * PAST]:
            del self._past[old]

    def judge(self, start: datetime, window: Rows) -> list[SliceFound]:
        """Every slice of the window with at least 30 known labels, worst first; `worse` marks those to be told."""
        import numpy as np

        tally, before = self._count(window), self._before(start)
        self._left_out = max(self._left_out, tally.left_out)
        self._judged = (self._judged or set()) | {name for key in tally.keys for name, _ in key}
        if not tally.keys:
            return []
        rises, information = self._rises(tally, before)
        usual = self._usual(tally.keys, before)
        scores, strays = (each(rises, information, usual) for each in (scan.scores, scan.strays))
        tail = scan.learn_tail([past.strays for past in before if past.strays is not None])
        chances = np.full(len(scores), np.inf) if tail is None else tail.chance(strays)
        size = tally.members.T @ tally.cells.variance
        due = tally.expected.sum(0) + usual.rise * size
        spread = size * np.sqrt(1 / information + usual.unsteady)
        figures = np.stack([due, spread, scores, chances], axis=1).tolist()
        found = [found_of(tally, i, *each) for i, each in enumerate(figures)]
        banded = {cut.attribute for cut in self._scale.cuts if cut.edges} if self._scale else set()
        within = self._scale.missed if self._scale and window.task is Task.REGRESSION else None
        found = [replace(each, within=within, unit=self._unit) for each in found]
        found = [replace(each, bands=any(name in banded for name, _ in each.where)) for each in found]
        ordered = _without_same(sorted(found, key=lambda f: (-f.score, len(f.where), repr(f.where))), tally)
        return self._told(ordered, window)

    def _count(self, window: Rows) -> Tally:
        if self._scale is None:
            raise ValueError("SliceFinder.learn has to be called first, with the history")
        return count(window, self._scale, self._depth)

    def _places(self, keys: Sequence[Key]) -> "Array":
        import numpy as np

        return np.array([self._ids.setdefault(key, len(self._ids)) for key in keys], dtype=np.int64)

    def _before(self, start: datetime) -> list[_Past]:
        return [self._past[at] for at in sorted(self._past) if at < start][-PAST:]

    def _rises(self, tally: Tally, before: Sequence[_Past]) -> "tuple[Array, Array]":
        return rises_of(tally.cells, spread_of(tally.cells, [past.moments for past in before]), tally.members)

    def _usual(self, keys: Sequence[Key], before: Sequence[_Past]) -> Usual:
        """What is usual of these slices, learned together from the windows before."""
        import numpy as np

        wanted = np.full(len(self._ids) + 1, -1)
        for i, key in enumerate(keys):
            wanted[self._ids.get(key, -1)] = i
        wanted[-1] = -1
        rises, information = np.zeros((2, max(len(before), 1), len(keys)))
        for w, past in enumerate(before):
            targets = wanted[past.places]
            kept = targets >= 0
            rises[w, targets[kept]], information[w, targets[kept]] = past.rises[kept], past.information[kept]
        return learn_usual(rises, information)

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
                rows = self.inside(found.where, window)
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

    def inside(self, where: Key, window: Rows) -> Any:
        """Which of n rows lie in a slice, as booleans."""
        import numpy as np

        inside = np.ones(len(window), dtype=bool)
        cuts = {cut.attribute: cut for cut in self._scale.cuts} if self._scale else {}
        for name, value in where:
            codes, values = cuts[name].of(window.features[name])
            inside &= codes == values.index(value)
        return inside


def _named(attributes: Sequence[str]) -> str:
    more = f" and {len(attributes) - NAMED} more" if len(attributes) > NAMED else ""
    return ", ".join(attributes[:NAMED]) + more


def _matters(usual: float, value: float) -> bool:
    return usual - value >= EFFECT_FLOOR


def _first_of_same(tally: Tally) -> "Array":
    """Each set of rows once: the places of the slices that are the first of theirs."""
    import numpy as np

    if not tally.keys:
        return np.empty(0, dtype=np.int64)
    parts = np.concatenate([tally.rows, tally.misses, tally.expected.round(9)])
    return np.sort(np.unique(parts, axis=1, return_index=True)[1])


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
