"""Which sub-populations do worse than they should: each slice against its own shrunk history.

A slice's usual accuracy is its past, shrunk towards what its attributes predict (empirical Bayes), so that small
slices neither shine nor shock. Today's expectation is the usual, moved by as much as the whole window moved: on a
storm day everything is worse, and what matters is where it is worse than that explains. Days differ by more than
chance (flights of one airport share one fog), which the overdispersion accounts for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, exp, log, log10

from core.evaluation.metric import wilson
from core.evaluation.prediction_log import Counts, SliceTally, Value, VersionTally, total

Key = tuple[tuple[str, Value], ...]

MINIMUM_LABELS = 20
"""Below this a slice of one window says nothing on its own."""
MINIMUM_HISTORY = 7
"""With fewer past windows it is unknown how much days differ, so nothing is called newly worse."""
FALSE_DISCOVERY_RATE = 0.03
"""Of a daily evaluation: about one window a month with any false slice."""
USUAL_WINDOWS = 0.9
"""The share of past windows whose worst slice is taken as nothing unusual."""
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


@dataclass(frozen=True)
class _Past:
    usual: Mapping[Key, float]
    pooled: float
    moves: Mapping[int, float]
    rho: float
    worst: float


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
    past = _learn(tallies, whole, last)
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


def _learn(tallies: Sequence[SliceTally], whole: Mapping[int, Counts], last: int) -> _Past | None:
    before = {w: c for w, c in whole.items() if w != last and c.labels > 0}
    if len(before) < MINIMUM_HISTORY:
        return None
    pooled = _share(total(before.values()))
    moves = {w: _logit(_share(c)) - _logit(pooled) for w, c in whole.items() if c.labels > 0}
    history: dict[Key, list[SliceTally]] = {}
    for tally in tallies:
        if tally.window in before:
            history.setdefault(tally.where, []).append(tally)
    sums = {where: total(t.counts for t in each) for where, each in history.items()}
    usual = _shrink(sums, pooled)
    rho = _overdispersion(history, usual, moves)
    return _Past(usual, pooled, moves, rho, _usual_worst(history, usual, moves, rho))


def _shrink(sums: Mapping[Key, Counts], pooled: float) -> dict[Key, float]:
    """Shares pulled towards their prior: the whole for one attribute, both parents together for two."""
    usual: dict[Key, float] = {}
    for size in (1, 2):
        keys = [key for key in sums if len(key) == size]
        priors = {key: _prior(key, usual, pooled) for key in keys}
        strength = _strength([(sums[key], priors[key]) for key in keys])
        for key in keys:
            counts = sums[key]
            usual[key] = (counts.right + strength * priors[key]) / (counts.labels + strength)
    return usual


def _prior(key: Key, usual: Mapping[Key, float], pooled: float) -> float:
    """Log-odds of the parents' departures from the whole add up."""
    if len(key) == 1:
        return pooled
    return _expit(sum(_logit(usual.get((part,), pooled)) for part in key) - _logit(pooled))


def _strength(groups: Sequence[tuple[Counts, float]]) -> float:
    """How many labels the prior is worth: the beta-binomial's, by the method of moments over the groups.

    Between 10 (groups really differ) and 1,000 (they do not); 100 when there are too few groups to tell.
    """
    usable = [(c.labels, c.right / c.labels, p) for c, p in groups if c.labels >= MINIMUM_LABELS]
    if len(usable) < 5:
        return 100.0
    spread = sum(n * (share - p) ** 2 for n, share, p in usable)
    chance = sum(p * (1 - p) for _, _, p in usable)
    excess = (spread - chance) / sum((n - 1) * p * (1 - p) for n, _, p in usable)
    return min(1000.0, max(10.0, 1 / excess - 1)) if excess > 0 else 1000.0


def _overdispersion(
    history: Mapping[Key, Sequence[SliceTally]], usual: Mapping[Key, float], moves: Mapping[int, float]
) -> float:
    """The correlation of outcomes within a slice and window beyond what the whole window shares, in [0, .5]."""
    spread = chance = pairs = 0.0
    for where, each in history.items():
        for tally in each:
            n = tally.counts.labels
            if n < MINIMUM_LABELS // 2:
                continue
            p = _expit(_logit(usual[where]) + moves[tally.window])
            spread += (tally.counts.right - n * p) ** 2 / n
            chance += p * (1 - p)
            pairs += (n - 1) * p * (1 - p)
    return min(0.5, max(0.0, (spread - chance) / pairs)) if pairs else 0.0


def _usual_worst(
    history: Mapping[Key, Sequence[SliceTally]], usual: Mapping[Key, float], moves: Mapping[int, float], rho: float
) -> float:
    """The score that the worst slice of a window reached in all but a tenth of the past windows.

    Tails are heavier than any model of them (a city has its own weather), and the past's own worst tell how heavy.
    """
    worst: dict[int, float] = {}
    for where, each in history.items():
        for tally in each:
            if tally.counts.labels >= MINIMUM_LABELS:
                expected = _expit(_logit(usual[where]) + moves[tally.window])
                score = _score(tally.counts, expected, rho)
                worst[tally.window] = max(score, worst.get(tally.window, 0.0))
    scores = sorted(worst.values())
    return scores[ceil(USUAL_WINDOWS * len(scores)) - 1] if scores else 0.0


def _score(counts: Counts, expected: float, rho: float) -> float:
    return -log10(max(1e-300, lower_tail(counts.right, counts.labels, expected, rho)))


def _judge(where: Key, counts: Counts, past: _Past | None, last: int) -> SliceResult:
    low, high = wilson(counts.right, counts.labels)
    value = counts.right / counts.labels
    usual = expected = None
    score = 0.0
    if past is not None:
        # A slice never seen before is expected to do as its attributes do.
        usual = past.usual.get(where, _prior(where, past.usual, past.pooled))
        expected = _expit(_logit(usual) + past.moves.get(last, 0.0))
        score = _score(counts, expected, past.rho)
    return SliceResult(where, counts.rows, counts.labels, value, low, high, usual, expected, score, worse=False)


def lower_tail(right: int, labels: int, expected: float, rho: float) -> float:
    """P(at most `right` of `labels` are right) when `expected` is the mean share and `rho` the correlation.

    Beta-binomial, exact up to rounding; with rho = 0 the binomial.
    """
    import numpy as np
    from scipy.special import bdtr, betaln, gammaln, logsumexp

    if right >= labels:
        return 1.0
    if rho <= 1e-9:
        return float(bdtr(right, labels, expected))
    a, b = expected * (1 / rho - 1), (1 - expected) * (1 / rho - 1)
    k = np.arange(right + 1)
    chooses = gammaln(labels + 1) - gammaln(k + 1) - gammaln(labels - k + 1)
    terms = chooses + betaln(k + a, labels - k + b) - betaln(a, b)
    return float(min(1.0, np.exp(logsumexp(terms))))


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


def _share(counts: Counts) -> float:
    """The share that was right, kept off 0 and 1 by half a label so that its log-odds exist."""
    return (counts.right + 0.5) / (counts.labels + 1)


def _logit(share: float) -> float:
    share = min(1 - 1e-6, max(1e-6, share))
    return log(share / (1 - share))


def _expit(odds: float) -> float:
    return 1 / (1 + exp(-odds))
