"""Rolling an alerting policy back: one click, at once, and told where the policy was decided."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.approvals import store as approvals
from core.approvals.tables import ApprovalAction
from core.audit.store import record
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from core.evaluation.tuning.tables import PolicyVersion
from core.outbox.store import Post, enqueue
from workflows import policies
from workflows.approve import post
from workflows.note import tell


def roll_back(
    session: Session, config: Config, policy_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Return to the version before; a second click is told that it has happened."""
    approvers = config.team.approvals.of(ApprovalAction.TUNE)
    decision, version = policies.take_back(session, policy_id, person, approvers, now)
    entry = record(
        session,
        at=now,
        actor=actor,
        action="policy.roll_back",
        subject=("alerting_policy", policy_id),
        decision=decision,
    )
    if version is not None and decision.allowed:
        channel, thread = renew(session, config, version, now)
        tell(session, entry, channel=channel, parent=thread, now=now)
    return decision


def renew(session: Session, config: Config, version: PolicyVersion, now: datetime) -> tuple[str, str]:
    """Bring the message about a version up to date, or send it; its channel and its thread."""
    approval = approvals.latest(session, version.pipeline, ApprovalAction.TUNE, version.version)
    if approval is not None:
        post(session, approval, now)
        return approval.channel, approval.thread
    version.revision = (version.revision or 0) + 1
    channel = config.pipeline(version.pipeline).channel
    enqueue(session, Post("alerting_policy", version.id, version.message, channel, revision=version.revision), now)
    return channel, version.message
