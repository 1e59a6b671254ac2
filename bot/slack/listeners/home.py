"""App Home."""

from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.limits import fit_view
from bot.slack.listeners.every_command import COMMANDS
from bot.slack.request import Request
from bot.slack.views import home as views
from bot.slack.views.help import choices
from core.alerts import silence_store
from core.alerts import store as alerts
from core.approvals import store as approvals
from core.approvals.decide import may_decide
from core.config.declared import Person, Role
from core.config.load import Config
from core.config.shadowing import Shadowing
from core.evaluation import store as evaluations
from core.evaluation.tables import Review
from core.oncall import call_store, rota_store, shadow_store
from core.oncall import store as oncall
from core.oncall.notices import reach, tours
from core.oncall.progress import may_decide as stage_may
from core.oncall.rota_tables import DutyRole, ShadowStep, Swap, SwapStatus
from core.oncall.tables import HandoffStatus, ShiftHandoff
from core.tickets import store as tickets
from workflows import shadow_plan
from workflows.rota import rotas

MENUS = [views.Menu(each.name, each.about, choices(each.name, each.usages)) for each in COMMANDS]

AHEAD = timedelta(weeks=12)
"""How far ahead shifts are looked for."""


async def opened(request: Request) -> None:
    """The Home tab was opened."""
    if request.body["event"].get("tab", "home") == "home":
        await publish(request)


async def publish(request: Request) -> None:
    """Draw the Home tab as it is now."""
    state = await request.deps.database.fetch(lambda session: _state(session, request))
    view = views.view(state, request.deps.config, request.people, MENUS)
    await request.client.views_publish(user_id=request.user, view=fit_view(view))


def _state(session: Session, request: Request) -> views.HomeState:
    config, person, now = request.deps.config, request.person, request.now
    standing = _standing(session, config, person, now)
    if person is None:
        return views.HomeState(None, request.user, standing)
    held, holding = alerts.held(session, person.id, views.SHOWN)
    mine = {rota.rotation.id for rota in rotas(session, config, now) if rota.at(now).primary == person.id}
    called = call_store.groups_calling(session, person.id)
    calling, waiting = alerts.calling(session, mine, called, views.SHOWN)
    asked, asking = oncall.asked_of(session, person.id, views.SHOWN)
    return views.HomeState(
        person,
        request.user,
        standing,
        shifts=_shifts(session, config, person, now),
        calling=[load.group_state(session, config, group, 1) for group in calling],
        waiting=waiting,
        asked=[
            (page, load.group_state(session, config, alerts.get_one(session, page.group_id), 1)) for page in asked
        ],
        asking=asking,
        held=[load.group_state(session, config, group, 1) for group in held],
        holding=holding,
        decide=[
            each
            for each in approvals.pending(session)
            if may_decide(each, person, config.team.approvals.of(each.action), now).allowed
        ],
        accept=_to_accept(session, config, person),
        swaps=[each for each in rota_store.swaps_after(session, now) if _asks(each, person)],
        stages=_stages(session, config, person),
        tickets=[each for each in tickets.open_tickets(session) if each.assignee == person.id],
        reviews=_reviews(session, request, person),
        silences=[each for each in silence_store.standing_since(session, now) if each.created_by == person.id],
    )


def _standing(session: Session, config: Config, person: Person | None, now: datetime) -> views.Standing:
    """How things stand, what this person takes part in first."""
    mine = [each for each in config.team.rotations if person and person.id in [*each.everybody, *each.shadows]]
    rotations = [*mine, *(each for each in config.team.rotations if each not in mine)]
    rotas_shown = [rota_store.rota(session, each, now) for each in rotations[: views.SHOWN]]
    ours = {each.id for each in mine}
    pipelines = sorted(config.pipelines.values(), key=lambda each: each.rotation not in ours)
    newest = ((each, evaluations.latest(session, each.pipeline)) for each in pipelines)
    judged = [(each, found[0]) for each, found in newest if found]
    open_now, unanswered = alerts.count_open(session)
    return views.Standing(
        duties=[(rota.rotation, duty := rota.at(now), rota.next_after(duty)) for rota in rotas_shown],
        rotations=len(rotations),
        open=open_now,
        unanswered=unanswered,
        judged=judged[: views.SHOWN],
        pipelines=len(judged),
    )


def _shifts(session: Session, config: Config, person: Person, now: datetime) -> list[views.MyShift]:
    """The running and coming tours of a person in all rotations, soonest first."""
    found: list[views.MyShift] = []
    for rotation in config.team.rotations:
        since = reach(rotation, now)
        rota = rota_store.rota(session, rotation, since)
        duties = rota.between(since, now + AHEAD)
        for role in DutyRole:
            for tour in tours(rotation, duties, role, adjoining=False):
                if tour.whole.person == person.id and tour.whole.end > now:
                    layer = rota.at(tour.whole.start).layer if role is DutyRole.PRIMARY else None
                    layer = layer if layer != rotation.id else None
                    whole = tour.whole
                    ends, runs = whole.end < now + AHEAD, whole.start <= now
                    found.append(views.MyShift(rotation, tour, layer, ends, runs))
    return sorted(found, key=lambda shift: shift.tour.whole.start)[: views.SHIFTS]


def _reviews(session: Session, request: Request, person: Person) -> list[tuple[Review, int, str | None]]:
    """Those that wait for the people who may decide on their cards."""
    if Role.RESPONDER not in person.roles:
        return []
    return [
        (each, len(evaluations.open_cards(session, each.id)), request.deps.address(session, each.message))
        for each in evaluations.reviews(session)
    ]


def _stages(session: Session, config: Config, person: Person) -> list[tuple[ShadowStep, Shadowing | None]]:
    asked = [(step, shadow_plan.plan_of(config, step)) for step in shadow_store.asked(session)]
    return [(step, plan) for step, plan in asked if stage_may(step, plan, person, yes=True).allowed]


def _asks(swap: Swap, person: Person) -> bool:
    return swap.status == SwapStatus.ASKED and swap.asked_of == person.id


def _to_accept(session: Session, config: Config, person: Person) -> list[ShiftHandoff]:
    newest = [
        oncall.latest_handoffs(session, rotation.id, name, 1)
        for rotation in config.team.rotations
        for name, _ in rotation.stack
    ]
    return [
        each
        for each in chain.from_iterable(newest)
        if each.status == HandoffStatus.DRAFTED and each.incoming == person.id
    ]


EVENTS: dict[str, Handler] = {"app_home_opened": opened}
