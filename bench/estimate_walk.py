"""The walk over one stream: what is said of each window before its labels are in, beside simple answers.

Everything that is said at an instant rests on the labels in by then; what is compared with is what all labels of the
log say in the end.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from bench.estimate_making import Source
from core.evaluation.backtest.objective import Objective, learned_objective
from core.evaluation.estimate.answer import Estimate, Unknown
from core.evaluation.estimate.estimator import Estimator
from core.evaluation.estimate.measure import learn_confusion, metrics
from core.evaluation.estimate.memory import tabled
from core.evaluation.estimate.outcome import outcomes
from core.evaluation.formulas import value_of
from core.evaluation.rows import Rows, Task
from core.evaluation.windows import Window

LEADS = {"none": 0.0, "half": 0.5, "most": 0.9}
"""How many of the labels that ever come are in, on average, when a window is looked at."""
RECENT = 7
SETTLED = 0.98


@dataclass
class Answers:
    """One way of telling, window by window; NaN where nothing was told."""

    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, value: float, low: float = np.nan, high: float = np.nan) -> None:
        for series, number in ((self.value, value), (self.low, low), (self.high, high)):
            series.append(number)


@dataclass
class Walked:
    """`truth` by window, the answers by name, and why some windows have none of ours. `objective` is what a backtest
    learns from the past's metrics, and `risk` how likely each window was said to miss it (NaN: nothing was said)."""

    truth: list[float]
    answers: dict[str, Answers]
    unknown: list[str]
    objective: Objective
    risk: list[float] = field(default_factory=list)

    def take(self, truth: float, answer: Estimate | Unknown) -> None:
        """What was said of a window, and what it turned out to be."""
        self.truth.append(truth)
        ours = self.answers.setdefault("goldilocks", Answers())
        if isinstance(answer, Unknown):
            ours.add(np.nan)
            self.unknown.append(answer.cause)
            self.risk.append(np.nan)
        else:
            ours.add(answer.value, answer.low, answer.high)
            below = answer.probability_below(self.objective.value)
            self.risk.append(below if self.objective.at_least else 1 - below)

    @property
    def told(self) -> list[bool]:
        """Which windows were said to miss the objective, likelier than not."""
        return [risk >= 0.5 for risk in self.risk]

    @property
    def missed(self) -> list[bool]:
        """Which windows turned out to miss the objective."""
        return [self.objective.missed_by(value) for value in self.truth]

    def beside(self, name: str, value: float) -> None:
        """What a simple way would have said."""
        self.answers.setdefault(name, Answers()).add(value)


def lead_of(source: Source, share: float) -> timedelta:
    """How long after a window began so many of its labels are in."""
    start = pd.Timestamp(source.start)
    began = start + ((source.rows.at - start) // source.length) * source.length
    waits = (source.rows.label_at - began).dropna()
    return timedelta() if share == 0 else pd.Timedelta(waits.quantile(share)).to_pytimedelta()


def walk(source: Source, share: float, every: int = 1) -> Walked:
    """Each `every`-th window after the past, looked at when this share of its labels is in."""
    lead, rows = lead_of(source, share), source.rows
    estimator = Estimator(rows.task, source.measure, source.length)
    place = pd.Series((rows.at - pd.Timestamp(source.start)) // source.length)
    cut = [rows.where(place == number) for number in range(source.windows)]
    truth, settled = [metric(each, source.measure) for each in cut], [settled_at(each) for each in cut]
    objective = learned_objective(source.measure, truth[: source.past])
    if objective is None:
        raise ValueError("the past of a stream needs labels")
    simple, walked = Simple(source, cut), Walked([], {}, [], objective)
    before: datetime | None = None
    for number in range(source.past, source.windows, every):
        start = source.start + source.length * number
        now = start + lead
        fresh = place < number
        if before is not None:  # what is new: predictions, and labels of old ones
            fresh &= (rows.label_at > before) | (place >= number - every)
        estimator.learn(rows.where(fresh).known(now), now)
        before = now
        answer = estimator.estimate(Window(start, start + source.length), cut[number].known(now), now)
        walked.take(truth[number], answer)
        past = [truth[i] for i in range(number) if settled[i] <= now and not np.isnan(truth[i])]
        walked.beside("past mean", float(np.mean(past)))
        walked.beside("last 7", float(np.mean(past[-RECENT:])))
        for name, value in simple.answers(number, now).items():
            walked.beside(name, value)
    return walked


def metric(rows: Rows, measure: Any) -> float:
    value, _ = value_of(measure, rows)
    return np.nan if value is None else value


def settled_at(rows: Rows) -> datetime:
    """When nearly all of its labels that ever come had come."""
    waits = rows.label_at.dropna()
    if waits.empty:
        return datetime.max.replace(tzinfo=rows.at.dt.tz)
    return pd.Timestamp(waits.quantile(SETTLED)).to_pydatetime()


class Simple:
    """The labels that are in, and a calibrated score for the rest (for regressions the usual loss by features).

    As NannyML has it: CBPE for classes, DLE for numbers; arrived labels take their rows' place. A log without scores
    has how often the same answer was right.
    """

    def __init__(self, source: Source, cut: list[Rows]) -> None:
        self._cut, self._measure, self._task = cut, source.measure, source.rows.task
        past = source.rows.where(source.rows.at < source.start + source.length * source.past)
        past = past.where(past.labelled)
        self._model = self._fit(past)
        known = tabled(past, self._measure, np.zeros((len(past), 0)))
        every = np.ones(len(past), bool)
        self._confusion = learn_confusion(known, every) if self._task is Task.MULTICLASS else None

    def answers(self, number: int, now: datetime) -> dict[str, float]:
        rows = self._cut[number].known(now)
        if not len(rows):
            return {"labels in": np.nan, "by score": np.nan}
        return {"labels in": metric(rows, self._measure), "by score": self._by_score(rows)}

    def _fit(self, past: Rows) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.isotonic import IsotonicRegression

        outcome = outcomes(past, self._measure)
        if self._task is Task.REGRESSION:
            return HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=8).fit(_numbers(past), outcome)
        return IsotonicRegression(increasing="auto", out_of_bounds="clip").fit(_told_by(past), outcome)

    def _by_score(self, rows: Rows) -> float:
        table = tabled(rows, self._measure, np.zeros((len(rows), 0)))
        told_by = _numbers(rows) if self._task is Task.REGRESSION else _told_by(rows)
        mean = np.where(np.isnan(table.outcome), self._model.predict(told_by), table.outcome)[:, None]
        return float(metrics(self._measure, self._task, mean, np.ones_like(mean), table, self._confusion)[0])


def _told_by(rows: Rows) -> Any:
    return (rows.prediction if rows.score is None else rows.score).to_numpy(float)


def _numbers(rows: Rows) -> Any:
    coded = [
        rows.features[name].to_numpy(float)
        if pd.api.types.is_numeric_dtype(rows.features[name])
        else rows.features[name].astype(object).map(lambda text: sum(map(ord, str(text))) % 97).to_numpy(float)
        for name in rows.features
    ]
    return np.column_stack([*coded, rows.prediction.to_numpy(float)])
