"""A request is decided once, by a second person who may; everybody else is told why not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals import store
from core.approvals.tables import Approval, ApprovalStatus
from core.audit.tables import AuditEntry
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from core.outbox.tables import OutboxRow
from core.runs.store import open_runs
from workflows.approve import decide, expire_approvals
from workflows.roll_back import RollbackPlan, request_rollback

PLAN = RollbackPlan("flights", 2, 1, "v1 served before")


def ask(database: Database, config: Config, clock: SimulatedClock, who: str = "maya") -> int:
    with database.write() as session:
        person = config.team.person(who)
        decision, approval = request_rollback(session, config, PLAN, person, who, None, clock.now())
        assert decision.allowed, decision
        assert approval is not None
        return approval.id


def answer(
    database: Database, config: Config, clock: SimulatedClock, number: int, who: str, approve: bool = True
) -> Decision:
    with database.write() as session:
        return decide(session, config, number, approve, config.team.person(who), who, clock.now())


def audit(session: Session, action: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def test_an_approval_asks_for_exactly_one_run(database: Database, config: Config, clock: SimulatedClock) -> None:
    number = ask(database, config, clock)
    assert answer(database, config, clock, number, "jonas") == Decision(
        True, "approved", "{person:jonas} approved the rollback of Flight delays from v2 to v1."
    )
    with database.read() as session:
        (run,) = open_runs(session)
        assert run.id == f"roll_back:flights:{number}"
        kinds = [row.kind for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]
    assert kinds == ["approval", "note"], "one message, folded while it waited, and a line for the decision"


def test_what_is_asked_for_a_pipeline_that_left_the_yaml_can_only_be_rejected(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    number, without = ask(database, config, clock), replace(config, pipelines={})
    refused = answer(database, without, clock, number, "jonas")
    assert (refused.allowed, refused.reason) == (False, "no_such_pipeline")
    with database.read() as session:
        assert open_runs(session) == []
    assert answer(database, without, clock, number, "jonas", approve=False).reason == "rejected"


@pytest.mark.parametrize(
    ("who", "reason"),
    [("maya", "own_request"), ("leo", "role_missing"), ("sofia", "role_missing"), ("nobody", "unknown_person")],
)
def test_who_may_not_decide_changes_nothing_and_leaves_one_trace(
    database: Database, config: Config, clock: SimulatedClock, who: str, reason: str
) -> None:
    number = ask(database, config, clock)
    assert answer(database, config, clock, number, who).reason == reason
    with database.read() as session:
        assert session.get_one(Approval, number).status == ApprovalStatus.PENDING
        assert [(e.actor, e.allowed, e.reason) for e in audit(session, "approval.decide")] == [
            (who, False, reason)
        ]
        assert not open_runs(session)


def test_nobody_approves_what_they_asked_for(database: Database, config: Config, clock: SimulatedClock) -> None:
    number = ask(database, config, clock, "amina")
    assert answer(database, config, clock, number, "amina").reason == "own_request"
    assert answer(database, config, clock, number, "jonas").allowed


def test_the_second_click_is_told_who_was_first(database: Database, config: Config, clock: SimulatedClock) -> None:
    number = ask(database, config, clock)
    answer(database, config, clock, number, "jonas", approve=False)
    late = answer(database, config, clock, number, "amina")
    assert (late.reason, late.detail) == (
        "already_rejected",
        "This request was already rejected by {person:jonas}.",
    )
    assert answer(database, config, clock, number, "jonas").reason == "already_rejected"


def test_a_request_that_does_not_exist_is_refused(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    assert answer(database, config, clock, 404, "jonas").reason == "no_such_request"


def test_a_deadline_closes_the_request_and_says_so(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    number = ask(database, config, clock)
    with database.read() as session:
        assert store.next_due(session) == clock.now() + timedelta(hours=4)
    clock.advance(timedelta(hours=4))
    assert answer(database, config, clock, number, "jonas").reason == "deadline_passed"
    with database.write() as session:
        assert expire_approvals(session, config, clock.now()) == 1
        assert expire_approvals(session, config, clock.now()) == 0
    assert answer(database, config, clock, number, "jonas").reason == "already_expired"
    with database.read() as session:
        assert len(audit(session, "approval.expire")) == 1


def test_a_second_rollback_waits_for_the_first(database: Database, config: Config, clock: SimulatedClock) -> None:
    ask(database, config, clock)
    with database.write() as session:
        jonas = config.team.person("jonas")
        decision, approval = request_rollback(session, config, PLAN, jonas, "jonas", None, clock.now())
    assert approval is None
    assert decision.reason == "already_requested"
    assert "{person:maya}" in decision.detail


def test_a_rollback_that_is_carried_out_is_not_asked_for_again(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    number = ask(database, config, clock)
    assert answer(database, config, clock, number, "jonas").allowed
    with database.write() as session:
        maya = config.team.person("maya")
        decision, approval = request_rollback(session, config, PLAN, maya, "maya", None, clock.now())
        assert approval is None
        assert decision.detail == (
            "{person:jonas} approved the rollback of Flight delays from v2 to v1, and it is being carried out. "
            "Its thread says when it is done."
        )
        session.get_one(Approval, number).outcome = "reverted"
        session.flush()
        assert request_rollback(session, config, PLAN, maya, "maya", None, clock.now())[0].allowed


@pytest.mark.parametrize(
    ("who", "plan", "reason"),
    [
        ("sofia", PLAN, "role_missing"),
        ("nobody", PLAN, "unknown_person"),
        ("maya", RollbackPlan("flights", 1, None, "v1 is the first"), "nothing_to_roll_back_to"),
    ],
)
def test_a_rollback_that_may_not_be_asked_for(
    database: Database, config: Config, clock: SimulatedClock, who: str, plan: RollbackPlan, reason: str
) -> None:
    with database.write() as session:
        person = config.team.person(who)
        decision, approval = request_rollback(session, config, plan, person, who, None, clock.now())
        assert (decision.reason, approval) == (reason, None)
        assert [entry.reason for entry in audit(session, "approval.request")] == [reason]


def test_two_people_who_decide_at_once_are_decided_once(
    database: Database, config: Config, clock: SimulatedClock
) -> None:
    for _ in range(15):
        number = ask(database, config, clock)
        together = Barrier(2)

        def click(who: str, number: int = number, together: Barrier = together) -> Decision:
            together.wait()
            return answer(database, config, clock, number, who, approve=who == "jonas")

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(click, ["jonas", "amina"]))
        assert sorted(each.allowed for each in answers) == [False, True]
        with database.read() as session:
            approval = session.get_one(Approval, number)
            winner = approval.decided_by
            expected = ApprovalStatus.APPROVED if winner == "jonas" else ApprovalStatus.REJECTED
            assert approval.status == expected
            runs = [run for run in open_runs(session) if run.id == f"roll_back:flights:{number}"]
            assert len(runs) == (winner == "jonas")
        with database.write() as session:  # it is carried out before the next one is asked for
            session.get_one(Approval, number).outcome = "reverted"
