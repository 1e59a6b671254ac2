"""Data checks that learn from the pipeline's own past windows; nothing about a column is set by hand.

Each column gives a few signals per window (share missing, level, variety, ...). A signal is a finding when it is
far from its own past, newer than anything in it, and big enough to matter. All three must hold: the distance alone
trusts a tail that nobody has seen, the novelty alone fires on every record, and the size alone is noise. The
distance is Student's, with the allowed rate of false alarms divided over all signals of the window (Bonferroni).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import median

from core.evaluation.finding import Finding, Kind
from core.evaluation.prediction_log import ColumnSummary, Summary

HISTORY = 28
"""Past windows that are looked at: four weeks, so that each weekday is among them."""
MINIMUM_HISTORY = 7
"""With fewer there is no usual, and only what is wrong by itself (no rows) is found."""
FALSE_ALARM_RATE = 0.01
"""Windows with any false finding, if signals were normal around their usual; the novelty rule makes it rarer."""
MAD_EFFICIENCY = 0.37
"""Of the median absolute deviation, beside the standard deviation (Rousseeuw and Croux, 1993)."""
NOVELTY = 0.5
"""How far beyond the past's range a new value must lie, as a share of that range."""


@dataclass(frozen=True)
class _Signal:
    """A number of one window; changes below `floor` do not matter, spreads below `grain` are taken as `grain`."""

    check: str
    column: str | None
    now: float
    past: tuple[float, ...]
    floor: float
    grain: float


def check_window(now: Summary, past: Sequence[Summary]) -> list[Finding]:
    """What is wrong with a window's features, the gravest first. `past` is oldest first; the last 28 count."""
    if now.rows == 0:
        return [Finding("volume", (), Kind.HARD, 99.0, "Nothing was predicted in this window.")]
    usable = [summary for summary in past[-HISTORY:] if summary.rows > 0]
    if len(usable) < MINIMUM_HISTORY:
        return []
    signals = list(_signals(now, usable))
    limit = _limit(len(signals), len(usable))
    found = [_finding(signal, z, now, usable) for signal in signals if (z := _distance(signal)) > limit]
    found += _constants(now, usable) + _never_seen(now, usable)
    order = list(Kind)
    return sorted(_one_cause(found), key=lambda f: (order.index(f.kind), -f.score, f.columns))


def _signals(now: Summary, past: Sequence[Summary]) -> Iterator[_Signal]:
    yield _Signal("volume", None, log(now.rows), tuple(log(s.rows) for s in past), log(2), 0.05)
    yield _Signal("duplicates", None, _repeated(now), tuple(map(_repeated, past)), 0.01, 0.001)
    for name, column in now.columns.items():
        before = [s.columns[name] for s in past if name in s.columns]
        if len(before) >= MINIMUM_HISTORY:
            yield from _column_signals(name, column, before)


def _column_signals(name: str, now: ColumnSummary, past: Sequence[ColumnSummary]) -> Iterator[_Signal]:
    yield _Signal("missing", name, _missing(now), tuple(map(_missing, past)), 0.05, 0.005)
    levels = [(c.mean, c.std or 0.0) for c in past if c.mean is not None]
    if now.mean is not None and len(levels) >= MINIMUM_HISTORY:
        within = median(std for _, std in levels)
        means = tuple(mean for mean, _ in levels)
        grain = max(within / 20, abs(median(means)) * 1e-6, 1e-12)
        yield _Signal("level", name, now.mean, means, within / 2, grain)
    if now.top is not None and now.distinct:
        variety = tuple(log(c.distinct) for c in past if c.distinct)
        if len(variety) >= MINIMUM_HISTORY:
            yield _Signal("variety", name, log(now.distinct), variety, log(1.25), 0.05)


def _limit(signals: int, windows: int) -> float:
    """How many robust deviations are too many, for one of `signals` signals judged by `windows` past ones.

    A median absolute deviation of n values knows the spread as well as a standard deviation of .37 n would.
    """
    from scipy.special import stdtrit

    return float(stdtrit(MAD_EFFICIENCY * (windows - 1), 1 - FALSE_ALARM_RATE / (2 * signals)))


def _distance(signal: _Signal) -> float:
    """Robust deviations from the usual; 0 when the change is no news or too small to matter."""
    usual = median(signal.past)
    change = abs(signal.now - usual)
    low, high = _range(signal.past)
    beyond = max(low - signal.now, signal.now - high)
    if change < signal.floor or beyond <= 0 or beyond < NOVELTY * (high - low):
        return 0.0
    spread = 1.4826 * median(abs(value - usual) for value in signal.past)
    return min(99.0, change / max(spread, signal.grain))


def _range(past: Sequence[float]) -> tuple[float, float]:
    """The past's range; from two weeks on without its oddest window, so that one incident hides no second."""
    values = sorted(past)
    if len(values) >= 14:
        usual = median(values)
        values.pop(0 if usual - values[0] > values[-1] - usual else -1)
    return values[0], values[-1]


def _finding(signal: _Signal, z: float, now: Summary, past: Sequence[Summary]) -> Finding:
    name, usual = signal.column, median(signal.past)
    columns = () if name is None else (name,)
    z = round(z, 1)
    if signal.check == "missing":
        kind = Kind.HARD if signal.now >= 0.99 else Kind.SOFT
        return Finding(
            "missing", columns, kind, z, f"{name} is missing in {signal.now:.0%} of rows, usually {usual:.0%}."
        )
    if signal.check == "level":
        kind = (
            Kind.HARD
            if _impossible(now.columns[name or ""], [s.columns.get(name or "") for s in past])
            else Kind.DRIFT
        )
        low, high = _range(signal.past)
        return Finding(
            "level",
            columns,
            kind,
            z,
            f"{name} has a mean of {_figure(signal.now)}, usually {_figure(usual)} "
            f"({_figure(low)} to {_figure(high)} in the last {len(signal.past)} windows).",
        )
    if signal.check == "variety":
        counts = f"{now.columns[name or ''].distinct:,} different values, usually {_whole(usual)}"
        return Finding("variety", columns, Kind.DRIFT, z, f"{name} has {counts}.")
    if signal.check == "duplicates":
        return Finding(
            "duplicates", columns, Kind.HARD, z, f"{signal.now:.0%} of the rows repeat an id that was logged."
        )
    return Finding("volume", columns, Kind.SOFT, z, f"{now.rows:,} rows were predicted, usually {_whole(usual)}.")


def _impossible(now: ColumnSummary, past: Sequence[ColumnSummary | None]) -> bool:
    """Whether most of today's values lie outside everything the past has shown."""
    if now.quantiles is None:
        return False
    lows = [c.low for c in past if c and c.low is not None]
    highs = [c.high for c in past if c and c.high is not None]
    middle = now.quantiles[len(now.quantiles) // 2]
    return bool(lows) and (middle < min(lows) or middle > max(highs))


def _constants(now: Summary, past: Sequence[Summary]) -> list[Finding]:
    """Columns that hold one value, and never had fewer than three: a frozen feed, or a default that slips in."""
    found = []
    for name, column in now.columns.items():
        before = [s.columns[name] for s in past if name in s.columns]
        fewest = min((c.distinct for c in before), default=0)
        enough = column.rows - column.nulls >= 20
        if len(before) >= MINIMUM_HISTORY and fewest >= 3 and column.distinct == 1 and enough:
            reason = f"{name} holds one single value; it never had fewer than {fewest}."
            found.append(Finding("constant", (name,), Kind.HARD, 99.0, reason))
    return found


def _never_seen(now: Summary, past: Sequence[Summary]) -> list[Finding]:
    """Text columns of which a twentieth or more of the rows has values that no past window knew."""
    found = []
    for name, column in now.columns.items():
        before = [s.columns[name].top or () for s in past if name in s.columns]
        present = column.rows - column.nulls
        if not column.top or len(before) < MINIMUM_HISTORY or not present:
            continue
        known = {value for top in before for value, _ in top}
        new = [(value, n) for value, n in column.top if value not in known]
        share = sum(n for _, n in new) / present
        if share >= 0.05:
            kind = Kind.HARD if share >= 0.5 else Kind.DRIFT
            examples = ", ".join(f"“{value}”" for value, _ in new[:3])
            reason = f"{share:.0%} of {name} are values never seen before, such as {examples}."
            found.append(Finding("unseen", (name,), kind, round(min(99.0, share * 100), 1), reason))
    return found


def _one_cause(found: Sequence[Finding]) -> list[Finding]:
    """Columns that are missing to the same share, and columns that froze together, have one cause."""
    together: Mapping[tuple[str, str], list[Finding]] = defaultdict(list)
    rest = []
    for finding in found:
        if finding.check in ("missing", "constant"):
            symptom = finding.reason.removeprefix(finding.columns[0]).split(",")[0]
            together[finding.check, symptom].append(finding)
        else:
            rest.append(finding)
    return rest + [_merged(each) for each in together.values()]


def _merged(each: Sequence[Finding]) -> Finding:
    first = each[0]
    if len(each) == 1:
        return first
    columns = tuple(finding.columns[0] for finding in each)
    names = f"{', '.join(columns[:-1])} and {columns[-1]}"
    reason = first.reason.replace(first.columns[0], names, 1).replace(" is ", " are ", 1)
    reason = reason.replace(" holds one single value; it", " hold one single value each; they", 1)
    return Finding(first.check, columns, first.kind, max(f.score for f in each), reason)


def _missing(column: ColumnSummary) -> float:
    return column.nulls / column.rows if column.rows else 0.0


def _repeated(summary: Summary) -> float:
    return 1 - summary.ids / summary.rows


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.3g}"


def _whole(logarithm: float) -> str:
    from math import exp

    return f"{exp(logarithm):,.0f}"
