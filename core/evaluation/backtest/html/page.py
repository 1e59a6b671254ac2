"""The page: what would have been sent, when, and was it right."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePosixPath

from core.config.metric import Metric
from core.evaluation.backtest.html.calendar import calendar
from core.evaluation.backtest.html.columns import columns
from core.evaluation.backtest.html.markup import tag, text
from core.evaluation.backtest.html.messages import messages
from core.evaluation.backtest.html.metric_chart import metric_chart
from core.evaluation.backtest.html.sight import Sight, State, sights
from core.evaluation.backtest.html.style import STYLE
from core.evaluation.backtest.html.table import table
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.telling import headline, nothing_to_estimate, span_name, unestimated

HOW = (
    (
        "A page",
        "wakes somebody. It is sent when the metric is likelier to miss the objective than to keep it, judged "
        "only by what was known then; a window has at most one.",
    ),
    (
        "Right",
        "is a page whose window, or the following one, missed the objective once all labels of the log are "
        "counted. A page is wrong when both kept it.",
    ),
    (
        "Recall",
        "is the share of windows that missed the objective and were told: by a page of the same window or of the "
        "one before, or by an earlier page about the same fall that still went on.",
    ),
    (
        "Notified",
        "is a message in the channel that wakes nobody: the data changed. The same finding is told once, and "
        "again only when it returns, changes or doubles.",
    ),
    (
        "Coverage",
        "is the share of windows whose realized metric fell into the interval that had been given; 90% is "
        "aimed at.",
    ),
)


def page(report: BacktestReport) -> str:
    """One HTML document with everything in it."""
    seen = sights(report)
    title = f"Backtest of {_short(report.log)}"
    head = tag(
        "head",
        '<meta charset="utf-8"/>',
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
        '<meta name="color-scheme" content="light dark"/>',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>",
        tag("title", text(title)),
        tag("style", STYLE),
    )
    body = tag("body", tag("main", _top(report, seen), *_sections(report, seen), _foot(report)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _top(report: BacktestReport, seen: Sequence[Sight]) -> str:
    ends = (seen[0].window.start, seen[-1].window.end) if seen else None
    when = f"{ends[0]:%d %b %Y} to {ends[1]:%d %b %Y}".replace("to 0", "to ").lstrip("0") if ends else ""
    walked = f"{_short(report.log)} · {when} · windows of {span_name(report.window)}"
    told = f"{walked}, each told {_told_at(report.evaluate_after)}"
    objective = ""
    if report.objective:
        objective = tag(
            "p",
            tag("b", text(f"Objective: {report.objective.sentence}. ")),
            text(report.objective.origin),
            class_="goal",
        )
    return tag(
        "header",
        tag("p", text(told), class_="walked"),
        tag("h1", text(headline(report))),
        objective,
        _figures(report, seen),
        class_="top",
    )


def _told_at(after: timedelta) -> str:
    if after == timedelta():
        return "at its end"
    return f"{span_name(abs(after))} {'before' if after < timedelta() else 'after'} its end"


def _figures(report: BacktestReport, seen: Sequence[Sight]) -> str:
    summary, written = report.summary, Metric(report.metric).written
    states = [each.state for each in seen]
    pages = f"{states.count(State.RIGHT)} right, {states.count(State.WRONG)} wrong"
    known = nothing_to_estimate(report)
    error = "–" if summary.estimate_mae is None or known else written(summary.estimate_mae)
    held = f"intervals held {_share(summary.coverage)}" if summary.coverage is not None else "no estimates"
    figures = [
        (f"{summary.pages:,}", "pages", pages if summary.pages else "nobody woken"),
        (f"{summary.notifications:,}", "notifications", f"in {summary.windows:,} windows"),
        (f"{summary.false_alarms_per_week:.2g}", "false alarms", "a week"),
        (_share(summary.precision), "precision", "of pages that can be judged"),
        (_share(summary.recall), "recall", "of windows that missed"),
        (error, "estimate error", "all labels were in" if known else held),
    ]
    return tag(
        "dl",
        *(
            tag("div", tag("dt", text(name)), tag("dd", text(figure)), tag("dd", text(detail), class_="detail"))
            for figure, name, detail in figures
        ),
        class_="figures",
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _sections(report: BacktestReport, seen: Sequence[Sight]) -> list[str]:
    sections = [
        _section(
            "When",
            "Every window of the walk, and what became of it.",
            calendar(seen, report.window, report.objective),
        )
    ]
    if report.objective:
        title = report.objective.metric.spoken
        sections.append(
            _section(
                f"{title[:1].upper()}{title[1:]}",
                "What was estimated at the time, and what the labels said in the end.",
                metric_chart(seen, report.objective) + _gaps(report),
            )
        )
    sections.append(
        _section(
            "What would have been sent",
            "As it would have read, with what the labels said in the end.",
            messages(report, seen),
        )
    )
    sections.append(
        _section(
            "The columns that fired",
            "Each against its own history, which is shaded; a dot is a message.",
            columns(report),
        )
    )
    if learned := report.lessons:
        sections.append(
            _section(
                "What it would have learned",
                "How right pages and checks were, with 95% intervals, and what other thresholds would have sent.",
                tag("ul", *(tag("li", text(each)) for each in learned)),
            )
        )
    sections.append(_folded("Every window, in numbers", table(report, seen)))
    return sections


def _gaps(report: BacktestReport) -> str:
    """Why the line of estimates is broken, where it is."""
    said = unestimated(report)
    return tag("p", text(said), class_="quiet-note") if said else ""


def _section(title: str, said: str, inside: str) -> str:
    return tag("section", tag("h2", text(title)), tag("p", text(said), class_="said"), inside)


def _folded(title: str, inside: str) -> str:
    return tag("section", tag("details", tag("summary", tag("h2", text(title))), inside, class_="folded"))


def _foot(report: BacktestReport) -> str:
    notes = tag("ul", *(tag("li", text(note)) for note in report.notes)) if report.notes else tag("p", "Nothing.")
    how = tag(
        "dl", *(tag("div", tag("dt", text(word)), tag("dd", text(said))) for word, said in HOW), class_="how"
    )
    return tag(
        "footer",
        tag("section", tag("h2", "Assumed and skipped"), notes),
        tag("section", tag("h2", "How to read this"), how),
        class_="foot",
    )


def _short(log: str) -> str:
    return PurePosixPath(log.replace("\\", "/")).name or log
