"""`goldilocks retrain`: a trainer of one's own, run as a schedule would, from the YAML to the gate's sentences."""

from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.app import open_registry
from bot.settings import Settings
from core.config.metric import Task
from tests.deployment_support import FIRST, TRAINER, served
from tests.oncall_support import TEAM
from tests.tasks_support import START, declared, keep

AT = (START + timedelta(days=28)).strftime("%Y-%m-%d")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Deliveries of thirty days, and a trainer that YAML names."""
    keep(served(30, {}), Task.REGRESSION, tmp_path)
    (tmp_path / "train.py").write_text(TRAINER)
    (tmp_path / "champion.json").write_text(str(FIRST))
    trainer = {"command": ["{python}", "train.py"], "directory": str(tmp_path), "timeout": "60s"}
    retraining = {"schedule": {"every": "week"}, "trainer": trainer, "history": "14d", "holdout": "7d"}
    slos = [{"name": "the hills", "objective": 8, "where": {"area": "hills"}}]
    config = tmp_path / "config"
    config.mkdir()
    YAML().dump(TEAM, config / "team.yaml")
    YAML().dump(
        dict(declared(Task.REGRESSION, tmp_path, retraining=retraining, slos=slos)), config / "pipeline.yaml"
    )
    monkeypatch.setenv("GOLDILOCKS_CONFIG", str(config))
    monkeypatch.setenv("GOLDILOCKS_DATA", str(tmp_path / "state"))
    return tmp_path


def retrain(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["retrain", "flights", *arguments])


def test_a_model_file_is_what_it_is_compared_with(folder: Path) -> None:
    told = retrain("--at", AT, "--champion", str(folder / "champion.json"))
    assert told.exit_code == 0, told.output
    assert "The candidate is better: MAE 6." in told.output, told.output
    assert " minutes, −0." in told.output
    assert "champion.json" in told.output, "the head of the table"
    assert "must not break: kept: the hills: MAE " in told.output
    assert not (folder / "state" / "mlflow.db").exists(), "nothing is registered"


def test_the_first_version_is_put_in_service_and_compared_with_from_then_on(folder: Path) -> None:
    assert "There is no champion to compare with" in retrain("--at", AT).output
    first = retrain("--at", (START + timedelta(days=20)).strftime("%Y-%m-%d"), "--first")
    assert "Version 1 is the champion of flights" in first.output
    champion = open_registry(Settings()).champion("flights")
    assert champion is not None
    assert champion.version == 1
    again = retrain("--at", AT, "--first")
    assert (again.exit_code, "has a champion already" in again.output) == (2, True)
    told = retrain("--at", AT)
    assert told.exit_code == 0, told.output
    assert "The candidate is " in told.output
    assert "v1" in told.output


def test_a_version_that_a_schedule_registered_is_put_in_service_as_it_is(folder: Path) -> None:
    registry = open_registry(Settings())
    registry.register("flights", folder / "champion.json", {}, {}, START)
    assert retrain("--version", "1").exit_code == 2
    unknown = retrain("--first", "--version", "7")
    assert unknown.exit_code == 2
    assert "flights has no version 7 in this registry: registered are 1; GOLDILOCKS_DATA or" in unknown.output
    assert "Version 1 is the champion of flights" in retrain("--first", "--version", "1").output
    assert not list((folder / "state").glob("training/*")), "nothing is trained"
    again = retrain("--first", "--version", "1")
    assert (again.exit_code, "has a champion already" in again.output) == (2, True)


def test_what_is_wrong_is_a_sentence(folder: Path) -> None:
    (folder / "train.py").write_text(TRAINER.replace('out["champion_prediction"]', 'out["champion"]'))
    told = retrain("--at", AT, "--champion", str(folder / "champion.json"))
    assert told.exit_code == 1
    assert "held_out.parquet lacks champion_prediction; to compare MAE of a regression pipeline" in told.output
    (folder / "train.py").write_text("import sys; sys.exit('no rows since Tuesday')")
    broken = retrain("--at", AT, "--champion", str(folder / "champion.json"))
    assert (broken.exit_code, "no rows since Tuesday" in broken.output) == (1, True)
    assert retrain("--champion", "nowhere.json").exit_code == 2
    other = CliRunner().invoke(cli, ["retrain", "flight"])
    assert (other.exit_code, "known: flights" in other.output) == (2, True)
