"""`/model slices|checks|slo|labels|why`: what the newest evaluation of a pipeline knows."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from bot.slack.escape import escape
from bot.slack.listeners.commands import Run
from bot.slack.pictures import Pictures
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import insight as views
from core.config.pipeline import Pipeline
from core.evaluation import store
from core.evaluation.live.slices import LiveSlices
from core.evaluation.log.prediction_log import LogError
from core.evaluation.tables import Evaluation
from core.evaluation.windows import Window

PAST = 28
"""Earlier windows whose findings are listed."""
DEEP = "3"
"""After `/model slices`: by up to three attributes."""

Choose = Callable[[Request, str, str], Any]
Answer = Callable[[Session, Evaluation, Pipeline], Rendered]


def about(word: str, choose: Choose, answer: Answer) -> Run:
    """A subcommand that answers from the newest evaluation of the pipeline that `choose` finds in its arguments."""

    async def run(request: Request, args: str) -> None:
        pipeline = await choose(request, args, word)
        if pipeline is None:
            return

        def work(session: Session) -> Rendered:
            newest = store.latest(session, pipeline.pipeline)
            return answer(session, newest[0], pipeline) if newest else views.nothing(pipeline)

        await tell(request, work)

    return run


async def tell(request: Request, work: Callable[[Session], Rendered]) -> None:
    """Tell privately what `work` finds, with its picture."""
    found = await request.deps.database.fetch(work)
    await request.tell(await Pictures(request.client, request.deps.data).place_or_leave_out(found))


def slices(choose: Choose) -> Run:
    """Sub-populations as they were evaluated, or with a 3 at the end worked out anew by up to three attributes."""
    stored = about("slices", choose, lambda _, newest, pipeline: views.slices(newest, pipeline))

    async def run(request: Request, args: str) -> None:
        *words, last = args.split() or [""]
        if last != DEEP:
            await stored(request, args)
            return
        pipeline = await choose(request, " ".join(words), "slices")
        if pipeline is not None:
            await _deep(request, pipeline)

    return run


async def _deep(request: Request, pipeline: Pipeline) -> None:
    """What three attributes show of the newest window, from the log as it is now."""

    def work(session: Session) -> Evaluation | None:
        newest = store.latest(session, pipeline.pipeline)
        return newest[0] if newest else None

    newest = await request.deps.database.fetch(work)
    if newest is None:
        await request.tell(views.nothing(pipeline))
        return
    await request.tell(Rendered("Going through every slice of up to three attributes; this takes some seconds…"))
    window, now = Window(newest.window_start, newest.window_end), request.deps.clock.now()
    reader, slices = request.deps.log(pipeline), LiveSlices(pipeline, int(DEEP))
    try:
        sliced = await asyncio.to_thread(slices.look, reader, window, now, {})
    except LogError as error:
        await request.tell(Rendered(f"The prediction log cannot be read: {escape(str(error))}"))
        return
    await request.tell(views.deep_slices(newest, pipeline, sliced))


def slo(_session: Session, newest: Evaluation, pipeline: Pipeline) -> Rendered:
    return views.slo(newest, pipeline)


def labels(_session: Session, newest: Evaluation, pipeline: Pipeline) -> Rendered:
    return views.late(newest, pipeline)


def why(_session: Session, newest: Evaluation, pipeline: Pipeline) -> Rendered:
    return views.why(newest, pipeline)


def checks(session: Session, newest: Evaluation, pipeline: Pipeline) -> Rendered:
    earlier = [row for row in store.latest(session, pipeline.pipeline, PAST) if row.id != newest.id]
    past = [{"day": row.summary.get("day", ""), **found} for row in earlier for found in row.findings]
    return views.checks(newest, pipeline, past)
