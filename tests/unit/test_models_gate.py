"""What the gate says of a candidate, by what it did on the held-out rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config.metric import Metric
from core.models.gate import GateDecision, GatePolicy, Guard, HeldOut, judge
from core.models.holdout import HoldoutError, read_holdout


def rows(both_right: int = 0, gained: int = 0, lost: int = 0, both_wrong: int = 0) -> HeldOut:
    """Rows of alternating labels by who called them right."""
    count = both_right + gained + lost + both_wrong
    labels = np.arange(count) % 2
    new = np.repeat([1, 1, 0, 0], [both_right, gained, lost, both_wrong])
    old = np.repeat([1, 0, 1, 0], [both_right, gained, lost, both_wrong])

    def scored(right: np.ndarray) -> np.ndarray:
        return np.where((labels == 1) == (right == 1), 0.8, 0.2)

    return HeldOut(labels.astype(float), scored(new), scored(old))


def test_a_clear_gain_is_better() -> None:
    result = judge(rows(both_right=700, gained=60, lost=10, both_wrong=230), GatePolicy())

    assert (result.decision, result.reason) == (GateDecision.BETTER, "significantly_better")
    assert result.candidate is not None
    assert result.champion is not None
    assert result.candidate.accuracy == pytest.approx(0.76)
    assert result.champion.accuracy == pytest.approx(0.71)
    assert result.detail.startswith("accuracy +0.050 [")


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
    held_out = rows(both_right=700, gained=90, lost=20, both_wrong=190)
    lost = np.arange(1000) >= 700 + 90
    vip = lost & (np.arange(1000) < 700 + 90 + 60)

    result = judge(held_out, GatePolicy(), [Guard("vip", vip), Guard("all", np.ones(1000))])

    assert (result.decision, result.reason) == (GateDecision.WORSE, "guard_broken")
    assert "vip" in result.detail
    assert [each.broken for each in result.guards] == [True, False]
    assert result.difference is not None
    assert result.difference.low > 0


@pytest.mark.parametrize("size", [0, 49])
def test_a_slice_with_few_rows_breaks_nothing(size: int) -> None:
    held_out = rows(both_right=700, gained=90, lost=50, both_wrong=160)
    few = (np.arange(1000) >= 790) & (np.arange(1000) < 790 + size)

    result = judge(held_out, GatePolicy(), [Guard("few", few)])

    assert result.decision is GateDecision.BETTER
    assert (result.guards[0].rows, result.guards[0].broken) == (size, None)


def test_auc_judges_the_order_where_accuracy_sees_nothing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 2000).astype(float)
    candidate = 0.2 + 0.1 * labels + random.uniform(0, 0.15, 2000)  # all below the threshold
    champion = 0.2 + 0.05 * labels + random.uniform(0, 0.15, 2000)
    held_out = HeldOut(labels, candidate, champion)

    assert judge(held_out, GatePolicy()).decision is GateDecision.NOT_WORSE
    assert judge(held_out, GatePolicy(metric=Metric.AUC)).decision is GateDecision.BETTER


def test_auc_of_one_label_only_cannot_be_judged() -> None:
    held_out = HeldOut(np.zeros(300), np.full(300, 0.2), np.full(300, 0.3))

    result = judge(held_out, GatePolicy(metric=Metric.AUC))

    assert (result.decision, result.reason) == (GateDecision.TOO_FEW, "one_label_only")
    assert result.candidate is not None
    assert result.candidate.auc is None


def written(path: Path, **columns: list[float]) -> Path:
    pd.DataFrame(columns).to_parquet(path / "holdout.parquet")
    return path / "holdout.parquet"


def test_held_out_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = written(tmp_path, id=[1, 2], label=[0, 1], score=[0.1, 0.8], champion_score=[0.2, 0.4])

    held_out = read_holdout(path, 0.3)

    assert held_out.labels.tolist() == [0, 1]
    assert held_out.candidate.tolist() == [0.1, 0.8]
    assert held_out.champion.tolist() == [0.2, 0.4]
    assert held_out.threshold == 0.3


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [0], "score": [0.1]}, "lacks champion_score"),
        ({"label": [3], "score": [0.1], "champion_score": [0.1]}, "labels must be 0 or 1"),
        ({"label": [0], "score": [0.1], "champion_score": [7.0]}, "probabilities"),
    ],
)
def test_held_out_rows_that_make_no_sense_are_refused(
    tmp_path: Path, columns: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(HoldoutError, match=message):
        read_holdout(written(tmp_path, **columns))


def test_no_held_out_rows_are_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, label=[], score=[], champion_score=[])

    assert judge(read_holdout(path), GatePolicy()).reason == "too_few_rows"
