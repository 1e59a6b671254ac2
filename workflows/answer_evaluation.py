"""What an evaluation is answered with: alerts raised and ended, as the alerting policy in force decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.goal import goal_of, slice_blamed
from core.evaluation.slo.state import State
from core.evaluation.tables import Evaluation, SloState
from core.evaluation.tuning.calling import (
    call_of,
    calls,
    endangers,
    expects_a_miss,
    gap_of,
    in_short,
    is_fact,
    risk,
    told_of_data,
)
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.verdict import Verdict, alert, expected, unestimated
from core.outbox.store import Post, enqueue
from workflows import gap_alert
from workflows.respond import RaisedAlert, raise_group, raised_group, recover

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
    incident = _answer_objective(session, config, pipeline, evaluation, policy, now)
    _answer_findings(session, config, pipeline, evaluation, policy, incident, now)
    _answer_gap(session, config, pipeline, evaluation, incident, now)


@dataclass(frozen=True)
class Incident:
    """The open alert about the objective after a window was answered, and the window that it was raised for `before`
    that; None when this one opened it."""

    group: AlertGroup | None = None
    before: Evaluation | None = None

    def tells(self, begins: bool) -> bool:
        """Whether something that a window found is told there, and needs no alert of its own: the alert begins with
        it, or went on when it did. What `begins` under an alert that people know already is news, and so is what would
        lie hidden in one that is silenced."""
        if self.group is None:
            return False
        return not begins if self.before else self.group.status == GroupStatus.FIRING


def _answer_objective(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    evaluation: Evaluation,
    policy: AlertingPolicy,
    now: datetime,
) -> Incident:
    """The one alert that calls: it goes on however many windows in a row miss the objective."""
    raised = _raised(pipeline, evaluation, policy)
    group = raised_group(session, config, pipeline.pipeline, raised)
    before = store.get(session, group.evaluation_id) if group and group.evaluation_id else None
    if calls(evaluation, policy):
        return Incident(_raise(session, config, pipeline, raised, evaluation, now), before)
    if group is not None and _is_over(session, group, evaluation, policy):
        recover(session, config, pipeline.pipeline, raised, now)
        return Incident()
    return Incident(group, before)


def _is_over(session: Session, group: AlertGroup, evaluation: Evaluation, policy: AlertingPolicy) -> bool:
    """Whether the alert ends: the window's labels keep the objective; or they are still to come, those that came last
    kept it, and either the estimate says that this one does, too, or the last are of the window that the alert was
    raised for, or of a later one, and nothing is at risk since."""
    if is_fact(evaluation):
        return evaluation.state == SloState.MET
    last = (evaluation.summary.get("lately") or {}).get("last")
    if last is None or not last["kept"] or evaluation.state == SloState.MET:
        return evaluation.state == SloState.MET and (last is None or last["kept"])
    raised_for = store.get(session, group.evaluation_id) if group.evaluation_id else None
    told = raised_for is not None and datetime.fromisoformat(last["start"]) >= raised_for.window_start
    return told and not policy.records(risk(evaluation), hard=False)


def _answer_findings(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    evaluation: Evaluation,
    policy: AlertingPolicy,
    incident: Incident,
    now: datetime,
) -> None:
    """What is wrong with the data is one group, however many checks failed, until a window has nothing to tell. It
    calls somebody when values cannot be right and the objective is in danger, unless its own alert calls already."""
    found = told_of_data(evaluation, policy)
    hard = any(each["kind"] == "hard" for each in found)
    response = found[0].get("response", "") if found else ""
    raised = RaisedAlert(
        name=DATA_CHECK,
        severity=Severity.ERROR if hard and endangers(evaluation, policy) else Severity.WARNING,
        title=f"{pipeline.title}: data differs from its past on {evaluation.summary['day']}",
        summary=f"{in_short(found)} {response}".strip() if found else "the data is as usual again",
        evaluation_id=evaluation.id,
    )
    if not found:
        recover(session, config, pipeline.pipeline, raised, now)
        return
    before = incident.before
    begins = before is not None and any(_since(each, evaluation) >= before.window_end for each in found)
    if (
        raised.severity == Severity.ERROR
        or not incident.tells(begins)
        or _is_open(session, config, pipeline, raised)
    ):
        _raise(session, config, pipeline, raised, evaluation, now)


def _since(found: dict[str, Any], evaluation: Evaluation) -> datetime:
    since = found.get("since")
    return datetime.fromisoformat(since) if since else evaluation.window_start


def _answer_gap(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    evaluation: Evaluation,
    incident: Incident,
    now: datetime,
) -> None:
    """A version that does worse than promised has a group of its own, until it does not or does not serve."""
    raised = gap_alert.raised(pipeline, evaluation)
    group = raised_group(session, config, pipeline.pipeline, raised)
    if gap_of(evaluation):
        begins = incident.before is None or gap_of(incident.before) is None
        if group is not None or not incident.tells(begins):
            _raise(session, config, pipeline, raised, evaluation, now)
    elif group is not None and gap_alert.is_over(session, group, evaluation):
        recover(session, config, pipeline.pipeline, raised, now)


def _is_open(session: Session, config: Config, pipeline: Pipeline, raised: RaisedAlert) -> bool:
    return raised_group(session, config, pipeline.pipeline, raised) is not None


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
    if expects_a_miss(evaluation, policy):
        text = expected(evaluation.summary["estimate"], pipeline.title, goal, evaluation.summary["day"])
    elif call := call_of(evaluation):
        text = unestimated(call, pipeline.title, goal, evaluation.summary["day"])
    gap, data = gap_of(evaluation), in_short(told_of_data(evaluation, policy))
    said = [
        text.summary if text else evaluation.reason,
        *([gap["reason"]] if gap else []),
        *([data] if data else []),
    ]
    return RaisedAlert(
        name=SLO_BREACHED,
        severity=Severity.CRITICAL,
        title=text.title if text else f"{pipeline.title}: objective met again",
        summary=" ".join(said),
        evaluation_id=evaluation.id,
    )


def has_evidence(group: AlertGroup) -> bool:
    """Whether the thread of a group shows the evaluation that raised it; a budget's says all in its message."""
    return group.evaluation_id is not None and not group.labels.get("alertname", "").startswith(ERROR_BUDGET)


def _raise(
    session: Session,
    config: Config,
    pipeline: Pipeline,
    raised: RaisedAlert,
    evaluation: Evaluation,
    now: datetime,
) -> AlertGroup:
    """With the chart, the worst slices and example rows in the alert's thread; a later window's take their place."""
    group = raise_group(session, config, pipeline.pipeline, raised, now)
    enqueue(session, Post("evidence", evaluation.id, f"evidence:{group.id}", group.channel, group.message), now)
    return group
