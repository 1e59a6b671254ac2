"""What is stored of a pipeline's windows for its data checks, and read again when a process starts."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.evaluation import summary_store as store
from core.evaluation.finding import Finding
from core.evaluation.live.senses import RECALLED, Look, Senses
from core.evaluation.live.summarised import Seen, Watched
from core.evaluation.summaries.packed import pack
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window
from workflows import watch_slices
from workflows.late import late_from

REMEMBERED = 400
"""Windows that a process reads when it starts: what the checks' threshold is taken from."""


def remembered(session: Session, pipeline: Pipeline, window: Window, senses: Senses | None = None) -> Watched:
    """What is stored of the windows before this one; less of it where `senses` know the others."""
    plan = store.summary_plan(session, pipeline.pipeline)
    last = store.last_summary(session, pipeline.pipeline, window.start)
    count = RECALLED if senses is not None and senses.knows(last, window) else REMEMBERED
    rows = store.summaries(session, pipeline.pipeline, window.start, count)
    seen = (
        Seen(WindowSummary.from_json(row.summary), tuple(Finding.from_json(each) for each in row.findings))
        for row in rows
    )
    return Watched(Plan.from_json(plan) if plan else None, tuple(seen))


def keep(session: Session, pipeline: Pipeline, look: Look, window: Window, now: datetime) -> None:
    """Store the plan and the windows that were summarised; storing them again changes nothing."""
    store.keep_plan(session, pipeline.pipeline, _plain(look.plan.as_json()), now)
    for each in look.fresh:
        summary, findings = each.summary, [found.as_json() for found in each.findings]
        store.keep_summary(session, pipeline.pipeline, summary.start, _plain(summary.as_json()), _plain(findings))
        if summary.sketch is not None:
            sketch = pack(summary.sketch)
            store.keep_sketch(session, pipeline.pipeline, summary.start, sketch, each.parts)
    watch_slices.keep(session, pipeline, look.by_slice)
    store.forget_summaries(session, pipeline.pipeline, window.start, REMEMBERED)
    store.forget_sketches(session, pipeline.pipeline, late_from(pipeline, window))


def _plain(value: Any) -> Any:
    """As JSON reads it back: a plan must be equal to itself after a step was repeated."""
    return json.loads(json.dumps(value, default=_instant))


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
