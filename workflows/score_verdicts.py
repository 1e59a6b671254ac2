"""Past verdicts and what became of them: which wait for their score, and what is written down of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.evaluation.goal import stored_goal
from core.evaluation.tables import Evaluation, SloState
from core.evaluation.tuning import store
from core.evaluation.tuning.calling import findings_of_data
from core.evaluation.tuning.realized import Realized
from core.evaluation.tuning.tables import ScoredVerdict
from core.evaluation.windows import Window
from workflows.tuning_store import Reaction, reactions


def unscored(session: Session, pipeline: str, at: datetime, limit: int) -> list[Window]:
    """The evaluated windows that have no score yet, oldest first."""
    known = {row.window_start for row in store.scored(session, pipeline, limit)}
    first = store.first_verdicts(session, pipeline, at, limit)
    return [Window(each.window_start, each.window_end) for each in first if each.window_start not in known]


def keep_scores(
    session: Session, pipeline: Pipeline, realized: Sequence[Mapping[str, Any]], limit: int, now: datetime
) -> int:
    """Write down what turned out, and bring what people did up to date in the rows there are; how many are new."""
    found = {each.start: each for each in (Realized.from_json(dict(one)) for one in realized)}
    verdicts = store.first_verdicts(session, pipeline.pipeline, now, limit)
    known = {row.window_start: row for row in store.scored(session, pipeline.pipeline, limit)}
    seen = _seen(session, pipeline.pipeline, verdicts, now)
    fresh = 0
    for verdict, reaction in zip(verdicts, seen, strict=True):
        acted, noise = any(each.acted for each in reaction), any(each.noise for each in reaction)
        if row := known.get(verdict.window_start):
            row.acted, row.noise = acted, noise
        elif (turned_out := found.get(verdict.window_start)) and verdict.metric == pipeline.metric:
            session.add(_scored(verdict, turned_out, acted, noise))
            fresh += 1
    return fresh


def _seen(session: Session, pipeline: str, verdicts: Sequence[Evaluation], now: datetime) -> list[list[Reaction]]:
    """Of each verdict the groups that were open between it and the next one."""
    if not verdicts:
        return []
    groups = reactions(session, pipeline, verdicts[0].known_at)
    spans = pairwise([*(each.known_at for each in verdicts), now])
    return [
        [g for g in groups if g.opened_at < end and (g.resolved_at is None or g.resolved_at > start)]
        for start, end in spans
    ]


def _scored(verdict: Evaluation, found: Realized, acted: bool, noise: bool) -> ScoredVerdict:
    estimate = verdict.summary.get("estimate") or {}
    return ScoredVerdict(
        pipeline=verdict.pipeline,
        window_start=verdict.window_start,
        window_end=verdict.window_end,
        evaluation_id=verdict.id,
        risk=estimate.get("risk"),
        findings=[
            {"check": each["check"], "kind": each["kind"], "score": each["score"]}
            for each in findings_of_data(verdict)
        ],
        stated=_stated(verdict),
        acted=acted,
        noise=noise,
        value=found.value,
        rows=found.rows,
        labels=found.labels,
        dropped=stored_goal(verdict.metric, verdict.objective, verdict.summary).missed_by(found.value),
    )


def _stated(verdict: Evaluation) -> bool | None:
    """What the labels that were in said of the objective, or those of the windows before where nothing could be
    estimated; None where they were too few, or the estimate spoke."""
    if (verdict.summary.get("lately") or {}).get("call") and verdict.state == SloState.UNKNOWN:
        return True
    fact = verdict.state != SloState.UNKNOWN and not verdict.summary.get("estimated")
    return verdict.state == SloState.BREACHED if fact else None
