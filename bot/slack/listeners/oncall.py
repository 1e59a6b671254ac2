"""`/oncall` and the handoff's button."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.listeners import rota
from bot.slack.listeners.commands import Command, Sub
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import oncall
from bot.slack.views.help import Usage
from core.oncall.rota import Rota
from workflows import hand_off
from workflows.rota import rotas

AHEAD, SHIFTS = timedelta(weeks=2), 4
"""How much `/oncall schedule` shows: two weeks, and at least this many shifts."""


async def who(request: Request, _args: str) -> None:
    def work(session: Session) -> Rendered:
        found = [(rota, rota.at(request.now)) for rota in rotas(session, request.deps.config, request.now)]
        return oncall.who([(r.rotation, duty, r.next_after(duty)) for r, duty in found], request.people)

    await request.tell(await request.deps.database.fetch(work))


async def following(request: Request, _args: str) -> None:
    """Who comes next in every rotation, and when it is the turn of whoever asks."""
    person = request.person.id if request.person else ""

    def work(session: Session) -> Rendered:
        found = rotas(session, request.deps.config, request.now)
        coming = [(each.rotation, each.next_after(each.at(request.now))) for each in found]
        own = [duty for each in found for duty in each.turns_of(person, request.now) if duty.primary == person]
        return oncall.following(coming, sorted(own, key=lambda duty: duty.start), request.people)

    await request.tell(await request.deps.database.fetch(work))


async def schedule(request: Request, _args: str) -> None:
    def work(session: Session) -> Rendered:
        found = rotas(session, request.deps.config, request.now)
        blocks = [block for each in found for block in _coming(each, request)]
        return Rendered("The coming shifts", blocks)

    await request.tell(await request.deps.database.fetch(work))


def _coming(final: Rota, request: Request) -> list[Json]:
    """Two weeks of a rota, or its next few shifts where those last longer."""
    most = max(SHIFTS, AHEAD // final.rotation.every + 1)
    return oncall.schedule(final.rotation, list(final.coming(request.now, most)), request.people)


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
        Sub(Usage("next", "who comes next, and when it is your turn", "Who is next"), following),
        Sub(Usage("schedule", "the coming shifts", "Schedule"), schedule),
        Sub(Usage("take", "take somebody's shift", "Take a shift"), rota.take),
        Sub(Usage("swap", "offer a shift of yours for another's", "Swap"), rota.swap),
        Sub(Usage("override", "put somebody on call for a while", "Override"), rota.override),
        Sub(Usage("away", "say that you are away", "I am away"), rota.away),
        Sub(Usage("shadow", "go along with somebody's shift", "Shadow"), rota.shadow),
        Sub(Usage("changes", "what was changed, and take it back", "Changes"), rota.changes),
    ),
)

ACTIONS: dict[str, Handler] = {Action.ACCEPT_HANDOFF: accept}
