"""What a window calls somebody for, as an alerting policy decides. Pure."""

from collections.abc import Sequence
from typing import Any

from core.evaluation.finding import GAP
from core.evaluation.tables import Evaluation, SloState
from core.evaluation.tuning.policy import AlertingPolicy

Found = dict[str, Any]
"""A finding as it is stored."""

NOT_OF_DATA = frozenset({"slice", GAP})
"""Findings that are about predictions, and not about the values that they rest on."""


def under(policy: AlertingPolicy, number: int, evaluation: Evaluation) -> dict[str, Any]:
    """What the alerting policy of this number made of an evaluation: the places of findings that are only kept, and
    whether a possible miss is."""
    of_data = findings_of_data(evaluation)
    kept = [i for i, each in enumerate(evaluation.findings) if each in of_data and not _tells(policy, each)]
    hard = any(each["kind"] == "hard" for each in of_data)
    at_risk = not expects_a_miss(evaluation, policy) and policy.records(risk(evaluation), hard=hard)
    return {"policy": number, "kept": kept, "at_risk": at_risk and not is_fact(evaluation)}


def calls(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether the objective is a reason to call: it is missed, a miss is expected, or nothing can be estimated and the
    last labels, or what is wrong with the values, say so."""
    return is_missed(evaluation) or expects_a_miss(evaluation, policy) or call_of(evaluation) is not None


def is_missed(evaluation: Evaluation) -> bool:
    """Whether the labels that are in say so: a fact, which calls whatever the policy."""
    return evaluation.state == SloState.BREACHED and not evaluation.summary.get("estimated")


def is_fact(evaluation: Evaluation) -> bool:
    """Whether the state rests on labels that are in."""
    return evaluation.state != SloState.UNKNOWN and not evaluation.summary.get("estimated")


def expects_a_miss(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether, while labels are to come, the estimate says that the objective is missed."""
    return not is_fact(evaluation) and policy.pages(risk(evaluation), hard=False)


def endangers(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether a miss is likely enough to call somebody for broken data, and nobody is called for the miss itself."""
    return not calls(evaluation, policy) and policy.pages(risk(evaluation), hard=True)


def call_of(evaluation: Evaluation) -> dict[str, Any] | None:
    """What calls somebody about a window without an estimate (`live.unestimated`); None once its own labels speak."""
    call: dict[str, Any] | None = (evaluation.summary.get("lately") or {}).get("call")
    return None if is_fact(evaluation) else call


def risk(evaluation: Evaluation) -> float | None:
    """The chance of a miss, where one is known."""
    known: float | None = (evaluation.summary.get("estimate") or {}).get("risk")
    return known


def findings_of_data(evaluation: Evaluation) -> list[Found]:
    return [each for each in evaluation.findings if each["check"] not in NOT_OF_DATA]


def told_of_data(evaluation: Evaluation, policy: AlertingPolicy) -> list[Found]:
    """What is told of the data; the rest is only kept."""
    return [each for each in findings_of_data(evaluation) if _tells(policy, each)]


def gap_of(evaluation: Evaluation) -> Found | None:
    """The gap between what its version does live and what held-out rows promised, if there is one."""
    return next((each for each in evaluation.findings if each["check"] == GAP), None)


def in_short(found: Sequence[Found]) -> str:
    """The first of these, and how many more there are."""
    more = "" if len(found) < 2 else f" And {len(found) - 1} more."
    return f"{found[0]['reason']}{more}" if found else ""


def _tells(policy: AlertingPolicy, found: Found) -> bool:
    return policy.notifies(found["check"], found["kind"], found["score"])
