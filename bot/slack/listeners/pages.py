"""Clicks on the message of a call: escalate at once, pass it on, and what a shadow would do."""

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback, Field
from bot.slack.inbound import number_in
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import page_call
from core.oncall import call_store
from workflows import answer_page
from workflows.still_on_it import confirm


async def escalate(request: Request) -> None:
    await request.decide(
        lambda session: answer_page.escalate_now(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def pass_on(request: Request) -> None:
    """The chosen option carries the group's id and the person's."""
    group_id, _, to = request.value.partition(":")
    await request.decide(
        lambda session: answer_page.pass_to(
            session,
            request.deps.config,
            number_in(group_id) or 0,
            to,
            request.person,
            request.actor,
            request.now,
        )
    )


async def still_on_it(request: Request) -> None:
    await request.decide(
        lambda session: confirm(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def ask_shadow(request: Request) -> None:
    call = await request.deps.database.fetch(lambda session: call_store.get(session, request.number))
    if call is None:
        await request.tell(Rendered("This page does not exist any more."))
    else:
        await request.open(page_call.question(call))


async def shadow_answered(request: Request) -> None:
    values = inbound.entered(request.body)
    await request.decide(
        lambda session: answer_page.tell_as_shadow(
            session,
            request.deps.config,
            request.form_number,
            values.get(Field.WHAT, ""),
            values.get(Field.WHERE) == page_call.THREAD,
            request.person,
            request.actor,
            request.now,
        )
    )


ACTIONS: dict[str, Handler] = {
    Action.ESCALATE_PAGE: escalate,
    Action.HAND_PAGE_ON: pass_on,
    Action.SHADOW_ANSWER: ask_shadow,
    Action.STILL_ON_IT: still_on_it,
}
SUBMISSIONS: dict[str, Handler] = {Callback.SHADOW_ANSWER: shadow_answered}
