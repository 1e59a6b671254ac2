"""How snapshots turned out in the past: what their values are corrected by, and how far off they then were."""

from dataclasses import dataclass, field, fields, replace

import numpy as np

from core.evaluation.estimate.arrays import Floats, Ints
from core.evaluation.estimate.blend import aggregated, stacked
from core.evaluation.estimate.conform import TELLING, breaks_held, conformed, size_of
from core.evaluation.estimate.context import expected_misses, unfamiliar
from core.evaluation.estimate.drift import FEW_IN, MATTERS, Doubted, doubted
from core.evaluation.estimate.medians import median
from core.evaluation.estimate.untold import untold
from core.evaluation.estimate.ways import Said, ways
from core.evaluation.estimate.width import widened

WARM_UP, LEAST = 8, 2
"""Past windows before the first of which an error is kept: a correction learned from fewer is mostly chance. Where
labels take so long that hardly any window has as many, the fewer."""
MOST_REPLAYED = 250
"""Of a long past so many windows are looked at."""
SUREST = 0.1
"""No snapshot is surer than this part of a usual deviation."""
SMALLEST = 0.1
"""No errors are taken for smaller than this part of what was expected of them."""
SURPRISE = 20.0
"""A miss of more than so many deviations says that the deviation was wrong: where all scores run into 0 or 1 a snapshot
seems surer than anything, and the rest of the past would count for nothing beside it."""


@dataclass(frozen=True)
class Past:
    """Past windows, oldest first: the metric that each turned out to have; what its snapshot said as long after its
    start, with what deviation, without any shock (`plain`), and by the labels in alone (`early`, NaN: none);
    where it lies in time (`place`, in windows), and what it was like (`context`, windows x features, may be empty;
    likewise `fresh`, the shares of rows that lack a feature or have a new text)."""

    truth: Floats
    value: Floats
    sd: Floats
    plain: Floats
    early: Floats
    place: Floats
    context: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    fresh: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def last(self, count: int) -> "Past":
        """The newest so many."""
        return Past(*(getattr(self, each.name)[-count:] for each in fields(self)))


@dataclass(frozen=True)
class Present:
    """The same of the window that is estimated, its share of labels in [0, 1], and how far single rows lie from its
    metric (`untold.reach`)."""

    value: float
    sd: float
    plain: float
    early: float
    place: float
    coverage: float
    context: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    fresh: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    reach: float = 0.0


@dataclass(frozen=True)
class Corrected:
    """The value after correction, the scale of its error, the past's errors (oldest first) by the deviation that was
    expected of each before it was known, the standardized ones that the present one is drawn from, and their `size`, at
    most 1: how large a share of what was expected they usually are. `unlike` says that most of the scale comes from
    what labels have not told of, `drifted` that the last labels lie so far out that nothing should be said."""

    value: float
    scale: float
    errors: Floats
    spread: Floats
    size: float = 1.0
    unlike: bool = False
    drifted: bool = False


def corrected(past: Past, now: Present) -> Corrected:
    """From past windows and the present one.

    The snapshot's miss is a ridge regression. Beside what that gives stand simpler ways (`ways.ways`); how much
    each counts is learned from how they did (`blend`), so where the features mislead the recent past takes over.
    Every past error is that of an answer which knew only the windows that were known as long before: labels that
    take weeks cost it as many windows.
    """
    past = past.last(MOST_REPLAYED)
    # Never quite 0: where all labels are in nothing is vague, and nothing is left to correct.
    floor = max(SUREST * median(past.sd) if len(past.sd) else 0.0, 1e-4 * abs(now.value), 1e-9)
    past = replace(past, sd=np.sqrt(past.sd**2 + floor**2))
    lesson = replace(past, sd=np.maximum(past.sd, np.abs(past.truth - past.value) / SURPRISE))
    known, prior = _known(past.place, now.place), np.array([0.05 + 0.5 * now.coverage, 0.3])
    answered = ways(_said(past, now, known), past.truth, lesson.sd, prior)
    every, own = _with_context(lesson, now, known, answered[:-1], answered[-1])
    usable = np.flatnonzero(known > 0)
    before = [usable[usable < k] for k in known]

    def mixed(seen: Ints, place: float, answers: Floats) -> float:
        return stacked(every, past.truth, lesson.sd, past.place, seen, place, answers)

    stacks = [mixed(seen, past.place[i], every[i]) for i, seen in enumerate(before)]
    rivals = np.column_stack([np.asarray(stacks, float), every])

    def told(seen: Ints, place: float, answers: Floats) -> float:
        return aggregated(rivals, past.truth, lesson.sd, past.place, seen, place, answers)

    value = told(usable, now.place, np.append(mixed(usable, now.place, own), own))
    judged = np.flatnonzero(known >= (WARM_UP if (known >= WARM_UP).sum() >= WARM_UP else LEAST))
    answers = np.array([told(before[i], past.place[i], rivals[i]) for i in judged])
    return _spread(
        lesson, now, known, judged, _Answers(past.truth[judged] - answers, answers, value, past.sd, floor)
    )


@dataclass(frozen=True)
class _Answers:
    """What the `judged` windows were `told`, by what each `missed`, and what the present one is (`value`); `sd` is what
    every past snapshot said of itself, never less than `floor`."""

    missed: Floats
    told: Floats
    value: float
    sd: Floats
    floor: float


def _spread(past: Past, now: Present, known: Ints, judged: Ints, answers: _Answers) -> Corrected:
    """The answer with the errors that it may have: of what snapshots say, widened by what past misses depended on, and
    beside it what no label has told of, which is as unsure where snapshots are surer than they say."""
    far, own_far = _unfamiliar(past, now, known)
    fresh, own_fresh = untold(past.fresh, known, now.fresh, now.reach)
    still_open = (1 - now.coverage) ** 2  # labels that are in tell of their own rows
    fresh, own_fresh = fresh * still_open, own_fresh * still_open
    missed, sure = answers.missed, now.sd**2 + answers.floor**2
    expected, unheard = answers.sd[judged] ** 2 + far[judged], fresh[judged]
    seen = np.append(np.maximum(known[judged] - (len(known) - len(judged)), 0), len(judged))
    whole = np.sqrt(np.append(expected + unheard, sure + own_far + own_fresh))
    doubt = _doubted(missed, whole, np.append(answers.told, answers.value), seen, now.coverage)
    counts = doubt.given
    own = answers.told[counts], float(np.sqrt(sure + own_far)), answers.value
    scale, own_scale = widened(missed[counts], np.sqrt(expected[counts]), *own)
    size = _size(missed[counts] / scale)
    scale = np.sqrt(scale**2 + unheard[counts] / size**2)
    own_scale = float(np.sqrt(own_scale**2 + own_fresh / size**2))
    given = np.concatenate([[0], np.cumsum(counts)])[seen[:-1]][counts]
    standard = breaks_held(missed[counts], scale, own_scale)
    spread = conformed(standard, (past.truth - past.value) / answers.sd, given)
    unlike = bool(own_far + own_fresh / size**2 > sure)
    return Corrected(answers.value, own_scale, missed / whole[:-1], spread, size, unlike, doubt.now)


def _doubted(misses: Floats, scale: Floats, answers: Floats, known: Ints, coverage: float) -> Doubted:
    """Which of the judged windows were doubted, and whether the present one is, which stands last in `scale`, `answers`
    and `known` (how many of the misses were known then). With enough of its labels in a window speaks for itself."""
    if coverage >= FEW_IN or not len(misses):
        return Doubted(False, np.ones(len(misses), bool))
    return doubted(misses / scale[:-1], known, MATTERS * np.abs(answers) / scale)


def _size(errors: Floats) -> float:
    """How large standardized errors are, at most 1 and at least SMALLEST; 1 for fewer than TELLING."""
    return float(np.clip(size_of(errors), SMALLEST, 1.0)) if len(errors) >= TELLING else 1.0


def _unfamiliar(past: Past, now: Present, known: Ints) -> tuple[Floats, float]:
    """The variance that comes from a context unlike those with labels, of past windows and of the present one."""
    if not past.context.size:
        return np.zeros(len(past.truth)), 0.0
    return unfamiliar(past.context, past.sd, past.place, known, now.context, now.place)


def _with_context(past: Past, now: Present, known: Ints, every: Floats, own: Floats) -> tuple[Floats, Floats]:
    """The ways of past windows and of the present one, and beside them the snapshot with the miss that is expected by
    what the window is like."""
    if not past.context.size:
        return every, own
    misses = past.truth - past.value
    found, here = expected_misses(past.context, misses, past.sd, past.place, known, now.context, now.place)
    return np.column_stack([every, past.value + found]), np.append(own, now.value + here)


def _said(past: Past, now: Present, known: Ints) -> Said:
    """What was said of the past windows and of the present one, which stands last and knows all of them."""
    value, plain, early, place = (
        np.append(getattr(past, name), getattr(now, name)) for name in ("value", "plain", "early", "place")
    )
    return Said(value, plain, early, place, np.append(known, len(known)))


def _known(place: Floats, here: float) -> Ints:
    """Of each past window how many earlier ones were known when it was where this one is now."""
    lag = max(here - place[-1], 1.0) if len(place) else 1.0
    return np.searchsorted(place, place - lag + 1e-6, side="right").astype(np.int64)
