"""Slices that fail in ways that hardly show in how many of their predictions are right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config.metric import Metric
from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.find import SliceFinder
from core.evaluation.slicing.found import SliceFound, matters
from core.evaluation.slicing.losses import Loss, learn_cutoff

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PAST = 14
REGIONS = ("east", "north", "south")
NORTH = (("region", "north"),)
Change = Callable[[Rows, np.random.Generator], Rows]


def frauds(number: int, rng: np.random.Generator, rows: int = 3000) -> Rows:
    """A day of payments of which 2% are frauds. Three quarters of these are found, and 1 honest one in 200 flagged."""
    at = pd.Series(
        pd.to_datetime(START + number * DAY) + pd.to_timedelta(np.sort(rng.uniform(0, 86400, rows)), unit="s")
    )
    features = pd.DataFrame({"region": rng.choice(REGIONS, rows), "card": rng.choice(list("xy"), rows)})
    label = pd.Series((rng.uniform(size=rows) < 0.02).astype(float))
    score = pd.Series(np.where(label == 1, rng.beta(4, 2.5, rows), rng.beta(1.2, 8, rows)))
    return Rows(Task.BINARY, at, score.ge(0.5).astype(float), label, at + pd.Timedelta(hours=1), features, score)


def numbers(number: int, rng: np.random.Generator) -> Rows:
    """A day of a regression whose errors are normal, of 5 minutes."""
    rows = frauds(number, rng)
    label = pd.Series(rng.normal(60, 20, len(rows)))
    error = rng.normal(0, 5, len(rows))
    return replace(rows, task=Task.REGRESSION, label=label, prediction=label + error, score=None)


def north(rows: Rows) -> pd.Series:
    return rows.features["region"] == "north"


def misses_all(rows: Rows, _: np.random.Generator) -> Rows:
    return replace(rows, prediction=rows.prediction.where(~(north(rows) & rows.label.eq(1)), 0.0))


def flags_more(rows: Rows, rng: np.random.Generator) -> Rows:
    more = north(rows) & rows.label.eq(0) & (rng.uniform(size=len(rows)) < 0.03)
    return replace(rows, prediction=rows.prediction.where(~more, 1.0))


def too_low(rows: Rows, _: np.random.Generator) -> Rows:
    error = rows.prediction - rows.label
    return replace(rows, prediction=rows.label + error.where(~north(rows), -error.abs()))


def scores_nothing(rows: Rows, rng: np.random.Generator) -> Rows:
    """The score says nothing any more, while no prediction changes."""
    assert rows.score is not None
    hit = north(rows)
    score = rows.score.copy()
    score[hit] = rng.permutation(score[hit])
    return replace(rows, score=score)


def never_flags(make: Callable[..., Rows]) -> Callable[..., Rows]:
    """Nobody flags anything: people act upon the score."""

    def made(number: int, rng: np.random.Generator) -> Rows:
        rows = make(number, rng)
        return replace(rows, prediction=rows.prediction * 0)

    return made


def finder_of(make: Callable[..., Rows], metric: Metric, rng: np.random.Generator) -> SliceFinder:
    finder = SliceFinder(("region", "card"), DAY, unit="minutes", metric=metric)
    past = [make(i, rng) for i in range(PAST)]
    finder.learn(past[0])
    for i, rows in enumerate(past):
        finder.remember(START + i * DAY, rows)
    return finder


@pytest.mark.parametrize(
    ("make", "change", "metric", "loss", "said"),
    [
        (frauds, misses_all, Metric.ACCURACY, Loss.POSITIVES, "finds 0 of "),
        (frauds, flags_more, Metric.ACCURACY, Loss.NEGATIVES, " negatives as positive, usually "),
        (numbers, too_low, Metric.MAE, Loss.BELOW, " times, 4"),
        (frauds, scores_nothing, Metric.AUC, Loss.POSITIVES, " positives at 0."),
        (never_flags(frauds), scores_nothing, Metric.ACCURACY, Loss.POSITIVES, " positives at 0."),
    ],
    ids=["recall", "false-positives", "bias", "auc", "nothing-is-flagged"],
)
def test_what_hides_in_the_whole_is_told_with_its_own_figures(
    make: Callable[..., Rows], change: Change, metric: Metric, loss: Loss, said: str
) -> None:
    rng = np.random.default_rng(3)
    finder = finder_of(make, metric, rng)
    now = make(PAST, rng)
    assert not [each for each in finder.judge(START + PAST * DAY, now) if each.worse], "as it is, it is calm"
    told = [each for each in finder.judge(START + PAST * DAY, change(now, rng)) if each.worse]
    assert (told[0].where, told[0].loss) == (NORTH, loss), [each.reason for each in told]
    assert {each.loss for each in told} == {loss}
    assert said in told[0].reason
    whole = told[0].whole
    assert whole is not None
    assert whole.labels == told[0].labels > told[0].of * (1 if loss.of_side else 1.01) - 1
    assert whole.usual - whole.value < 0.05, "in the whole it hardly shows"


def test_days_of_rare_frauds_tell_of_nothing_while_nothing_is_wrong() -> None:
    rng = np.random.default_rng(5)
    finder = finder_of(frauds, Metric.ACCURACY, rng)
    days = 30
    told = []
    for number in range(PAST, PAST + days):
        now = frauds(number, rng, 1500)
        told += [each for each in finder.judge(START + number * DAY, now) if each.worse]
        finder.remember(START + number * DAY, now)
    assert len(told) <= 1, "one in ten months is asked for"


def test_classes_too_rare_to_be_judged_by_themselves_are_said() -> None:
    rng = np.random.default_rng(6)
    finder = finder_of(frauds, Metric.ACCURACY, rng)
    finder.judge(START + PAST * DAY, frauds(PAST, rng, 400))
    assert [each for each in finder.left_out if "had 10 positives" in each]


def test_an_effect_matters_by_its_share_of_its_class_or_of_what_is_called_alike() -> None:
    assert not matters(Loss.MISS, 0.03, 1000, 1000)
    assert matters(Loss.POSITIVES, 0.05, 20, 10_000)
    assert matters(Loss.NEGATIVES, 0.03, 1000, 60), "30 of 60 that are flagged"
    assert not matters(Loss.NEGATIVES, 0.03, 1000, 900), "30 of 900 that are flagged"
    assert not matters(Loss.NEGATIVES, 0.0005, 1000, 2), "half a payment"
    assert [matters(Loss.ABOVE, short, 100, 100) for short in (0.1, 0.15)] == [False, True]


def test_the_score_that_calls_a_row_positive_parts_the_past_best() -> None:
    rows = frauds(0, np.random.default_rng(0))
    assert learn_cutoff(rows, Metric.ACCURACY) is None, "its predictions say it"
    cutoff = learn_cutoff(rows, Metric.AUC)
    assert cutoff is not None

    def gain(at: float) -> Any:
        assert rows.score is not None
        return rows.score[rows.label == 1].ge(at).mean() - rows.score[rows.label == 0].ge(at).mean()

    assert all(gain(cutoff) >= gain(at) for at in np.linspace(0, 1, 101))
    nobody = replace(rows, label=rows.label * 0)
    assert learn_cutoff(nobody, Metric.AUC) is None


def test_counts_of_a_slice_are_those_of_its_class() -> None:
    values: dict[str, Any] = {
        "where": NORTH, "predictions": 1000, "labels": 1000, "low": 0.0, "high": 0.3, "score": 5.0, "chance": 1e-6,
        "blocks": 7, "of": 20,
    }  # fmt: skip
    found = SliceFound(value=0.15, usual=0.75, usual_low=0.63, usual_high=0.87, loss=Loss.POSITIVES, **values)
    assert found.figure == "finds 3 of 20 positives, usually 13 to 17"
    assert replace(found, usual_low=None).figure == "finds 3 of 20 positives, usually 15"
    assert replace(found, cutoff=0.314159).figure == "scores 3 of 20 positives at 0.314 or more, usually 13 to 17"
    flagged = replace(found, loss=Loss.NEGATIVES)
    assert flagged.figure == "flags 17 of 20 negatives as positive, usually 3 to 7"
    low = replace(found, loss=Loss.BELOW, bias=-4.25, unit="minutes")
    assert low.figure == "predicted too low 17 of 20 times, 4.25 minutes on average; usually 3 to 7 times"
