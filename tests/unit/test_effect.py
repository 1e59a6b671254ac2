"""What a finding will do to the metric, on windows whose labels say what it did."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.evaluation.effect.effect import Effect, expected
from core.evaluation.effect.foresee import Foresight
from core.evaluation.effect.repeat import repeated
from core.evaluation.estimate.answer import Measure
from core.evaluation.finding import Finding, Kind
from core.evaluation.rows import Rows, Task

START = datetime(2024, 1, 1, tzinfo=UTC)


def window(number: int, change: str = "", rows: int = 300) -> Rows:
    """The model reads `x`, never `idle`, and is a little right; `change` corrupts what it reads, not the world."""
    rng = np.random.default_rng(number)
    x, idle = rng.normal(size=(2, rows))
    label = (rng.random(rows) < 1 / (1 + np.exp(-2.5 * x))).astype(float)
    if change == "drift":
        x = np.clip(np.abs(x), 0, 2)
        label = (rng.random(rows) < 1 / (1 + np.exp(-2.5 * x))).astype(float)
    read = {"shuffled": rng.permutation(x), "missing": np.where(rng.random(rows) < 0.6, np.nan, x)}.get(change, x)
    score = 1 / (1 + np.exp(-2.5 * np.nan_to_num(read)))
    index = pd.RangeIndex(number * 10_000, number * 10_000 + rows)
    at = pd.Series(pd.date_range(START + timedelta(days=number), periods=rows, freq="min"), index=index)
    features = pd.DataFrame({"x": read, "idle": idle, "kind": rng.choice(["a", "b"], rows)}, index=index)
    score, label = pd.Series(score, index=index), pd.Series(label, index=index)
    return Rows(Task.BINARY, at, score.ge(0.5).astype(float), label, at, features, score)


PAST = [window(number) for number in range(20)]
ACCURACY = np.array([(each.label == each.prediction).mean() for each in PAST])


def found(direction: str, column: str = "x", kind: Kind = Kind.HARD, reason: str = "It is off.") -> Finding:
    return Finding("check", (column,), kind, 2.0, reason, direction)


def judged(finding: Finding, now: Rows) -> Effect:
    (told,) = Foresight(Measure.ACCURACY).judge([finding], PAST, now)
    assert told.expected_effect is not None
    assert told.reason == f"{finding.reason} {told.expected_effect.sentence}"
    return told.expected_effect


@pytest.mark.parametrize(("direction", "change"), [("apart", "shuffled"), ("missing", "missing")])
def test_what_a_broken_column_does_is_foreseen(direction: str, change: str) -> None:
    now = window(99, change, rows=3000)
    real = float((now.label == now.prediction).mean()) - ACCURACY.mean()
    effect = judged(found(direction), now)
    assert effect.value is not None
    assert effect.low is not None
    assert effect.high is not None
    assert real < -0.1
    assert effect.value == pytest.approx(real, abs=0.06)
    assert effect.low <= real <= effect.high
    assert effect.sentence.startswith("It is expected to lower the accuracy by ")


def test_a_column_that_the_model_does_not_read_moves_nothing() -> None:
    now = window(99)
    effect = judged(found("missing", "idle"), replace(now, features=now.features.assign(idle=np.nan)))
    assert effect.low is not None
    assert effect.high is not None
    assert -0.02 < effect.low <= 0 <= effect.high < 0.02
    assert effect.sentence.endswith("what the model answers does not depend on it.")


def test_what_moves_nothing_at_all_is_no_forecast_of_the_metric() -> None:
    """The world may have changed with it; only that the answers do not is known."""
    assert expected("accuracy", 0.0, 0.0, 0.0, "", share=True).sentence == (
        "As far as the past tells, what the model answers does not depend on it."
    )


def test_values_that_lie_elsewhere_among_the_known_ones_are_weighed() -> None:
    now = window(99, "drift", rows=3000)
    real = float((now.label == now.prediction).mean()) - ACCURACY.mean()
    effect = judged(found("moved", kind=Kind.DRIFT), now)
    assert effect.value == pytest.approx(real, abs=0.05)
    assert "weighed" in effect.reason


@pytest.mark.parametrize(
    ("finding", "past", "why"),
    [
        (Finding("rows", (), Kind.SOFT, 2.0, "Few."), PAST, "which rows there are"),
        (found("missing", "gone"), PAST, "not among the features"),
        (found("missing"), PAST[:2], "labels"),
    ],
)
def test_what_nobody_can_know_is_said(finding: Finding, past: list[Rows], why: str) -> None:
    (told,) = Foresight(Measure.ACCURACY).judge([finding], past, window(99))
    assert told.expected_effect is not None
    assert (told.expected_effect.value, told.expected_effect.low, told.expected_effect.high) == (None, None, None)
    assert why in told.reason


def test_a_window_of_one_row_says_nothing_of_what_the_model_makes_of_it() -> None:
    effect = judged(found("constant"), window(20, rows=1))
    assert "a single row" in effect.sentence


def test_a_model_whose_answers_the_features_do_not_tell_is_not_guessed() -> None:
    rng = np.random.default_rng(5)
    now = window(99)
    odd = replace(
        now,
        features=now.features.assign(x=now.features["x"] * 1000),
        score=pd.Series(rng.random(len(now)), index=now.at.index),
    )
    effect = judged(found("unit"), odd)
    assert effect.value is None
    assert "its past does not show" in effect.reason


def test_a_finding_that_goes_on_keeps_its_effect_and_one_that_returns_is_worked_out_again() -> None:
    foresight, now = Foresight(Measure.ACCURACY), window(99, "shuffled")
    (first,) = foresight.judge([found("apart")], PAST, now)
    (second,) = foresight.judge([found("apart")], [], now)
    assert second.expected_effect == first.expected_effect
    foresight.judge([], PAST, now)
    (third,) = foresight.judge([found("apart")], [], now)
    assert third.expected_effect is not None
    assert third.expected_effect.value is None


def test_it_survives_json() -> None:
    told = Foresight(Measure.ACCURACY).judge([found("missing")], PAST, window(99, "missing"))[0]
    assert Finding.from_json(told.as_json()) == told
    assert Finding.from_json({**told.as_json(), "expected_effect": None}).expected_effect is None


def test_changes_are_made_again_by_rank_share_and_commonness() -> None:
    past = pd.DataFrame({"n": [1.0, 2.0, 3.0, 4.0], "t": ["a", "a", "b", "b"], "m": [4.0, 3.0, 2.0, 1.0]})
    now = pd.DataFrame({"n": [10.0, 20.0, 30.0, 40.0], "t": ["A", "A", "b", "b"], "m": [1.0, 1.0, 1.0, np.nan]})
    assert repeated(found("unit", "n"), past, now)["n"].tolist() == [10, 20, 30, 40]
    turned = found("unit", "n", reason="They look like what they were with the sign turned.")
    assert repeated(turned, past, now)["n"].tolist() == [40, 30, 20, 10]
    assert repeated(found("renamed", "t"), past, now)["t"].tolist() == ["A", "A", "b", "b"]
    assert repeated(found("missing", "m"), past, now)["m"].isna().sum() == 1
    both = Finding("swap", ("m", "n"), Kind.HARD, 2.0, "Swapped.", "swapped")
    assert repeated(both, past, now)[["n", "m"]].to_numpy().tolist() == past[["m", "n"]].to_numpy().tolist()


def test_an_effect_is_told_by_its_size_and_by_signs_only_where_it_may_go_either_way() -> None:
    lower = expected("accuracy", -0.282, -0.345, -0.219, "", share=True).sentence
    assert lower == "It is expected to lower the accuracy by 28.2 points (21.9 to 34.5 points)."
    assert expected("MAE", 2.5, 1.25, 4.0, "", share=False).sentence == (
        "It is expected to raise the MAE by 2.5 (1.25 to 4)."
    )
    either = expected("accuracy", 0.01, -0.02, 0.03, "", share=True).sentence
    assert either == "It may well leave the accuracy as it is (−2.0 to +3.0 points)."
