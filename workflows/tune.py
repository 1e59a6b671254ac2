"""The tuning run: past verdicts are scored once their labels are in, and the alerting policy learns from them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.approvals import store as approvals
from core.approvals.tables import ApprovalAction
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.config.pipeline import Apply, Pipeline
from core.decision import allow, refuse
from core.evaluation.tuning import store
from core.evaluation.tuning.past import Judged, judge
from core.evaluation.tuning.policy import AlertingPolicy
from core.evaluation.tuning.proposal import Nothing, Proposal, first_of_run, propose
from core.evaluation.tuning.realized import realize
from core.evaluation.tuning.record import noticed, paged, records
from workflows import policies
from workflows.approve import Change, ask
from workflows.policies import Made
from workflows.ports import Workshop
from workflows.roll_back_policy import renew
from workflows.score_verdicts import keep_scores, unscored
from workflows.steps import Steps

LOOKED_AT = 400
"""Past windows that are scored and fitted to: more than a year of days."""


async def tune(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Score what has its labels by now, fit the thresholds again, and propose or apply them when that is worth it.

    Every step may be repeated: scores are written once a window, and there is one version a run.
    """
    pipeline, at = workshop.config.pipeline(args["pipeline"]), datetime.fromisoformat(args["at"])
    run = f"tune:{pipeline.pipeline}:{at:%Y-%m-%dT%H:%M}"
    realized = await steps("realize", lambda: _realize(workshop, pipeline, at))
    now = workshop.clock.now()
    await steps(
        "score", lambda: workshop.database.run(lambda s: keep_scores(s, pipeline, realized, LOOKED_AT, now))
    )
    plan = await steps("fit", lambda: workshop.database.run(lambda s: _fit(s, pipeline, run, now)))
    if plan is not None:
        chart = await steps("draw", lambda: asyncio.to_thread(_draw, workshop.data, pipeline, at, plan))
        drawn = plan | {"chart": chart}
        await steps("tell", lambda: workshop.database.run(lambda s: _tell(s, workshop, pipeline, drawn)))


async def _realize(workshop: Workshop, pipeline: Pipeline, at: datetime) -> list[dict[str, Any]]:
    """What turned out in the windows that have no score yet."""
    windows = await workshop.database.fetch(lambda s: unscored(s, pipeline.pipeline, at, LOOKED_AT))
    found = await asyncio.to_thread(realize, workshop.log(pipeline), pipeline.metric, windows, at)
    return [each.as_json() for each in found]


def _fit(session: Session, pipeline: Pipeline, run: str, now: datetime) -> dict[str, Any] | None:
    """The change that past verdicts ask for, as plain values; None when there is none, which the trail explains."""
    judged = judge(store.past(session, pipeline.pipeline, LOOKED_AT))
    number, current = store.active(session, pipeline.pipeline)
    found = propose(judged, pipeline.alerting.recall, current)
    open_requests = approvals.pending(session, pipeline.pipeline, ApprovalAction.TUNE)
    if open_requests:
        found = Nothing("already_asked", "A change of the alerting policy waits for a decision.")
    if isinstance(found, Nothing):
        decision, plan = refuse(found.reason, found.detail), None
    else:
        decision, plan = (
            allow("worth_a_change", found.sentence),
            _plan(judged, current, found, pipeline, run, number),
        )
    subject = ("pipeline", pipeline.pipeline)
    record(session, at=now, actor=GOLDILOCKS, action="policy.consider", subject=subject, decision=decision)
    return plan


def _plan(
    judged: Sequence[Judged], current: AlertingPolicy, found: Proposal, pipeline: Pipeline, run: str, number: int
) -> dict[str, Any]:
    return {
        "run": run,
        "replaces": number,
        "policy": found.policy.as_json(),
        "why": found.sentence,
        "timeline": _timeline(judged, current, found.policy),
        "replay": {
            "before": found.before.as_json(),
            "after": found.after.as_json(),
            "current": current.as_json(),
            "windows": found.windows,
            "recall": pipeline.alerting.recall,
            "forward": found.forward.as_json() if found.forward else None,
            "forward_keeps": found.forward_keeps,
            "held": list(found.held),
            "records": [each.as_json() for each in records(judged, current)],
        },
    }


def _timeline(judged: Sequence[Judged], current: AlertingPolicy, new: AlertingPolicy) -> list[dict[str, Any]]:
    said = zip(_said(judged, current), _said(judged, new), strict=True)
    return [
        {"start": each.window.start.isoformat(), "dropped": each.dropped, "before": before, "after": after}
        for each, (before, after) in zip(judged, said, strict=True)
    ]


def _said(judged: Sequence[Judged], policy: AlertingPolicy) -> list[str | None]:
    """Of each window “page” or “notice”, “going on” where the alert of the window before covers it, or None."""
    pages, notices = ([which(each, policy) for each in judged] for which in (paged, noticed))
    new_pages, new_notices = first_of_run(judged, pages), first_of_run(judged, notices)
    return [
        "page" if new_page else "notice" if new_notice else "going on" if page or notice else None
        for page, notice, new_page, new_notice in zip(pages, notices, new_pages, new_notices, strict=True)
    ]


def _draw(data: Path, pipeline: Pipeline, at: datetime, plan: dict[str, Any]) -> str:
    """The picture of a replay; its path below `data`."""
    from core.evaluation.charts.replay import replay_chart

    path = Path("charts") / pipeline.pipeline / f"policy-{at:%Y%m%dT%H%M}.png"
    replay_chart(pipeline.title, plan["timeline"], plan["replay"]["before"], plan["replay"]["after"], data / path)
    return str(path)


def _tell(session: Session, workshop: Workshop, pipeline: Pipeline, plan: dict[str, Any]) -> None:
    """Write the version down, and ask for it or put it into force; once a run.

    Where the pipeline applies changes by itself, people are asked all the same when the fit did not carry over to
    windows that it had not seen.
    """
    if store.made_by_run(session, plan["run"]) is not None:
        return
    now = workshop.clock.now()
    replay = plan["replay"] | {"chart": plan["chart"]}
    made = Made(AlertingPolicy.from_json(plan["policy"]), plan["why"], replay, plan["run"])
    version = policies.make(session, pipeline.pipeline, made, now)
    if pipeline.alerting.apply is Apply.AUTO and replay["forward_keeps"] is not False:
        policies.activate(session, version, GOLDILOCKS, now)
        renew(session, workshop.config, version, now)
        return
    change = Change(
        ApprovalAction.TUNE, pipeline.pipeline, version.replaces or 1, version.version, {"policy_id": version.id}
    )
    ask(
        session,
        workshop.config,
        change,
        requested_by=GOLDILOCKS,
        channel=pipeline.channel,
        parent=None,
        now=now,
    )
