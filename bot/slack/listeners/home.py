"""App Home."""

from itertools import chain

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.limits import fit_view
from bot.slack.request import Request
from bot.slack.views import home as views
from core.alerts import store as alerts
from core.alerts.tables import AlertGroup, GroupStatus
from core.approvals import store as approvals
from core.approvals.decide import may_decide
from core.config.load import Config
from core.config.team import Person
from core.evaluation import store as evaluations
from core.oncall import rota_store
from core.oncall import store as oncall
from core.oncall.tables import HandoffStatus, ShiftHandoff, Swap, SwapStatus
from core.tickets import store as tickets
from workflows.rota import rotas


async def opened(request: Request) -> None:
    """The Home tab was opened."""
    if request.body["event"].get("tab", "home") == "home":
        await publish(request)


async def publish(request: Request) -> None:
    """Draw the Home tab as it is now."""
    state = await request.deps.database.fetch(lambda session: _state(session, request))
    view = views.view(state, request.deps.config, request.people)
    await request.client.views_publish(user_id=request.user, view=fit_view(view))


def _state(session: Session, request: Request) -> views.HomeState:
    config, person, now = request.deps.config, request.person, request.now
    if person is None:
        return views.HomeState(None)
    open_groups = alerts.open_groups(session)
    held = [group for group in open_groups if group.acknowledged_by == person.id and group.storm_id is None]
    final = rotas(session, config, now)
    turns = sorted(
        chain.from_iterable(rota.turns_of(person.id, now) for rota in final), key=lambda turn: turn.start
    )
    mine = {rota.rotation.id for rota in final if rota.at(now).primary == person.id}
    pending = [
        each
        for each in approvals.pending(session)
        if may_decide(each, person, config.team.approvals.of(each.action), now).allowed
    ]
    reviews = [(each, len(evaluations.open_cards(session, each.id))) for each in evaluations.reviews(session)]
    return views.HomeState(
        person,
        turns=turns,
        calling=[load.group_state(session, config, group) for group in open_groups if _calls(group, mine)],
        held=[load.group_state(session, config, group) for group in held],
        decide=pending,
        accept=_to_accept(session, config, person),
        swaps=[each for each in rota_store.swaps_after(session, now) if _asks(each, person)],
        tickets=[each for each in tickets.open_tickets(session) if each.assignee == person.id],
        reviews=reviews,
        silences=[each for each in alerts.silences(session, now) if each.created_by == person.id],
    )


def _calls(group: AlertGroup, rotations: set[str]) -> bool:
    """Whether nobody has answered a group of these rotations."""
    return group.status == GroupStatus.FIRING and group.rotation in rotations and group.storm_id is None


def _asks(swap: Swap, person: Person) -> bool:
    return swap.status == SwapStatus.ASKED and swap.asked_of == person.id


def _to_accept(session: Session, config: Config, person: Person) -> list[ShiftHandoff]:
    newest = [oncall.latest_handoffs(session, rotation.id, 1) for rotation in config.team.rotations]
    return [
        each
        for each in chain.from_iterable(newest)
        if each.status == HandoffStatus.DRAFTED and each.incoming == person.id
    ]


EVENTS: dict[str, Handler] = {"app_home_opened": opened}
