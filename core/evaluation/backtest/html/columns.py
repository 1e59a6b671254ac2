"""The columns that fired: each against its own history, small, with the windows in which it fired."""

from collections.abc import Sequence

from core.evaluation.backtest.html.markup import tag, text
from core.evaluation.backtest.html.plot import Scale, band, dots, framed, line, scale_of
from core.evaluation.backtest.outcome import Severity, WalkedWindow
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.checks.signals import OF_MISSING
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind
from core.text import plural

MOST = 24
TOLD = (Severity.PAGE, Severity.NOTIFY)
LOW, MIDDLE, HIGH = (QUANTILES.index(level) for level in (0.05, 0.5, 0.95))


def columns(report: BacktestReport) -> str:
    """Small multiples, the columns that were told most often first."""
    fired = _fired(report.windows)
    names = sorted(fired, key=lambda name: (-len(fired[name]), name))
    if not names:
        return tag("p", "No column would have been told of.", class_="quiet-note")
    figures = [_figure(name, fired[name], report) for name in names[:MOST]]
    more = len(names) - MOST
    rest = tag("p", text(f"And {plural(more, 'more column')}; the JSON has them."), class_="quiet-note")
    return tag("div", *figures, class_="multiples") + (rest if more > 0 else "")


def _fired(windows: Sequence[WalkedWindow]) -> dict[str, list[int]]:
    """Column -> the windows in which people heard of it."""
    found: dict[str, list[int]] = {}
    for index, window in enumerate(windows):
        for name in {c for f in window.findings if f.severity in TOLD for c in f.columns}:
            found.setdefault(name, []).append(index)
    return found


def _figure(name: str, fired: Sequence[int], report: BacktestReport) -> str:
    past = [summary.columns.get(name) for summary in report.history]
    now = [summary.columns.get(name) for summary in report.summaries] or [None] * len(report.windows)
    numbers = any(c is not None and c.kind is ValueKind.NUMBER for c in past + now)
    starts = [*(each.start for each in report.history), *(each.start for each in report.windows)]
    if _is_missing(name, [report.windows[i] for i in fired]):
        drawn, scale, what, form = _missing(past, now, fired)
    else:
        drawn, scale, what, form = _numbers(past, now, fired) if numbers else _texts(past, now, fired)
    said = f"{name}: {what}; told in {plural(len(fired), 'window')}"
    return tag(
        "figure",
        tag("figcaption", tag("b", text(name)), tag("span", text(what))),
        framed([*drawn], scale, starts, said, written=form, class_="small"),
    )


def _is_missing(name: str, windows: Sequence[WalkedWindow]) -> bool:
    """Whether only missing values of it were told."""
    told = (f for window in windows for f in window.findings if f.severity in TOLD and name in f.columns)
    return all(each.check in OF_MISSING for each in told)


Drawn = tuple[list[str], Scale, str, object]


def _numbers(
    past: Sequence[ColumnSummary | None], now: Sequence[ColumnSummary | None], fired: Sequence[int]
) -> Drawn:
    """The median, in the band that holds nine tenths of the values; far outliers are drawn at the edge."""
    every = [*past, *now]
    quantiles = [c.quantiles if c is not None and c.quantiles else None for c in every]
    usual = [q for i, q in enumerate(quantiles) if q and i - len(past) not in set(fired)]
    scale = scale_of(
        [v for q in usual or filter(None, quantiles) for v in (q[LOW], q[MIDDLE], q[HIGH])], len(every)
    )
    middle = [None if not q else (scale.x(i), scale.y(q[MIDDLE])) for i, q in enumerate(quantiles)]
    around = [None if not q else (scale.x(i), scale.y(q[HIGH]), scale.y(q[LOW])) for i, q in enumerate(quantiles)]
    marks = [_mark(scale, i + len(past), quantiles[i + len(past)]) for i in fired]
    drawn = [_past(scale, len(past)), band(around, "interval"), line(middle, "estimate"), dots(marks, "fired")]
    return drawn, scale, "median and nine tenths of its values", lambda value: f"{value:,.3g}"


def _mark(scale: Scale, index: int, quantiles: Sequence[float] | None) -> tuple[float, float]:
    """Where it fired: at its median, or on the floor when it had no value at all."""
    return scale.x(index), scale.y(quantiles[MIDDLE] if quantiles else scale.low)


def _texts(
    past: Sequence[ColumnSummary | None], now: Sequence[ColumnSummary | None], fired: Sequence[int]
) -> Drawn:
    """The share of rows whose value is missing or was never seen in the reference."""
    shares = [_share(c, c.nulls + c.failures + c.unseen) if c is not None else None for c in [*past, *now]]
    return _shares(shares, len(past), fired, "share of rows missing or never seen before")


def _missing(
    past: Sequence[ColumnSummary | None], now: Sequence[ColumnSummary | None], fired: Sequence[int]
) -> Drawn:
    """The share of rows without a value."""
    shares = [_share(c, c.rows - c.present) if c is not None else None for c in [*past, *now]]
    return _shares(shares, len(past), fired, "share of rows that lack it")


def _share(column: ColumnSummary, count: float) -> float | None:
    return count / column.rows if column.rows else None


def _shares(shares: Sequence[float | None], before: int, fired: Sequence[int], what: str) -> Drawn:
    """A line from 0 to 1, of which the first so many windows are the history."""
    scale = scale_of([0.0, 1.0], len(shares), 0.0, 1.0)
    points = [None if s is None else (scale.x(i), scale.y(s)) for i, s in enumerate(shares)]
    marks = [(scale.x(i + before), scale.y(shares[i + before] or 0.0)) for i in fired]
    drawn = [_past(scale, before), line(points, "estimate"), dots(marks, "fired")]
    return drawn, scale, what, lambda value: f"{value:.0%}"


def _past(scale: Scale, count: int) -> str:
    """A shade behind the windows of history."""
    if not count:
        return ""
    edge = scale.x(count - 0.5)
    return band([(0.0, 0.0, 100.0), (edge, 0.0, 100.0)], "past")
