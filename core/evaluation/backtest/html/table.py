"""Every window as a row, for those who read numbers, and for screen readers."""

from collections.abc import Sequence

from core.evaluation.backtest.html.markup import tag, text
from core.evaluation.backtest.html.sight import WORDS, Sight
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.telling import window_name
from core.text import plural

MOST = 1_000
HEADS = ("Window", "Rows", "Verdict", "Findings", "Estimated", "Interval", "Labels then", "Realized")


def table(report: BacktestReport, sights: Sequence[Sight]) -> str:
    """Folded away; of very long walks the first thousand windows."""
    heads = tag("tr", *(tag("th", text(name), scope="col") for name in HEADS))
    rows = [_row(each, report) for each in sights[:MOST]]
    more = len(sights) - MOST
    rest = tag("p", text(f"And {plural(more, 'more window')}; the JSON has them."), class_="quiet-note")
    body = tag("table", tag("thead", heads), tag("tbody", *rows))
    return tag("div", body, class_="scroll", tabindex="0", role="region", aria_label="Every window") + (
        rest if more > 0 else ""
    )


def _row(each: Sight, report: BacktestReport) -> str:
    window, objective = each.window, report.objective
    estimate, realized = window.estimate, window.realized
    written = objective.metric.written if objective else str
    found = sum(not each.is_listed for each in window.findings)
    cells = [
        f"{window.rows:,}",
        WORDS[each.state],
        f"{found}" if found else "",
        written(estimate.value) if estimate else "unknown" if window.unestimated and window.rows else "",
        f"{written(estimate.low)} to {written(estimate.high)}" if estimate else "",
        f"{estimate.label_coverage:.0%}" if estimate else "",
        written(realized.value) if realized else "",
    ]
    head = tag("th", text(window_name(window, report.window)), scope="row")
    return tag("tr", head, *(tag("td", text(cell)) for cell in cells))
