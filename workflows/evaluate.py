"""The evaluation run: how a window did, told to the channel; a breached objective becomes an alert."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.approvals import store as approvals
from core.approvals.tables import ApprovalAction
from core.config.load import Config
from core.config.metric import Metric
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.charts.places import fired_picture
from core.evaluation.live.senses import Senses
from core.evaluation.metric import Measured, accuracy
from core.evaluation.report import Subject, evaluate_window
from core.evaluation.reported_slices import TrackedSlice
from core.evaluation.tables import Evaluation
from core.evaluation.tuning import store as policies
from core.evaluation.tuning.calling import under
from core.evaluation.windows import Window, window_before
from core.outbox.store import Post, enqueue
from workflows import gap_alert, late, watch, watch_slices
from workflows.answer_evaluation import answer
from workflows.ports import Workshop
from workflows.steps import Steps


async def evaluate(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Evaluate the last window that was over at the scheduled instant, with the labels that were in by then."""
    pipeline, at = workshop.config.pipeline(args["pipeline"]), datetime.fromisoformat(args["at"])
    window = window_before(pipeline.evaluation, at)
    await evaluate_at(steps, workshop, pipeline, window, at)


async def evaluate_at(
    steps: Steps, workshop: Workshop, pipeline: Pipeline, window: Window, known_at: datetime
) -> int:
    """Evaluate any window as it was known at an instant; the id of its evaluation. Every step may be repeated."""
    computed: dict[str, Any] = await steps(
        "compute", lambda: asyncio.to_thread(compute, workshop, pipeline, window, known_at)
    )
    computed.pop("watched", None)  # of a run that began before summaries were stored at once
    chart: str = await steps("draw", lambda: asyncio.to_thread(draw, pipeline, computed, workshop.data))
    now = workshop.clock.now()
    return await steps(
        "save",
        lambda: workshop.database.run(lambda s: save(s, workshop.config, computed | {"chart": chart}, now)),
    )


def compute(workshop: Workshop, pipeline: Pipeline, window: Window, known_at: datetime) -> dict[str, Any]:
    """What is said of a window. Summaries are stored on the way: late rows of those before it, then its own."""
    database, reader = workshop.database, workshop.log(pipeline)
    late.add_late(database, reader, pipeline, window, known_at)
    senses = workshop.senses.setdefault(pipeline.pipeline, Senses(pipeline))
    with database.read() as session:
        tracked, offline = tracked_slices(session, pipeline), promised(session, pipeline)
        watched = watch.remembered(session, pipeline, window, senses)
        came_late = late.told(session, pipeline, window, known_at)
        followed = gap_alert.followed(session, workshop.config, pipeline)
    look = senses.look(reader, watched, window, known_at)
    look, by_slice = watch_slices.look(database, reader, senses, (look, watched), tracked, window, known_at)
    subject = Subject(pipeline, window, known_at, tracked, offline, followed)
    found = evaluate_window(reader, subject, look, senses.slices)
    database.do(lambda session: watch.keep(session, pipeline, look, window, workshop.clock.now()))
    return found | {"summary": found["summary"] | {"late": came_late, "by_slice": by_slice}}


def tracked_slices(session: Session, pipeline: Pipeline) -> list[TrackedSlice]:
    """The slices that people named, to be reported whatever they are like."""
    return [TrackedSlice(s.name, s.version, s.where) for s in store.tracked_slices(session, pipeline.pipeline)]


def promised(session: Session, pipeline: Pipeline) -> dict[str, Measured]:
    """What each promoted version reached on the held-out rows of its promotion, by the metric of today."""
    granted = approvals.granted(session, pipeline.pipeline, ApprovalAction.PROMOTE)
    found = {str(each.to_version): _promise(each.evidence.get("gate") or {}, pipeline.metric) for each in granted}
    return {version: promise for version, promise in found.items() if promise is not None}


def _promise(gate: dict[str, Any], metric: Metric) -> Measured | None:
    """The candidate's figure with its interval; of requests that were made before there was one, an accuracy's."""
    if gate.get("promise") and gate.get("metric") == metric.value:
        return Measured(**gate["promise"])
    share, rows = (gate.get("candidate") or {}).get(metric.value), gate.get("rows") or 0
    return accuracy(round(share * rows), rows) if metric is Metric.ACCURACY and share is not None else None


def draw(pipeline: Pipeline, computed: dict[str, Any], data: Path) -> str:
    """The picture of an evaluation, in a file named after the window; its path below `data`. What data checks found
    is drawn beside it (`fired_picture`)."""
    from core.evaluation.charts.evaluation import evaluation_chart
    from core.evaluation.charts.fired import fired_chart

    start = datetime.fromisoformat(computed["window_start"])
    known = datetime.fromisoformat(computed["known_at"])
    path = Path("charts") / pipeline.pipeline / f"{start:%Y%m%dT%H%M}-{known:%Y%m%dT%H%M}.png"
    zone, summary = pipeline.evaluation.timezone, computed["summary"]
    evaluation_chart(computed, pipeline.title, zone, data / path)
    if summary.get("fired"):
        fired_chart(summary["fired"], pipeline.title, summary["day"], zone, data / fired_picture(path))
    return str(path)


def save(session: Session, config: Config, computed: dict[str, Any], now: datetime) -> int:
    """Store the evaluation, post it, and raise or end the alert about the objective; once a window and instant."""
    times = {key: datetime.fromisoformat(computed[key]) for key in ("window_start", "window_end", "known_at")}
    known = store.of_window(session, computed["pipeline"], times["window_start"], times["known_at"])
    if known is not None:
        return known.id
    evaluation = Evaluation(**{**computed, **times})
    number, policy = policies.active(session, evaluation.pipeline)
    evaluation.summary = evaluation.summary | {"alerting": under(policy, number, evaluation)}
    session.add(evaluation)
    session.flush()
    pipeline = config.pipeline(evaluation.pipeline)
    answer(session, config, pipeline, evaluation, policy, now)
    # After the alert that it raises, so that it can link to it.
    enqueue(session, Post("evaluation", evaluation.id, evaluation.message, pipeline.channel), now)
    return evaluation.id
