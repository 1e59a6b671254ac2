"""The coming shifts of rotations: in words, and as a picture."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.slack.pictures import Pictures
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.rota_chart import Row, draw, spoken_days
from bot.slack.views import oncall
from bot.slack.views.parts import picture
from core.config.rotation import Rotation
from core.oncall.notices import stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from workflows.rota import rotas

SHIFTS = 4
"""How many shifts are shown at least."""

CHARTS = "charts"
ROWS = 8
"""How many rotations one picture shows."""


async def shown(request: Request, wanted: Sequence[Rotation], length: timedelta) -> Rendered:
    """The shifts of so long from now on; the picture is left out where it cannot be drawn or uploaded."""
    now, config = request.now, request.deps.config

    def work(session: Session) -> tuple[list[Json], list[Row]]:
        found = [each for each in rotas(session, config, now) if each.rotation in wanted]
        return [block for each in found for block in _coming(each, request, length)], [
            _row(each, request, length) for each in found
        ]

    blocks, rows = await request.deps.database.fetch(work)
    zone = request.person.timezone if request.person else config.team.rotations[0].timezone
    path = request.deps.data / CHARTS / f"rota-{request.inbound_id}.png"
    await asyncio.to_thread(draw, rows[:ROWS], now, now + length, zone, path)
    image = picture(path, f"Who is on call for {spoken_days(length)} from {now:%-d %B}")
    rendered = Rendered("The coming shifts", [image, *blocks])
    rendered = await Pictures(request.client, request.deps.data).place_or_leave_out(rendered)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return rendered


def _row(final: Rota, request: Request, length: timedelta) -> Row:
    """Who is on call for so long, by name."""
    coming = stints(final.between(request.now, request.now + length), DutyRole.PRIMARY)
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


def _coming(final: Rota, request: Request, length: timedelta) -> list[Json]:
    """So much of a rota, or its next few shifts where those last longer."""
    most = max(SHIFTS, length // final.rotation.every + 1)
    return oncall.schedule(final.rotation, list(final.coming(request.now, most)), request.people)
