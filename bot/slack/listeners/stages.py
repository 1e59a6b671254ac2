"""Whether the next stage of a shadow's plan begins."""

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.request import Request
from workflows import shadow_plan


async def approve(request: Request) -> None:
    await _decide(request, yes=True)


async def not_yet(request: Request) -> None:
    await _decide(request, yes=False)


async def _decide(request: Request, *, yes: bool) -> None:
    config = request.deps.config
    await request.decide(
        lambda session: shadow_plan.decide(
            session, config, request.number, request.person, request.actor, request.now, yes=yes
        )
    )


ACTIONS: dict[str, Handler] = {Action.APPROVE_STAGE: approve, Action.NOT_YET: not_yet}
