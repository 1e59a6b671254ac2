"""Was it right: the messages of a walk, held against what the labels said in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import AT_RISK, PERFORMANCE, Severity, Told, WalkedWindow


@dataclass(frozen=True)
class Summary:
    """What a walk comes to; shares are None where there is nothing to take them of.

    `pages` are windows with a page, `notifications` the findings that were notified. A page is right when the
    realized metric of its window, or of the following one, misses the objective, wrong when both are known to keep
    it (or the last is known and there is no following), and unjudged otherwise. `false_alarms_per_week` counts
    wrong pages. `precision` is the share of right pages among the judged ones. `recall` is the share of windows
    missing the objective that were told: by a page of the same window or of the one before, or by an earlier page
    whose finding still goes on. `estimate_mae` is the mean distance of estimates from the realized metric, and
    `coverage` the share of intervals that held it, over the windows that have both; `unestimated` counts the windows
    with predictions of which nobody could say anything.
    """

    windows: int
    pages: int
    notifications: int
    false_alarms_per_week: float
    precision: float | None
    recall: float | None
    estimate_mae: float | None
    coverage: float | None
    unestimated: int = 0

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def misses(windows: Sequence[WalkedWindow], objective: Objective | None) -> list[bool | None]:
    """Of each window whether its realized metric misses the objective; None while that is not known."""
    if objective is None:
        return [None] * len(windows)
    return [None if w.realized is None else objective.missed_by(w.realized.value) for w in windows]


def rights(windows: Sequence[WalkedWindow], missed: Sequence[bool | None]) -> list[bool | None]:
    """Of each window whether its page was right; None without a page, and where it cannot be judged."""
    return [
        _right(missed[i], missed[i + 1] if i + 1 < len(missed) else False) if w.severity is Severity.PAGE else None
        for i, w in enumerate(windows)
    ]


def _right(here: bool | None, following: bool | None) -> bool | None:
    if here or following:
        return True
    return None if here is None or following is None else False


def told_of(windows: Sequence[WalkedWindow]) -> list[bool]:
    """Of each window whether people knew by then that the metric misses: a page, or one that still goes on."""
    known = []
    for index, window in enumerate(windows):
        paged = window.severity is Severity.PAGE or (index > 0 and windows[index - 1].severity is Severity.PAGE)
        known.append(paged or any(_goes_on(finding) for finding in window.findings))
    return known


def _goes_on(finding: Told) -> bool:
    return finding.kind == PERFORMANCE and finding.continues and finding.direction != AT_RISK


def summarise(windows: Sequence[WalkedWindow], objective: Objective | None, length: timedelta) -> Summary:
    """Score a walk whose windows are each `length` long."""
    missed = misses(windows, objective)
    judged = [right for right in rights(windows, missed) if right is not None]
    bad = [told for told, miss in zip(told_of(windows), missed, strict=True) if miss]
    pairs = [(w.estimate, w.realized.value) for w in windows if w.estimate and w.realized]
    weeks = len(windows) * (length / timedelta(weeks=1))
    return Summary(
        windows=len(windows),
        pages=sum(w.severity is Severity.PAGE for w in windows),
        notifications=sum(f.severity is Severity.NOTIFY for w in windows for f in w.findings),
        false_alarms_per_week=judged.count(False) / weeks if weeks else 0.0,
        precision=_share(judged),
        recall=_share(bad),
        estimate_mae=_mean([abs(estimate.value - value) for estimate, value in pairs]),
        coverage=_share([estimate.low <= value <= estimate.high for estimate, value in pairs]),
        unestimated=sum(bool(w.unestimated and w.rows) for w in windows),
    )


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
