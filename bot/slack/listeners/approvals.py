"""Deciding a request."""

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.request import Request
from workflows import approve as workflow


async def approve(request: Request) -> None:
    await _decide(request, approve=True)


async def reject(request: Request) -> None:
    await _decide(request, approve=False)


async def _decide(request: Request, *, approve: bool) -> None:
    await request.decide(
        lambda session: workflow.decide(
            session, request.deps.config, request.number, approve, request.person, request.actor, request.now
        )
    )


ACTIONS: dict[str, Handler] = {Action.APPROVE: approve, Action.REJECT: reject}
