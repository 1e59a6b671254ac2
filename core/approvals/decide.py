"""Who may decide a request, and when: pure rules."""

from datetime import datetime

from core.approvals.tables import Approval, ApprovalStatus
from core.config.declared import ApprovalPolicy, Person
from core.config.rights import stranger, without
from core.config.team import Team
from core.decision import Decision, allow, refuse

_WISH = "decide this request"


def may_decide(approval: Approval, person: Person | None, policy: ApprovalPolicy, now: datetime) -> Decision:
    """Whether this person may decide this request now: a second person, with the role, while it is open."""
    if approval.status != ApprovalStatus.PENDING:
        return refuse(f"already_{approval.status}", _already(approval))
    if person is None:
        return stranger(_WISH)
    if now >= approval.due_at:
        return refuse("deadline_passed", "The deadline of this request has passed. Please ask again.")
    if person.id == approval.requested_by and not policy.own_requests:
        return refuse("own_request", "You asked for this, so somebody else has to decide it.")
    if policy.role not in person.roles:
        return without(policy.role, _WISH)
    return allow("may_decide")


def deciders(approval: Approval, team: Team) -> list[str]:
    """The ids of everybody who may decide this request while it is open."""
    policy = team.approvals.of(approval.action)
    may = (p.id for p in team.people if policy.role in p.roles)
    return [person for person in may if person != approval.requested_by or policy.own_requests]


def _already(approval: Approval) -> str:
    if approval.status == ApprovalStatus.EXPIRED:
        return "This request has expired. Please ask again."
    return f"This request was already {approval.status} by {{person:{approval.decided_by}}}."
