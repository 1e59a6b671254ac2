import numpy as np
import pytest
from sklearn import metrics as reference

from core.models import metrics


def made_up(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, rows)
    labels[:2] = 0, 1
    return labels, np.round(random.uniform(0, 1, rows), 2)  # rounded, so that there are ties


@pytest.mark.parametrize("rows", [2, 3, 50, 2000])
def test_the_metrics_agree_with_scikit_learn(rows: int) -> None:
    labels, scores = made_up(rows, seed=rows)

    assert metrics.accuracy(labels, scores, 0.4) == pytest.approx(reference.accuracy_score(labels, scores >= 0.4))
    assert metrics.log_loss(labels, scores) == pytest.approx(reference.log_loss(labels, scores), rel=1e-6)
    assert metrics.brier(labels, scores) == pytest.approx(reference.brier_score_loss(labels, scores))
    assert metrics.auc(labels, scores) == pytest.approx(reference.roc_auc_score(labels, scores))


def test_a_row_at_the_threshold_is_called_late() -> None:
    assert metrics.correct([1, 0], [0.5, 0.5]).tolist() == [True, False]


def test_one_sure_and_wrong_row_costs_much_and_not_infinity() -> None:
    assert metrics.log_loss([1], [0.0]) == pytest.approx(36.0, abs=0.1)


def test_auc_needs_both_labels() -> None:
    with pytest.raises(ValueError, match="both labels"):
        metrics.auc([1, 1], [0.2, 0.9])


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([], [], "at least one row"),
        ([0, 1], [0.5], "one length"),
        ([0, 2], [0.5, 0.5], "0 or 1"),
        ([0, 1], [0.5, 1.5], "probabilities"),
        ([0, 1], [0.5, float("nan")], "probabilities"),
    ],
)
def test_what_cannot_be_measured_is_refused(labels: list[float], scores: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        metrics.brier(labels, scores)
