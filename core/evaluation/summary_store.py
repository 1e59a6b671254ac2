"""Queries over the summaries of windows, and what it takes to add rows to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.evaluation.live.late import Late
from core.evaluation.tables import SketchRow, SliceSummaryRow, SummaryPlan, SummaryRow


def summary_plan(session: Session, pipeline: str) -> dict[str, Any] | None:
    """The stored plan of a pipeline's summaries."""
    row = session.get(SummaryPlan, pipeline)
    return row.plan if row else None


def last_summary(session: Session, pipeline: str, before: datetime) -> datetime | None:
    """The start of the newest summarised window before an instant."""
    query = select(func.max(SummaryRow.window_start)).where(
        SummaryRow.pipeline == pipeline, SummaryRow.window_start < before
    )
    return session.scalars(query).one()


def summaries(session: Session, pipeline: str, before: datetime, limit: int) -> Sequence[SummaryRow]:
    """The `limit` summarised windows before an instant, oldest first."""
    query = select(SummaryRow).where(SummaryRow.pipeline == pipeline, SummaryRow.window_start < before)
    return session.scalars(query.order_by(SummaryRow.window_start.desc()).limit(limit)).all()[::-1]


def keep_plan(session: Session, pipeline: str, plan: dict[str, Any], now: datetime) -> None:
    """Store the plan; summaries by another one cannot be compared with its own, so they go."""
    row = session.get(SummaryPlan, pipeline)
    if row is not None and row.plan == plan:
        return
    for table in (SummaryRow, SketchRow, SliceSummaryRow):
        session.execute(delete(table).where(table.pipeline == pipeline))
    session.merge(SummaryPlan(pipeline=pipeline, plan=plan, made_at=now))


def keep_summary(
    session: Session, pipeline: str, start: datetime, summary: dict[str, Any], findings: list[Any]
) -> None:
    """Store a window's summary, in the place of an earlier one."""
    session.merge(SummaryRow(pipeline=pipeline, window_start=start, summary=summary, findings=findings))


def keep_sketch(session: Session, pipeline: str, start: datetime, sketch: bytes, parts: bytes) -> None:
    """Store what it takes to add late rows to a window's summary; those that were added before stay on record."""
    row = session.get(SketchRow, (pipeline, start))
    late = row.late if row else []
    session.merge(SketchRow(pipeline=pipeline, window_start=start, sketch=sketch, parts=parts, late=late))


def marks_of(session: Session, pipeline: str, start: datetime, end: datetime) -> dict[datetime, bytes | None]:
    """The marks of the parts that each summary of `[start, end)` was made from; None where they are not known."""
    joined = (SketchRow.pipeline == SummaryRow.pipeline) & (SketchRow.window_start == SummaryRow.window_start)
    query = (
        select(SummaryRow.window_start, SketchRow.parts)
        .join(SketchRow, joined, isouter=True)
        .where(SummaryRow.pipeline == pipeline, SummaryRow.window_start >= start, SummaryRow.window_start < end)
        .order_by(SummaryRow.window_start)
    )
    return {row.window_start: row.parts for row in session.execute(query)}


def get_summary(session: Session, pipeline: str, start: datetime) -> SummaryRow | None:
    return session.get(SummaryRow, (pipeline, start))


def get_sketch(session: Session, pipeline: str, start: datetime) -> SketchRow | None:
    return session.get(SketchRow, (pipeline, start))


def lock_summary(session: Session, pipeline: str, start: datetime) -> SummaryRow | None:
    """The summary, held against others who would add rows to it until the transaction ends."""
    query = select(SummaryRow).where(SummaryRow.pipeline == pipeline, SummaryRow.window_start == start)
    held = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(held).one_or_none()


def add_late(session: Session, pipeline: str, late: Late) -> None:
    """Write down rows that were added to a summary whose sketch is stored."""
    row = session.get(SketchRow, (pipeline, late.start))
    if row is not None:
        row.late = [*row.late, late.as_json()]


def late_rows(session: Session, pipeline: str, since: datetime) -> list[tuple[datetime, list[Any]]]:
    """Start and late rows of the windows from `since` on that had any."""
    query = select(SketchRow.window_start, SketchRow.late).where(
        SketchRow.pipeline == pipeline, SketchRow.window_start >= since
    )
    return [
        (row.window_start, row.late) for row in session.execute(query.order_by(SketchRow.window_start)) if row.late
    ]


def forget_sketches(session: Session, pipeline: str, before: datetime) -> None:
    """Windows from before an instant take no more rows."""
    session.execute(delete(SketchRow).where(SketchRow.pipeline == pipeline, SketchRow.window_start < before))


def forget_summaries(session: Session, pipeline: str, before: datetime, most: int) -> None:
    """Of the windows before an instant the newest `most` keep their summaries; nobody reads the others."""
    for table in (SummaryRow, SliceSummaryRow):
        mine = (table.pipeline == pipeline, table.window_start < before)
        starts = select(table.window_start).where(*mine).distinct().order_by(table.window_start.desc())
        oldest = session.scalar(starts.offset(most).limit(1))
        if oldest is not None:
            session.execute(delete(table).where(table.pipeline == pipeline, table.window_start <= oldest))


def slice_rows(
    session: Session, pipeline: str, since: datetime, before: datetime
) -> dict[str, dict[datetime, int]]:
    """By slice, and by the start of each window of `[since, before)` that is summarised of it: the whole's rows."""
    row = SliceSummaryRow
    query = select(row.slice, row.window_start, row.whole).where(
        row.pipeline == pipeline, row.window_start >= since, row.window_start < before
    )
    found: dict[str, dict[datetime, int]] = {}
    for each in session.execute(query.order_by(row.slice, row.window_start)):
        found.setdefault(each.slice, {})[each.window_start] = each.whole
    return found


def slice_summaries(
    session: Session, pipeline: str, key: str, since: datetime, before: datetime
) -> Sequence[SliceSummaryRow]:
    """The summaries of one slice in the windows of `[since, before)`, oldest first."""
    row = SliceSummaryRow
    query = select(row).where(
        row.pipeline == pipeline, row.slice == key, row.window_start >= since, row.window_start < before
    )
    return session.scalars(query.order_by(row.window_start)).all()


def keep_slice_summary(
    session: Session,
    pipeline: str,
    key: str,
    start: datetime,
    whole: int,
    summary: dict[str, Any],
    findings: list[Any],
) -> None:
    """Store a slice's summary of a window, in the place of an earlier one, whose findings stand."""
    known = session.get(SliceSummaryRow, (pipeline, key, start))
    if known is not None and not findings:
        findings = known.findings
    session.merge(
        SliceSummaryRow(
            pipeline=pipeline, slice=key, window_start=start, whole=whole, summary=summary, findings=findings
        )
    )
