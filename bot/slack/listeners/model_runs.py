"""`/model evaluate`, `/model retrain` and `/model approvals`: what schedules do, asked for by hand, and what waits for
somebody to decide it."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.escape import escape
from bot.slack.ids import Action
from bot.slack.listeners import named
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import model_runs as views
from core.approvals import store as approvals
from core.approvals.tables import Approval
from core.config.pipeline import Pipeline
from core.evaluation.windows import window_before
from core.runs.schedule import next_after
from workflows import run_by_hand


async def evaluate(request: Request, args: str) -> None:
    """The last window again, with the labels that are in by now."""
    pipeline = await named.pipeline(request, args, "evaluate")
    if pipeline is not None and await _ask(request, run_by_hand.EVALUATE, pipeline.pipeline):
        await request.tell(
            views.evaluating(
                pipeline, window_before(pipeline.evaluation, request.now), _channel(request, pipeline)
            )
        )


async def retrain(request: Request, args: str) -> None:
    """What a retraining would be, with the button that begins it."""
    pipeline = await named.pipeline(request, args, "retrain")
    if pipeline is not None and pipeline.retraining is None:
        await request.tell(
            Rendered(f"{escape(pipeline.title)} cannot be retrained here: {run_by_hand.NOT_RETRAINED}")
        )
    elif pipeline is not None:
        await request.tell(views.retraining(pipeline, _next(pipeline, request.now)))


async def retrain_now(request: Request) -> None:
    """The button's click."""
    pipeline = request.deps.config.pipelines.get(request.value)
    if await _ask(request, run_by_hand.RETRAIN, request.value) and pipeline is not None:
        await request.tell(views.retrains(pipeline, _channel(request, pipeline)))


async def _ask(request: Request, kind: str, pipeline_id: str) -> bool:
    config = request.deps.config
    return await request.decide(
        lambda session: run_by_hand.ask(
            session, config, kind, pipeline_id, request.person, request.actor, request.now
        )
    )


def _channel(request: Request, pipeline: Pipeline) -> str:
    """The id that Slack knows the pipeline's channel by."""
    return next(each.slack for each in request.deps.config.team.channels if each.id == pipeline.channel)


def _next(pipeline: Pipeline, now: datetime) -> datetime | None:
    """When it is retrained by schedule."""
    return next_after(pipeline.retraining.schedule, now) if pipeline.retraining else None


async def waiting(request: Request, args: str) -> None:
    """The requests about a pipeline, or about all, that somebody has to decide."""
    pipelines = await named.pipelines(request, args, "/model approvals")
    if not pipelines:
        return

    def work(session: Session) -> list[Approval]:
        return [each for pipeline in pipelines for each in approvals.pending(session, pipeline.pipeline)]

    found = await request.deps.database.fetch(work)
    coming = [(each, at) for each in pipelines if (at := _next(each, request.now)) is not None]
    titles = request.deps.config.pipelines
    await request.tell(views.waiting(found, titles, coming, request.people))


ACTIONS: dict[str, Handler] = {Action.RETRAIN: retrain_now}
