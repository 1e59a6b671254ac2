"""The forms and buttons that change who is on call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners import named, typed_span
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import rota_forms as views
from bot.slack.views import rota_import as import_views
from bot.slack.views import shadow as shadow_views
from core.config.declared import Person
from core.config.load import Config
from core.decision import Decision
from core.oncall import import_store, rota_store, shadow_store
from core.oncall.changes import Stretch
from core.oncall.duty import Duty, joined
from core.spoken_time import Stretch as Span
from workflows import change_rota, import_rota, shadow_plan
from workflows.change_rota import Wish
from workflows.rota import rotas

OFFERED = timedelta(weeks=8)
"""How far ahead shifts are offered in the forms."""

MOST = 100
"""Slack shows no more options."""

STEP = timedelta(minutes=5)
Change = Callable[[Session, Config, Wish, Person | None, str, datetime], Decision]


async def override(request: Request, args: str) -> None:
    """The form, from now to the end of the running shift of the rotation that is named, else of the first; with the
    person and the time that are named."""
    team, now, said = request.deps.config.team, request.now, typed_span.read(request, args)
    found = await named.person_or_rotation(request, said.name, "/oncall override")
    if found is None:
        return
    person, wanted = found

    def build(session: Session) -> Json:
        first = next(
            each for each in coming_duties(session, request) if wanted is None or each.rotation == wanted.id
        )
        start, end = (said.span.start, said.span.end) if said.span else (_round(now), first.end)
        return views.override(team, _round(start), end, first.rotation, person, said.why)

    await fill(request, views.OVERRIDE, build)


async def away(request: Request, args: str) -> None:
    """The form, for a day from now on or the time that is named, about whoever asks or the person who is named."""
    said, person, now = typed_span.read(request, args), request.person, request.now
    if said.name:
        person = await named.person(request, said.name, "/oncall away")
        if person is None:
            return
    start, end = (said.span.start, said.span.end) if said.span else (now, _round(now) + timedelta(days=1))
    await request.open(views.away(request.deps.config.team, person, _round(start), end, said.why))


async def take(request: Request, args: str) -> None:
    """The form, with the shift of the person and the time that are named."""
    person, span = typed_span.meant(request, args)

    def build(session: Session) -> Json:
        duties = [duty for duty in coming_duties(session, request) if not is_mine(duty, request)]
        return views.take(likeliest(duties, person, span), request.deps.config.team, request.person, person)

    await fill(request, views.TAKE, build)


async def shadow(request: Request, _args: str) -> None:
    """How far those are who learn, and the form to go along."""

    def build(session: Session) -> Json:
        duties = [duty for duty in coming_duties(session, request) if not is_mine(duty, request) and duty.primary]
        found = shadow_plan.progress(session, request.deps.config, request.now)
        plans = shadow_views.progress(found, request.people)
        return views.shadow(duties, request.deps.config.team, request.person, plans)

    await fill(request, views.SHADOW, build)


async def fill(request: Request, title: str, build: Callable[[Session], Json]) -> None:
    """Open a form at once, and fill it then: a trigger lives three seconds, a long schedule may take longer."""
    view_id = await request.open(views.looking(title))
    if view_id is not None:
        await request.change(view_id, await request.deps.database.fetch(build))


async def changes(request: Request, _args: str) -> None:
    """Everything that people changed, with a button that takes it back."""

    def work(session: Session) -> Rendered:
        now = request.now
        titles = {each.id: each.title for each in request.deps.config.team.rotations}
        imports = [
            import_views.in_force(
                row, titles.get(row.rotation, row.rotation) if row.rotation else None, request.people
            )
            for row in import_store.in_force(session, now)
        ]
        return views.changes(
            rota_store.overrides_after(session, now),
            rota_store.absences_after(session, now),
            rota_store.swaps_after(session, now),
            shadow_store.newest_begun(session),
            imports,
            request.people,
        )

    await request.tell(await request.deps.database.fetch(work))


async def overridden(request: Request) -> None:
    values = inbound.entered(request.body)
    span = _span(values)
    wish = Wish(values[Field.PERSON], span.start, span.end, values.get(Field.WHY, ""), values[Field.ROTATION])
    await _change(request, change_rota.override, wish)


async def said_away(request: Request) -> None:
    values = inbound.entered(request.body)
    span = _span(values)
    wish = Wish(values[Field.PERSON], span.start, span.end, values.get(Field.WHY, ""))
    await _change(request, change_rota.away, wish)


async def taken(request: Request) -> None:
    await _change(request, change_rota.take, _own_wish(request))


async def shadowed(request: Request) -> None:
    await _change(request, change_rota.shadow, _own_wish(request))


async def take_back(request: Request) -> None:
    kind, _, given = request.value.partition(":")
    config, number, person, actor, now = (
        request.deps.config,
        inbound.number_in(given) or 0,
        request.person,
        request.actor,
        request.now,
    )

    def work(session: Session) -> Decision:
        if kind == views.STAGE:
            return shadow_plan.take_back(session, config, number, person, actor, now)
        if kind == import_views.IMPORT:
            return import_rota.take_back(session, config, number, person, actor, now)
        return change_rota.cancel(session, config, kind, number, person, actor, now)

    if await request.decide(work):
        await request.tell(Rendered("Taken back."))


async def _change(request: Request, change: Change, wish: Wish) -> None:
    config = request.deps.config
    await request.decide(lambda session: change(session, config, wish, request.person, request.actor, request.now))


def coming_duties(session: Session, request: Request) -> list[Duty]:
    """The running and coming duties of every rotation, soonest first."""
    now = request.now
    found = [
        duty
        for rota in rotas(session, request.deps.config, now)
        for duty in joined(rota.between(now, max(now + OFFERED, rota.at(now).shift.end)))
    ]
    return sorted(found, key=lambda duty: duty.start)[:MOST]


def likeliest(duties: list[Duty], person: Person | None, span: Span | None) -> list[Duty]:
    """The duties, those first that are of this person and in this stretch; then those that are either."""

    def fits(duty: Duty) -> int:
        theirs = person is not None and duty.primary == person.id
        then = span is not None and duty.start < span.end and span.start < duty.end
        return -theirs - then

    return sorted(duties, key=fits)  # which keeps the order of those that fit alike


def is_mine(duty: Duty, request: Request) -> bool:
    return request.person is not None and duty.primary == request.person.id


def _own_wish(request: Request) -> Wish:
    values = inbound.entered(request.body)
    piece = read_piece(values[Field.SHIFT])
    return Wish(
        request.person.id if request.person else "",
        piece.start,
        piece.end,
        values.get(Field.WHY, ""),
        piece.rotation,
    )


def read_piece(value: str) -> views.Piece:
    rotation, start, end, person = value.split("|")
    return views.Piece(rotation, _time(start), _time(end), person)


def _span(values: dict[str, str]) -> Stretch:
    return Stretch(_time(values[Field.FROM]), _time(values[Field.TO]))


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _round(now: datetime) -> datetime:
    """The last five minutes' mark: a time that a picker can show, and that is not in the future."""
    return now - (now - datetime.min.replace(tzinfo=UTC)) % STEP


ACTIONS: dict[str, Handler] = {Action.TAKE_BACK: take_back}
SUBMISSIONS: dict[str, Handler] = {
    Callback.OVERRIDE: overridden,
    Callback.AWAY: said_away,
    Callback.TAKE: taken,
    Callback.SHADOW: shadowed,
}
