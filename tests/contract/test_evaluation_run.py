"""The evaluation run from log to alert: what is stored, posted, raised and ended, on every database."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.alerts.tables import GroupStatus
from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import Slo
from core.db.database import Database
from core.evaluation.live.senses import Senses
from core.outbox.tables import OutboxRow
from tests.evaluation_support import DAY, MIDNIGHT, flights_log, groups, posts, run, workshop
from workflows.evaluate import save
from workflows.respond import resolve


@pytest.fixture
def config(config: Config) -> Config:
    """The example with an objective of this test's own, so that it can change its."""
    slo = Slo(metric=Metric.ACCURACY, objective=0.7, minimum_labels=100)
    return Config(config.team, {"flights": config.pipeline("flights").model_copy(update={"slo": slo})})


async def test_a_calm_day_is_stored_and_posted_with_its_chart(
    database: Database, config: Config, tmp_path: Path
) -> None:
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.85})), 0)
    assert (found.rows, found.labels, found.value, found.state) == (200, 200, 0.85, "met")
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.85 < found.high
    assert found.versions == ["1"]
    assert found.summary["day"] == "Fri 8 Feb"
    assert found.chart is not None
    assert (tmp_path / found.chart).read_bytes().startswith(b"\x89PNG")
    with database.read() as session:
        (post,) = posts(session, "evaluation")
        assert (post.key, post.subject, post.channel) == (found.message, str(found.id), "flights")
        assert groups(session) == []


async def test_a_breach_pages_with_its_evidence_in_the_thread(
    database: Database, config: Config, tmp_path: Path
) -> None:
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.5})), 0)
    assert found.state == "breached"
    with database.read() as session:
        (group,) = groups(session)
        assert group.status == GroupStatus.FIRING
        assert group.evaluation_id == found.id
        assert group.title == "Flight delays: accuracy below objective on Fri 8 Feb"
        assert "Accuracy was 50.0%, 20.0 points below the objective of 70.0%." in group.summary
        (evidence,) = posts(session, "evidence")
        assert (evidence.key, evidence.parent) == (f"evidence:{group.id}", group.message)
        assert evidence.subject == str(found.id)
        assert posts(session, "page")


@pytest.mark.slow_on_postgres
async def test_a_second_bad_day_stays_one_alert_and_a_good_one_ends_it(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = workshop(database, config, tmp_path, flights_log(config, {0: 0.5, 1: 0.6, 2: 0.9}))
    await run(tools, 0)
    second = await run(tools, 1)
    with database.read() as session:
        (group,) = groups(session)
        assert (group.status, group.evaluation_id) == (GroupStatus.FIRING, second.id)
    await run(tools, 2)
    with database.read() as session:
        (group,) = groups(session)
        assert group.status == GroupStatus.RESOLVED
        assert any(note.parent == group.message for note in posts(session, "note"))


@pytest.mark.slow_on_postgres
async def test_a_bad_day_after_somebody_resolved_the_alert_opens_a_new_one(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = workshop(database, config, tmp_path, flights_log(config, {0: 0.5, 1: 0.6, 2: 0.6}))
    await run(tools, 0)
    maya = config.team.person("maya")
    at_once = MIDNIGHT + 2 * DAY + timedelta(hours=8)
    for day, resolved_at in ((1, at_once - timedelta(hours=3)), (2, at_once + DAY)):
        with database.write() as session:
            newest = groups(session)[-1]
            assert resolve(session, config, newest.id, maya, "maya", resolved_at).allowed
        await run(tools, day)
        with database.read() as session:
            assert [group.status for group in groups(session)] == [GroupStatus.RESOLVED] * day + [
                GroupStatus.FIRING
            ]


async def test_auc_is_measured_from_the_scores(database: Database, config: Config, tmp_path: Path) -> None:
    log = flights_log(config, {0: 0.5})
    log.made = [replace(made, score=0.9 if i < 150 else 0.1) for i, made in enumerate(log.made)]
    slo = Slo(metric=Metric.AUC, objective=0.6)
    ranked = config.pipeline("flights").model_copy(update={"slo": slo})
    found = await run(workshop(database, Config(config.team, {"flights": ranked}), tmp_path, log), 0)
    # 100 negatives score .9, of 100 positives half score .9 (ties) and half .1 (below): .5 x .5 + .5 x 0.
    assert (found.metric, found.value, found.state) == ("auc", 0.25, "breached")


@pytest.mark.slow_on_postgres
async def test_too_few_labels_neither_raise_nor_end_anything(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log = flights_log(config, {0: 0.5, 1: 0.9})
    tools = workshop(database, config, tmp_path, log)
    await run(tools, 0)
    log.arrived = [label for label in log.arrived if not label.id.startswith("1-")]
    found = await run(tools, 1)
    assert (found.state, found.value, found.labels) == ("unknown", None, 0)
    assert found.reason == "0 of 200 labels are in; 100 are needed to judge."
    with database.read() as session:
        assert [group.status for group in groups(session)] == [GroupStatus.FIRING]


@pytest.mark.slow_on_postgres
async def test_labels_that_take_longer_than_four_weeks_are_looked_for_as_far_back(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log = flights_log(config, dict.fromkeys(range(46), 0.5), each=110, waits=35.5 * DAY)
    found = await run(workshop(database, config, tmp_path, log), 45)
    newest = MIDNIGHT + 10 * DAY
    assert found.summary["lately"]["last"] == {"start": newest.isoformat(), "kept": False}
    assert len(found.summary["trend"]) == 46


@pytest.mark.slow_on_postgres
async def test_an_old_window_evaluated_again_does_not_speak_for_the_present(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = workshop(database, config, tmp_path, flights_log(config, {0: 0.5, 1: 0.9}))
    await run(tools, 1)
    await run(tools, 0)
    with database.read() as session:
        assert groups(session) == []


async def test_the_same_evaluation_again_changes_nothing(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = workshop(database, config, tmp_path, flights_log(config, {0: 0.5}))
    first = await run(tools, 0)
    with database.read() as session:
        before = len(session.scalars(select(OutboxRow)).all())
    again = await run(tools, 0)
    with database.read() as session:
        assert again.id == first.id
        assert len(session.scalars(select(OutboxRow)).all()) == before
        assert len(groups(session)) == 1


async def test_nothing_predicted_is_said_and_is_a_finding(
    database: Database, config: Config, tmp_path: Path
) -> None:
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.9})), 3)
    assert (found.rows, found.state) == (0, "unknown")
    assert [finding["check"] for finding in found.findings] == ["rows"]


@pytest.mark.slow_on_postgres
async def test_checks_learn_from_the_stored_windows(database: Database, config: Config, tmp_path: Path) -> None:
    log = flights_log(config, dict.fromkeys(range(10), 0.9), each=60)
    for i, made in enumerate(log.made):
        made.features["temp"] = None if made.id.startswith("9-") else float(i % 17)
    tools = workshop(database, config, tmp_path, log)
    tools.senses["flights"] = Senses(config.pipeline("flights"), learning=8)
    quiet = [await run(tools, day) for day in range(9)]
    assert all(each.findings == [] for each in quiet)
    started = workshop(database, config, tmp_path, log)
    started.senses["flights"] = Senses(config.pipeline("flights"), learning=8)
    found = await run(started, 9)  # by a process that knows only what is stored
    assert [(f["check"], f["column"], f["kind"]) for f in found.findings] == [("missing", "temp", "hard")]
    reason, effect = found.findings[0]["reason"], found.findings[0]["expected_effect"]
    said = "temp is missing in every row, usually in 0%: its source is empty, or the column is gone."
    assert reason == f"{said} {effect['sentence']}"
    assert effect["sentence"].endswith("does not depend on it.")


async def test_what_is_stored_is_plain_json(database: Database, config: Config, tmp_path: Path) -> None:
    log = flights_log(config, {0: 0.5})
    log.made[150].features["temp"] = float("inf")
    found = await run(workshop(database, config, tmp_path, log), 0)
    text = json.dumps([found.findings, found.slices, found.summary], allow_nan=False)
    assert "Infinity" not in text
    assert len(found.summary["examples"]) == 5


def test_saving_refuses_what_is_no_evaluation(database: Database, config: Config) -> None:
    with pytest.raises(KeyError), database.write() as session:
        save(session, config, {"pipeline": "flights"}, MIDNIGHT)
