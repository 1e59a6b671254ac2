"""What was approved is carried out once, seen in serving or taken back, wherever the process dies meanwhile."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from core.approvals.tables import Approval
from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.models.tables import Deployment, DeploymentStatus
from core.models.version import VersionStatus
from core.outbox.tables import OutboxRow
from tests.fakes_models import FakeTarget
from tests.fakes_workshop import Killed, MortalSteps, registry_with, workshop_with
from tests.steps_support import DirectSteps
from workflows.approve import Change, ask, decide
from workflows.change_champion import change_champion
from workflows.ports import Workshop
from workflows.reject_candidate import reject_candidate

MOMENTS = 14
"""More moments than the longest path has; past its end nothing dies."""


def approved(workshop: Workshop, action: str = "roll_back", to: int = 1, since: int | None = 2) -> int:
    """A request by Maya that Jonas has approved."""
    now = workshop.clock.now()
    with workshop.database.write() as session:
        change = Change(action, "flights", from_version=since, to_version=to)
        made = ask(session, workshop.config, change, requested_by="maya", channel="flights", parent=None, now=now)
        jonas = workshop.config.team.person("jonas")
        assert decide(session, workshop.config, made.id, True, jonas, "jonas", now).allowed
        return made.id


def said(database: Database, action: str) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [(row.reason, row.detail) for row in rows]


async def test_a_rollback_is_seen_in_serving(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = registry_with(tmp_path, clock, versions=2)
    workshop = workshop_with(database, config, clock, tmp_path, registry, FakeTarget("2", "1"))
    number = approved(workshop)
    await change_champion(DirectSteps(), workshop, {"approval_id": number})
    champion = registry.champion("flights")
    assert champion is not None
    assert champion.version == 1
    assert registry.get("flights", 2).status is VersionStatus.RETIRED, "what was rolled back is no fallback"
    detail = "Done: the rollback of Flight delays from v2 to v1 is verified, serving answers with v1."
    assert said(database, "model.roll_back") == [("verified", detail)]
    with database.read() as session:
        (deployment,) = session.scalars(select(Deployment))
        assert (deployment.version, deployment.previous, deployment.by) == (1, 2, "jonas")
        assert deployment.status == DeploymentStatus.VERIFIED


@pytest.mark.parametrize(("answer", "why"), [("2", "version 2 still answers"), (None, "could not ask")])
async def test_what_serving_does_not_follow_is_taken_back(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, answer: str | None, why: str
) -> None:
    registry = registry_with(tmp_path, clock, versions=2)
    workshop = workshop_with(database, config, clock, tmp_path, registry, FakeTarget(answer))
    number = approved(workshop)
    await change_champion(DirectSteps(), workshop, {"approval_id": number})
    champion = registry.champion("flights")
    assert champion is not None
    assert champion.version == 2
    ((reason, detail),) = said(database, "model.roll_back")
    assert reason == "reverted"
    assert why in detail
    assert "the champion is v2 again" in detail
    with database.read() as session:
        assert session.scalars(select(Deployment)).one().status == DeploymentStatus.REVERTED
        assert session.get_one(Approval, number).outcome == "reverted"


async def test_a_change_whose_pipeline_left_the_yaml_meanwhile_is_taken_back_in_words(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = registry_with(tmp_path, clock, versions=2)
    workshop = workshop_with(database, config, clock, tmp_path, registry, FakeTarget("2"))
    number = approved(workshop)
    without = replace(workshop, config=replace(workshop.config, pipelines={}))
    await change_champion(DirectSteps(), without, {"approval_id": number})
    champion = registry.champion("flights")
    assert champion is not None
    assert champion.version == 2
    ((_, detail),) = said(database, "model.roll_back")
    assert "the YAML does not say any more where serving tells its version" in detail


async def test_a_champion_that_moved_meanwhile_is_left_alone(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = registry_with(tmp_path, clock, versions=3)
    workshop = workshop_with(database, config, clock, tmp_path, registry, FakeTarget("3"))
    await change_champion(DirectSteps(), workshop, {"approval_id": approved(workshop)})
    champion = registry.champion("flights")
    assert champion is not None
    assert champion.version == 3
    assert [reason for reason, _ in said(database, "model.roll_back")] == ["superseded"]
    with database.read() as session:
        assert not session.scalars(select(Deployment)).all()


async def dies_at(moment: int, workshop: Workshop, number: int) -> bool:
    """Carry a request out, killed at a moment, and go on with it; whether there was such a moment."""
    steps = MortalSteps(die_at=moment)
    try:
        await change_champion(steps, workshop, {"approval_id": number})
    except Killed:
        await change_champion(steps, workshop, {"approval_id": number})
        return True
    return False


@pytest.mark.parametrize("answer", ["1", "2"], ids=["verified", "reverted"])
async def test_killed_at_any_moment_it_finishes_once(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, answer: str
) -> None:
    registry = registry_with(tmp_path, clock, versions=2)
    workshop = workshop_with(sqlite_database, config, clock, tmp_path, registry, FakeTarget(answer))
    deaths = 0
    for moment in range(MOMENTS):
        registry.set_champion("flights", 2)
        number = approved(workshop)
        deaths += await dies_at(moment, workshop, number)
        champion = registry.champion("flights")
        assert champion is not None
        assert str(champion.version) == answer
        with sqlite_database.read() as session:
            of_this = AuditEntry.subject_id == str(number)
            told = session.scalars(select(AuditEntry).where(of_this, AuditEntry.action == "model.roll_back")).all()
            assert len(told) == 1, f"died at moment {moment}"
            lines = session.scalars(select(OutboxRow).where(OutboxRow.key == f"note:{told[0].id}")).all()
            assert len(lines) == 1
            deployment = session.scalars(
                select(Deployment).where(Deployment.run_id == f"roll_back:flights:{number}")
            ).one()
            assert deployment.status != DeploymentStatus.MOVED
    assert deaths >= 10


@pytest.mark.parametrize(("answer", "outcome"), [("1", "verified"), (None, "unseen")])
async def test_killed_at_any_moment_a_first_version_comes_into_service_once(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, answer: str, outcome: str
) -> None:
    deaths = 0
    for moment in range(MOMENTS):
        registry = registry_with(tmp_path, clock, versions=1, served=False)
        workshop = workshop_with(sqlite_database, config, clock, tmp_path, registry, FakeTarget(answer))
        number = approved(workshop, "promote", to=1, since=None)
        deaths += await dies_at(moment, workshop, number)
        champion = registry.champion("flights")
        assert champion is not None, "there is none to go back to, so it stays"
        with sqlite_database.read() as session:
            of_this = AuditEntry.subject_id == str(number)
            told = session.scalars(select(AuditEntry).where(of_this, AuditEntry.action == "model.promote")).all()
            assert [each.reason for each in told] == [outcome], f"died at moment {moment}"
            run = f"promote:flights:{number}"
            deployment = session.scalars(select(Deployment).where(Deployment.run_id == run)).one()
            assert (deployment.version, deployment.previous) == (1, None)
            assert deployment.status == (DeploymentStatus.VERIFIED if answer else DeploymentStatus.MOVED)
    assert deaths >= 8


async def test_of_two_first_versions_that_are_approved_one_comes_into_service(
    sqlite_database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = registry_with(tmp_path, clock, versions=2, served=False)
    workshop = workshop_with(sqlite_database, config, clock, tmp_path, registry, FakeTarget("1", "1"))
    for version in (1, 2):
        number = approved(workshop, "promote", to=version, since=None)
        await change_champion(DirectSteps(), workshop, {"approval_id": number})
    champion = registry.champion("flights")
    assert champion is not None
    assert champion.version == 1
    assert [reason for reason, _ in said(sqlite_database, "model.promote")] == ["verified", "superseded"]


async def test_a_rejected_candidate_is_marked_in_the_registry(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    registry = registry_with(tmp_path, clock, versions=2)
    workshop = workshop_with(database, config, clock, tmp_path, registry, FakeTarget("2"))
    await reject_candidate(DirectSteps(), workshop, {"pipeline": "flights", "version": 1})
    assert registry.get("flights", 1).status is VersionStatus.REJECTED
