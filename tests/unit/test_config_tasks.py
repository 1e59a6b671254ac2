"""What a pipeline of each task may declare: metrics that fit, scores, classes, units; errors that name the line."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from core.config.load import Config, ConfigError, load
from core.config.metric import Metric, Task
from tests.oncall_support import PIPELINE, TEAM

SCORED = dict(PIPELINE["predictions"])
UNSCORED = {name: value for name, value in SCORED.items() if name != "score"}


def loaded(folder: Path, **changes: Any) -> Config:
    yaml = YAML()
    yaml.dump(TEAM, folder / "team.yaml")
    watched = {name: value for name, value in PIPELINE.items() if name != "retraining"}
    declared = {**watched, **changes}
    yaml.dump(declared, folder / "pipeline.yaml")
    return load(folder)


def refused(folder: Path, **changes: Any) -> str:
    with pytest.raises(ConfigError) as error:
        loaded(folder, **changes)
    (problem,) = error.value.problems
    line = (folder / "pipeline.yaml").read_text().splitlines()[problem.line - 1]
    assert line.strip().startswith(problem.where.split(".")[-1]), (problem, line)
    return str(problem)


def test_what_was_written_before_there_were_tasks_means_the_same(tmp_path: Path) -> None:
    pipeline = loaded(tmp_path, slo={"objective": 0.7}).pipeline("flights")
    assert (pipeline.task, pipeline.metric, pipeline.unit) == (Task.BINARY, Metric.ACCURACY, "")
    assert pipeline.outcome_name(1) == "1"


def test_a_regression_is_judged_by_its_mae_unless_it_says_otherwise(tmp_path: Path) -> None:
    pipeline = loaded(tmp_path, task="regression", unit="minutes", predictions=UNSCORED, slo={"objective": 9})
    found = pipeline.pipeline("flights")
    assert found.metric is Metric.MAE
    assert found.outcome_name(12.3456) == "12.3 minutes"


def test_every_task_and_metric_can_be_retrained(tmp_path: Path) -> None:
    for task, metric in (("regression", "rmse"), ("multiclass", "f1"), ("binary", "brier")):
        slo = {"metric": metric, "objective": 0.2}
        found = loaded(tmp_path, task=task, slo=slo, retraining=PIPELINE["retraining"]).pipeline("flights")
        assert found.retraining is not None


def test_classes_name_what_is_logged_as_numbers(tmp_path: Path) -> None:
    found = loaded(tmp_path, task="multiclass", classes=["cat", "dog", "owl"]).pipeline("flights")
    assert [found.outcome_name(each) for each in ("2", 2, "bird", "-1", "7")] == ["owl", "owl", "bird", "-1", "7"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "regression", "slo": {"metric": "auc", "objective": 0.7}}, "fitting are mae, rmse, r2"),
        (
            {"slo": {"metric": "mae", "objective": 0.7}},
            "does not fit a binary pipeline; fitting are accuracy, auc, f1",
        ),
        (
            {"slo": {"metric": "auc", "objective": 0.7}, "predictions": UNSCORED},
            "reads a probability; name its column as “score” in predictions, or use accuracy, f1, precision, recall",
        ),
        (
            {"task": "multiclass", "slo": {"metric": "log_loss", "objective": 0.7}, "predictions": UNSCORED},
            "does not fit a multiclass pipeline; fitting are accuracy, f1, precision, recall",
        ),
        (
            {"slo": {"metric": "acuracy", "objective": 0.7}},
            "there is no metric “acuracy”; known are, for binary: acc",
        ),
        (
            {"slo": {"metric": "accuracy", "objective": 70}},
            "“objective: 70” cannot be: accuracy is between 0 and 1",
        ),
        ({"task": "regression", "slo": {"objective": -1}}, "“objective: -1” cannot be: mae is never below 0"),
        ({"unit": "minutes"}, "only a regression has a unit"),
        ({"task": "regression", "slo": {"objective": 9}, "classes": ["a", "b"]}, "a regression predicts numbers"),
        ({"classes": ["a", "b", "c"]}, "these are 3 names; a binary task has two classes"),
        ({"task": "multiclass", "classes": ["a", "b", "a"]}, "each with a name of its own"),
        ({"task": "ranking"}, "“ranking” is none of binary, multiclass, regression"),
        ({"slos": [{"name": "all", "objective": 1.0}]}, "“all”: “objective” must be at least 0 and below 1"),
        (
            {"slos": [{"name": "all", "objective": 0.8, "at_least": False}]},
            "accuracy is better when higher; remove",
        ),
        (
            {"task": "regression", "slo": {"objective": 9}, "slos": [{"name": "all", "objective": 0}]},
            "“objective” must be above 0",
        ),
        (
            {
                "task": "regression",
                "slo": {"objective": 9},
                "slos": [{"name": "all", "objective": 9, "at_least": True}],
            },
            "mae is better when lower",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_remedy(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, **changes)


def test_rolling_objectives_take_the_direction_of_their_metric(tmp_path: Path) -> None:
    slos = [{"name": "all", "objective": 9}, {"name": "sales", "objective": 0.9, "series": "sales.csv"}]
    found = loaded(tmp_path, task="regression", slo={"objective": 10}, slos=slos).pipeline("flights")
    assert [each.is_floor(found.metric) for each in found.slos] == [False, True]
