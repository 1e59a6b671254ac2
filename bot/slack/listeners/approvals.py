"""Deciding a request, in its message or in a form that shows it."""

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.render import Renderer
from bot.slack.rendered import Json
from bot.slack.request import Request
from bot.slack.views import approval as views
from bot.slack.views.parts import section
from workflows import approve as workflow


async def approve(request: Request) -> None:
    await _decide(request, approve=True)


async def reject(request: Request) -> None:
    await _decide(request, approve=False)


async def show(request: Request) -> None:
    """The request with its evidence, opened at once and then filled."""
    view_id = await request.open(views.form([section("_Reading the request …_")]))
    if view_id is not None:
        await _fill(request, view_id)


async def _fill(request: Request, view_id: str) -> None:
    """The request as its message is now, without its pictures."""

    def work(session: Session) -> list[Json]:
        shown = Renderer(request.deps.config).draw(session, "approval", request.number)
        return shown.blocks if shown else [section("This request is gone.")]

    await request.change(view_id, views.form(await request.deps.database.fetch(work)))


async def _decide(request: Request, *, approve: bool) -> None:
    await request.decide(
        lambda session: workflow.decide(
            session, request.deps.config, request.number, approve, request.person, request.actor, request.now
        )
    )
    view = request.body.get("view") or {}
    if view.get("type") == "modal":
        await _fill(request, str(view["id"]))


ACTIONS: dict[str, Handler] = {Action.APPROVE: approve, Action.REJECT: reject, Action.SHOW_APPROVAL: show}
