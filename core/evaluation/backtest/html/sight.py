"""What the page shows of each window: a state with its colour, its mark and its words."""

from dataclasses import dataclass
from enum import StrEnum

from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import Severity, WalkedWindow
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.score import misses, rights, told_of


class State(StrEnum):
    """One word for a window; the value is its class in the page's style."""

    RIGHT = "right"
    WRONG = "wrong"
    UNJUDGED = "unjudged"
    SILENT = "silent"
    ONGOING = "ongoing"
    NOTIFIED = "notified"
    RECORDED = "recorded"
    QUIET = "quiet"
    EMPTY = "empty"


WORDS = {
    State.RIGHT: "Page, right",
    State.WRONG: "Page, wrong",
    State.UNJUDGED: "Page, not judged",
    State.SILENT: "Missed, nobody called",
    State.ONGOING: "Missed, told before",
    State.NOTIFIED: "Notified",
    State.RECORDED: "Recorded only",
    State.QUIET: "Quiet",
    State.EMPTY: "No rows",
}


@dataclass(frozen=True)
class Sight:
    """A window with what became of it; `missed` and `right` are None where they are not known."""

    window: WalkedWindow
    state: State
    missed: bool | None
    right: bool | None


def sights(report: BacktestReport) -> list[Sight]:
    """Every window of the walk, in order."""
    missed = misses(report.windows, report.objective)
    right, told = rights(report.windows, missed), told_of(report.windows)
    return [
        Sight(window, _state(window, missed[i], right[i], told[i]), missed[i], right[i])
        for i, window in enumerate(report.windows)
    ]


def _state(window: WalkedWindow, missed: bool | None, right: bool | None, told: bool) -> State:
    if window.severity is Severity.PAGE:
        return State.UNJUDGED if right is None else (State.RIGHT if right else State.WRONG)
    if missed:
        return State.ONGOING if told else State.SILENT
    if window.severity is Severity.NOTIFY:
        return State.NOTIFIED
    if window.rows == 0:
        return State.EMPTY
    return State.QUIET if all(each.is_listed for each in window.findings) else State.RECORDED


def became(window: WalkedWindow, objective: Objective | None) -> str:
    """What the labels said in the end, in a few words."""
    if window.realized is None or objective is None:
        return "No label says how it went."
    kept = "missed" if objective.missed_by(window.realized.value) else "kept"
    title = objective.metric.spoken
    return (
        f"{title[:1].upper()}{title[1:]} came out at {objective.metric.written(window.realized.value)}: "
        f"the objective was {kept}."
    )
