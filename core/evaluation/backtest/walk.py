"""The walk: every window of a log in turn, seen as it was known when it would have been evaluated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.config.metric import Metric
from core.evaluation.backtest.chance import Chance
from core.evaluation.backtest.history import windows_before, windows_from
from core.evaluation.backtest.lately import Lately
from core.evaluation.backtest.log import BacktestLog
from core.evaluation.backtest.objective import Objective, learned_objective, metric_for, parse_objective
from core.evaluation.backtest.outcome import Estimated, Realized, Told, WalkedWindow
from core.evaluation.backtest.ports import Effects, Estimates, Progress, Slices, Span, WatchesData
from core.evaluation.backtest.reader import WindowReader
from core.evaluation.backtest.severity import Follower
from core.evaluation.backtest.verdict import risk_of, tell
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.finding import Finding
from core.evaluation.formulas import value_of
from core.evaluation.labels.settled import Wait, labels_are_in, usual_curve, waits_of
from core.evaluation.rows import Rows
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.tuning.policy import RECORD_FROM
from core.evaluation.windows import Window


@dataclass(frozen=True)
class Plan:
    """The windows of a walk, and what they are held against; `objective` is None when nothing says one. With
    `chance` a page must tell of more than that. When the last window is `cut_short` its data findings are recorded."""

    history: Sequence[Span]
    windows: Sequence[Span]
    metric: Metric
    objective: Objective | None
    chance: Chance | None = None
    cut_short: bool = False


@dataclass
class Senses:
    """What looks at each window; None where there is nothing to look at."""

    data: WatchesData | None
    estimates: Estimates | None
    slices: Slices | None
    effects: Effects | None = None


def plan_windows(log: BacktestLog) -> tuple[list[Span], list[Span]]:
    """The windows of history, and those that are reported."""
    options, first, last = log.options, log.facts.first, log.facts.last
    if first is None or last is None:  # pragma: no cover - a log is opened only with an instant in it
        return [], []
    until = options.reference_until
    return windows_before(until, first, options.window), windows_from(until, last, options.window)


def plan_metric(log: BacktestLog) -> Metric:
    """The metric, as given or by the task."""
    has_score = log.options.score is not None or log.outcomes.probability
    return metric_for(log.options.metric, log.outcomes.task, has_score=has_score)


def plan_objective(log: BacktestLog, metric: Metric, history: Sequence[float]) -> Objective | None:
    """The objective, as given or learned from the metric of history's windows."""
    if log.options.slo:
        return parse_objective(log.options.slo, metric)
    return learned_objective(metric, history)


@dataclass(frozen=True)
class _OfMetric:
    """What is said of a window's metric; `sure` when a fall is more than chance."""

    answer: Estimate | Unknown | None = None
    estimate: Estimated | None = None
    risk: float | None = None
    sure: bool = True

    @property
    def by_chance(self) -> bool:
        return self.risk is not None and self.risk >= RECORD_FROM and not self.sure


NOTHING = _OfMetric()


class Walk:
    """Goes through the windows in the order of time; what it hands out is complete for each window."""

    def __init__(self, log: BacktestLog, reader: WindowReader, plan: Plan, senses: Senses) -> None:
        self._log, self._reader, self._plan, self._senses = log, reader, plan, senses
        self._follower = Follower()
        self._lately = Lately(plan.objective, plan.chance) if plan.objective else None
        self._waits: dict[datetime, list[Wait]] = {}

    def learn_history(self, history: Sequence[Rows]) -> None:
        """Let the senses see the past, as it was known when the walk starts."""
        for span, rows in zip(self._plan.history, history, strict=False):  # without labels, none is read
            self._learn(span, rows)

    def settled(self, walked: Sequence[WalkedWindow]) -> list[WalkedWindow]:
        """The windows, with whether their labels are in now that the log ends."""
        usual = usual_curve(self._waits.values())
        return [replace(w, labels_in=labels_are_in(self._waits.get(w.start, []), usual)) for w in walked]

    def windows(self, summaries: Sequence[WindowSummary], progress: Progress) -> Iterator[WalkedWindow]:
        """Evaluate each window; `summaries` are theirs, in order."""
        for index, (span, summary) in enumerate(zip(self._plan.windows, summaries, strict=True)):
            progress("walking", index, len(self._plan.windows))
            yield self._window(span, summary)
        progress("walking", len(self._plan.windows), len(self._plan.windows))

    def _window(self, span: Span, summary: WindowSummary) -> WalkedWindow:
        start, end = span
        known_at = end + self._log.options.evaluate_after
        rows = self._reader.rows(span) if self._log.options.label else None
        found = self._judge_data(summary)
        window = WalkedWindow(start, end, known_at, self._reader.count(span))
        if rows is None:
            return replace(window, findings=tuple(self._tell(found, None, start, known_at)))
        if self._senses.effects is not None:
            found = self._senses.effects.judge(found, self._log.for_model(self._made(rows, known_at)), known_at)
        answer = self._estimate(span, rows, known_at)
        said = self._of_metric(answer, len(rows), known_at)
        findings = self._tell(found, rows, start, known_at, said)
        self._learn(span, rows)
        self._waits[start] = waits_of(rows, self._log.facts.end)
        return replace(
            window,
            findings=tuple(findings),
            estimate=said.estimate,
            realized=self._realized(rows),
            risk=said.risk,
            by_chance=said.by_chance,
            unestimated=answer.cause if isinstance(answer, Unknown) else "",
        )

    def _judge_data(self, summary: WindowSummary) -> list[Finding]:
        if self._senses.data is None:
            return []
        found = self._senses.data.judge(summary)
        self._senses.data.remember(summary, found)
        return found

    def _tell(
        self,
        found: Sequence[Finding],
        rows: Rows | None,
        start: datetime,
        known_at: datetime,
        said: _OfMetric = NOTHING,
    ) -> list[Told]:
        worse = []
        cut = self._plan.cut_short and start == self._plan.windows[-1][0]
        if self._senses.slices is not None and rows is not None and len(rows):
            seen = self._made(rows, known_at).known(known_at)
            worse = self._senses.slices.judge(start, self._log.for_slices(seen), known_at)
        told = tell(
            found, worse, said.estimate, self._plan.objective, said.risk, beyond_chance=said.sure, cut_short=cut
        )
        if self._lately is not None and isinstance(said.answer, Unknown) and rows is not None and len(rows):
            page = self._lately.without_estimate(said.answer, found, known_at)
            told = [page, *told] if page else told
        return self._follower.follow(told)

    def _of_metric(self, answer: Estimate | Unknown, rows: int, known_at: datetime) -> _OfMetric:
        estimate, risk = _estimated(answer, self._plan.metric), risk_of(answer, self._plan.objective)
        return _OfMetric(answer, estimate, risk, self._beyond_chance(estimate, risk, rows, known_at))

    def _beyond_chance(
        self, estimate: Estimated | None, risk: float | None, rows: int, known_at: datetime
    ) -> bool:
        """Whether so many rows do not miss the objective by chance alone, or those before it did not; an objective
        that was given is a fact."""
        if self._plan.chance is None:
            return True
        value, looks_bad = estimate.value if estimate else None, risk is not None and risk >= RECORD_FROM
        convincing = self._plan.chance.convincing(value, rows, looks_bad=looks_bad)
        seen = self._lately.miss(known_at) if self._lately is not None and looks_bad else None
        return convincing or seen is not None

    def _estimate(self, span: Span, rows: Rows, known_at: datetime) -> Estimate | Unknown:
        if self._senses.estimates is None:
            return Unknown("no-estimator", "This metric is not estimated.", 0.0)
        seen = self._log.for_model(self._made(rows, known_at)).known(known_at)
        if not len(seen):
            return Unknown("no-predictions", "Nothing was predicted in this window.", 0.0)
        return self._senses.estimates.estimate(span, seen, known_at)

    def _made(self, rows: Rows, known_at: datetime) -> Rows:
        """What may be looked at: every prediction of the window, or only those that were made by then."""
        return rows.where(rows.at.lt(known_at)) if self._log.options.only_made else rows

    def _realized(self, rows: Rows) -> Realized | None:
        value, count = value_of(self._plan.metric, rows)
        return None if value is None else Realized(value, count)

    def _learn(self, span: Span, rows: Rows) -> None:
        if self._senses.estimates is not None:
            self._senses.estimates.learn(self._log.for_model(rows))
        if self._senses.effects is not None:
            self._senses.effects.learn(self._log.for_model(rows))
        if self._senses.slices is not None:
            self._senses.slices.learn(span[0], self._log.for_slices(rows))
        if self._lately is not None:
            self._lately.learn(Window(*span), rows)


def _estimated(answer: Estimate | Unknown, metric: Metric) -> Estimated | None:
    """What is reported of it."""
    if isinstance(answer, Unknown):
        return None
    return Estimated(metric.value, answer.value, answer.low, answer.high, answer.label_coverage, answer.reason)
