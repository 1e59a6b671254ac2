"""`/oncall` and the handoff's button."""

from itertools import islice

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.listeners.commands import Command, Sub
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import oncall
from bot.slack.views.help import Usage
from core.oncall.schedule import shift_at, shifts_from
from workflows import hand_off

SHIFTS = 6


async def who(request: Request, _args: str) -> None:
    rotations = request.deps.config.team.rotations
    shifts = [(rotation, shift_at(rotation, request.now)) for rotation in rotations]
    await request.tell(oncall.who(shifts, request.people))


async def schedule(request: Request, _args: str) -> None:
    blocks = [
        block
        for rotation in request.deps.config.team.rotations
        for block in oncall.schedule(
            rotation, list(islice(shifts_from(rotation, request.now), SHIFTS)), request.people
        )
    ]
    await request.tell(Rendered("The coming shifts", blocks))


async def accept(request: Request) -> None:
    await request.decide(
        lambda session: hand_off.accept(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


COMMAND = Command(
    "/oncall",
    "who is on call",
    (
        Sub(Usage("who", "primary, shadow and next of every rotation", "Who is on call"), who),
        Sub(Usage("schedule", "the coming shifts", "Schedule"), schedule),
    ),
)

ACTIONS: dict[str, Handler] = {Action.ACCEPT_HANDOFF: accept}
