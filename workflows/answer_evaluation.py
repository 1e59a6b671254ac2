"""What an evaluation is answered with: alerts raised and ended, as the alerting policy in force decides."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.goal import goal_of, slice_blamed
from core.evaluation.slo.state import State
from core.evaluation.tables import Evaluation, SloState
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.verdict import Verdict, alert, expected, unestimated
from core.outbox.store import Post, enqueue
from workflows import gap_alert
from workflows.gap_alert import OFFLINE_ONLINE_GAP
from workflows.respond import RaisedAlert, raise_group, raised_group, recover
from workflows.score_verdicts import NOT_OF_DATA

SLO_BREACHED = "SloBreached"
"""The name of the alert: one open group a pipeline, however many windows in a row miss the objective."""
DATA_CHECK = "DataCheck"
"""The alert about features that differ from their past."""
ERROR_BUDGET = "ErrorBudget"
"""Before a colon and the objective's name: each has a group of its own."""
BUDGET = {
    State.AT_RISK: "is burning",
    State.BREACHED: "is spent",
    State.MET: "holds",
    State.UNKNOWN: "is not known",
}


def under(policy: AlertingPolicy, number: int, evaluation: Evaluation) -> dict[str, Any]:
    """What the alerting policy of this number made of an evaluation: the places of findings that are only kept, and
    whether a possible miss is."""
    of_data = _of_data(evaluation)
    kept = [i for i, each in enumerate(evaluation.findings) if each in of_data and not _told(each, policy)]
    hard = any(each["kind"] == "hard" for each in of_data)
    at_risk = not _expects_a_miss(evaluation, policy) and policy.records(_risk(evaluation), hard=hard)
    return {"policy": number, "kept": kept, "at_risk": at_risk and not _is_fact(evaluation)}


def answer(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    evaluation: Evaluation,
    policy: AlertingPolicy,
    now: datetime,
) -> None:
    """Only the newest window speaks for the present: an old one evaluated again raises and ends nothing."""
    newest = store.latest(session, pipeline.pipeline)[0]
    if newest.id != evaluation.id:
        return
    _answer_slos(session, config, pipeline, evaluation, now)
    _answer_findings(session, config, pipeline, evaluation, policy, now)
    _answer_gap(session, config, pipeline, evaluation, now)
    raised = _raised(pipeline, evaluation, policy)
    group = raised_group(session, config, pipeline.pipeline, raised)
    if _calls(evaluation, policy):
        _raise(session, config, pipeline, raised, evaluation, now)
    elif group is not None and _is_over(session, group, evaluation, policy):
        recover(session, config, pipeline.pipeline, raised, now)


def _calls(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether the objective is a reason to call: it is missed, a miss is expected, or nothing can be estimated and the
    last labels, or what is wrong with the values, say so."""
    return _missed(evaluation) or _expects_a_miss(evaluation, policy) or call_of(evaluation) is not None


def _is_over(session: Session, group: AlertGroup, evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether the alert ends: the window's labels keep the objective; or they are still to come, those that came last
    kept it, and either the estimate says that this one does, too, or the last are of the window that the alert was
    raised for, or of a later one, and nothing is at risk since."""
    if _is_fact(evaluation):
        return evaluation.state == SloState.MET
    last = (evaluation.summary.get("lately") or {}).get("last")
    if last is None or not last["kept"] or evaluation.state == SloState.MET:
        return evaluation.state == SloState.MET and (last is None or last["kept"])
    raised_for = store.get(session, group.evaluation_id) if group.evaluation_id else None
    told = raised_for is not None and datetime.fromisoformat(last["start"]) >= raised_for.window_start
    return told and not policy.records(_risk(evaluation), hard=False)


def _risk(evaluation: Evaluation) -> float | None:
    """The chance of a miss, where one is known."""
    risk: float | None = (evaluation.summary.get("estimate") or {}).get("risk")
    return risk


def _missed(evaluation: Evaluation) -> bool:
    """Whether the labels that are in say so: a fact, which calls whatever the policy."""
    return evaluation.state == SloState.BREACHED and not evaluation.summary.get("estimated")


def _expects_a_miss(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether, while labels are to come, the estimate says that the objective is missed."""
    return not _is_fact(evaluation) and policy.pages(_risk(evaluation), hard=False)


def call_of(evaluation: Evaluation) -> dict[str, Any] | None:
    """What calls somebody about a window without an estimate (`live.unestimated`); None once its own labels speak."""
    call: dict[str, Any] | None = (evaluation.summary.get("lately") or {}).get("call")
    return None if _is_fact(evaluation) else call


def _is_fact(evaluation: Evaluation) -> bool:
    """Whether the state rests on labels that are in."""
    return evaluation.state != SloState.UNKNOWN and not evaluation.summary.get("estimated")


def _of_data(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [each for each in evaluation.findings if each["check"] not in NOT_OF_DATA]


def _told(found: dict[str, Any], policy: AlertingPolicy) -> bool:
    return policy.notifies(found["check"], found["kind"], found["score"])


def _answer_findings(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    evaluation: Evaluation,
    policy: AlertingPolicy,
    now: datetime,
) -> None:
    """What is wrong with the data is one group, however many checks failed, until a window has nothing to tell. It
    calls somebody when values cannot be right and the objective is in danger, unless its own alert calls already."""
    found = [each for each in _of_data(evaluation) if _told(each, policy)]
    first = found[0]["reason"] if found else "the data is as usual again"
    more = "" if len(found) < 2 else f" And {len(found) - 1} more."
    hard = any(each["kind"] == "hard" for each in found)
    raised = RaisedAlert(
        name=DATA_CHECK,
        severity=Severity.ERROR if hard and _endangers(evaluation, policy) else Severity.WARNING,
        title=f"{pipeline.title}: data differs from its past on {evaluation.summary['day']}",
        summary=f"{first}{more} {found[0].get('response', '')}".strip() if found else first,
        evaluation_id=evaluation.id,
    )
    if found:
        _raise(session, config, pipeline, raised, evaluation, now)
    else:
        recover(session, config, pipeline.pipeline, raised, now)


def _answer_gap(
    session: Session, config: Config, pipeline: Pipeline, evaluation: Evaluation, now: datetime
) -> None:
    """A version that does worse than promised has a group of its own, until it does not or does not serve."""
    raised = gap_alert.raised(pipeline, evaluation)
    group = raised_group(session, config, pipeline.pipeline, raised)
    if gap_alert.is_found(evaluation):
        _raise(session, config, pipeline, raised, evaluation, now)
    elif group is not None and gap_alert.is_over(session, group, evaluation):
        recover(session, config, pipeline.pipeline, raised, now)


def _endangers(evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether a miss is likely enough to call somebody for broken data, and nobody is called for the miss itself."""
    return not _calls(evaluation, policy) and policy.pages(_risk(evaluation), hard=True)


def _answer_slos(
    session: Session, config: Config, pipeline: Pipeline, evaluation: Evaluation, now: datetime
) -> None:
    """Each rolling objective has a group of its own, which calls nobody: the budget is a matter of days."""
    for slo in evaluation.summary.get("slos", []):
        raised = RaisedAlert(
            name=f"{ERROR_BUDGET}:{slo['name']}",
            severity=Severity.WARNING,
            title=f"{pipeline.title}: the error budget of “{slo['name']}” {BUDGET[slo['state']]}",
            summary=f"{slo['reason'][:1].upper()}{slo['reason'][1:]}",
            evaluation_id=evaluation.id,
            labels={"slo": slo["name"]},
        )
        if slo["state"] in (State.AT_RISK, State.BREACHED):
            raise_group(session, config, pipeline.pipeline, raised, now)
        elif slo["state"] == State.MET:
            recover(session, config, pipeline.pipeline, raised, now)


def _raised(pipeline: Pipeline, evaluation: Evaluation, policy: AlertingPolicy) -> RaisedAlert:
    goal = goal_of(pipeline)
    verdict = Verdict(SloState(evaluation.state), evaluation.reason)
    worst = next((slice_blamed(each) for each in evaluation.slices if each["worse"]), None)
    text = alert(verdict, pipeline.title, goal, evaluation.summary["day"], worst)
    if _expects_a_miss(evaluation, policy):
        text = expected(evaluation.summary["estimate"], pipeline.title, goal, evaluation.summary["day"])
    elif call := call_of(evaluation):
        text = unestimated(call, pipeline.title, goal, evaluation.summary["day"])
    return RaisedAlert(
        name=SLO_BREACHED,
        severity=Severity.CRITICAL,
        title=text.title if text else f"{pipeline.title}: objective met again",
        summary=text.summary if text else evaluation.reason,
        evaluation_id=evaluation.id,
    )


def has_evidence(group: AlertGroup) -> bool:
    """Whether the thread of a group shows the evaluation that raised it."""
    return group.labels.get("alertname") in (SLO_BREACHED, DATA_CHECK, OFFLINE_ONLINE_GAP)


def _raise(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    raised: RaisedAlert,
    evaluation: Evaluation,
    now: datetime,
) -> None:
    """With the chart, the worst slices and example rows in the alert's thread; a later window's take their place."""
    group = raise_group(session, config, pipeline.pipeline, raised, now)
    enqueue(session, Post("evidence", evaluation.id, f"evidence:{group.id}", group.channel, group.message), now)
