"""What the gate says of a candidate, by what it did on the held-out rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config.metric import Metric, Task
from core.models.gate import GateDecision, GatePolicy, judge
from core.models.guard import Guard
from core.models.paired import HeldOut
from tests.paired_support import paired, rows_of


def rows(both_right: int = 0, gained: int = 0, lost: int = 0, both_wrong: int = 0, **features: Any) -> HeldOut:
    """Rows of alternating labels by who called them right."""
    count = both_right + gained + lost + both_wrong
    labels = np.arange(count) % 2
    new = np.repeat([1, 1, 0, 0], [both_right, gained, lost, both_wrong])
    old = np.repeat([1, 0, 1, 0], [both_right, gained, lost, both_wrong])

    def model(right: np.ndarray) -> Any:
        called = np.where(right == 1, labels, 1 - labels)
        return rows_of(Task.BINARY, labels, called, np.where(called == 1, 0.8, 0.2), **features)

    return HeldOut(model(new), model(old))


def minutes(better: float, rows: int = 600, tail: float = 4.0) -> HeldOut:
    """Deliveries that the champion misses by about six minutes, the candidate by `better` less."""
    random = np.random.default_rng(5)
    took, sign = random.uniform(10, 60, rows), random.choice([-1.0, 1.0], rows)
    errors = random.gamma(6 / tail, tail, rows)
    area = np.where(np.arange(rows) % 5 == 0, "hills", "centre")
    new = np.maximum(errors - better + random.normal(0, 0.5, rows), 0)
    calls = (took + sign * new, took + sign * errors)
    return HeldOut(*(rows_of(Task.REGRESSION, took, each, area=area) for each in calls))


MINUTES = GatePolicy(Metric.MAE, "minutes")


def test_a_regression_is_judged_in_its_unit_and_less_is_better() -> None:
    better, worse = judge(minutes(0.5), MINUTES), judge(minutes(-0.5), MINUTES)
    assert (better.decision, worse.decision) == (GateDecision.BETTER, GateDecision.WORSE)
    assert better.detail.startswith("MAE 6.")
    assert " → 5." in better.detail
    assert " minutes, −0.4" in better.detail
    assert better.detail.endswith(" minutes, 95% confidence)")
    assert better.candidate is not None
    assert set(better.candidate) == {"mae", "rmse", "r2"}
    assert better.promise is not None
    assert better.promise.labels == 600


def test_of_an_error_a_fiftieth_may_be_lost() -> None:
    result = judge(minutes(0.0), MINUTES)
    assert (result.decision, result.reason) == (GateDecision.NOT_WORSE, "within_margin")
    assert result.detail.endswith("; surely within the margin of 0.125 minutes"), "2% of six minutes"


def test_classes_are_judged_by_their_f1() -> None:
    candidate, champion = paired(Task.MULTICLASS, 800, seed=2, gain=0.4)
    result = judge(HeldOut(candidate, champion), GatePolicy(Metric.F1))
    assert result.decision is GateDecision.BETTER
    assert result.detail.startswith("F1 ")
    assert "points" in result.detail


def test_critical_customers_are_judged_by_the_metric_of_the_pipeline() -> None:
    held_out = minutes(0.5)
    hills = held_out.candidate.features["area"] == "hills"
    far = held_out.candidate.prediction.where(~hills, held_out.candidate.prediction + 9)
    broken = HeldOut(
        rows_of(Task.REGRESSION, held_out.candidate.label, far, area=hills.map({True: "hills"})), held_out.champion
    )
    result = judge(broken, MINUTES, [Guard("the hills", {"area": "hills"}), Guard("lost", {"zone": 1})])
    assert (result.decision, result.reason) == (GateDecision.WORSE, "guard_broken")
    assert result.detail.endswith("; it breaks what must not break: the hills")
    assert result.guards[0].detail.startswith("the hills: MAE 6.")
    assert [each.broken for each in result.guards] == [True, None]
    assert result.guards[1].detail == "lost: not judged, the held-out rows have no column zone"


@pytest.mark.parametrize(("by", "broken"), [(-1.0, True), (0.2, False)])
def test_a_product_metric_must_not_break(by: float, broken: bool) -> None:
    held_out = minutes(0.5)
    sales = pd.Series(np.random.default_rng(1).uniform(5, 15, 600))
    told = HeldOut(held_out.candidate, held_out.champion, {"sales": (sales + by, sales)})
    result = judge(told, MINUTES, [Guard("sales"), Guard("complaints", higher=False)])
    assert result.guards[0].broken is broken
    assert result.guards[0].detail.startswith("sales: 9.95 → ")
    assert result.guards[1].broken is None
    assert (result.decision is GateDecision.WORSE) is broken


def test_a_slice_breaks_by_chance_in_no_more_than_one_of_ten() -> None:
    """Equal models, slices of 50 rows: the observed accuracy falls by more than two points in 28 of 100."""
    broken = 0
    for trial in range(100):
        candidate, champion = paired(Task.BINARY, 50, seed=trial)
        part = Guard("few", {})
        judged = judge(HeldOut(candidate, champion), GatePolicy(minimum_rows=50), [part])
        broken += bool(judged.guards[0].broken)
    assert broken <= 14


def test_a_clear_gain_is_better() -> None:
    result = judge(rows(both_right=700, gained=60, lost=10, both_wrong=230), GatePolicy())

    assert (result.decision, result.reason) == (GateDecision.BETTER, "significantly_better")
    assert result.candidate is not None
    assert result.champion is not None
    assert result.candidate["accuracy"] == pytest.approx(0.76)
    assert result.champion["accuracy"] == pytest.approx(0.71)
    assert result.detail.startswith("accuracy 71.0% → 76.0%, +5.0 points (+3.")


def test_hardly_a_difference_on_many_rows_is_not_worse() -> None:
    result = judge(rows(both_right=7500, gained=20, lost=22, both_wrong=2458), GatePolicy())

    assert (result.decision, result.reason) == (GateDecision.NOT_WORSE, "within_margin")


def test_a_clear_loss_is_worse() -> None:
    result = judge(rows(both_right=700, gained=10, lost=60, both_wrong=230), GatePolicy())

    assert (result.decision, result.reason) == (GateDecision.WORSE, "significantly_worse")


def test_rows_that_cannot_tell_are_too_few() -> None:
    result = judge(rows(both_right=150, gained=14, lost=16, both_wrong=40), GatePolicy())

    assert (result.decision, result.reason) == (GateDecision.TOO_FEW, "interval_too_wide")


def test_a_handful_of_rows_is_not_judged_at_all() -> None:
    result = judge(rows(both_right=50, gained=50), GatePolicy(minimum_rows=101))

    assert (result.decision, result.reason) == (GateDecision.TOO_FEW, "too_few_rows")
    assert result.difference is None
    assert "100 labelled held-out rows, 101 needed" in result.detail


def test_a_slice_that_must_not_break_outweighs_the_gain() -> None:
    lost = np.arange(1000) >= 700 + 90
    vip = lost & (np.arange(1000) < 700 + 90 + 60)
    held_out = rows(both_right=700, gained=90, lost=20, both_wrong=190, vip=vip)

    result = judge(held_out, GatePolicy(), [Guard("vip", {"vip": True}), Guard("all", {})])

    assert (result.decision, result.reason) == (GateDecision.WORSE, "guard_broken")
    assert "vip" in result.detail
    assert [each.broken for each in result.guards] == [True, False]
    assert result.difference is not None
    assert result.difference.low > 0


@pytest.mark.parametrize("size", [0, 49])
def test_a_slice_with_few_rows_breaks_nothing(size: int) -> None:
    few = (np.arange(1000) >= 790) & (np.arange(1000) < 790 + size)
    held_out = rows(both_right=700, gained=90, lost=50, both_wrong=160, few=few)

    result = judge(held_out, GatePolicy(), [Guard("few", {"few": True})])

    assert result.decision is GateDecision.BETTER
    assert (result.guards[0].rows, result.guards[0].broken) == (size, None)


def test_auc_judges_the_order_where_accuracy_sees_nothing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 2000)
    candidate = 0.2 + 0.1 * labels + random.uniform(0, 0.15, 2000)  # all below the threshold
    champion = 0.2 + 0.05 * labels + random.uniform(0, 0.15, 2000)
    held_out = HeldOut(*(rows_of(Task.BINARY, labels, labels * 0, each) for each in (candidate, champion)))

    assert judge(held_out, GatePolicy()).decision is GateDecision.NOT_WORSE
    assert judge(held_out, GatePolicy(metric=Metric.AUC)).decision is GateDecision.BETTER


def test_auc_of_one_label_only_cannot_be_judged() -> None:
    zeros = np.zeros(300)
    held_out = HeldOut(*(rows_of(Task.BINARY, zeros, zeros, zeros + each) for each in (0.2, 0.3)))

    result = judge(held_out, GatePolicy(metric=Metric.AUC))

    assert (result.decision, result.reason) == (GateDecision.TOO_FEW, "not_defined")
    assert result.detail == "AUC cannot be compared on these rows: it needs at least two rows of each class"
    assert result.candidate is not None
    assert result.candidate["auc"] is None
