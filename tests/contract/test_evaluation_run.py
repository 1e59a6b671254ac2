"""The evaluation run from log to alert: what is stored, posted, raised and ended, on every database."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.pipeline import Metric, RollingSlo, Slo
from core.db.database import Database
from core.evaluation import store
from core.evaluation.live.senses import Senses
from core.evaluation.tables import Evaluation, EvaluationSlice
from core.outbox.tables import OutboxRow
from tests.fakes_log import Arrived, FakeLog, Made
from tests.fakes_models import FakeRegistry
from workflows.evaluate import evaluate, save
from workflows.ports import Workshop
from workflows.respond import resolve
from workflows.steps import DirectSteps

MIDNIGHT = datetime(2013, 2, 8, 5, tzinfo=UTC)
"""Friday, 8 February 2013 in New York."""
DAY = timedelta(days=1)


@pytest.fixture
def config(config: Config) -> Config:
    """The example with an objective of this test's own, so that it can change its."""
    slo = Slo(metric=Metric.ACCURACY, objective=0.7, minimum_labels=100)
    return Config(config.team, {"flights": config.pipeline("flights").model_copy(update={"slo": slo})})


def flights_log(config: Config, shares: dict[int, float], each: int = 200) -> FakeLog:
    """Days from MIDNIGHT on with this share of right predictions; labels after eight hours."""
    rng = random.Random(3)
    features = config.pipeline("flights").predictions.features
    made, arrived = [], []
    for day, share in shares.items():
        for i in range(each):
            at = MIDNIGHT + day * DAY + timedelta(minutes=5 * i)
            row: dict[str, Any] = dict.fromkeys(features, 1.0)
            row |= {"carrier": rng.choice(["EV", "UA"]), "origin": rng.choice(["EWR", "LGA"]), "dest": "ORD"}
            made.append(Made(f"{day}-{i}", at, "1", 0.2, 0, row))
            arrived.append(Arrived(f"{day}-{i}", int(i >= share * each), at + timedelta(hours=8)))
    return FakeLog(made, arrived, features)


def workshop(database: Database, config: Config, data: Path, log: FakeLog) -> Workshop:
    registry = FakeRegistry()
    return Workshop(
        database, config, SimulatedClock(MIDNIGHT), data, registry, log=lambda _: log, target=lambda _: None
    )


async def run(tools: Workshop, day: int) -> Evaluation:
    """Evaluate that day at 08:00 of the next."""
    at = MIDNIGHT + (day + 1) * DAY + timedelta(hours=8)
    tools.clock.advance_to(at)  # type: ignore[attr-defined]
    await evaluate(DirectSteps(), tools, {"pipeline": "flights", "at": at.isoformat()})
    with tools.database.read() as session:
        found = store.of_window(session, "flights", MIDNIGHT + day * DAY, at)
    assert found is not None
    return found


def groups(session: Session) -> list[AlertGroup]:
    return list(session.scalars(select(AlertGroup).order_by(AlertGroup.id)))


def posts(session: Session, kind: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)))


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


async def test_a_tracked_slice_without_labels_is_reported_as_unknown(
    database: Database, config: Config, tmp_path: Path
) -> None:
    with database.write() as session:
        session.add(
            EvaluationSlice(
                pipeline="flights",
                name="To Boston",
                version=1,
                where={"dest": "BOS"},
                created_by="x",
                created_at=MIDNIGHT,
            )
        )
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.9})), 0)
    (tracked,) = [each for each in found.slices if each["tracked"]]
    assert (tracked["name"], tracked["rows"], tracked["labels"], tracked["value"]) == ("To Boston", 0, 0, None)


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


async def test_a_tracked_slice_is_always_reported(database: Database, config: Config, tmp_path: Path) -> None:
    where = {"carrier": "EV", "origin": "EWR"}
    with database.write() as session:
        session.add(
            EvaluationSlice(
                pipeline="flights",
                name="EV from Newark",
                version=2,
                where=where,
                created_by="x",
                created_at=MIDNIGHT,
            )
        )
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.9, 1: 0.8})), 1)
    (tracked,) = [each for each in found.slices if each["tracked"]]
    assert (tracked["name"], tracked["version"], tracked["where"]) == ("EV from Newark", 2, where)
    assert 0 < tracked["labels"] < 200
    assert tracked["usual"] == pytest.approx(0.9, abs=0.1)


async def test_a_tracked_slice_of_a_feature_that_is_gone_is_said_and_stops_nothing(
    database: Database, config: Config, tmp_path: Path
) -> None:
    gone = EvaluationSlice(
        pipeline="flights",
        name="Full moon",
        version=1,
        where={"moon": "full"},
        created_by="x",
        created_at=MIDNIGHT,
    )
    with database.write() as session:
        session.add(gone)
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.9})), 0)
    assert [f["reason"] for f in found.findings] == [
        "The slice “Full moon” cannot be measured: moon is not among the features any more."
    ]


async def test_checks_learn_from_the_stored_windows(database: Database, config: Config, tmp_path: Path) -> None:
    log = flights_log(config, dict.fromkeys(range(24), 0.9), each=60)
    for i, made in enumerate(log.made):
        made.features["temp"] = None if made.id.startswith("23-") else float(i % 17)
    tools = workshop(database, config, tmp_path, log)
    tools.senses["flights"] = Senses(config.pipeline("flights"), learning=22)
    quiet = [await run(tools, day) for day in range(23)]
    assert all(each.findings == [] for each in quiet)
    started = workshop(database, config, tmp_path, log)
    started.senses["flights"] = Senses(config.pipeline("flights"), learning=22)
    found = await run(started, 23)  # by a process that knows only what is stored
    assert [(f["check"], f["column"], f["kind"]) for f in found.findings] == [("missing", "temp", "hard")]
    reason, effect = found.findings[0]["reason"], found.findings[0]["expected_effect"]
    said = "temp is missing in every row, usually in 0%: its source is empty, or the column is gone."
    assert reason == f"{said} {effect['sentence']}"
    assert "the accuracy" in effect["sentence"]


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


def with_slos(config: Config, *slos: RollingSlo) -> Config:
    flights = config.pipeline("flights").model_copy(update={"slos": list(slos)})
    return Config(config.team, {"flights": flights})


def budget_groups(session: Session) -> dict[str, tuple[str, str]]:
    """Title -> severity and status, of the groups about error budgets."""
    return {g.title: (g.severity, g.status) for g in groups(session) if "error budget" in g.title}


async def test_a_spent_budget_is_told_without_calling_and_ends_by_itself(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """One objective on everything, one on a sub-population, over three days."""
    overall = RollingSlo(name="all flights", objective=0.75, windows=3)
    southern = RollingSlo(name="EV", objective=0.1, windows=3, minimum_labels=50, where={"carrier": "EV"})
    asked = with_slos(config, overall, southern)
    tools = workshop(database, asked, tmp_path, flights_log(asked, {0: 0.72, 1: 0.72, 2: 0.9, 3: 0.9, 4: 0.9}))
    first = await run(tools, 0)
    assert [(each["name"], each["state"]) for each in first.summary["slos"]] == [
        ("all flights", "breached"),
        ("EV", "met"),
    ]
    with database.read() as session:
        assert budget_groups(session) == {
            "Flight delays: the error budget of “all flights” is spent": ("warning", GroupStatus.FIRING)
        }
        assert posts(session, "page") == []
    last = [await run(tools, day) for day in (1, 2, 3, 4)][-1]
    assert last.summary["slos"][0]["value"] == pytest.approx(0.9)
    with database.read() as session:
        assert [status for _, status in budget_groups(session).values()] == [GroupStatus.RESOLVED]


async def test_a_product_metric_has_its_objective_too(database: Database, config: Config, tmp_path: Path) -> None:
    path = tmp_path / "complaints.csv"
    path.write_text(f"at,value\n{(MIDNIGHT + DAY / 2).isoformat()},7.5\n")
    complaints = RollingSlo(name="complaints", objective=5.0, at_least=False, series=str(path))
    missing = RollingSlo(name="revenue", objective=0.5, series=str(tmp_path / "none.csv"))
    asked = with_slos(config, complaints, missing)
    found = await run(workshop(database, asked, tmp_path, flights_log(asked, {0: 0.85})), 0)
    states = {each["name"]: (each["state"], each["cause"]) for each in found.summary["slos"]}
    assert states == {"complaints": ("breached", "spent"), "revenue": ("unknown", "no-labels")}


async def test_a_version_that_does_worse_than_it_promised_is_a_finding(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log = flights_log(config, {0: 0.85, 1: 0.85, 2: 0.72})
    served = [replace(made, version="2") if made.predicted_at >= MIDNIGHT + 2 * DAY else made for made in log.made]
    with database.write() as session:
        session.add(
            Approval(
                action=ApprovalAction.PROMOTE,
                pipeline="flights",
                from_version=1,
                to_version=2,
                evidence={"gate": {"rows": 2000, "candidate": {"accuracy": 0.88}}},
                channel="flights",
                requested_by="goldilocks",
                requested_at=MIDNIGHT,
                due_at=MIDNIGHT + DAY,
                status=ApprovalStatus.APPROVED,
            )
        )
    tools = workshop(database, config, tmp_path, FakeLog(served, log.arrived, log.features))
    before, after = await run(tools, 1), await run(tools, 2)
    assert [each["check"] for each in before.findings if each["check"] == "offline_online_gap"] == []
    (gap,) = [each for each in after.findings if each["check"] == "offline_online_gap"]
    assert gap["reason"].startswith(
        "v2 reached 72.0% live on 200 labels and 88.0% on held-out rows: 16.0 points less"
    )
