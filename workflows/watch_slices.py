"""What is stored of a pipeline's slices for their data checks, read, looked at and stored again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.db.database import Database
from core.evaluation import summary_store as store
from core.evaluation.finding import Finding
from core.evaluation.live.chosen import Slice, SliceSeen, key_of, wanted
from core.evaluation.live.fired import SHOWN_WINDOWS, within
from core.evaluation.live.senses import Look, Senses
from core.evaluation.live.slice_checks import REMEMBERED, SliceLook
from core.evaluation.live.summarised import Watched
from core.evaluation.log.prediction_log import WINDOW_ROWS, PredictionLogReader, Where
from core.evaluation.reported_slices import TrackedSlice
from core.evaluation.rows import Rows
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window, windows_until


def look(
    database: Database,
    reader: PredictionLogReader,
    senses: Senses,
    seen: tuple[Look, Watched],
    tracked: Sequence[TrackedSlice],
    window: Window,
    known_at: datetime,
) -> tuple[Look, dict[str, Any] | None]:
    """The look with what the slices show, and what an evaluation says of them (None where none are asked for).

    `seen` are the look at the whole and what was stored before it. A plan that is new must be stored first, since
    that clears the summaries of the old one: so the slices' are stored by `keep`, after it.
    """
    pipeline, (whole, watched) = senses.pipeline, seen
    if not pipeline.slice_checks.by and not pipeline.slice_checks.tracked:
        return whole, None
    wholes = {each.summary.start: each.summary.rows for each in (*watched.seen, *whole.fresh)}
    since = windows_until(pipeline.evaluation, window, REMEMBERED)[0].start
    fresh_plan = watched.plan is None or watched.plan != whole.plan
    with database.read() as session:
        stored = {} if fresh_plan else store.slice_rows(session, pipeline.pipeline, since, window.start)
        where = wanted(reader, pipeline, window, [each.where for each in tracked], stored)
        slices = [_slice(session, senses, each, stored, since, window) for each in where]
    found = senses.slice_checks.look(reader, whole.plan, slices, wholes, window, whole.findings)
    seen_now = replace(whole, findings=(*whole.findings, *found.findings), by_slice=found)
    if found.findings and not whole.findings:
        rows = reader.rows(window.start, window.end, known_at, most=WINDOW_ROWS)
        with database.read() as session:
            seen_now = replace(seen_now, fired=_fired(session, pipeline, found, rows, window))
    return seen_now, _said(pipeline, found)


def _fired(session: Session, pipeline: Pipeline, found: SliceLook, rows: Rows, window: Window) -> dict[str, Any]:
    """The columns and rows that the gravest finding speaks of, within its slice."""
    first = found.findings[0]
    each = Slice(first.where[0])
    since = windows_until(pipeline.evaluation, window, SHOWN_WINDOWS)[0].start
    stored = store.slice_summaries(session, pipeline.pipeline, each.key, since, window.start)
    fresh = [seen.summary for seen in found.fresh[each.key]]
    past = {row.window_start: WindowSummary.from_json(row.summary) for row in stored}
    past |= {summary.start: summary for summary in fresh[:-1]}
    return within(first, each, [past[start] for start in sorted(past)], fresh[-1], rows)


def keep(session: Session, pipeline: Pipeline, found: SliceLook) -> None:
    """Store the summaries that were made; storing them again changes nothing."""
    for key, seen in found.fresh.items():
        for each in seen:
            summary, findings = _plain(each.summary.as_json()), _plain([f.as_json() for f in each.findings])
            store.keep_slice_summary(
                session, pipeline.pipeline, key, each.summary.start, each.whole, summary, findings
            )


def _slice(
    session: Session,
    senses: Senses,
    where: Where,
    stored: Mapping[str, Mapping[datetime, int]],
    since: datetime,
    window: Window,
) -> Slice:
    """A slice with what is stored of it; with its summaries unless the checks in memory know them."""
    key = key_of(where)
    rows = stored.get(key, {})
    if not rows or senses.slice_checks.knows(key, max(rows)):
        return Slice(where, rows)
    found = store.slice_summaries(session, senses.pipeline.pipeline, key, since, window.start)
    seen = [
        SliceSeen(
            WindowSummary.from_json(row.summary), row.whole, tuple(Finding.from_json(f) for f in row.findings)
        )
        for row in found
    ]
    return Slice(where, rows, seen)


def _said(pipeline: Pipeline, found: SliceLook) -> dict[str, Any]:
    """How many slices were looked at, by what; those that were not have too few rows or windows yet."""
    by = [*pipeline.slice_checks.by, *(["what people track"] if pipeline.slice_checks.tracked else [])]
    return {"by": by, "watched": found.watched, "judged": found.judged}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda at: at.isoformat()))
