"""Typing mistakes in the YAML, and what people are told of them."""

from pathlib import Path

import pytest

from bot.checks import check_directory
from core.config.load import ConfigError, load
from tests.config_support import PLACES, edit, problems


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("team.yaml", "slack: U0MAYA", "slack: maya", "“maya” is not the id of a Slack member, such as U0MAYA"),
        ("team.yaml", "slack: C0FLIGHTS", "slack: flights", "“flights” is not the id of a Slack channel"),
        ("team.yaml", "starts: 2013-01-28", "starts: 28.01.2013", "“28.01.2013” is not a date; write it"),
        ("team.yaml", "on: monday", "on: mon", "“mon” is none of monday, tuesday, wednesday, thursday, friday"),
        ("team.yaml", "slack: U0MAYA", "was: jonas, slack: U0MAYA", "was: “jonas” is declared still; remove that"),
        ("team.yaml", "on: monday", "on: mon", "; did you mean monday?"),
        (
            "pipeline.yaml",
            "objective: 0.65",
            "objective: 65%",
            "“65%” is not a number; write it for example as 0.75",
        ),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {alerts: 2w}\nalerts:\n",
            "retention.alerts: at least 30d: whoever writes a silence is shown what it would have kept quiet",
        ),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {messages: 3d}\nalerts:\n",
            "retention.messages: at least 7d: what",
        ),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {alerts: 400d, trail: 90d}\nalerts:\n",
            "retention.trail: at least 366d: who did what",
        ),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {trail: 400d}\nalerts:\n",
            "say how long alerts are kept, too",
        ),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {files: 7d}\nalerts:\n",
            "retention.files: at least 30d: people still look",
        ),
        ("team.yaml", "alerts:\n", "retention: {mesages: 90d}\nalerts:\n", "did you mean “messages”?"),
        (
            "team.yaml",
            "alerts:\n",
            "retention: {alerts: ever}\nalerts:\n",
            "retention.alerts: “ever” is not a duration",
        ),
        ("pipeline.yaml", "slices: [", "slices: carrier #", "this should be a list; write [carrier]"),
        (
            "pipeline.yaml",
            "runbook: https://",
            "runbook: ",
            "this is not the address of a page; it begins with https://",
        ),
    ],
)
def test_a_mistake_says_what_to_write_instead(folder: Path, file: str, old: str, new: str, said: str) -> None:
    edit(folder / file, old, new)
    with pytest.raises(ConfigError) as caught:
        load(folder, PLACES)
    assert said in str(caught.value)
    assert "Input should" not in str(caught.value)


def test_a_misspelt_key_is_named_with_its_line(folder: Path) -> None:
    line = edit(folder / "pipeline.yaml", "runbook:", "run_book:")
    found = problems(folder)
    assert f"pipeline.yaml:{line}: run_book: unknown key “run_book”; did you mean “runbook”?" in found
    assert any("“runbook” is missing" in each for each in found)


def test_a_wrong_value_deep_inside_is_found(folder: Path) -> None:
    line = edit(folder / "team.yaml", "wait: 15m", "wait: soon")
    (found,) = problems(folder)
    assert found.startswith(f"team.yaml:{line}: escalation.0.steps.0.wait: “soon” is not a duration")


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("team.yaml", "members: [amina,", "members: [amina2,", "rotations.0.members.0"),
        ("team.yaml", "shadows: [leo]", "shadows: [leonie]", "rotations.0.shadows.0"),
        ("team.yaml", "    channel: oncall", "    channel: onclal", "rotations.0.channel"),
        ("team.yaml", "secondary", "{person: amin}", "escalation.0.steps.1.notify.0.person"),
        ("team.yaml", "secondary", "[primary, {rotation: data}]", "escalation.0.steps.1.notify.1.rotation"),
        (
            "team.yaml",
            "{channel: oncall, mention",
            "{channel: call, mention",
            "escalation.0.steps.2.notify.1.channel",
        ),
        ("team.yaml", "secondary", "{webhook: phone}", "escalation.0.steps.1.notify.0.webhook"),
        ("team.yaml", "repeat: 1", "by_severity: {info: post}", "escalation.0.by_severity.info"),
        ("team.yaml", "policy: page", "policy: pages", "alerts.policy"),
        ("team.yaml", "timezone: Europe/Berlin,", "timezone: Europe/Berlin, pager: phone,", "people.1.pager"),
        ("team.yaml", "id: jonas, name", "id: maya, name", "people.1.id"),
        ("team.yaml", "roles: [responder, approver]}\n  - {id: leo", "roles: []}\n  - {id: leo", None),
        ("pipeline.yaml", "rotation: flights", "rotation: fligths", "rotation"),
        ("pipeline.yaml", "escalation: page", "escalation: pgae", "escalation"),
    ],
)
def test_every_name_that_is_not_declared_is_found_on_its_line(
    folder: Path, file: str, old: str, new: str, where: str | None
) -> None:
    line = edit(folder / file, old, new)
    if where is None:
        edit(folder / file, "secondary", "{person: amina}")
        where, line = "escalation.0.steps.1.notify.0.person", 29
    assert any(each.startswith(f"{file}:{line}: {where}: ") for each in problems(folder)), problems(folder)


def test_all_names_that_are_not_declared_are_told_at_once(folder: Path) -> None:
    edit(folder / "team.yaml", "members: [amina, maya", "members: [amena, maia")
    found = problems(folder)
    assert [each.partition("; ")[2][:21] for each in found] == ["did you mean “amina”?", "did you mean “maya”? "]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("team.yml", "people: []\n", "team.yaml stands beside it; put both into that one, or remove this"),
        ("churn.pipeline.yml", "x: 1\n", "call it churn.pipeline.yaml"),
        ("Pipeline.yaml", "x: 1\n", "call it pipeline.yaml"),
        ("churn.yaml", "# A model.\npipeline: churn\n", "call it churn.pipeline.yaml"),
        ("people.yml", "team: churn\n", "team.yaml stands beside it"),
    ],
)
def test_a_file_that_is_not_read_for_its_name_alone_is_a_mistake(
    folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_text(text)
    (found,) = problems(folder)
    assert found.startswith(f"{name}:{2 if text.startswith('#') else 1}: ")
    assert said in found


def test_other_files_may_lie_beside_the_yaml_and_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "compose.yaml").write_text("services: {}\n")
    (folder / ".pre-commit-config.yml").write_text("repos: []\n")
    assert check_directory(folder) == 0
    assert "Not read: .pre-commit-config.yml, compose.yaml (only team.yaml" in capsys.readouterr().out


def test_a_team_of_the_other_ending_is_named_where_team_yaml_is_missing(folder: Path) -> None:
    (folder / "team.yaml").rename(folder / "team.yml")
    found = problems(folder)
    assert "team.yml:1: : this file is not read, because of its name; call it team.yaml, or remove it" in found


def test_all_problems_are_told_at_once(folder: Path) -> None:
    edit(folder / "team.yaml", "wait: 15m", "wait: soon")
    edit(folder / "pipeline.yaml", "cards: 5", "cards: 500")
    assert len(problems(folder)) == 2


def test_broken_yaml_names_the_line(folder: Path) -> None:
    line = edit(folder / "team.yaml", "channels:", "channels: [")
    (found,) = problems(folder)
    number = int(found.split(":")[1])
    assert number >= line
    assert "not valid YAML" in found


def test_missing_files_and_folders_are_said(tmp_path: Path) -> None:
    assert f"this file is missing in {tmp_path.resolve()}; is it the right folder?" in "\n".join(
        problems(tmp_path)
    )
    assert "no such folder" in "\n".join(problems(tmp_path / "nowhere"))
