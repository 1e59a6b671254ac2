"""Asking for a rollback: the request that another person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts import store as alerts
from core.alerts.tables import AlertGroup
from core.approvals import store
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.audit.store import record
from core.config.declared import Person
from core.config.load import Config
from core.config.rights import barred
from core.decision import Decision, allow, refuse
from workflows.approve import Change, ask, describe


@dataclass(frozen=True)
class RollbackPlan:
    """What the registry says before the transaction: the champion now, and the version to go back to.

    `to_version` is None when there is nothing to go back to; `reason` says why this one, or why none.
    """

    pipeline: str
    from_version: int | None
    to_version: int | None
    reason: str


def may_request(
    config: Config, plan: RollbackPlan, person: Person | None, under_way: Sequence[Approval]
) -> Decision:
    """Whether this person may ask for this rollback now; one at a time, until it is carried out."""
    if refused := barred(person, "ask for a rollback"):
        return refused
    if plan.from_version is None or plan.to_version is None:
        return refuse("nothing_to_roll_back_to", plan.reason)
    if under_way:
        return refuse("already_requested", _already(config, under_way[0]))
    return allow("requested", plan.reason)


def _already(config: Config, first: Approval) -> str:
    what = describe(first, config)
    if first.status == ApprovalStatus.PENDING:
        return f"{{person:{first.requested_by}}} already asked for {what}."
    done = "Its thread says when it is done."
    return f"{{person:{first.decided_by}}} approved {what}, and it is being carried out. {done}"


def request_rollback(
    session: Session,
    config: Config,
    plan: RollbackPlan,
    person: Person | None,
    actor: str,
    group_id: int | None,
    now: datetime,
    why: str = "",
) -> tuple[Decision, Approval | None]:
    """Ask a second person to approve the rollback; in the alert's thread when it was asked for there."""
    group = alerts.lock(session, group_id) if group_id is not None else None
    decision = may_request(config, plan, person, store.under_way(session, plan.pipeline, ApprovalAction.ROLL_BACK))
    approval = None
    if decision.allowed and plan.from_version is not None and plan.to_version is not None:
        versions = (plan.from_version, plan.to_version)
        change = Change(ApprovalAction.ROLL_BACK, plan.pipeline, *versions, _evidence(plan, group, why))
        channel = group.channel if group else config.pipeline(plan.pipeline).channel
        parent = group.message if group else None
        approval = ask(session, config, change, requested_by=actor, channel=channel, parent=parent, now=now)
        decision = allow("requested", f"{{person:{actor}}} asked for {describe(approval, config)}.")
    subject = ("approval", approval.id) if approval else ("pipeline", plan.pipeline)
    record(session, at=now, actor=actor, action="approval.request", subject=subject, decision=decision)
    return decision, approval


def _evidence(plan: RollbackPlan, group: AlertGroup | None, why: str) -> dict[str, Any]:
    evidence: dict[str, Any] = {"reason": plan.reason, "why": why}
    if group is not None:
        evidence |= {"group_id": group.id, "title": group.title, "evaluation_id": group.evaluation_id}
    return evidence
