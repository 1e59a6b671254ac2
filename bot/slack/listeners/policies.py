"""`/model policy`, and the way back from an alerting policy."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.request import Request
from bot.slack.views import policy as views
from core.config.pipeline import Pipeline
from core.evaluation.tuning import store
from core.evaluation.tuning.past import judge
from core.evaluation.tuning.proposal import propose
from core.evaluation.tuning.record import records
from workflows.roll_back_policy import roll_back
from workflows.tune import LOOKED_AT


async def show(request: Request, pipelines: Sequence[Pipeline]) -> None:
    """The thresholds in force, their record, and their history."""
    states = await request.deps.database.fetch(lambda session: [_state(session, each) for each in pipelines])
    await request.tell(views.status(states, request.people))


def _state(session: Session, pipeline: Pipeline) -> views.PolicyState:
    judged = judge(store.past(session, pipeline.pipeline, LOOKED_AT))
    number, policy = store.active(session, pipeline.pipeline)
    versions = store.versions(session, pipeline.pipeline)
    outlook = propose(judged, pipeline.alerting.recall, policy)
    return views.PolicyState(pipeline, number, policy, versions, records(judged, policy), outlook, len(judged))


async def take_back(request: Request) -> None:
    await request.decide(
        lambda session: roll_back(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


ACTIONS: dict[str, Handler] = {Action.ROLL_BACK_POLICY: take_back}
