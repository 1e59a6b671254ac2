"""What is stored of a pipeline's windows for its data checks, and read again when a process starts."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.finding import Finding
from core.evaluation.live.senses import Look, Seen, Watched
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

REMEMBERED = 400
"""Windows that a process reads when it starts: what the checks' threshold is taken from."""


def remembered(session: Session, pipeline: Pipeline, window: Window) -> Watched:
    """What is stored of the windows before this one."""
    plan = store.summary_plan(session, pipeline.pipeline)
    rows = store.summaries(session, pipeline.pipeline, window.start, REMEMBERED)
    seen = (
        Seen(WindowSummary.from_json(row.summary), tuple(Finding.from_json(each) for each in row.findings))
        for row in rows
    )
    return Watched(Plan.from_json(plan) if plan else None, tuple(seen))


def stored(look: Look) -> dict[str, Any]:
    """What `keep` stores, as JSON reads it back: a plan must be equal to itself after a step was repeated."""
    found: dict[str, Any] = json.loads(json.dumps(_plain(look), default=_instant))
    return found


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plain(look: Look) -> dict[str, Any]:
    return {
        "plan": look.plan.as_json(),
        "fresh": [
            {"summary": each.summary.as_json(), "findings": [found.as_json() for found in each.findings]}
            for each in look.fresh
        ],
    }


def keep(session: Session, pipeline: Pipeline, kept: dict[str, Any], now: datetime) -> None:
    """Store the plan and the windows that were summarised; storing them again changes nothing."""
    store.keep_plan(session, pipeline.pipeline, kept["plan"], now)
    for each in kept["fresh"]:
        start = WindowSummary.from_json(each["summary"]).start
        store.keep_summary(session, pipeline.pipeline, start, each["summary"], each["findings"])
