"""The messages as they would have read, each with what became of it, and the misses that nobody heard of."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from core.evaluation.backtest.html.markup import tag, text
from core.evaluation.backtest.html.sight import Sight, State, became
from core.evaluation.backtest.outcome import PERFORMANCE, SLICE, Severity, Told
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.telling import window_name
from core.evaluation.checks.group import MOST_NAMED
from core.text import plural

OPEN = 60
"""Messages up to which all months are unfolded."""
SENT = (Severity.PAGE, Severity.NOTIFY)
KIND = {
    "hard": "values that cannot be right",
    "soft": "some values are missing or too few",
    "drift": "the world changes",
    "upstream": "one cause before the pipeline",
    PERFORMANCE: "the metric",
    SLICE: "a sub-population",
}
WHOLE = {
    "rows": "how many rows came",
    "profile": "when rows came",
    "clock": "when rows came",
    "silence": "when rows came",
    "repeats": "rows that come twice",
    "ids": "rows that come twice",
}
"""What a finding about the whole window is about, by its check."""
JUDGED = {
    State.RIGHT: ("right", "Right"),
    State.WRONG: ("wrong", "Wrong"),
    State.UNJUDGED: ("unjudged", "Not judged"),
    State.SILENT: ("silent", "Nobody called"),
}


def messages(report: BacktestReport, sights: Sequence[Sight]) -> str:
    """By month, newest last; only what people would have heard, or should have."""
    heard = [each for each in sights if each.state is State.SILENT or _sent(each)]
    if not heard:
        return tag("p", "Nothing would have been sent.", class_="quiet-note")
    count = sum(len(_sent(each)) for each in heard)
    months = groupby(heard, key=lambda each: f"{each.window.start:%B %Y}")
    return "".join(
        _month(name, [*group], report, unfolded=count <= OPEN or index == 0)
        for index, (name, group) in enumerate(months)
    )


def _sent(each: Sight) -> list[Told]:
    return [finding for finding in each.window.findings if finding.severity in SENT]


def _month(name: str, heard: Sequence[Sight], report: BacktestReport, *, unfolded: bool) -> str:
    sent = sum(len(_sent(each)) for each in heard)
    silent = sum(each.state is State.SILENT for each in heard)
    said = plural(sent, "message") + (f", {plural(silent, 'miss')} untold" if silent else "")
    summary = tag("summary", tag("b", text(name)), tag("span", text(said)))
    entries = (_window(run[0], report) if len(run) == 1 else _silence(run, report) for run in _runs(heard))
    return tag("details", summary, *entries, open=unfolded, class_="month")


def _runs(heard: Sequence[Sight]) -> list[list[Sight]]:
    """Windows that follow each other with misses that nobody heard of, together; every other by itself."""
    runs: list[list[Sight]] = []
    for each in heard:
        before = runs[-1][-1] if runs else None
        if before and _is_silent(before) and _is_silent(each) and before.window.end == each.window.start:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _is_silent(each: Sight) -> bool:
    return each.state is State.SILENT and not _sent(each)


def _silence(run: Sequence[Sight], report: BacktestReport) -> str:
    """Several windows in a row of which nobody would have heard, in a few lines."""
    first, last = (window_name(each.window, report.window) for each in (run[0], run[-1]))
    when = tag("time", text(f"{first} to {last}"), datetime=run[0].window.start.isoformat())
    figures = [each.window.realized.value for each in run if each.window.realized]
    came = ""
    if report.objective is not None and figures:
        metric, span = report.objective.metric, report.objective.goal.span(min(figures), max(figures))
        came = f"{metric.begun} came out at {span}: the objective was missed each time."
    return tag(
        "article",
        tag("header", when, *_judgement(run[0])),
        tag("p", text(f"Nobody would have heard of these {len(run)} windows.")),
        tag("footer", text(came)),
        class_=f"window {State.SILENT}",
    )


def _window(each: Sight, report: BacktestReport) -> str:
    """One window: when it would have been told, each message, and what the labels said in the end."""
    window = each.window
    when = tag("time", text(window_name(window, report.window)), datetime=window.start.isoformat())
    known = tag("span", text(f"told {window.known_at:%d %b %H:%M} UTC".replace("told 0", "told ")), class_="when")
    return tag(
        "article",
        tag("header", when, known if _sent(each) else "", *_judgement(each)),
        *(_message(finding) for finding in _sent(each)),
        tag("p", text(_unheard(each))) if each.state is State.SILENT else "",
        tag("footer", text(_why(each, report))),
        class_=f"window {each.state}",
    )


def _unheard(each: Sight) -> str:
    """That nobody was called, though perhaps told of something in the data."""
    if _sent(each):
        return "The channel would have heard of the data, but nobody would have been called about the metric."
    return "Nobody would have heard of this window."


def _judgement(each: Sight) -> Iterator[str]:
    if each.state in JUDGED:
        class_, word = JUDGED[each.state]
        yield tag("span", text(word), class_=f"badge {class_}")


def _message(finding: Told) -> str:
    head = tag("span", text(finding.severity.value), class_=f"badge {finding.severity.value}")
    about = _columns(finding) or _slice(finding) or ""
    what = WHOLE.get(finding.check) or KIND.get(finding.kind, finding.kind)
    lead = tag("p", head, tag("b", text(about)) if about else "", tag("i", text(what)), class_="lead")
    response = tag("p", text(finding.response), class_="response") if finding.response else ""
    return tag("div", lead, tag("p", text(finding.reason)), response, class_="message")


def _columns(finding: Told) -> str:
    """All that are off, or how many where the sentence below names some of very many."""
    many = len(finding.columns) > MOST_NAMED
    return plural(len(finding.columns), "column") if many else ", ".join(finding.columns)


def _slice(finding: Told) -> str:
    return " and ".join(f"{name} = {value}" for name, value in (finding.slice or {}).items())


def _why(each: Sight, report: BacktestReport) -> str:
    """What became of it, and for a page why that makes it right or wrong."""
    said = became(each.window, report.objective)
    if each.state is State.RIGHT and not each.missed:
        return f"{said} The following window missed it, so the page came in time."
    if each.state is State.WRONG:
        return f"{said} So was it in the following window: this page woke somebody for nothing."
    return said
