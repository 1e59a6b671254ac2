"""The week's report of a pipeline: composed of stored evaluations, drawn, and told in its channel."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.config.fields import Every
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.goal import goal_of
from core.evaluation.labels.curve import Curve, curve, delays
from core.evaluation.log.prediction_log import PAST_ROWS, LogError, PredictionLogReader
from core.evaluation.tables import Evaluation, WeeklyReport
from core.evaluation.weekly import SHOWN, Judged, compose
from core.evaluation.windows import Window, window_before, windows_until
from core.outbox.store import Post, enqueue
from workflows.ports import Workshop
from workflows.steps import Steps
from workflows.weekly_store import pages


async def weekly(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Report the week that was over at the scheduled instant; every step may be repeated, one report a week."""
    pipeline, at = workshop.config.pipeline(args["pipeline"]), datetime.fromisoformat(args["at"])
    facts = await steps("gather", lambda: _gather(workshop, pipeline, at))
    chart = await steps("draw", lambda: asyncio.to_thread(draw, workshop.data, pipeline, facts))
    now = workshop.clock.now()
    drawn = facts | {"chart": chart}
    await steps("tell", lambda: workshop.database.run(lambda s: tell(s, workshop.config, drawn, now)))


def week_of(pipeline: Pipeline, at: datetime) -> Window:
    """The local week that was over at an instant, in the zone in which windows are cut."""
    return window_before(pipeline.evaluation.model_copy(update={"every": Every.WEEK}), at)


async def _gather(workshop: Workshop, pipeline: Pipeline, at: datetime) -> dict[str, Any]:
    week = week_of(pipeline, at)
    late = await asyncio.to_thread(_delays, workshop.log(pipeline), week, at)
    return await workshop.database.fetch(lambda session: gather(session, pipeline, week, late))


def gather(session: Session, pipeline: Pipeline, week: Window, late: Curve | None) -> dict[str, Any]:
    """The report of a week as plain values, from what is stored."""
    last = window_before(pipeline.evaluation, week.end)
    first = windows_until(pipeline.evaluation, last, SHOWN - 1)[0]
    rows = store.between(session, pipeline.pipeline, min(first.start, week.start), week.end)
    sent = pages(session, pipeline.pipeline, week.start, week.end)
    noun = pipeline.evaluation.every.value
    content = compose([_judged(row) for row in rows], sent, week, goal_of(pipeline), noun, late)
    return {
        "pipeline": pipeline.pipeline,
        "week_start": week.start.isoformat(),
        "week_end": week.end.isoformat(),
        "content": content | {"week": _name(pipeline, week)},
    }


def _judged(row: Evaluation) -> Judged:
    summary = row.summary
    return Judged(
        start=row.window_start,
        day=str(summary.get("day", f"{row.window_start:%Y-%m-%d}")),
        rows=row.rows,
        labels=row.labels,
        value=row.value,
        state=row.state,
        estimate=summary.get("estimate"),
        trend=summary.get("trend", []),
        findings=row.findings,
        slices=row.slices,
        delays=summary.get("labels", {}),
    )


def _delays(reader: PredictionLogReader, week: Window, known_at: datetime) -> Curve | None:
    """How late the week's labels are; None where the log cannot be read, for the rest is known without it."""
    try:
        return curve(*delays(reader.rows(week.start, week.end, known_at, (), most=PAST_ROWS), known_at))
    except LogError:
        return None


def _name(pipeline: Pipeline, week: Window) -> str:
    """`4 Feb to 10 Feb 2013`, by the days of the pipeline's zone."""
    zone = ZoneInfo(pipeline.evaluation.timezone)
    first, last = week.start.astimezone(zone), (week.end - timedelta(seconds=1)).astimezone(zone)
    return f"{first.day} {first:%b} to {last.day} {last:%b} {last.year}"


def draw(data: Path, pipeline: Pipeline, facts: dict[str, Any]) -> str | None:
    """The picture of the week; its path below `data`. None while there is nothing to draw."""
    from core.evaluation.charts.weekly import weekly_chart

    content = facts["content"]
    if not content["shown"]:
        return None
    start = datetime.fromisoformat(facts["week_start"])
    path = Path("charts") / pipeline.pipeline / f"week-{start:%Y%m%d}.png"
    weekly_chart(
        content, f"The week of {pipeline.title}", content["week"], pipeline.evaluation.timezone, data / path
    )
    return str(path)


def tell(session: Session, config: Config, facts: dict[str, Any], now: datetime) -> int:
    """Keep the report and post it with its details in the thread; once a pipeline and week. Its id."""
    start = datetime.fromisoformat(facts["week_start"])
    known = store.weekly_of(session, facts["pipeline"], start)
    if known is not None:
        return known.id
    report = WeeklyReport(
        pipeline=facts["pipeline"],
        week_start=start,
        week_end=datetime.fromisoformat(facts["week_end"]),
        content=facts["content"],
        chart=facts["chart"],
        created_at=now,
    )
    session.add(report)
    session.flush()
    channel = config.pipeline(report.pipeline).channel
    enqueue(session, Post("weekly", report.id, report.message, channel), now)
    if report.content["days"]:
        details = Post("weekly_details", report.id, f"weekly-details:{report.id}", channel, report.message)
        enqueue(session, details, now)
    return report.id
