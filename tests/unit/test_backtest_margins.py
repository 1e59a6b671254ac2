"""Scores that are no probabilities: the curve that makes them such."""

import ibis
import numpy as np
import pandas as pd
import pytest

from core.evaluation.backtest.margins import FEWEST_OF_CLASS, Curve, are_margins, learn_curve


def test_the_curve_that_made_the_labels_is_found() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(20, 8, 20_000)
    label = (rng.uniform(size=len(score)) < 1 / (1 + np.exp(-(0.3 * score - 7)))).astype(float)
    found = learn_curve(np.append(score, np.inf), np.append(label, 1.0))
    assert (found.slope, found.offset) == (pytest.approx(0.3, rel=0.08), pytest.approx(-7, rel=0.08))
    assert found.labels == len(score)


@pytest.mark.parametrize("ones", [0, FEWEST_OF_CLASS - 1])
def test_too_few_labels_of_a_class_or_a_score_against_them_give_the_plain_curve(ones: int) -> None:
    score = np.linspace(-3, 3, 500)
    assert learn_curve(score, (np.arange(500) >= 500 - ones).astype(float)) == Curve()
    assert learn_curve(score, (score < 0).astype(float)) == Curve()


def test_probabilities_keep_the_order_whatever_the_scores() -> None:
    scores = ibis.memtable({"s": [-1e300, -40.0, -1.0, 0.0, 1.0, 40.0, 1e300, np.inf]})
    found = Curve(2.0, 1.0, 100).of(scores.s).name("p").as_table().to_pyarrow().to_pandas()["p"]
    assert found.between(0, 1).all()
    assert found.is_monotonic_increasing
    assert found[3] == pytest.approx(1 / (1 + np.exp(-1)))


@pytest.mark.parametrize(("outside", "told"), [(0, False), (4, False), (5, True), (100, True)])
def test_scores_are_margins_where_many_lie_outside(outside: int, told: bool) -> None:
    values = pd.DataFrame({"s": [2.5] * outside + [0.5] * (100 - outside) + [np.nan]})
    assert are_margins(ibis.memtable(values).s) is told
