"""Objectives over weeks, named slices and the gap after a deployment, in the evaluation run, on every database."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.alerts.tables import GroupStatus
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import RollingSlo, Slo
from core.db.database import Database
from core.evaluation.tables import EvaluationSlice
from tests.evaluation_support import DAY, MIDNIGHT, flights_log, groups, posts, run, workshop
from tests.fakes_log import FakeLog
from workflows.ports import Workshop


@pytest.fixture
def config(config: Config) -> Config:
    """The example with an objective of this test's own, so that it can change its."""
    slo = Slo(metric=Metric.ACCURACY, objective=0.7, minimum_labels=100)
    return Config(config.team, {"flights": config.pipeline("flights").model_copy(update={"slo": slo})})


def with_slos(config: Config, *slos: RollingSlo) -> Config:
    flights = config.pipeline("flights").model_copy(update={"slos": list(slos)})
    return Config(config.team, {"flights": flights})


def budget_groups(session: Session) -> dict[str, tuple[str, str]]:
    """Title -> severity and status, of the groups about error budgets."""
    return {g.title: (g.severity, g.status) for g in groups(session) if "error budget" in g.title}


def track(database: Database, name: str, where: dict[str, str], version: int = 1) -> None:
    """Somebody saves a slice that is looked at every day."""
    with database.write() as session:
        session.add(
            EvaluationSlice(
                pipeline="flights",
                name=name,
                version=version,
                where=where,
                created_by="x",
                created_at=MIDNIGHT,
            )
        )


@pytest.mark.slow_on_postgres
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


def promoted(database: Database, config: Config, tmp_path: Path, shares: dict[int, float]) -> Workshop:
    """Version 2 serves from the third day on; its held-out rows promised 88%."""
    log = flights_log(config, shares)
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
    return workshop(database, config, tmp_path, FakeLog(served, log.arrived, log.features))


@pytest.mark.slow_on_postgres
async def test_a_version_that_does_worse_than_it_promised_is_a_finding(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = promoted(database, config, tmp_path, {0: 0.85, 1: 0.85, 2: 0.72})
    before, after = await run(tools, 1), await run(tools, 2)
    assert [each["check"] for each in before.findings if each["check"] == "offline_online_gap"] == []
    (gap,) = [each for each in after.findings if each["check"] == "offline_online_gap"]
    with database.read() as session:
        (group,) = [g for g in groups(session) if "held-out rows" in g.title]
    assert (group.severity, group.status) == ("warning", GroupStatus.FIRING)
    assert group.title == "Flight delays: accuracy live is not what held-out rows promised"
    assert "Roll back" in group.summary
    assert gap["reason"].startswith(
        "v2 reached accuracy 72.0% live on 200 labels and 88.0% on held-out rows: 16.0 points less"
    )


@pytest.mark.slow_on_postgres
async def test_its_alert_goes_on_until_the_version_keeps_its_promise(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """Day 12 has no predictions; from day 13 on the version does as promised."""
    shares = dict.fromkeys((0, 1), 0.85) | dict.fromkeys(range(2, 12), 0.72) | dict.fromkeys(range(13, 20), 0.88)
    tools = promoted(database, config, tmp_path, shares)

    async def after(day: int) -> tuple[str, str]:
        await run(tools, day)
        with database.read() as session:
            (group,) = [g for g in groups(session) if "held-out rows" in g.title]
            return group.status, group.summary

    assert "right after its deployment" in (await after(2))[1]
    status, summary = await after(11)
    assert status == GroupStatus.FIRING
    assert "16.0 points less, and still so after its first week." in summary
    assert (await after(12))[0] == GroupStatus.FIRING, "a day without predictions says nothing"
    assert (await after(14))[0] == GroupStatus.FIRING, "two good days do not make up for five bad ones"
    assert (await after(19))[0] == GroupStatus.RESOLVED


@pytest.mark.slow_on_postgres
async def test_its_alert_ends_when_another_version_serves(
    database: Database, config: Config, tmp_path: Path
) -> None:
    tools = promoted(database, config, tmp_path, {0: 0.85, 1: 0.85, 2: 0.72, 3: 0.72, 4: 0.7})
    await run(tools, 3)
    log = tools.log(tools.config.pipeline("flights"))
    assert isinstance(log, FakeLog)
    log.made[:] = [replace(m, version="1") if m.predicted_at >= MIDNIGHT + 4 * DAY else m for m in log.made]
    await run(tools, 4)
    with database.read() as session:
        (group,) = [g for g in groups(session) if "held-out rows" in g.title]
    assert group.status == GroupStatus.RESOLVED


async def test_a_tracked_slice_without_labels_is_reported_as_unknown(
    database: Database, config: Config, tmp_path: Path
) -> None:
    track(database, "To Boston", {"dest": "BOS"})
    found = await run(workshop(database, config, tmp_path, flights_log(config, {0: 0.9})), 0)
    (tracked,) = [each for each in found.slices if each["tracked"]]
    assert (tracked["name"], tracked["rows"], tracked["labels"], tracked["value"]) == ("To Boston", 0, 0, None)


async def test_a_tracked_slice_is_always_reported(database: Database, config: Config, tmp_path: Path) -> None:
    where = {"carrier": "EV", "origin": "EWR"}
    track(database, "EV from Newark", where, version=2)
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
