"""`/oncall` and the handoff's button."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.listeners import handoffs, named, rota, rota_health, rota_import, swaps
from bot.slack.listeners.commands import Command, Sub
from bot.slack.pictures import Pictures
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.rota_chart import Row, draw
from bot.slack.views import calendar, oncall
from bot.slack.views.help import Usage
from bot.slack.views.parts import picture
from core.config.team import Rotation
from core.oncall.notices import stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from workflows import share_calendar
from workflows.rota import rotas

AHEAD, SHIFTS = timedelta(weeks=2), 4
"""How much `/oncall schedule` shows: two weeks, and at least this many shifts."""

CHARTS = "charts"
ROTATIONS = 25
"""How many buttons fit in a row."""

ROWS = 8
"""How many rotations one picture shows."""


async def who(request: Request, args: str) -> None:
    """Who is on call, everywhere or in the rotation that is named."""
    wanted = await named.rotations(request, args, "/oncall who")

    def work(session: Session) -> Rendered:
        found = [(rota, rota.at(request.now)) for rota in _rotas(session, request, wanted)]
        return oncall.who([(r.rotation, r.held(duty), r.next_after(duty)) for r, duty in found], request.people)

    if wanted:
        await request.tell(await request.deps.database.fetch(work))


async def following(request: Request, args: str) -> None:
    """Who comes next in every rotation, or in the one that is named, and when it is the turn of whoever asks."""
    person = request.person.id if request.person else ""
    wanted = await named.rotations(request, args, "/oncall next")

    def work(session: Session) -> Rendered:
        found = _rotas(session, request, wanted)
        coming = [(each.rotation, each.next_after(each.at(request.now))) for each in found]
        own = [duty for each in found for duty in each.turns_of(person, request.now) if duty.primary == person]
        return oncall.following(coming, sorted(own, key=lambda duty: duty.start), request.now, request.people)

    if wanted:
        await request.tell(await request.deps.database.fetch(work))


async def schedule(request: Request, args: str) -> None:
    """The coming shifts in words and as a picture, which is left out where it cannot be drawn or uploaded."""
    now, config = request.now, request.deps.config
    wanted = await named.rotations(request, args, "/oncall schedule")
    if not wanted:
        return

    def work(session: Session) -> tuple[list[Json], list[Row]]:
        found = _rotas(session, request, wanted)
        return [block for each in found for block in _coming(each, request)], [
            _row(each, request) for each in found
        ]

    blocks, rows = await request.deps.database.fetch(work)
    zone = request.person.timezone if request.person else config.team.rotations[0].timezone
    path = request.deps.data / CHARTS / f"rota-{request.inbound_id}.png"
    await asyncio.to_thread(draw, rows[:ROWS], now, now + AHEAD, zone, path)
    image = picture(path, f"Who is on call for two weeks from {now:%-d %B}")
    shown = Rendered("The coming shifts", [image, *blocks])
    shown = await Pictures(request.client, request.deps.data).place_or_leave_out(shown)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    await request.tell(shown)


def _rotas(session: Session, request: Request, wanted: Sequence[Rotation]) -> list[Rota]:
    return [each for each in rotas(session, request.deps.config, request.now) if each.rotation in wanted]


def _row(final: Rota, request: Request) -> Row:
    """Who is on call in the coming two weeks, by name."""
    coming = stints(final.between(request.now, request.now + AHEAD), DutyRole.PRIMARY)
    named = [replace(stint, person=_short(stint.person, request)) for stint in coming]
    return Row(final.rotation.title, named)


def _short(person_id: str | None, request: Request) -> str | None:
    """The first word of a person's name, if nobody else of the team has the same one."""
    person = request.deps.config.team.person(person_id) if person_id else None
    if person is None:
        return person_id
    first = person.name.split()[0]
    same = [each for each in request.deps.config.team.people if each.name.split()[0] == first]
    return first if len(same) == 1 else person.name


def _coming(final: Rota, request: Request) -> list[Json]:
    """Two weeks of a rota, or its next few shifts where those last longer."""
    most = max(SHIFTS, AHEAD // final.rotation.every + 1)
    return oncall.schedule(final.rotation, list(final.coming(request.now, most)), request.people)


async def share(request: Request, args: str) -> None:
    """A new secret address: of one's own duties, or of the rotation that is named."""
    config, rotation = request.deps.config, None
    if args.strip():
        found = await named.rotations(request, args, "/oncall calendar")
        if not found:
            return
        rotation = found[0].id
    decision, secret = await request.run(
        lambda session: share_calendar.share(session, config, rotation, request.person, request.actor, request.now)
    )
    if decision.allowed:
        title = config.team.rotation(rotation).title if rotation else "When you are on call"
        whole = [(f"All of {each.title}"[:75], f"/oncall calendar {each.id}") for each in config.team.rotations]
        address = f"{request.deps.url}/calendar/{secret}.ics"
        await request.tell(calendar.made(address, title, () if rotation else whole[:ROTATIONS]))
    else:
        await request.refuse(decision.detail)


async def revoke(request: Request) -> None:
    decision = await request.run(
        lambda session: share_calendar.revoke(session, request.person, request.actor, request.now)
    )
    await request.refuse(decision.detail)


COMMAND = Command(
    "/oncall",
    "who is on call",
    (
        Sub(Usage("who [rotation]", "primary, shadow and next of every rotation", "Who is on call"), who),
        Sub(Usage("next [rotation]", "who comes next, and when it is your turn", "Who is next"), following),
        Sub(Usage("schedule [rotation]", "the coming shifts", "Schedule"), schedule),
        Sub(Usage("take", "take somebody's shift", "Take a shift"), rota.take),
        Sub(Usage("swap", "offer a shift of yours for another's", "Swap"), swaps.swap),
        Sub(Usage("override [person | rotation]", "put somebody on call for a while", "Override"), rota.override),
        Sub(Usage("away [person]", "say that you are away", "I am away"), rota.away),
        Sub(
            Usage("import [person | rotation]", "absences or shifts, all at once: a list or a calendar", "Import"),
            rota_import.form,
        ),
        Sub(Usage("shadow", "go along with somebody's shift", "Shadow"), rota.shadow),
        Sub(
            Usage("handoff [rotation]", "the running shift so far, as its report would say", "Handoff"),
            handoffs.preview,
        ),
        Sub(Usage("reports [WORDS]", "reports of shifts and bugs, searched", "Reports"), handoffs.reports),
        Sub(
            Usage("calendar [rotation]", "your duties in your own calendar, or all of a rotation", "Calendar"),
            share,
        ),
        Sub(Usage("fairness", "who carried how much: `30d`, `12w`, `next 8w`", "Fairness"), rota_health.fairness),
        Sub(Usage("check", "what is wrong in the coming four weeks", "Check"), rota_health.check),
        Sub(Usage("changes", "what was changed, and take it back", "Changes"), rota.changes),
    ),
)

ACTIONS: dict[str, Handler] = {Action.REVOKE_CALENDAR: revoke}
