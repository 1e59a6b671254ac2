"""Asking for a decision, deciding, and what happens when nobody does."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.approvals import store
from core.approvals.decide import may_decide
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision, allow, quoted, refuse
from core.outbox.store import Lane, Post, enqueue
from core.runs import store as runs
from workflows import policies
from workflows.note import tell

CHANGE_CHAMPION = "change_champion"
"""The kind of run that an approval starts."""

REJECT_CANDIDATE = "reject_candidate"
"""The kind of run that marks a rejected candidate in the registry."""


@dataclass(frozen=True)
class Change:
    """A change of a pipeline's champion, or of its alerting policy, that somebody wants; a first champion comes from
    nothing."""

    action: ApprovalAction
    pipeline: str
    from_version: int | None
    to_version: int
    evidence: dict[str, Any] = field(default_factory=dict)


def ask(
    session: Session,
    config: Config,
    change: Change,
    *,
    requested_by: str,
    channel: str,
    parent: str | None,
    now: datetime,
) -> Approval:
    """Open a request and post it with its buttons: in the thread of `parent`, or as a message of its own."""
    approval = Approval(
        action=change.action,
        pipeline=change.pipeline,
        from_version=change.from_version,
        to_version=change.to_version,
        evidence=change.evidence,
        channel=channel,
        parent=parent,
        requested_by=requested_by,
        requested_at=now,
        due_at=now + config.team.approvals.of(change.action).deadline,
    )
    session.add(approval)
    session.flush()
    post(session, approval, now)
    return approval


def decide(
    session: Session,
    config: Config,
    approval_id: int,
    approve: bool,
    person: Person | None,
    actor: str,
    now: datetime,
    note: str = "",
) -> Decision:
    """Approve or reject a request; what was approved is run after the transaction, exactly once.

    Two people who decide at the same instant are decided by the row's lock: the second one is told what the
    first one did.
    """
    approval = store.lock(session, approval_id)
    if approval is None:
        decision = refuse("no_such_request", "There is no such request.")
    else:
        decision = may_decide(approval, person, config.team.approvals.of(approval.action), now)
        if decision.allowed and approve and approval.pipeline not in config.pipelines:
            decision = refuse(
                "no_such_pipeline",
                f"The pipeline {quoted(approval.pipeline)} is not in the YAML any more, so nothing can be changed "
                "there: this can only be rejected.",
            )
    if approval is not None and decision.allowed:
        decision = _settle(session, config, approval, approve, actor, note, now)
    entry = record(
        session,
        at=now,
        actor=actor,
        action="approval.decide",
        subject=("approval", approval_id),
        decision=decision,
    )
    if approval is not None and decision.allowed:
        tell(session, entry, channel=approval.channel, parent=approval.thread, now=now)
    return decision


def _settle(
    session: Session, config: Config, approval: Approval, approve: bool, actor: str, note: str, now: datetime
) -> Decision:
    approval.status = ApprovalStatus.APPROVED if approve else ApprovalStatus.REJECTED
    approval.decided_by, approval.decided_at, approval.note = actor, now, note
    if approval.action == ApprovalAction.TUNE:
        policies.settle(session, approval, now)
    elif approve:
        approval.run_id = f"{approval.action}:{approval.pipeline}:{approval.id}"
        runs.request(session, approval.run_id, CHANGE_CHAMPION, _args(approval), now)
    elif approval.action == ApprovalAction.PROMOTE:
        candidate = {"pipeline": approval.pipeline, "version": approval.to_version}
        runs.request(session, f"reject:{approval.pipeline}:{approval.id}", REJECT_CANDIDATE, candidate, now)
    post(session, approval, now)
    verb = "approved" if approve else "rejected"
    return allow(verb, f"{{person:{actor}}} {verb} {describe(approval, config)}.")


def _args(approval: Approval) -> dict[str, Any]:
    return {"pipeline": approval.pipeline, "approval_id": approval.id}


def expire_approvals(session: Session, config: Config, now: datetime) -> int:
    """Close the requests whose deadline has passed, and say so in their threads; how many there were."""
    overdue = store.overdue(session, now)
    for approval in overdue:
        approval.status, approval.decided_at = ApprovalStatus.EXPIRED, now
        if approval.action == ApprovalAction.TUNE:
            policies.settle(session, approval, now)
        detail = (
            f"Nobody decided {describe(approval, config)} in time. "
            "Nothing was changed; please ask again if it is needed."
        )
        entry = record(
            session,
            at=now,
            actor=GOLDILOCKS,
            action="approval.expire",
            subject=("approval", approval.id),
            decision=allow("deadline_passed", detail),
        )
        post(session, approval, now)
        tell(session, entry, channel=approval.channel, parent=approval.thread, now=now)
    return len(overdue)


def describe(approval: Approval, config: Config) -> str:
    """`the rollback of Flight delays from v2 to v1`, or `the promotion of Flight delays to v1`, for sentences."""
    pipeline = config.pipelines.get(approval.pipeline)
    name = pipeline.title if pipeline else approval.pipeline
    nouns = {ApprovalAction.ROLL_BACK: "rollback", ApprovalAction.TUNE: "change of the alerting policy"}
    noun = nouns.get(ApprovalAction(approval.action), "promotion")
    since = "" if approval.from_version is None else f" from v{approval.from_version}"
    return f"the {noun} of {name}{since} to v{approval.to_version}"


def post(session: Session, approval: Approval, now: datetime) -> None:
    """Send the request's message, or bring it up to date in place."""
    approval.revision = (approval.revision or 0) + 1
    lane = None if approval.action == ApprovalAction.TUNE else Lane.PAGE
    message = Post(
        "approval", approval.id, approval.message, approval.channel, approval.parent, lane, approval.revision
    )
    enqueue(session, message, now)
