"""What past windows came to by one loss, and how a window's slices compare with it. Pure; keeps what it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.evaluation.slicing import exact, scan
from core.evaluation.slicing.cuts import Key
from core.evaluation.slicing.shocks import Moments, moments_of, rises_of, spread_of
from core.evaluation.slicing.tally import Tally
from core.evaluation.slicing.usual import Usual, learn_usual

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

PAST = 26
"""Windows that a slice is compared with: half a year of weeks, or about a month of days."""
MINIMUM_PAST = 5
"""With fewer it is unknown how unsteady slices are, so nothing is called newly worse."""

FEW_STRAYS = 100
"""Of fewer, the ten largest that a tail is fitted to are no tail: not the upper tenth."""
EITHER = 2
"""Two tests of one slice share its chance."""


@dataclass(frozen=True)
class _Past:
    """What is remembered of a window: of its slices (by number) the rises of the log-odds of a miss and how much is
    known of them; their rows and misses, and those of all (`whole`); how far its blocks shifted; and how far its slices
    strayed, as judged at the time."""

    places: "Array"
    rises: "Array"
    information: "Array"
    counts: "Array"
    whole: "Array"
    moments: Moments
    strays: "Array | None"


@dataclass(frozen=True)
class Compared:
    """The s slices of a tally beside their past: the misses that were `due`, give or take `spread` (a standard
    deviation); the share that missed `before`, whatever the whole did then and does now; the `scores` that rank them;
    and how many clean slices of a window would stray so far (`chances`, infinite while the past is too short)."""

    due: "Array"
    spread: "Array"
    before: "Array"
    scores: "Array"
    chances: "Array"


class Memory:
    """The past of all slices by one loss; of a loss of a class (`counts_tell`) a slice's own counts tell too, while
    FEW_STRAYS show no tail."""

    def __init__(self, *, counts_tell: bool = False) -> None:
        self._counts_tell = counts_tell
        self._ids: dict[Key, int] = {}
        self._past: dict[datetime, _Past] = {}

    def remember(self, start: datetime, tally: Tally) -> None:
        """Take a past window into account, in the place of what was said of the same start before."""
        import numpy as np

        before = self._before(start)
        rises, information = _rises(tally, before)
        judged = None
        if len(before) >= MINIMUM_PAST:
            usual = self._usual(tally.keys, before)
            judged = scan.strays(rises, information, usual, tally.skew)[_first_of_same(tally)]
        counts = np.stack([tally.rows.sum(0), tally.misses.sum(0)])
        moments = moments_of(tally.cells)
        self._past[start] = _Past(
            self._places(tally.keys), rises, information, counts, tally.whole, moments, judged
        )
        for old in sorted(self._past)[: -2 * PAST]:
            del self._past[old]

    def compare(self, start: datetime, tally: Tally) -> Compared:
        """How the slices of a window compare with the windows before it."""
        import numpy as np

        before = self._before(start)
        rises, information = _rises(tally, before)
        usual = self._usual(tally.keys, before)
        scores, strays = (each(rises, information, usual, tally.skew) for each in (scan.scores, scan.strays))
        seen = [past.strays for past in before if past.strays is not None]
        tail = scan.learn_tail(seen)
        chances = np.full(len(scores), np.inf) if tail is None else tail.chance(strays)
        if self._counts_tell and sum(map(len, seen)) < FEW_STRAYS and before:
            chances = EITHER * np.minimum(chances, self._by_counts(tally, before))
        size = tally.members.T @ tally.cells.variance
        due = tally.expected.sum(0) + usual.rise * size
        return Compared(
            due=due,
            spread=size * np.sqrt(1 / information + usual.unsteady),
            before=self._missed(tally, due, before),
            scores=scores,
            chances=chances,
        )

    def _by_counts(self, tally: Tally, before: Sequence[_Past]) -> "Array":
        """How many clean slices of a window would go so wrong beside their own past counts (see exact)."""
        import numpy as np

        wanted, counts = self._wanted(tally.keys), np.zeros((len(before), 2, len(tally.keys)))
        for window, past in enumerate(before):
            targets = wanted[past.places]
            kept = targets >= 0
            counts[window][:, targets[kept]] = past.counts[:, kept]
        now = np.stack([tally.rows.sum(0), tally.misses.sum(0)])
        return exact.chances(now, counts, tally.whole, np.stack([past.whole for past in before]))

    def _places(self, keys: Sequence[Key]) -> "Array":
        import numpy as np

        return np.array([self._ids.setdefault(key, len(self._ids)) for key in keys], dtype=np.int64)

    def _before(self, start: datetime) -> list[_Past]:
        return [self._past[at] for at in sorted(self._past) if at < start][-PAST:]

    def _usual(self, keys: Sequence[Key], before: Sequence[_Past]) -> Usual:
        """What is usual of these slices, learned together from the windows before."""
        import numpy as np

        wanted = self._wanted(keys)
        rises, information = np.zeros((2, max(len(before), 1), len(keys)))
        for w, past in enumerate(before):
            targets = wanted[past.places]
            kept = targets >= 0
            rises[w, targets[kept]], information[w, targets[kept]] = past.rises[kept], past.information[kept]
        return learn_usual(rises, information)

    def _missed(self, tally: Tally, due: "Array", before: Sequence[_Past]) -> "Array":
        """The share of a slice's rows that missed in past windows. What is due now counts as one of them, so that a
        slice with hardly a past has that."""
        import numpy as np

        wanted, sums = self._wanted(tally.keys), np.stack([tally.rows.sum(0), due])
        for past in before:
            targets = wanted[past.places]
            kept = targets >= 0
            sums[:, targets[kept]] += past.counts[:, kept]
        return np.asarray(sums[1] / sums[0])

    def _wanted(self, keys: Sequence[Key]) -> "Array":
        """The place of each remembered slice among these, or -1."""
        import numpy as np

        wanted = np.full(len(self._ids) + 1, -1)
        for i, key in enumerate(keys):
            wanted[self._ids.get(key, -1)] = i
        wanted[-1] = -1
        return wanted


def _rises(tally: Tally, before: Sequence[_Past]) -> "tuple[Array, Array]":
    return rises_of(tally.cells, spread_of(tally.cells, [past.moments for past in before]), tally.members)


def _first_of_same(tally: Tally) -> "Array":
    """Each set of rows once: the places of the slices that are the first of theirs."""
    import numpy as np

    if not tally.keys:
        return np.empty(0, dtype=np.int64)
    parts = np.concatenate([tally.rows, tally.misses, tally.expected.round(9)])
    return np.sort(np.unique(parts, axis=1, return_index=True)[1])
