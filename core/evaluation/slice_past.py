"""What the past of slices tells: how each usually does, how much days differ, and how odd a bad day is. Pure.

See `slices` for the whole method.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, log10

from core.evaluation.prediction_log import Counts, SliceTally, Value, total

Key = tuple[tuple[str, Value], ...]

MINIMUM_LABELS = 20
"""Below this a slice of one window says nothing on its own."""
MINIMUM_HISTORY = 7
"""With fewer past windows it is unknown how much days differ, so nothing is called newly worse."""
USUAL_WINDOWS = 0.9
"""The share of past windows whose worst slice is taken as nothing unusual."""


@dataclass(frozen=True)
class Past:
    """The usual accuracy of each slice and of the whole (`pooled`), how far each window moved the whole in log-odds
    (`moves`), the overdispersion in [0, .5] (`rho`), and the score of an ordinary window's worst slice (`worst`)."""

    usual: Mapping[Key, float]
    pooled: float
    moves: Mapping[int, float]
    rho: float
    worst: float


def learn(tallies: Sequence[SliceTally], whole: Mapping[int, Counts], last: int) -> Past | None:
    """The past before the window of index `last`; None with fewer than MINIMUM_HISTORY windows that have labels.

    `whole` has the counts of every window by its index.
    """
    before = {w: c for w, c in whole.items() if w != last and c.labels > 0}
    if len(before) < MINIMUM_HISTORY:
        return None
    pooled = _share(total(before.values()))
    moves = {w: logit(_share(c)) - logit(pooled) for w, c in whole.items() if c.labels > 0}
    history: dict[Key, list[SliceTally]] = {}
    for tally in tallies:
        if tally.window in before:
            history.setdefault(tally.where, []).append(tally)
    sums = {where: total(t.counts for t in each) for where, each in history.items()}
    usual = _shrink(sums, pooled)
    rho = _overdispersion(history, usual, moves)
    return Past(usual, pooled, moves, rho, _usual_worst(history, usual, moves, rho))


def _shrink(sums: Mapping[Key, Counts], pooled: float) -> dict[Key, float]:
    """Shares pulled towards their prior: the whole for one attribute, both parents together for two."""
    usual: dict[Key, float] = {}
    for size in (1, 2):
        keys = [key for key in sums if len(key) == size]
        priors = {key: prior_of(key, usual, pooled) for key in keys}
        strength = _strength([(sums[key], priors[key]) for key in keys])
        for key in keys:
            counts = sums[key]
            usual[key] = (counts.right + strength * priors[key]) / (counts.labels + strength)
    return usual


def prior_of(key: Key, usual: Mapping[Key, float], pooled: float) -> float:
    """Log-odds of the parents' departures from the whole add up."""
    if len(key) == 1:
        return pooled
    return expit(sum(logit(usual.get((part,), pooled)) for part in key) - logit(pooled))


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
            p = expit(logit(usual[where]) + moves[tally.window])
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
                expected = expit(logit(usual[where]) + moves[tally.window])
                score = score_of(tally.counts, expected, rho)
                worst[tally.window] = max(score, worst.get(tally.window, 0.0))
    scores = sorted(worst.values())
    return scores[ceil(USUAL_WINDOWS * len(scores)) - 1] if scores else 0.0


def score_of(counts: Counts, expected: float, rho: float) -> float:
    """-log10 of the probability of so few right ones or fewer by chance, in [0, 300]; 0 when all are right."""
    return -log10(max(1e-300, lower_tail(counts.right, counts.labels, expected, rho)))


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


def _share(counts: Counts) -> float:
    """The share that was right, kept off 0 and 1 by half a label so that its log-odds exist."""
    return (counts.right + 0.5) / (counts.labels + 1)


def logit(share: float) -> float:
    """Log-odds (natural) of a share in [0, 1], kept within ±13.8 so that they are finite."""
    share = min(1 - 1e-6, max(1e-6, share))
    return log(share / (1 - share))


def expit(odds: float) -> float:
    """The share that has these log-odds, in (0, 1)."""
    return 1 / (1 + exp(-odds))
