"""`/model status`: how pipelines did last, which versions serve, and what changed."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.slack.escape import escape
from bot.slack.listeners import named
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import model as views
from core.config.pipeline import Pipeline
from core.evaluation import store as evaluations
from core.evaluation.tables import Evaluation
from core.models import store as deployments
from core.models.deploy import HttpTarget, TargetError
from core.models.registry import RegistryError
from core.models.tables import Deployment

PATIENCE_S = 2.0
"""How long somebody is kept waiting for the registry or for serving: Slack waits three seconds for a submission."""


async def status(request: Request, args: str) -> None:
    pipelines = await named.pipelines(request, args, "/model status")
    if not pipelines:
        return
    try:
        states = await asyncio.gather(*(_state(request, pipeline) for pipeline in pipelines))
    except RegistryError as error:
        await request.tell(Rendered(f"The model registry does not answer: {escape(str(error))}"))
        return
    await request.tell(views.status(states, request.people))


async def _state(request: Request, pipeline: Pipeline) -> views.ModelState:
    registry, name = request.deps.registry, pipeline.pipeline
    champion, versions = await asyncio.to_thread(lambda: (registry.champion(name), registry.versions(name)))
    changes, newest = await request.deps.database.fetch(lambda session: _kept(session, name))
    return views.ModelState(pipeline, champion, versions, changes, await _answering(pipeline), newest)


def _kept(session: Session, name: str) -> tuple[Sequence[Deployment], Evaluation | None]:
    """A pipeline's last changes of its champion, and its newest evaluation."""
    newest = evaluations.latest(session, name)
    return deployments.history(session, name, views.SHOWN), newest[0] if newest else None


async def _answering(pipeline: Pipeline) -> str | None:
    """The version that serving says it answers with; None when it does not say in time."""
    import httpx

    from bot.tls import trusted

    if pipeline.deployment is None:
        return None
    async with httpx.AsyncClient(verify=trusted()) as client:
        try:
            return await HttpTarget(pipeline.deployment.version_url, client, PATIENCE_S).serving_version()
        except TargetError:
            return None
