"""App Home."""

from collections.abc import Sequence
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
from core.oncall import store as oncall
from core.oncall.schedule import shift_at, turns_of
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.tickets import store as tickets


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
    held = [group for group in open_groups if group.acknowledged_by == person.id]
    turns = sorted(
        chain.from_iterable(turns_of(rotation, person.id, now) for rotation in config.team.rotations),
        key=lambda turn: turn.start,
    )
    pending = [
        each
        for each in approvals.pending(session)
        if may_decide(each, person, config.team.approvals.of(each.action), now).allowed
    ]
    reviews = [(each, len(evaluations.open_cards(session, each.id))) for each in evaluations.reviews(session)]
    return views.HomeState(
        person,
        turns=turns,
        calling=[load.group_state(session, config, group) for group in _calling(request, person, open_groups)],
        held=[load.group_state(session, config, group) for group in held],
        decide=pending,
        accept=_to_accept(session, config, person),
        tickets=[each for each in tickets.open_tickets(session) if each.assignee == person.id],
        reviews=reviews,
    )


def _calling(request: Request, person: Person, groups: Sequence[AlertGroup]) -> list[AlertGroup]:
    """Unanswered groups of the rotations in which this person is primary now."""
    mine = {
        rotation.id
        for rotation in request.deps.config.team.rotations
        if shift_at(rotation, request.now).primary == person.id
    }
    return [group for group in groups if group.status == GroupStatus.FIRING and group.rotation in mine]


def _to_accept(session: Session, config: Config, person: Person) -> list[ShiftHandoff]:
    newest = [oncall.latest_handoffs(session, rotation.id, 1) for rotation in config.team.rotations]
    return [
        each
        for each in chain.from_iterable(newest)
        if each.status == HandoffStatus.DRAFTED and each.incoming == person.id
    ]


EVENTS: dict[str, Handler] = {"app_home_opened": opened}
