"""Clicks on an alert group."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback
from bot.slack.inbound import number_in
from bot.slack.listeners import silences
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import alert, alert_details
from bot.slack.views.parts import modal
from core.alerts import store
from workflows import respond, still_on_it
from workflows.retention.forgotten import forgotten


async def acknowledge(request: Request) -> None:
    await request.decide(
        lambda session: still_on_it.acknowledge(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def resolve(request: Request) -> None:
    await request.decide(
        lambda session: respond.resolve(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def silence(request: Request) -> None:
    """The chosen option carries the group's id and the length, or asks for the form; one that is not on offer is no
    length."""
    group_id, _, key = request.value.partition(":")
    if key == alert.BY_FORM:
        await silences.of_group(request, number_in(group_id) or 0)
        return
    label, length = alert.SILENCES.get(key, ("no time", timedelta()))
    await request.decide(
        lambda session: respond.silence(
            session,
            request.deps.config,
            number_in(group_id) or 0,
            request.person,
            request.actor,
            length,
            f"silenced for {label} in Slack",
            request.now,
            until_resolved=key == alert.UNTIL_IT_ENDS,
        )
    )


async def details(request: Request) -> None:
    """Everything that is known about the group, in a modal: nothing is cut here that was cut in the message."""
    shown = await request.deps.database.fetch(lambda session: _details(session, request, request.number, 0))
    if shown is None:
        config, number = request.deps.config, request.number
        gone = await request.deps.database.fetch(lambda session: forgotten(session, config, number))
        await request.tell(Rendered(gone or "This alert is gone."))
    else:
        await request.open(modal(Callback.DETAILS, "Alert", shown))


async def turn_page(request: Request) -> None:
    """Other alerts of the same group, in the same modal: `GROUP:START`."""
    group_id, _, start = request.value.partition(":")
    shown = await request.deps.database.fetch(
        lambda session: _details(session, request, number_in(group_id) or 0, number_in(start) or 0)
    )
    if shown is not None:
        await request.change(str(request.body["view"]["id"]), modal(Callback.DETAILS, "Alert", shown))


def _details(session: Session, request: Request, group_id: int, start: int) -> list[Json] | None:
    group = store.get(session, group_id)
    if group is None:
        return None
    state = load.group_state(session, request.deps.config, group, alert_details.PAGE, start)
    return alert_details.details(load.with_changes(session, state, request.now), start)


ACTIONS: dict[str, Handler] = {
    Action.ACKNOWLEDGE: acknowledge,
    Action.RESOLVE: resolve,
    Action.SILENCE: silence,
    Action.ALERT_DETAILS: details,
    Action.DETAILS_PAGE: turn_page,
}
