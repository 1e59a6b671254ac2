"""Runs that people ask for beside their schedules: an evaluation, a retraining."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.audit.store import record
from core.config.declared import Person
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.rights import barred
from core.decision import Decision, allow, refuse
from core.runs import store

EVALUATE, RETRAIN = "evaluate", "retrain"
WISHES = {EVALUATE: "have a model evaluated", RETRAIN: "have a model retrained"}
NOT_RETRAINED = "its pipeline.yaml has no “retraining”, which names a trainer."


def ask(
    session: Session, config: Config, kind: str, pipeline_id: str, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Ask for a run of this kind as at `now`, one at a time. What a retraining proposes is decided by somebody else
    than whoever asked for it."""
    decision = _may(session, config.pipelines.get(pipeline_id), kind, person)
    if decision.allowed:
        at = now.replace(second=0, microsecond=0)
        args = {"pipeline": pipeline_id, "at": now.isoformat(), "by": actor}
        store.request(session, f"{kind}:{pipeline_id}:{at:%Y-%m-%dT%H:%M}", kind, args, now)
    subject, data = ("pipeline", pipeline_id), {"run": kind}
    record(session, at=now, actor=actor, action="run.ask", subject=subject, decision=decision, data=data)
    return decision


def _may(session: Session, pipeline: Pipeline | None, kind: str, person: Person | None) -> Decision:
    if refused := barred(person, WISHES[kind]):
        return refused
    if pipeline is None:
        return refuse("no_such_pipeline", "There is no such pipeline any more.")
    if kind == RETRAIN and pipeline.retraining is None:
        return refuse("not_retrained", f"{pipeline.title} cannot be retrained here: {NOT_RETRAINED}")
    if store.under_way(session, kind, pipeline.pipeline):
        doing = "evaluated" if kind == EVALUATE else "retrained"
        return refuse("under_way", f"{pipeline.title} is being {doing} already; what comes of it will be posted.")
    return allow("asked")
