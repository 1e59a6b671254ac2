"""Who may decide a request, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.approvals.decide import deciders, may_decide
from core.approvals.tables import Approval, ApprovalAction, ApprovalStatus
from core.config.declared import ApprovalPolicy, Approvals, Person, Role
from tests.oncall_support import config, person

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
STRICT = ApprovalPolicy(deadline=timedelta(hours=4))
OWN = ApprovalPolicy(deadline=timedelta(hours=4), own_requests=True)
ANYBODY = ApprovalPolicy(deadline=timedelta(hours=4), role=Role.RESPONDER)
MAYA, JONAS, AMINA = person("maya"), person("jonas"), person("amina")
"""Jonas and Amina are approvers, Maya is none."""


def approval(**changes: Any) -> Approval:
    values = {
        "action": ApprovalAction.PROMOTE,
        "requested_by": "jonas",
        "due_at": NOW + TICK,
        "decided_by": "amina",
    }
    return Approval(**{"status": ApprovalStatus.PENDING, **values, **changes})


@pytest.mark.parametrize(
    ("request_", "who", "policy", "reason"),
    [
        (approval(), AMINA, STRICT, "may_decide"),
        (approval(), MAYA, STRICT, "role_missing"),
        (approval(), MAYA, ANYBODY, "may_decide"),
        (approval(), JONAS, STRICT, "own_request"),
        (approval(), JONAS, OWN, "may_decide"),
        (approval(requested_by="maya"), MAYA, OWN, "role_missing"),
        (approval(), None, STRICT, "unknown_person"),
        (approval(due_at=NOW), AMINA, STRICT, "deadline_passed"),
        (approval(status=ApprovalStatus.APPROVED), AMINA, STRICT, "already_approved"),
        (approval(status=ApprovalStatus.REJECTED), AMINA, STRICT, "already_rejected"),
        (approval(status=ApprovalStatus.EXPIRED), AMINA, STRICT, "already_expired"),
    ],
)
def test_a_second_person_with_the_role_decides_in_time(
    request_: Approval, who: Person | None, policy: ApprovalPolicy, reason: str
) -> None:
    assert may_decide(request_, who, policy, NOW).reason == reason


def test_who_comes_second_hears_who_decided_if_anybody_did() -> None:
    taken = may_decide(approval(status=ApprovalStatus.REJECTED), JONAS, STRICT, NOW)
    assert taken.detail == "This request was already rejected by {person:amina}."
    late = may_decide(approval(status=ApprovalStatus.EXPIRED, decided_by=None), JONAS, STRICT, NOW)
    assert late.detail == "This request has expired. Please ask again."


@pytest.mark.parametrize("own", [False, True])
def test_whoever_may_decide_is_asked_and_nobody_else(own: bool) -> None:
    declared = {"deadline": "4h", "own_requests": own}
    team = config(approvals={"roll_back": declared, "promote": declared}).team
    for action in ApprovalAction:
        asked, policy = approval(action=action), team.approvals.of(action)
        may = [each.id for each in team.people if may_decide(asked, each, policy, NOW).allowed]
        assert deciders(asked, team) == may == (["jonas", "amina"] if own else ["amina"])


def test_policies_are_decided_as_promotions_are_unless_something_else_is_said() -> None:
    named = Approvals(roll_back=OWN, promote=STRICT)
    assert [named.of(action) for action in ("roll_back", "promote", "tune")] == [OWN, STRICT, STRICT]
    assert Approvals(roll_back=OWN, promote=STRICT, tune=ANYBODY).of("tune") == ANYBODY
