"""What watches one pipeline: data checks and the estimate, kept in memory between evaluations.

Everything here can be made anew from what is stored (`Watched`) and from the log, so a process that starts, or one
that evaluates an old window, says the same as one that has run for months.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.config.pipeline import Pipeline
from core.evaluation.checks.bounds import judge_bounds
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.checks.judged import Judged
from core.evaluation.checks.schema import retyped
from core.evaluation.effect.foresee import LOOKED_AT, Foresight
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.finding import Finding
from core.evaluation.goal import Goal
from core.evaluation.labels.latecomers import Latecomers, latecomers
from core.evaluation.live.fired import fired
from core.evaluation.live.late import LATE
from core.evaluation.live.slice_checks import SliceChecks, SliceLook
from core.evaluation.live.slices import LiveSlices
from core.evaluation.live.summarised import Seen, Watched, summarise
from core.evaluation.live.turnouts import Turnouts, turnouts
from core.evaluation.log.prediction_log import PAST_ROWS, WINDOW_ROWS, PredictionLogReader
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window, windows_until

LEARNING = 42
"""Windows with rows, six weeks of days, before the checks are told: from fewer nobody can tell what is rare."""
TAUGHT, TAUGHT_WINDOWS = timedelta(days=60), 200
"""How far back the estimate reads when it is made anew, and in windows where these reach farther: what it learns from
(`estimate.trees`) where it runs on."""
REFRESHED = timedelta(days=21)
"""How far back it reads otherwise, and farther where labels take longer."""
RECALLED = 60
"""Stored windows that a process reads which knows the others: those that take late rows, and to tell whether the past
is LEARNING windows long."""
TREND = (28, 56, 112)
"""Windows before the evaluated one of which it is known what became of them: so many that some have their labels."""


@dataclass(frozen=True)
class Look:
    """What was seen of a window: `plan` and `fresh` are to be stored; `findings` are what the checks found in it,
    `estimate` what its metric will turn out to be, `turnouts` what becomes of it and the TREND before it, and `fired`
    the columns and rows that the findings speak of; `by_slice` is what the checks of slices found, and `latecomers` say
    which predictions of the past got their labels late."""

    plan: Plan
    fresh: tuple[Seen, ...]
    findings: tuple[Finding, ...]
    estimate: Estimate | Unknown
    turnouts: Turnouts = field(default_factory=Turnouts)
    fired: dict[str, Any] = field(default_factory=dict)
    by_slice: SliceLook = field(default_factory=SliceLook)
    latecomers: tuple[Latecomers, ...] = ()


@dataclass
class _Estimating:
    estimator: Estimator
    learned_at: datetime


@dataclass
class Senses:
    """The memory of one process about one pipeline, by `look` and of its `slices`. From `learning` windows with rows on
    the checks are told."""

    pipeline: Pipeline
    learning: int = LEARNING
    slices: LiveSlices = field(init=False)
    slice_checks: SliceChecks = field(init=False)
    _checks: DataChecks | None = None
    _last: datetime | None = None
    _rows: dict[datetime, int] = field(default_factory=dict)
    _estimating: _Estimating | None = field(default=None)
    _latecomers: tuple[Latecomers, ...] = ()
    _foresight: Foresight = field(init=False)

    def __post_init__(self) -> None:
        self._foresight = Foresight(self.pipeline.metric)
        self.slice_checks = SliceChecks(self.pipeline)
        self.slices = LiveSlices(self.pipeline, self.pipeline.slice_depth)

    def knows(self, last: datetime | None, window: Window) -> bool:
        """Whether the checks in memory know the windows before this one, of which `last` is the start of the newest
        that is stored; then RECALLED of them are enough to `look`."""
        return self._checks is not None and last is not None and self._last == last and last < window.start

    def look(self, reader: PredictionLogReader, watched: Watched, window: Window, known_at: datetime) -> Look:
        """Look at a window as it was known at an instant. Raises LogError when the log cannot be read."""
        plan, fresh = summarise(reader, self.pipeline, watched, window)
        now, past = fresh[-1].summary, (*watched.seen, *fresh[:-1])
        checks = self._checks_before(window.start, past)
        found = (*self._promised(now, past), *_trusted(checks.judge(now), past, self.learning))
        checks.remember(now, found)
        self._last = window.start
        told = (*fresh[:-1], replace(fresh[-1], findings=found))
        estimator = self._learned(reader, window, known_at)
        rows = reader.rows(window.start, window.end, known_at, most=WINDOW_ROWS)
        estimate = estimator.estimate(window, rows, known_at)
        before = self._turnouts(reader, window, known_at, estimator)
        known = replace(before, pending={**before.pending, window.start: estimate})
        seen = fired(found, [each.summary for each in past], now, rows)
        foreseen = self._foreseen(reader, found, window, known_at)
        return Look(plan, told, foreseen, estimate, known, seen, latecomers=self._latecomers)

    def _turnouts(
        self, reader: PredictionLogReader, window: Window, known_at: datetime, estimator: Estimator
    ) -> Turnouts:
        """Which windows up to this one have their labels in, and what those before it will come to that have not."""
        for count in TREND:
            windows = windows_until(self.pipeline.evaluation, window, count)
            waits = reader.waits(windows, known_at)
            found = turnouts(windows, waits, known_at)
            if found.settled or not waits[0]:
                break
        pairs = zip(windows[:-1], waits, strict=False)
        coming = [each for each, waited in pairs if waited and each.start not in found.settled]
        if not coming:
            return found
        rows = reader.rows(coming[0].start, coming[-1].end, known_at, most=PAST_ROWS)
        answers = (estimator.estimate(w, rows.between(w.start, w.end), known_at) for w in coming)
        return replace(found, pending={w.start: each for w, each in zip(coming, answers, strict=True)})

    def _promised(self, now: WindowSummary, past: Sequence[Seen]) -> list[Finding]:
        """What holds from the first window on: bounds that people set, and types that stay."""
        return [*judge_bounds(now, self.pipeline.checks), *retyped(now, [each.summary for each in past])]

    def _foreseen(
        self, reader: PredictionLogReader, found: Sequence[Finding], window: Window, known_at: datetime
    ) -> tuple[Finding, ...]:
        """The findings with what each will do to the metric."""
        if not found:
            return ()
        spans = windows_until(self.pipeline.evaluation, window, LOOKED_AT)
        rows = reader.rows(spans[0].start, window.end, known_at, most=PAST_ROWS)
        past = [rows.between(span.start, span.end) for span in spans[:-1]]
        return tuple(self._foresight.judge(found, past, rows.between(window.start, window.end)))

    def _checks_before(self, start: datetime, past: Sequence[Seen]) -> DataChecks:
        """The checks that know exactly the windows before: those in memory, or new ones made from what is stored."""
        known = past[-1].summary.start if past else None
        if self._checks is None or self._last is None or self._last != known or self._last >= start:
            self._checks = DataChecks.learn([Judged(each.summary, each.findings) for each in past])
        else:
            self._amend(self._checks, past)
        self._rows = {each.summary.start: each.summary.rows for each in past}
        return self._checks

    def _amend(self, checks: DataChecks, past: Sequence[Seen]) -> None:
        """Let the checks know the rows that were added to windows which they remember."""
        for each in past[-LATE:]:
            if self._rows.get(each.summary.start, each.summary.rows) != each.summary.rows:
                checks.amend(each.summary)

    def _learned(self, reader: PredictionLogReader, window: Window, known_at: datetime) -> Estimator:
        """The estimator with all that was known at the instant."""
        measure = self.pipeline.metric
        held = self._estimating
        if held is None or held.learned_at >= known_at:
            length = window.end - window.start
            taught = max(TAUGHT, TAUGHT_WINDOWS * length)
            held = _Estimating(Estimator(self.pipeline.task, measure, length), known_at)
            self._teach(held, reader, window.start - taught, window, known_at)
            if held.estimator.patience > taught / 3:  # most of what was read has no labels yet
                begin = window.start - taught - 2 * held.estimator.patience
                held = _Estimating(Estimator(self.pipeline.task, measure, length), known_at)
                self._teach(held, reader, begin, window, known_at)
        else:
            reach = max(REFRESHED, 1.5 * held.estimator.patience)
            self._teach(held, reader, min(held.learned_at, window.start) - reach, window, known_at)
        held.learned_at, self._estimating = known_at, held
        return held.estimator

    def _teach(
        self, held: _Estimating, reader: PredictionLogReader, begin: datetime, window: Window, known_at: datetime
    ) -> None:
        """Let the estimator know the predictions of `[begin, window)`, and see whose labels came late."""
        rows = reader.rows(begin, window.start, known_at, most=PAST_ROWS)
        held.estimator.learn(rows, known_at)
        self._latecomers = tuple(latecomers(rows, known_at, self.pipeline.outcome_name))


def _trusted(found: Sequence[Finding], past: Sequence[Seen], learning: int) -> tuple[Finding, ...]:
    """What may be told: everything once the past is long enough, until then only that nothing is logged any more."""
    windows = sum(each.summary.rows > 0 for each in past)
    if windows >= learning:
        return tuple(found)
    return tuple(each for each in found if windows and each.check == "rows")


def estimate_json(answer: Estimate | Unknown, goal: Goal) -> dict[str, Any]:
    """What is stored of an estimate; `risk` is the probability in (0, 1) that the metric misses the objective.

    Without one, `value`, `low`, `high` and `risk` are None and `reason` says why.
    """
    if isinstance(answer, Unknown):
        figures: dict[str, Any] = dict.fromkeys(("value", "low", "high", "risk"))
        return figures | {"coverage": answer.label_coverage, "cause": answer.cause, "reason": answer.reason}
    below = answer.probability_below(goal.value)
    return {
        "value": answer.value,
        "low": answer.low,
        "high": answer.high,
        "risk": below if goal.at_least else 1 - below,
        "coverage": answer.label_coverage,
        "cause": None,
        "reason": answer.reason,
    }
