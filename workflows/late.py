"""Rows that came after their window was summarised are added to what is stored, once, and said."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.db.database import Database
from core.evaluation import store as evaluations
from core.evaluation import summary_store as store
from core.evaluation.live.late import LATE, Lack, Late, lack, marks, sentence
from core.evaluation.prediction_log import PredictionLogReader
from core.evaluation.summaries.merge import MergeError
from core.evaluation.summaries.packed import pack, unpack
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.verdict import day_name
from core.evaluation.windows import Window, windows_until


def late_from(pipeline: Pipeline, window: Window) -> datetime:
    """The start of the oldest window that takes late rows when this one is evaluated."""
    return windows_until(pipeline.evaluation, window, LATE)[0].start


def add_late(
    database: Database, reader: PredictionLogReader, pipeline: Pipeline, window: Window, known_at: datetime
) -> None:
    """Add to the stored summaries of the windows before this one the rows that came since they were made.

    Each window is one transaction, and is left alone when another run was faster; so a run that is repeated, or was
    killed half-way, adds nothing twice. What costs is the new parts of the log, whatever the past. Raises LogError
    when the log cannot be read.
    """
    windows = windows_until(pipeline.evaluation, window, LATE)[:-1]
    with database.read() as session:
        stored = store.summary_plan(session, pipeline.pipeline)
        known = store.marks_of(session, pipeline.pipeline, windows[0].start, window.start)
    if stored is None:
        return
    job = _Job(database, reader, pipeline, stored, known_at)
    for each in windows:
        if each.start in known:
            job.bring_up_to_date(each, known[each.start])


class _Job:
    """One pass over the windows of a pipeline."""

    def __init__(
        self,
        database: Database,
        reader: PredictionLogReader,
        pipeline: Pipeline,
        plan: dict[str, Any],
        known_at: datetime,
    ) -> None:
        self._database, self._reader, self._known_at = database, reader, known_at
        self._pipeline, self._stored, self._plan = pipeline.pipeline, plan, Plan.from_json(plan)

    def bring_up_to_date(self, window: Window, known: bytes | None) -> None:
        parts = self._reader.parts(window.start, window.end)
        what, which = lack(known, parts)
        if what is Lack.NOTHING:
            return
        if what is Lack.PARTS and self._reader.counts([window], which) == [0]:  # the next day's, mostly
            self._put(window, known, parts, None)
            return
        [found] = self._reader.watch(self._plan, [window], which, sketch=True)
        if what is Lack.PARTS:
            found = self._added(window, found) or self._reader.watch(self._plan, [window], parts, sketch=True)[0]
        self._put(window, known, parts, found)

    def _added(self, window: Window, more: WindowSummary) -> WindowSummary | None:
        """The stored summary with these rows; None where they cannot be put together."""
        with self._database.read() as session:
            row = store.get_summary(session, self._pipeline, window.start)
            beside = store.get_sketch(session, self._pipeline, window.start)
            if row is None or beside is None:
                return None
            had = WindowSummary.from_json(row.summary, unpack(beside.sketch))
        try:
            return had + more
        except MergeError:
            return None

    def _put(self, window: Window, known: bytes | None, parts: Sequence[str], found: WindowSummary | None) -> None:
        """Store the summary (None: it is the same), unless it is not the one any more that this began with."""
        with self._database.write() as session:
            row = store.lock_summary(session, self._pipeline, window.start)
            beside = store.get_sketch(session, self._pipeline, window.start)
            if row is None or (beside.parts if beside else None) != known:
                return
            if store.summary_plan(session, self._pipeline) != self._stored:
                return
            if found is not None and found.sketch is not None:
                late = Late(window.start, found.rows - row.summary["rows"], row.summary["rows"], self._known_at)
                row.summary = _plain(found.as_json())
                store.keep_sketch(session, self._pipeline, window.start, pack(found.sketch), marks(parts))
                if late.rows > 0:
                    store.add_late(session, self._pipeline, late)
            elif beside is not None:
                beside.parts = marks(parts)


def told(session: Session, pipeline: Pipeline, window: Window, known_at: datetime) -> dict[str, Any] | None:
    """What an evaluation says of rows that were found to be late since the one before it; None without any."""
    before = evaluations.known_before(session, pipeline.pipeline, known_at)
    found = [
        late
        for start, rows in store.late_rows(session, pipeline.pipeline, late_from(pipeline, window))
        for late in (Late.from_json(start, each) for each in rows)
        if late.at <= known_at and (before is None or late.at > before)
    ]
    if not found:
        return None
    zone = ZoneInfo(pipeline.evaluation.timezone)
    spans = {each.start: each for each in windows_until(pipeline.evaluation, window, LATE)}
    names = {
        start: day_name(span.start.astimezone(zone), span.end.astimezone(zone)) for start, span in spans.items()
    }
    known = [each for each in found if each.start in names]
    windows = [{"start": each.start.isoformat(), **each.as_json()} for each in known]
    return {"text": sentence(known, names), "windows": windows} if known else None


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda at: at.isoformat()))
