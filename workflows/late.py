"""Rows that came after their window was summarised are added to what is stored, once, and said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.config.pipeline import Pipeline
from core.db.database import Database
from core.evaluation import store as evaluations
from core.evaluation import summary_store as store
from core.evaluation.live.late import LATE, Lack, Late, lack, marks, sentence
from core.evaluation.log.prediction_log import PredictionLogReader
from core.evaluation.summaries.merge import MergeError, merge
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
    behind = [
        each
        for each in (
            _Behind.of(window, known[window.start], parts)
            for window, parts in zip(windows, reader.parts(windows), strict=True)
            if window.start in known
        )
        if each.lack is not Lack.NOTHING
    ]
    together, alone = _cut(behind)
    job.add_together(together)
    for each in alone:
        job.add_alone(each)


@dataclass(frozen=True)
class _Behind:
    """A window with the marks of what its summary was made from, the parts that there are now, and what it lacks."""

    window: Window
    known: bytes | None
    parts: Sequence[str]
    lack: Lack
    which: Sequence[str]

    @classmethod
    def of(cls, window: Window, known: bytes | None, parts: Sequence[str]) -> "_Behind":
        return cls(window, known, parts, *lack(known, parts))


def _cut(behind: Sequence[_Behind]) -> tuple[list[_Behind], list[_Behind]]:
    """Those that one look at all new parts can bring up to date, since none of them had any of these parts before."""
    new = {part for each in behind if each.lack is Lack.PARTS for part in each.which}
    fits = [each.lack is Lack.PARTS and new & set(each.parts) == set(each.which) for each in behind]
    together = [each for each, fit in zip(behind, fits, strict=True) if fit]
    return together, [each for each, fit in zip(behind, fits, strict=True) if not fit]


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

    def add_together(self, behind: Sequence[_Behind]) -> None:
        """Add the rows of new parts. Mostly these are the next day's, with no row of the windows before."""
        if not behind:
            return
        parts = list(dict.fromkeys(part for each in behind for part in each.which))
        counts = self._reader.counts([each.window for each in behind], parts)
        grown = [each for each, count in zip(behind, counts, strict=True) if count]
        for each in behind:
            if each not in grown:
                self._put(each, None)
        more = self._reader.watch(self._plan, [each.window for each in grown], parts, sketch=True)
        for each, found in zip(grown, more, strict=True):
            self._put(each, self._added(each.window, found) or self._anew(each))

    def add_alone(self, each: _Behind) -> None:
        if each.lack is Lack.PARTS:
            [more] = self._reader.watch(self._plan, [each.window], each.which, sketch=True)
            self._put(each, self._added(each.window, more) or self._anew(each))
        else:
            self._put(each, self._anew(each))

    def _anew(self, each: _Behind) -> WindowSummary:
        return self._reader.watch(self._plan, [each.window], each.parts, sketch=True)[0]

    def _added(self, window: Window, more: WindowSummary) -> WindowSummary | None:
        """The stored summary with these rows; None where they cannot be put together."""
        with self._database.read() as session:
            row = store.get_summary(session, self._pipeline, window.start)
            beside = store.get_sketch(session, self._pipeline, window.start)
            if row is None or beside is None:
                return None
            had = WindowSummary.from_json(row.summary, unpack(beside.sketch))
        try:
            return merge([had, more])
        except MergeError:
            return None

    def _put(self, each: _Behind, found: WindowSummary | None) -> None:
        """Store the summary (None: it is the same), unless it is not the one any more that this began with."""
        start = each.window.start
        with self._database.write() as session:
            row = store.lock_summary(session, self._pipeline, start)
            beside = store.get_sketch(session, self._pipeline, start)
            if row is None or (beside.parts if beside else None) != each.known:
                return
            if store.summary_plan(session, self._pipeline) != self._stored:
                return
            if found is not None and found.sketch is not None:
                late = Late(start, found.rows - row.summary["rows"], row.summary["rows"], self._known_at)
                row.summary = _plain(found.as_json())
                store.keep_sketch(session, self._pipeline, start, pack(found.sketch), marks(each.parts))
                if late.rows > 0:
                    store.add_late(session, self._pipeline, late)
            elif beside is not None:
                beside.parts = marks(each.parts)


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
