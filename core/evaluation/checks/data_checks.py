"""The data checks of one pipeline: learned from its past windows, asked about each new one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.evaluation.checks.judged import Judged
from core.evaluation.checks.learned_signals import check_window
from core.evaluation.finding import Finding
from core.evaluation.prediction_log import ColumnSummary as OldColumn
from core.evaluation.prediction_log import Summary
from core.evaluation.summaries.summary import ColumnSummary, ValueKind, WindowSummary


@dataclass(frozen=True)
class Asked:
    """`rate` is the share of windows that may have any false finding."""

    rate: float = 0.01


@dataclass
class DataChecks:
    """Judges windows in the order of time: `judge` one, then `remember` it with its findings.

    Judging changes nothing, so that the same window may be judged again. Every finding of a window is returned,
    whether it is new or goes on; the walk decides what is told.
    """

    asked: Asked = field(default_factory=Asked)
    _past: list[Judged] = field(default_factory=list)

    @classmethod
    def learn(cls, history: Iterable[Judged | WindowSummary], asked: Asked | None = None) -> "DataChecks":
        """Checks that know these windows, oldest first; incidents among them are left out of what is usual."""
        checks = cls(asked or Asked())
        for window in history:
            judged = window if isinstance(window, Judged) else Judged(window)
            checks.remember(judged.summary, judged.findings)
        return checks

    def judge(self, summary: WindowSummary) -> list[Finding]:
        """What is wrong with this window, the gravest first."""
        return check_window(_old(summary), [_old(each.summary) for each in self._past])

    def remember(self, summary: WindowSummary, findings: Iterable[Finding] = ()) -> None:
        """Add a window to the past."""
        self._past.append(Judged(summary, tuple(findings)))


def _old(summary: WindowSummary) -> Summary:
    return Summary(summary.rows, summary.ids, {name: _old_column(c) for name, c in summary.columns.items()})


def _old_column(column: ColumnSummary) -> OldColumn:
    top = column.top if column.kind is ValueKind.TEXT else None
    return OldColumn(
        column.rows,
        column.nulls,
        column.distinct,
        column.infinite,
        column.mean,
        column.std,
        column.low,
        column.high,
        column.quantiles or None,
        top,
    )
