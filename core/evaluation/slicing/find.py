"""The slices of a window that do worse than they should, the most telling first. Pure; keeps what it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.config.metric import Metric
from core.evaluation.rows import Rows
from core.evaluation.slicing.counted import MINIMUM_LABELS, Counted, count
from core.evaluation.slicing.cuts import Key, learn_cuts
from core.evaluation.slicing.found import SliceFound, found_of, matters
from core.evaluation.slicing.losses import LOSSES, Loss, concerned, errors, part_of
from core.evaluation.slicing.memory import MINIMUM_PAST as MINIMUM_PAST
from core.evaluation.slicing.memory import PAST as PAST
from core.evaluation.slicing.memory import Memory
from core.evaluation.slicing.scale import Scale, learn_scale
from core.evaluation.slicing.tally import MINIMUM_OF_CLASS, Tally, tally

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

FALSE_A_MONTH = 0.1
"""Clean slices that may be called newly worse, in thirty days, by all losses together: one in ten months. On the
flights stream one in four months comes of it."""
EXPLAINED = 0.5
"""A slice of whose rows this part or more belongs to slices named before it is not named again."""
NAMED = 10
"""Attributes that are named where many are not looked at, or only alone."""
MONTH = timedelta(days=30)


class SliceFinder:
    """Finds newly worse slices of one pipeline, window after window.

    `learn` once from history; `remember` every past window with the labels that are known by now (again, when more
    of its labels have come in); `judge` the window in question. Windows all have the length `window`. Slices are of
    one to `depth` of `attributes` (1 to 3). Each is looked at by every loss of its task (`losses.LOSSES`), and reported
    by the one that tells most. With fewer than MINIMUM_PAST windows remembered slices are listed by how far they fall
    short, and none is called worse. `unit` is that of a regression's label; of a `metric` that reads the score it is
    the score that says what is called positive.
    """

    def __init__(
        self,
        attributes: Sequence[str],
        window: timedelta,
        depth: int = 2,
        unit: str = "",
        metric: Metric = Metric.ACCURACY,
    ) -> None:
        if not 1 <= depth <= 3:
            raise ValueError(f"slices are of one to three attributes, not {depth}")
        self._attributes, self._depth, self._unit, self._metric = tuple(attributes), depth, unit, metric
        self._allowed = FALSE_A_MONTH * (window / MONTH)
        self._scale: Scale | None = None
        self._memories: dict[Loss, Memory] = {}
        self._left_out = 0
        self._judged: dict[Loss, set[str]] = {}

    def learn(self, history: Rows) -> None:
        """Learn how attributes are cut and what counts as a miss. Attributes that the log lacks are left out."""
        cuts = learn_cuts(history.features, self._attributes)
        self._scale = learn_scale(history, cuts, self._depth, self._metric)
        self._memories = {loss: Memory(counts_tell=loss.of_class) for loss in LOSSES[history.task]}

    @property
    def left_out(self) -> list[str]:
        """What is not looked at, in sentences: attributes whose values all have few labels (or few of a class),
        attributes beyond those that are combined, slices beyond the most."""
        cuts = self._scale.cuts if self._scale else ()
        combined = self._scale.combined if self._scale and self._depth > 1 else {cut.attribute for cut in cuts}
        small = self._small(Loss.MISS)
        alone = [cut.attribute for cut in cuts if cut.attribute not in combined and cut.attribute not in small]
        found = []
        if small:
            found.append(
                f"None of their values had {MINIMUM_LABELS} labels by a window's evaluation: {_named(small)}. Longer "
                "windows, or a later evaluation, would let them be judged."
            )
        for loss in (each for each in self._memories if each.of_class):
            few = [name for name in self._small(loss) if name not in small]
            if few:
                found.append(
                    f"None of their values had {MINIMUM_OF_CLASS} {loss.value} by a window's evaluation, so these were "
                    f"not looked at by themselves: {_named(few)}. Longer windows would let them be."
                )
        if alone:
            found.append(f"Only alone, not combined with others: {_named(alone)}.")
        if self._left_out:
            found.append(f"The {self._left_out:,} smallest slices of a window were not looked at.")
        return found

    def _small(self, loss: Loss) -> list[str]:
        """The attributes none of whose values was ever large enough; nothing before a window was judged."""
        if self._scale is None or loss not in self._judged:
            return []
        return [cut.attribute for cut in self._scale.cuts if cut.attribute not in self._judged[loss]]

    def remember(self, start: datetime, window: Rows) -> None:
        """Take a past window into account, in the place of what was said of the same start before."""
        counted, scale = self._count(window)
        for loss, memory in self._memories.items():
            memory.remember(start, tally(counted, scale, loss))

    def judge(self, start: datetime, window: Rows) -> list[SliceFound]:
        """Every slice of the window with at least 30 known labels, worst first; `worse` marks those to be told."""
        counted, scale = self._count(window)
        self._left_out = max(self._left_out, counted.left_out)
        found: dict[Loss, dict[Key, SliceFound]] = {}
        for loss, memory in self._memories.items():
            now = tally(counted, scale, loss)
            self._judged[loss] = self._judged.get(loss, set()) | {name for key in now.keys for name, _ in key}
            found[loss] = self._compared(start, now, memory, loss)
        return self._told(_ordered(self._most_telling(found)), window)

    def _compared(self, start: datetime, now: Tally, memory: Memory, loss: Loss) -> dict[Key, SliceFound]:
        """The slices of a window by one loss; of those of exactly the same rows the most telling one."""
        if not now.keys or self._scale is None:
            return {}
        compared = memory.compare(start, now)
        found = [self._described(found_of(now, i, compared, loss)) for i in range(len(now.keys))]
        return {each.where: each for each in _without_same(_ordered(found), now)}

    def _most_telling(self, found: Mapping[Loss, Mapping[Key, SliceFound]]) -> list[SliceFound]:
        """Each slice by the loss that tells most of it, above all by one by which it is to be told; beside a loss other
        than MISS with what it came to by that. Slices of the same rows as another have no entry in MISS."""
        of_all = found[Loss.MISS]
        most = dict(of_all)
        for slices in found.values():
            for key, each in slices.items():
                if key in most and (self._stands_out(each), each.score) > (
                    self._stands_out(most[key]),
                    most[key].score,
                ):
                    most[key] = replace(each, whole=of_all[key], same=of_all[key].same)
        return list(most.values())

    def _stands_out(self, found: SliceFound) -> bool:
        """Whether it strays too far for chance, and far enough to matter."""
        return found.chance is not None and found.chance <= self._allowed and found.matters

    def _described(self, found: SliceFound) -> SliceFound:
        """With what the scale knows of it, and its chance among all losses."""
        cuts = self._scale.cuts if self._scale else ()
        banded = {cut.attribute for cut in cuts if cut.edges}
        regression = Loss.ABOVE in self._memories
        return replace(
            found,
            chance=None if found.chance is None else found.chance / part_of(found.loss, self._memories),
            within=self._scale.missed if self._scale and regression and found.loss is Loss.MISS else None,
            cutoff=self._scale.cutoff if self._scale and found.loss.of_class else None,
            unit=self._unit,
            bands=any(name in banded for name, _ in found.where),
        )

    def _count(self, window: Rows) -> tuple[Counted, Scale]:
        if self._scale is None:
            raise ValueError("SliceFinder.learn has to be called first, with the history")
        return count(window, self._scale, self._depth), self._scale

    def _told(self, ordered: Sequence[SliceFound], window: Rows) -> list[SliceFound]:
        """Mark the slices that stray too far for chance, far enough to matter, and are not explained by a worse one."""
        import numpy as np

        blamed = np.zeros(len(window), dtype=bool)
        marked = []
        for found in ordered:
            if self._stands_out(found):
                rows = self.inside(found.where, window) & concerned(window, found.loss)
                worse = self._fails_without(rows & ~blamed, rows, found, window)
                blamed |= rows
                marked.append(replace(found, worse=worse, bias=self._bias(found, rows, window)))
            else:
                marked.append(found)
        return sorted(marked, key=lambda f: not f.worse)

    def _fails_without(self, left: "Array", rows: "Array", found: SliceFound, window: Rows) -> bool:
        """Whether a slice fails in the rows, too, that no slice named before it explains."""
        if self._scale is None or left.sum() <= EXPLAINED * rows.sum():
            return False
        short = float(self._scale.wrong(window, found.loss)[left].mean()) - (1 - found.usual)
        return matters(found.loss, short, int(left.sum()), found.called)

    def _bias(self, found: SliceFound, rows: "Array", window: Rows) -> float | None:
        import numpy as np

        return float(np.nanmean(errors(window)[rows])) if found.loss.of_side else None

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


def _ordered(found: Iterable[SliceFound]) -> list[SliceFound]:
    return sorted(found, key=lambda f: (-f.score, len(f.where), repr(f.where)))


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
