"""Which sub-populations do worse than they should: each slice against its own shrunk history.

A slice's usual accuracy is its past, shrunk towards what its attributes predict (empirical Bayes), so that small
slices neither shine nor shock. Today's expectation is the usual, moved by as much as the whole window moved: on a
storm day everything is worse, and what matters is where it is worse than that explains. Days differ by more than
chance (flights of one airport share one fog), which the overdispersion accounts for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.evaluation.metric import wilson
from core.evaluation.prediction_log import Counts, SliceTally, VersionTally, total
from core.evaluation.slice_past import (
    MINIMUM_LABELS,
    Key,
    Past,
    expit,
    learn,
    logit,
    lower_tail,
    prior_of,
    score_of,
)

FALSE_DISCOVERY_RATE = 0.03
"""Of a daily evaluation: about one window a month with any false slice."""
UNEXPLAINED = 0.01
"""A slice is named beside a more certain one if it would do so badly this rarely, given what they share."""
EFFECT_FLOOR = 0.05
"""A slice that misses its expectation by fewer points of accuracy matters to nobody, however certain it is."""


@dataclass(frozen=True)
class SliceResult:
    """One slice in one window; `low` and `high` are Wilson's interval of `value`.

    `usual` is its shrunk past accuracy (None without a past), `expected` the usual moved with the whole window.
    `score` is -log10 of the probability of doing so badly by chance; `worse` that it stands out after the control
    of false discoveries and the effect floor.
    """

    where: Key
    rows: int
    labels: int
    value: float
    low: float
    high: float
    usual: float | None
    expected: float | None
    score: float
    worse: bool


def judge_slices(
    tallies: Sequence[SliceTally], versions: Sequence[VersionTally], last: int, minimum: int = MINIMUM_LABELS
) -> list[SliceResult]:
    """Every slice with at least `minimum` labels in the window of index `last`, worst first.

    The windows before `last` are the past. One-sided beta-binomial tests, then Benjamini and Hochberg (1995) over
    all of them; what is left must also beat the worst slice of nine in ten past windows. Slices that overlap with
    a more certain one, and do badly only because of it, are not called worse again.
    """
    today = {t.where: t.counts for t in tallies if t.window == last and t.counts.labels >= minimum}
    whole = {w: total(v.counts for v in versions if v.window == w) for w in {v.window for v in versions}}
    past = learn(tallies, whole, last)
    results = {where: _judge(where, counts, past, last) for where, counts in today.items()}
    found = [key for key in _discoveries(results) if past and results[key].score > past.worst]
    worse = _without_explained(found, today, results, whole[last].labels, past.rho) if past and found else set()
    marked = [result if where not in worse else replace(result, worse=True) for where, result in results.items()]
    return sorted(marked, key=lambda r: (not r.worse, -r.score, r.value, repr(r.where)))


def measure_slice(where: Key, counts: Counts, before: Counts) -> SliceResult | None:
    """A tracked slice as it is: no test, its plain past as the usual; None while none of its labels is in."""
    if counts.labels == 0:
        return None
    low, high = wilson(counts.right, counts.labels)
    usual = before.right / before.labels if before.labels else None
    value = counts.right / counts.labels
    return SliceResult(where, counts.rows, counts.labels, value, low, high, usual, None, 0.0, worse=False)


def _judge(where: Key, counts: Counts, past: Past | None, last: int) -> SliceResult:
    low, high = wilson(counts.right, counts.labels)
    value = counts.right / counts.labels
    usual = expected = None
    score = 0.0
    if past is not None:
        # A slice never seen before is expected to do as its attributes do.
        usual = past.usual.get(where, prior_of(where, past.usual, past.pooled))
        expected = expit(logit(usual) + past.moves.get(last, 0.0))
        score = score_of(counts, expected, past.rho)
    return SliceResult(where, counts.rows, counts.labels, value, low, high, usual, expected, score, worse=False)


def _discoveries(results: Mapping[Key, SliceResult]) -> list[Key]:
    """Benjamini-Hochberg over all tested slices, then the effect floor; the most certain first."""
    tested = sorted((10**-r.score, repr(key), key) for key, r in results.items() if r.expected is not None)
    passing = [i for i, (p, _, _) in enumerate(tested, 1) if p <= FALSE_DISCOVERY_RATE * i / len(tested)]
    found = [key for _, _, key in tested[: max(passing, default=0)]]
    return [key for key in found if _effect(results[key]) >= EFFECT_FLOOR]


def _effect(result: SliceResult) -> float:
    return (result.expected or 0.0) - result.value


def _without_explained(
    found: Sequence[Key], today: Mapping[Key, Counts], results: Mapping[Key, SliceResult], rows: int, rho: float
) -> set[Key]:
    """Slices that stand out even when the trouble of the more certain ones is taken into account."""
    kept: list[Key] = []
    for key in found:
        share = sum(_overlap(key, other, today, rows) * _effect(results[other]) for other in kept)
        counts, expected = today[key], (results[key].expected or 0.0) - share
        if lower_tail(counts.right, counts.labels, max(expected, 1e-3), rho) <= UNEXPLAINED:
            kept.append(key)
    return set(kept)


def _overlap(key: Key, other: Key, today: Mapping[Key, Counts], rows: int) -> float:
    """The share of `key` that belongs to `other`: exact for nested slices, else as if attributes were independent."""
    shared = tuple(part for part in key if part in other)
    if shared == other:
        return 1.0
    within = today[shared].labels if shared in today else rows
    return min(1.0, today[other].labels / within)
