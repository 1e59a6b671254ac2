"""Clicks on an alert group."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback
from bot.slack.inbound import number_in
from bot.slack.listeners.commands import Command, Sub
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import alert, lists
from bot.slack.views.help import Usage
from bot.slack.views.parts import modal
from bot.slack.views.state import GroupState
from core.alerts import store
from workflows import respond

ALL_ALERTS = 60
"""How many alerts of a group the details show; a modal holds 100 blocks."""


async def acknowledge(request: Request) -> None:
    await request.decide(
        lambda session: respond.acknowledge(
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
    """The chosen option carries the group's id and the length; one that is not on offer is no length."""
    group_id, _, key = request.value.partition(":")
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
        )
    )


async def details(request: Request) -> None:
    """Everything that is known about the group, in a modal: nothing is cut here that was cut in the message."""
    shown = await request.deps.database.fetch(lambda session: _details(session, request))
    if shown is None:
        await request.tell(Rendered("This alert is gone."))
    else:
        await request.open(modal(Callback.DETAILS, "Alert", shown))


def _details(session: Session, request: Request) -> list[Json] | None:
    group = store.get(session, request.number)
    if group is None:
        return None
    state = load.group_state(session, request.deps.config, group, ALL_ALERTS)
    return alert.details(load.with_changes(session, state, request.now))


async def list_open(request: Request, _args: str) -> None:
    states, total = await request.deps.database.fetch(lambda session: _open(session, request))
    await request.tell(lists.alerts(states, total, request.people))


def _open(session: Session, request: Request) -> tuple[list[GroupState], int]:
    groups = store.open_groups(session, limit=lists.SHOWN)
    return [load.group_state(session, request.deps.config, group) for group in groups], store.count_open(session)


async def show(request: Request, args: str) -> None:
    """One group with its buttons, for the person alone."""
    group_id = number_in(args)
    if group_id is None:
        await request.tell(Rendered("Which alert? Write for example `/alerts show 12`."))
        return
    state = await request.deps.database.fetch(lambda session: _state(session, request, group_id))
    await request.tell(alert.shown(state, request.people) if state else Rendered("There is no such alert."))


def _state(session: Session, request: Request, group_id: int) -> GroupState | None:
    group = store.get(session, group_id)
    if group is None:
        return None
    return load.with_changes(session, load.group_state(session, request.deps.config, group), request.now)


COMMAND = Command(
    "/alerts",
    "what is going on",
    (
        Sub(Usage("list", "everything that is open, the most urgent first", "Open alerts"), list_open),
        Sub(Usage("show ID", "one alert with its buttons"), show),
    ),
)
ACTIONS: dict[str, Handler] = {
    Action.ACKNOWLEDGE: acknowledge,
    Action.RESOLVE: resolve,
    Action.SILENCE: silence,
    Action.ALERT_DETAILS: details,
}
