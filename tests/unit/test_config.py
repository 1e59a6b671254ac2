"""The YAML is read into types, and what is wrong is said with file, line and remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.config.fields import Schedule, parse_duration
from core.config.load import load
from tests.config_support import FLIGHTS, PLACES, edit, problems
from workflows.schedules import jobs


def test_the_example_is_good() -> None:
    config = load(FLIGHTS, PLACES)
    flights = config.pipeline("flights")
    assert flights.predictions.path == "/data/predictions"
    assert flights.deployment.timeout == timedelta(seconds=20)
    assert config.team.escalation_policy("page").steps[0].wait == timedelta(minutes=15)
    assert config.team.person_by_slack("U0MAYA") == config.team.person("maya")


def test_how_long_training_and_a_change_may_take_need_not_be_said(folder: Path) -> None:
    edit(folder / "pipeline.yaml", "    timeout: 5m\n", "")
    edit(folder / "pipeline.yaml", ", timeout: 20s", "")
    flights = load(folder, PLACES).pipeline("flights")
    assert flights.retraining is not None
    assert flights.deployment is not None
    assert flights.retraining.trainer.timeout == timedelta(hours=2)
    assert flights.deployment.timeout == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "team.yaml",
            "members: [amina,",
            "members: [aminah,",
            "“aminah” is not among the people; did you mean “amina”? Known: amina, jonas",
        ),
        (
            "pipeline.yaml",
            "rotation: flights",
            "rotation: nights",
            "“nights” is not among the rotations of team.yaml; ",
        ),
        ("pipeline.yaml", "slices: [carrier", "slices: [airline", "“airline”, which is not among the features"),
        ("pipeline.yaml", "objective: 0.65", "objective: 70", "accuracy is between 0 and 1"),
        ("pipeline.yaml", "title: Flight delays", 'title: " "', "title: this is blank; write what people call it"),
        ("team.yaml", "name: Maya Chen", "name: ' '", "name: this is blank"),
        ("team.yaml", "America/New_York", "America/Newyork", "is not a time zone"),
    ],
)
def test_what_does_not_fit_together_is_said(folder: Path, file: str, old: str, new: str, said: str) -> None:
    edit(folder / file, old, new)
    assert said in "\n".join(problems(folder))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", timedelta(seconds=90)), ("1h30m", timedelta(minutes=90)), ("2 d", timedelta(days=2))],
)
def test_durations_are_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "15", "m", "15 minutes", "-5m", "1h 2"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


HOURS = 'during: [{days: [friday], from: "09:00", to: "17:00"}]'
LAYER = "channel: oncall\n    layers:\n      - {id: day, members: [leo], " + HOURS


def test_a_layer_inherits_what_it_does_not_say(folder: Path) -> None:
    edit(folder / "team.yaml", "channel: oncall", LAYER + ", timezone: Europe/Berlin}")
    (day_id, day), (base_id, base) = load(folder, PLACES).team.rotations[0].stack
    assert (day_id, day.members, day.timezone, day.every, day.handoff) == (
        "day",
        ["leo"],
        "Europe/Berlin",
        base.every,
        base.handoff,
    )
    assert (base_id, base.members) == ("flights", ["amina", "maya", "jonas"])
    assert load(folder, PLACES).team.rotations[0].everybody == ["amina", "maya", "jonas", "leo"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "channel: oncall",
            LAYER.replace("leo", "leonie") + "}",
            "“leonie” is not among the people; did you mean “leo”?",
        ),
        ("channel: oncall", LAYER + ", every: 5h}", "layer day: every: a shift lasts whole days or weeks"),
        (
            "channel: oncall",
            LAYER.replace("friday", "freitag") + "}",
            "days.0: “freitag” is none of monday, tuesday",
        ),
        ("channel: oncall", LAYER.replace('"17:00"', '"25:00"') + "}", "“25:00” is not a time of day"),
        ("channel: oncall", LAYER + "}" + LAYER[LAYER.index("\n      - ") :] + "}", "two have the same id"),
        (
            "timezone: Europe/Berlin,",
            "timezone: Europe/Berlin, holidays: [de],",
            "“de” is not among the holidays; known: none",
        ),
    ],
)
def test_what_is_wrong_with_layers_and_holidays_is_said(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder / "team.yaml", old, new)
    assert any(said in each for each in problems(folder)), problems(folder)


def test_holidays_reach_the_rotations_of_who_names_them(folder: Path) -> None:
    edit(folder / "team.yaml", "timezone: Europe/Berlin,", "timezone: Europe/Berlin, holidays: [de],")
    edit(folder / "team.yaml", "team: flights\n", "team: flights\nholidays: [{id: de, days: [2013-10-03]}]\n")
    (day,) = load(folder, PLACES).team.rotations[0].days_off
    assert (day.person, str(day.day), day.timezone) == ("jonas", "2013-10-03", "Europe/Berlin")


def without(file: Path, *keys: str) -> None:
    """Take whole sections out of a YAML file."""
    kept, inside = [], False
    for line in file.read_text().splitlines(keepends=True):
        inside = line.startswith(tuple(f"{key}:" for key in keys)) or (inside and line[0] in " \n")
        if not inside:
            kept.append(line)
    file.write_text("".join(kept))


def test_who_only_watches_a_model_needs_no_trainer_no_serving_and_no_review(folder: Path) -> None:
    without(folder / "pipeline.yaml", "retraining", "deployment", "review")
    edit(folder / "pipeline.yaml", "  version: version\n", "")
    config = load(folder, PLACES)
    assert [job.kind for job in jobs(config)] == ["evaluate", "weekly", "tune"]


def test_candidates_need_to_know_where_serving_tells_its_version(folder: Path) -> None:
    without(folder / "pipeline.yaml", "deployment")
    (found,) = problems(folder)
    assert "“retraining” proposes candidates to be promoted, so it needs “deployment”" in found


def test_a_team_may_be_on_call_without_any_pipeline(folder: Path) -> None:
    (folder / "pipeline.yaml").unlink()
    assert load(folder, PLACES).pipelines == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'path: "{data}/predictions"',
            'path: "postgresql://db/ml/made"',
            "must lie in one store: both in folders",
        ),
        ('path: "{data}/predictions"', 'path: "s3://bucket/made"', "must lie in one store"),
    ],
)
def test_predictions_and_labels_lie_in_one_store(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder / "pipeline.yaml", old, new)
    assert any(said in each for each in problems(folder))


def test_tables_of_two_databases_cannot_be_joined(folder: Path) -> None:
    edit(folder / "pipeline.yaml", 'path: "{data}/predictions"', "path: postgresql://db/ml/made")
    edit(folder / "pipeline.yaml", 'path: "{data}/labels"', "path: postgresql://other/ml/labels")
    assert any("one DuckDB file, PostgreSQL database or warehouse" in each for each in problems(folder))


def test_an_address_without_a_table_is_refused(folder: Path) -> None:
    edit(folder / "pipeline.yaml", 'path: "{data}/predictions"', "path: postgresql://db/ml")
    edit(folder / "pipeline.yaml", 'path: "{data}/labels"', "path: postgresql://db/ml")
    assert any("name the table" in each for each in problems(folder))


@pytest.mark.parametrize(
    ("schedule", "spoken"),
    [
        (
            {"every": "week", "on": "monday", "at": "09:30", "timezone": "Europe/Berlin"},
            "every Monday at 09:30 (Europe/Berlin)",
        ),
        ({"every": "day", "at": "08:00"}, "every day at 08:00 (UTC)"),
        ({"every": "hour"}, "every hour"),
        ({"every": "hour", "at": "00:15"}, "every hour at minute 15"),
    ],
)
def test_a_schedule_is_told_with_its_zone(schedule: dict[str, str], spoken: str) -> None:
    assert Schedule.model_validate(schedule).spoken == spoken
