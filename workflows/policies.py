"""Versions of a pipeline's alerting policy: made, put into force, and taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.approvals.tables import Approval, ApprovalStatus
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.config.declared import ApprovalPolicy, Person
from core.config.rights import stranger, without
from core.decision import Decision, allow, refuse
from core.evaluation.tuning import store
from core.evaluation.tuning.policy import DEFAULT, AlertingPolicy
from core.evaluation.tuning.tables import PolicyStatus, PolicyVersion

FIRST = "What every pipeline starts with."


@dataclass(frozen=True)
class Made:
    """A version that is to be: its policy, the sentence about its replay, and what that rests on."""

    policy: AlertingPolicy
    why: str
    replay: dict[str, Any]
    run: str


def make(session: Session, pipeline: str, made: Made, now: datetime) -> PolicyVersion:
    """Write down a new version, which is not in force yet; the first one of a pipeline is written down with it."""
    current = store.lock_active(session, pipeline) or _first(session, pipeline, now)
    found = PolicyVersion(
        pipeline=pipeline,
        version=store.newest_version(session, pipeline) + 1,
        thresholds=made.policy.as_json(),
        status=PolicyStatus.PROPOSED,
        replaces=current.version,
        why=made.why,
        replay=made.replay,
        run=made.run,
        made_at=now,
    )
    session.add(found)
    session.flush()
    return found


def _first(session: Session, pipeline: str, now: datetime) -> PolicyVersion:
    first = PolicyVersion(
        pipeline=pipeline,
        version=1,
        thresholds=DEFAULT.as_json(),
        status=PolicyStatus.ACTIVE,
        why=FIRST,
        made_at=now,
        active_from=now,
    )
    session.add(first)
    session.flush()
    return first


def activate(session: Session, version: PolicyVersion, by: str, now: datetime) -> Decision:
    """Put a version into force in place of the one that it was made from, unless another one came between."""
    current = store.lock_active(session, version.pipeline)
    if current is None or current.version != version.replaces:
        version.status, version.ended_at, version.ended_by = PolicyStatus.DECLINED, now, by
        decision = refuse("superseded", "Another alerting policy is in force meanwhile, so nothing was changed.")
    else:
        _switch(session, current, PolicyStatus.REPLACED, version, by, now)
        detail = f"{{person:{by}}} put {named(version)} into force: {version.why}"
        decision = allow("activated", detail)
    record(
        session,
        at=now,
        actor=by,
        action="policy.activate",
        subject=("alerting_policy", version.id),
        decision=decision,
        data=version.thresholds,
    )
    return decision


def _switch(
    session: Session, old: PolicyVersion, ended: PolicyStatus, new: PolicyVersion, by: str, now: datetime
) -> None:
    old.status, old.ended_at, old.ended_by = ended, now, by
    # At most one version of a pipeline is in force, which the database holds too: the old one has to end first.
    session.flush()
    new.status, new.active_from, new.ended_at, new.ended_by = PolicyStatus.ACTIVE, now, None, None
    session.flush()


def settle(session: Session, approval: Approval, now: datetime) -> None:
    """What a decided request makes of the version that it was about."""
    version = store.version(session, approval.pipeline, approval.to_version)
    if version is None:
        return
    by = approval.decided_by or GOLDILOCKS
    if approval.status == ApprovalStatus.APPROVED:
        approval.outcome = activate(session, version, by, now).reason
    else:
        version.status, version.ended_at, version.ended_by = PolicyStatus.DECLINED, now, by


_WISH = "roll back an alerting policy"


def take_back(
    session: Session, policy_id: int, person: Person | None, approvers: ApprovalPolicy, now: datetime
) -> tuple[Decision, PolicyVersion | None]:
    """Return from a version in force to the one before it; whoever may decide policies may do so, and at once."""
    version = store.lock(session, policy_id)
    before = store.version(session, version.pipeline, version.replaces) if version and version.replaces else None
    decision = _may_take_back(version, before, person, approvers)
    if version and before and person and decision.allowed:
        _switch(session, version, PolicyStatus.ROLLED_BACK, before, person.id, now)
    return decision, version


def _may_take_back(
    version: PolicyVersion | None,
    before: PolicyVersion | None,
    person: Person | None,
    approvers: ApprovalPolicy,
) -> Decision:
    if person is None:
        return stranger(_WISH)
    if version is None:
        return refuse("no_such_policy", "There is no such alerting policy.")
    if approvers.role not in person.roles:
        return without(approvers.role, _WISH)
    if version.status == PolicyStatus.ROLLED_BACK:
        return refuse(
            "already_rolled_back", f"{{person:{version.ended_by}}} has rolled {named(version)} back already."
        )
    if version.status != PolicyStatus.ACTIVE:
        return refuse(
            "not_active", f"Version {version.version} is not in force, so there is nothing to roll back."
        )
    if before is None:
        return refuse("nothing_before", "This is what the pipeline started with; there is nothing to go back to.")
    detail = f"{{person:{person.id}}} rolled {named(version)} back to v{before.version}."
    return allow("rolled_back", detail)


def named(version: PolicyVersion) -> str:
    """`the alerting policy v2`, for sentences where its pipeline's message is."""
    return f"the alerting policy v{version.version}"
