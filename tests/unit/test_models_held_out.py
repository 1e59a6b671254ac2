"""What a candidate's file of held-out rows is read as, and what is refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.config.metric import Task
from core.config.pipeline import Pipeline
from core.models.gate import GatePolicy, judge
from core.models.guard import guards_of
from core.models.holdout import HoldoutError, read_holdout
from tests.tasks_support import declared


def pipeline(task: Task, **changes: Any) -> Pipeline:
    if task is Task.BINARY:
        made = dict(declared(Task.REGRESSION, Path("/log"), slo={"objective": 0.7}, **changes))
        del made["unit"]
        return Pipeline.model_validate({**made, "task": "binary"})
    return Pipeline.model_validate(declared(task, Path("/log"), **changes))


def written(path: Path, **columns: list[Any]) -> Path:
    pd.DataFrame(columns).to_parquet(path / "holdout.parquet")
    return path / "holdout.parquet"


def test_held_out_scores_are_called_at_the_threshold(tmp_path: Path) -> None:
    path = written(tmp_path, id=[1, 2], label=[0, 1], score=[0.1, 0.8], champion_score=[0.2, 0.4])

    held_out = read_holdout(path, pipeline(Task.BINARY), 0.3)

    assert held_out.candidate.label.tolist() == [0, 1]
    assert held_out.candidate.prediction.tolist() == [0, 1]
    assert held_out.champion.prediction.tolist() == [0, 1]
    assert held_out.champion.score is not None
    assert held_out.champion.score.tolist() == [0.2, 0.4]


def test_held_out_classes_and_numbers_are_read_as_the_log_is(tmp_path: Path) -> None:
    classes = written(tmp_path, label=[1, 2], prediction=["1", "2.0"], champion_prediction=[1.0, 7.0])
    found = read_holdout(classes, pipeline(Task.MULTICLASS))
    assert found.candidate.prediction.tolist() == found.candidate.label.tolist() == ["1", "2"]
    slos = [{"name": "sales", "objective": 0.9, "series": "sales.csv"}]
    numbers = {
        "label": [3, 4],
        "prediction": [3.5, 4],
        "champion_prediction": [1, 2.5],
        "area": ["hills", "north"],
    }
    told = written(tmp_path, **numbers, sales=[1, 2], champion_sales=[3, 4])
    read = read_holdout(told, pipeline(Task.REGRESSION, slos=slos))
    assert read.champion.prediction.tolist() == [1, 2.5]
    assert read.champion.features["area"].tolist() == ["hills", "north"]
    assert [each.tolist() for each in read.products["sales"]] == [[1, 2], [3, 4]]


def test_what_the_yaml_declares_must_not_break() -> None:
    slos = [
        {"name": "all", "objective": 9},
        {"name": "the hills", "objective": 9, "where": {"area": "hills"}},
        {"name": "complaints", "objective": 5, "at_least": False, "series": "c.csv"},
    ]
    found = guards_of(pipeline(Task.REGRESSION, slos=slos))
    assert [(each.name, each.where, each.higher) for each in found] == [
        ("the hills", {"area": "hills"}, True),
        ("complaints", None, False),
    ]


NUMBERS = {"label": [3.0, 4.0], "prediction": [3.0, 4.0], "champion_prediction": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("task", "columns", "message"),
    [
        (
            Task.BINARY,
            {"label": [0], "score": [0.1]},
            "lacks champion_score; to compare accuracy of a binary pipeline",
        ),
        (Task.BINARY, {"label": [3], "score": [0.1], "champion_score": [0.1]}, "“3” is neither 0 nor 1"),
        (
            Task.BINARY,
            {"label": [0], "score": [0.1], "champion_score": [7.0]},
            "champion_score must be a probability",
        ),
        (
            Task.REGRESSION,
            {"label": [3.0], "prediction": [1.0]},
            "the trainer writes label, prediction, champion_pred",
        ),
        (
            Task.REGRESSION,
            NUMBERS | {"prediction": [float("inf"), 1]},
            "or no number, in 1 of 2",
        ),
        (Task.REGRESSION, NUMBERS | {"label": ["a", "b"]}, "holdout.parquet cannot be read"),
        (
            Task.MULTICLASS,
            {"label": ["a"], "prediction": [None], "champion_prediction": ["a"]},
            "prediction is missing",
        ),
    ],
)
def test_held_out_rows_that_make_no_sense_are_refused(
    tmp_path: Path, task: Task, columns: dict[str, list[Any]], message: str
) -> None:
    with pytest.raises(HoldoutError, match=message):
        read_holdout(written(tmp_path, **columns), pipeline(task))


def test_a_metric_that_reads_a_score_needs_it(tmp_path: Path) -> None:
    made = dict(declared(Task.MULTICLASS, Path("/log"), slo={"metric": "auc", "objective": 0.7}))
    path = written(tmp_path, label=[0], prediction=[0], champion_prediction=[1])
    with pytest.raises(HoldoutError, match="lacks score, champion_score; to compare AUC"):
        read_holdout(path, Pipeline.model_validate({**made, "task": "binary"}))


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "holdout.parquet").write_text("not Parquet")
    with pytest.raises(HoldoutError, match="is not a Parquet file"):
        read_holdout(tmp_path / "holdout.parquet", pipeline(Task.BINARY))


def test_no_held_out_rows_are_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, label=[], score=[], champion_score=[])

    assert judge(read_holdout(path, pipeline(Task.BINARY)), GatePolicy()).reason == "too_few_rows"
