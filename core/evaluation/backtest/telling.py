"""A backtest in sentences, the same on the terminal and on the page."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from core.evaluation.backtest.outcome import Severity, WalkedWindow
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.score import misses, rights
from core.text import plural

CAUSES = {
    "concept-drift": "labels of the days before had shown that the features no longer meant what they did",
    "novel-features": "most predictions had a feature unlike anything seen before",
    "labels-stopped": "labels had stopped coming",
    "few-labels": "too few labels were known",
    "undefined": "the metric was not defined",
}
"""Why a window has no estimate, by the cause that the estimator names."""
LISTED = 40
"""Messages that a terminal lists; the rest is counted."""


def headline(report: BacktestReport) -> str:
    """What it comes to, in one or two sentences."""
    summary, windows = report.summary, report.summary.windows
    quiet = sum(w.severity not in (Severity.PAGE, Severity.NOTIFY) for w in report.windows)
    sent = f"{plural(summary.pages, 'page')} and {plural(summary.notifications, 'notification')}"
    said = f"In {plural(windows, 'window')}, {sent} would have been sent; {quiet:,} would have been quiet."
    return f"{said} {verdict(report)}".strip()


def verdict(report: BacktestReport) -> str:
    """Whether the pages were right and whether any was missing."""
    missed = misses(report.windows, report.objective)
    judged = [right for right in rights(report.windows, missed) if right is not None]
    bad = sum(miss is True for miss in missed)
    if report.objective is None:
        if report.summary.pages:
            return "Nothing says whether they were right."
        labelled = any(window.realized is not None for window in report.windows)
        return "There is no objective, so nobody could be called." if labelled else ""
    pages = f"{judged.count(True)} of {plural(len(judged), 'page')} right" if judged else "no page to judge"
    if bad == 0:
        return f"The objective was never missed: {pages}."
    recall = report.summary.recall or 0.0
    return f"The objective was missed in {plural(bad, 'window')}, {round(recall * bad)} of them told in time: {pages}."


def scored(report: BacktestReport) -> Iterator[str]:
    """The figures, and every message with its time."""
    summary = report.summary
    if nothing_to_estimate(report):
        yield "Every label was in when its window was evaluated, so there was nothing to estimate."
    elif summary.estimate_mae is not None and summary.coverage is not None:
        held = f"their intervals held {summary.coverage:.0%} of the realized values"
        yield f"Estimates were off by {summary.estimate_mae:.3g} on average; {held}."
    if said := unestimated(report):
        yield said
    sent = [(w, f) for w in report.windows for f in w.findings if f.severity in (Severity.PAGE, Severity.NOTIFY)]
    for window, finding in sent[:LISTED]:
        yield f"  {window_name(window, report.window)}  {finding.severity.value:<6}  {finding.reason}"
    if len(sent) > LISTED:
        yield f"  and {plural(len(sent) - LISTED, 'more message')}; --html and --json have all of them"


def nothing_to_estimate(report: BacktestReport) -> bool:
    """Whether every figure was known when it was told, so that an estimate of it is no feat."""
    estimates = [window.estimate for window in report.windows if window.estimate is not None]
    return bool(estimates) and all(each.label_coverage >= 1 for each in estimates)


def unestimated(report: BacktestReport) -> str:
    """How many windows have no estimate and why, in a sentence; empty when all have one, or nobody asked."""
    causes = Counter(w.unestimated for w in report.windows if w.unestimated in CAUSES and w.rows)
    if not causes:
        return ""
    said = f"{plural(causes.total(), 'window')} {'has' if causes.total() == 1 else 'have'} no estimate"
    if len(causes) == 1:
        return f"{said}, because {CAUSES[next(iter(causes))]}."
    parts = [f"{number} because {CAUSES[cause]}" for cause, number in causes.most_common()]
    return f"{said}: {', '.join(parts)}."


def window_name(window: WalkedWindow, length: timedelta) -> str:
    """A window as people name it: the day, or the day and the time where windows are no whole days."""
    return instant_name(window.start, by_day=length % timedelta(days=1) == timedelta() and window.start.hour == 0)


def instant_name(at: datetime, *, by_day: bool) -> str:
    return f"{at:%Y-%m-%d}" if by_day else f"{at:%Y-%m-%d %H:%M}"


def span_name(span: timedelta) -> str:
    """“1 day”, “8 hours”, “90 minutes”."""
    for unit, word in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if span % unit == timedelta():
            return plural(span // unit, word)
    return plural(int(span.total_seconds()), "second")
