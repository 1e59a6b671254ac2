"""The tuning run on every database: what is scored, proposed, applied and taken back, and when nothing is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.alerts.tables import AlertGroup, GroupStatus, Verdict
from core.approvals import store as approvals
from core.approvals.tables import Approval, ApprovalStatus
from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.config.load import Config
from core.config.pipeline import Alerting, Apply
from core.db.database import Database
from core.decision import Decision
from core.evaluation.tuning import store
from core.evaluation.tuning.policy import DEFAULT
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion, ScoredVerdict
from core.outbox.tables import OutboxRow
from tests.fakes_workshop import Killed, MortalSteps
from tests.tuning_support import DAY, DAYS, START, log, remember, run, with_alerting, workshop
from workflows.approve import decide, expire_approvals
from workflows.roll_back_policy import roll_back
from workflows.tune import tune

AFTER = START + (DAYS + 10) * DAY
"""When every label is in."""
SENTENCE = "Over 90 windows it would have sent {} messages instead of 48, missing none of the 6 real drops."


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


def policies(session: Session) -> list[PolicyVersion]:
    return list(session.scalars(select(PolicyVersion).order_by(PolicyVersion.version)))


def considered(session: Session) -> list[str]:
    query = select(AuditEntry).where(AuditEntry.action == "policy.consider").order_by(AuditEntry.id)
    return [entry.reason for entry in session.scalars(query)]


async def proposed(database: Database, config: Config, clock: SimulatedClock, data: Path) -> Approval:
    remember(database, config)
    await run(workshop(database, config, clock, data, log(config)), AFTER)
    with database.read() as session:
        (found,) = approvals.pending(session, "flights", "tune")
    return found


def answer(database: Database, config: Config, number: int, who: str, approve: bool = True) -> Decision:
    with database.write() as session:
        return decide(session, config, number, approve, config.team.person(who), who, AFTER + DAY)


def undo(database: Database, config: Config, number: int, who: str) -> Decision:
    with database.write() as session:
        return roll_back(session, config, number, config.team.person(who), who, AFTER + 2 * DAY)


async def test_a_proposal_carries_its_replay_and_its_picture(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    assert (approval.from_version, approval.to_version, approval.channel) == (1, 2, "flights")
    with database.read() as session:
        first, second = policies(session)
        assert (first.status, second.status) == (PolicyStatus.ACTIVE, PolicyStatus.PROPOSED)
        assert second.why == SENTENCE.format(24)
        assert 0.6 < second.thresholds["page_from"] <= 0.9
        assert (tmp_path / second.replay["chart"]).read_bytes().startswith(b"\x89PNG")
        assert store.active(session, "flights") == (1, DEFAULT)
        (row,) = session.scalars(select(OutboxRow))
        assert (row.kind, row.key) == ("approval", approval.message)
        scored = session.scalars(select(ScoredVerdict)).all()
    assert len(scored) == DAYS
    assert {each.value for each in scored if each.dropped} == {0.5}


async def test_windows_whose_labels_are_not_in_are_not_scored(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    remember(database, config)
    await run(workshop(database, config, clock, tmp_path, log(config, labelled=15)), AFTER)
    with database.read() as session:
        assert len(session.scalars(select(ScoredVerdict)).all()) == 15
        assert considered(session) == ["too_few"]
        assert policies(session) == []
        assert session.scalars(select(OutboxRow)).all() == [], "nobody is bothered with it"


async def test_a_week_later_only_new_windows_are_read(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    await proposed(database, config, clock, tmp_path)
    await run(workshop(database, config, clock, tmp_path, log(config, days=0)), AFTER + 7 * DAY)
    with database.read() as session:
        assert considered(session) == ["worth_a_change", "already_asked"]
        assert len(policies(session)) == 2


async def test_applied_it_holds_once_and_asks_no_more(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    assert answer(database, config, approval.id, "leo").reason == "role_missing"
    assert answer(database, config, approval.id, "jonas").allowed
    assert answer(database, config, approval.id, "amina").reason == "already_approved"
    with database.read() as session:
        first, second = policies(session)
        assert (first.status, second.status) == (PolicyStatus.REPLACED, PolicyStatus.ACTIVE)
        assert store.active(session, "flights")[0] == 2
        assert approvals.get_one(session, approval.id).outcome == "activated"
    await run(workshop(database, config, clock, tmp_path, log(config)), AFTER + 7 * DAY)
    with database.read() as session:
        assert considered(session)[-1] in ("nothing_to_change", "too_few", "little_would_change")
        assert len(policies(session)) == 2


@pytest.mark.parametrize("late", [False, True])
async def test_kept_or_left_undecided_it_changes_nothing(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, late: bool
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    if late:
        with database.write() as session:
            assert expire_approvals(session, config, approval.due_at) == 1
    else:
        assert answer(database, config, approval.id, "jonas", approve=False).allowed
    with database.read() as session:
        assert [each.status for each in policies(session)] == [PolicyStatus.ACTIVE, PolicyStatus.DECLINED]
        assert store.active(session, "flights") == (1, DEFAULT)


async def test_a_rollback_returns_to_the_version_before_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    with database.read() as session:
        number = policies(session)[1].id
    assert undo(database, config, number, "jonas").reason == "not_active"
    answer(database, config, approval.id, "jonas")
    assert undo(database, config, number, "leo").reason == "role_missing"
    assert undo(database, config, number, "nobody").reason == "unknown_person"
    assert undo(database, config, 404, "jonas").reason == "no_such_policy"
    assert undo(database, config, number, "amina").allowed
    again = undo(database, config, number, "jonas")
    assert (again.reason, again.detail) == (
        "already_rolled_back",
        "{person:amina} has rolled the alerting policy v2 back already.",
    )
    with database.read() as session:
        first, second = policies(session)
        assert (first.status, second.status) == (PolicyStatus.ACTIVE, PolicyStatus.ROLLED_BACK)
        assert store.active(session, "flights") == (1, DEFAULT)
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "policy.roll_back")).all()
        assert [entry.reason for entry in trail][-2:] == ["rolled_back", "already_rolled_back"]
    assert undo(database, config, first.id, "jonas").reason == "nothing_before"


async def test_where_the_yaml_allows_it_the_change_applies_at_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    config = with_alerting(config, Alerting(apply=Apply.AUTO))
    remember(database, config)
    await run(workshop(database, config, clock, tmp_path, log(config)), AFTER)
    with database.read() as session:
        assert [each.status for each in policies(session)] == [PolicyStatus.REPLACED, PolicyStatus.ACTIVE]
        assert approvals.pending(session) == []
        (row,) = session.scalars(select(OutboxRow))
        assert row.kind == "alerting_policy"


@pytest.mark.parametrize("moment", [1, 3, 5, 7, 8, 9])
async def test_a_run_that_dies_anywhere_makes_one_version(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path, moment: int
) -> None:
    remember(database, config)
    tools, args = (
        workshop(database, config, clock, tmp_path, log(config)),
        {"pipeline": "flights", "at": AFTER.isoformat()},
    )
    clock.advance_to(AFTER)
    steps = MortalSteps(moment)
    with pytest.raises(Killed):
        await tune(steps, tools, args)
    steps.die_at = None
    await tune(steps, tools, args)
    with database.read() as session:
        assert len(policies(session)) == 2
        assert len(session.scalars(select(ScoredVerdict)).all()) == DAYS
        assert len(approvals.pending(session, "flights", "tune")) == 1


async def test_two_people_who_roll_back_at_once_do_it_once(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    answer(database, config, approval.id, "jonas")
    with database.read() as session:
        number = policies(session)[1].id
    ready = Barrier(2)

    def click(who: str) -> str:
        ready.wait()
        return undo(database, config, number, who).reason

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, ("jonas", "amina"))) == ["already_rolled_back", "rolled_back"]


async def test_what_people_did_is_kept_with_the_verdict(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    remember(database, config)
    with database.write() as session:
        session.add_all(_group(day, acted=day == 10) for day in (10, 20))
        session.flush()
        (_, second) = session.scalars(select(AlertGroup).order_by(AlertGroup.id))
        session.add(
            Verdict(group_id=second.id, verdict="noise", reason="as ever", given_by="maya", given_at=AFTER)
        )
    await run(workshop(database, config, clock, tmp_path, log(config)), AFTER)
    with database.read() as session:
        scored = store.scored(session, "flights", 400)
    assert [i for i, each in enumerate(scored) if each.acted] == [10]
    assert [i for i, each in enumerate(scored) if each.noise] == [20]


def _group(day: int, *, acted: bool) -> AlertGroup:
    at = START + (day + 1) * DAY + timedelta(minutes=1)
    return AlertGroup(
        key=f"flights-{day}",
        labels={"alertname": "DataCheck"},
        title="data differs",
        severity="warning",
        pipeline="flights",
        channel="flights",
        rotation="flights",
        policy="page",
        status=GroupStatus.RESOLVED,
        opened_at=at,
        acknowledged_by="maya" if acted else None,
        resolved_at=at + timedelta(hours=2),
        evaluation_id=day + 1,
    )


async def test_a_request_decided_after_another_policy_came_is_not_applied(
    database: Database, config: Config, clock: SimulatedClock, tmp_path: Path
) -> None:
    approval = await proposed(database, config, clock, tmp_path)
    with database.write() as session:
        first, second = policies(session)
        first.status = PolicyStatus.REPLACED
        session.flush()
        values = {"pipeline": "flights", "thresholds": DEFAULT.as_json(), "why": ""}
        session.add(PolicyVersion(**values, version=3, status=PolicyStatus.ACTIVE, made_at=AFTER, replaces=1))
    assert answer(database, config, approval.id, "jonas").allowed
    with database.read() as session:
        assert approvals.get_one(session, approval.id).outcome == "superseded"
        assert approvals.get_one(session, approval.id).status == ApprovalStatus.APPROVED
        assert store.active(session, "flights")[0] == 3
        assert second.version == 2
