"""What docs/configuration.md tells people to write can be read, and editors get the schema of it."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from core.config.load import Config, load

GUIDE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
TEAM, WATCHED, TASK, MORE = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)


def declared(folder: Path, **files: str) -> Config:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load(folder)


def test_a_team_alone_can_be_on_call(tmp_path: Path) -> None:
    config = declared(tmp_path, team=TEAM)
    assert config.pipelines == {}
    assert config.team.approvals.roll_back.role == "approver"


def test_a_model_can_be_watched(tmp_path: Path) -> None:
    churn = declared(tmp_path, team=TEAM, **{"churn.pipeline": WATCHED}).pipeline("churn")
    assert churn.labels.path is None
    assert churn.predictions.version is None
    assert churn.retraining is None


def test_a_regression_in_its_unit_is_another_task(tmp_path: Path) -> None:
    kept = [
        line
        for line in WATCHED.splitlines()
        if not line.startswith((" ", "predictions", "labels", "slo", "slices"))
    ]
    delivery = declared(tmp_path, team=TEAM, **{"delivery.pipeline": "\n".join(kept) + "\n" + TASK}).pipeline(
        "churn"
    )
    assert (delivery.task, delivery.metric, delivery.unit) == ("regression", "mae", "minutes")


def test_and_retrained(tmp_path: Path) -> None:
    churn = declared(tmp_path, team=TEAM, **{"churn.pipeline": WATCHED + MORE}).pipeline("churn")
    assert churn.retraining is not None
    assert churn.review is not None


@pytest.mark.parametrize("what", ["team", "pipeline"])
def test_editors_get_the_schema_of_what_they_write(what: str) -> None:
    done = CliRunner().invoke(cli, ["schema", what])
    assert done.exit_code == 0
    schema = json.loads(done.output)
    assert schema["additionalProperties"] is False
    keys = set(re.findall(r"^(\w+):", TEAM if what == "team" else WATCHED + MORE, flags=re.MULTILINE))
    assert keys <= set(schema["properties"])


def test_a_schema_that_there_is_not_is_refused() -> None:
    assert CliRunner().invoke(cli, ["schema", "rotations"]).exit_code == 2
