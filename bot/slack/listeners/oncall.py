"""`/oncall` and the handoff's button."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.listeners import handoffs, named, rota, rota_health, rota_import, swaps
from bot.slack.listeners.commands import Command, Short, Sub
from bot.slack.pictures import Pictures
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.rota_chart import Row, draw
from bot.slack.views import calendar, oncall
from bot.slack.views.help import Usage
from bot.slack.views.parts import picture
from core import spoken_time
from core.config.named import find_person, find_rotation, without_filler
from core.config.team import Rotation
from core.oncall.notices import stints
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from workflows import share_calendar
from workflows.rota import rotas

AHEAD, SHIFTS = timedelta(weeks=2), 4
"""How much `/oncall schedule` shows: two weeks, and at least this many shifts."""

AWAY = ("sick", "ill", "vacation", "holiday", "off", "leave", "ooo", "pto")
"""What people say who are away."""

CHARTS = "charts"
ROTATIONS = 25
"""How many buttons fit in a row."""

ROWS = 8
"""How many rotations one picture shows."""


async def who(request: Request, args: str) -> None:
    """Who is on call, everywhere or in the rotation that is named; now, or when it is said."""
    name, at = _at(request, args)
    wanted = await named.rotations(request, name, "/oncall who")

    def work(session: Session) -> Rendered:
        found = [(rota, rota.at(at or request.now)) for rota in _rotas(session, request, wanted)]
        held = [(r.rotation, r.held(duty), r.next_after(duty)) for r, duty in found]
        return oncall.who(held, request.people, at)

    if wanted:
        await request.tell(await request.deps.database.fetch(work))


def _at(request: Request, args: str) -> tuple[str, datetime | None]:
    """A name, and the time after it, if there is one: `flights tomorrow`."""
    zone = request.person.timezone if request.person else "UTC"
    words = (args if find_rotation(request.deps.config.team, args) else without_filler(args)).split()
    for number in range(len(words)):
        if (at := spoken_time.instant(words[number:], request.now, zone)) is not None:
            return " ".join(words[:number]), at
    return args, None


async def following(request: Request, args: str) -> None:
    """Who comes next in every rotation, or in the one that is named, and when it is the turn of whoever asks, or of the
    person who is named."""
    asked = find_person(request.deps.config.team, args)
    whose = asked or request.person
    person = whose.id if whose else ""
    wanted = await named.rotations(request, "" if asked else args, "/oncall next")

    def work(session: Session) -> Rendered:
        found = _rotas(session, request, wanted)
        coming = [(each.rotation, each.next_after(each.at(request.now))) for each in found]
        own = [duty for each in found for duty in each.turns_of(person, request.now) if duty.primary == person]
        mine = sorted(own, key=lambda duty: duty.start)
        return oncall.following(coming, mine, request.now, request.people, asked.id if asked else None)

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


def _is_short(request: Request, text: str) -> bool:
    """A name, or that somebody is ill."""
    team = request.deps.config.team
    return bool(find_person(team, text) or find_rotation(team, text) or _says_ill(text))


def _says_ill(text: str) -> bool:
    return not {word.casefold().strip(".,!") for word in text.split()}.isdisjoint(AWAY)


async def unsaid(request: Request, text: str) -> None:
    """A rotation is asked who is on call there, a person when it is their turn; whoever is ill is away."""
    if _says_ill(text):
        await rota.away(
            request, " ".join(word for word in text.split() if word.casefold().strip(".,!") not in AWAY)
        )
    elif find_rotation(request.deps.config.team, text):
        await who(request, text)
    else:
        await following(request, text)


COMMAND = Command(
    "/oncall",
    "who is on call",
    (
        Sub(
            Usage("who [rotation]", "primary, shadow and next of every rotation", "Who is on call"), who, ("now",)
        ),
        Sub(
            Usage("next [rotation]", "who comes next, and when it is your turn", "Who is next"),
            following,
            ("when", "me", "mine"),
        ),
        Sub(Usage("schedule [rotation]", "the coming shifts", "Schedule"), schedule),
        Sub(Usage("take", "take somebody's shift", "Take a shift"), rota.take, ("cover",)),
        Sub(Usage("swap", "offer a shift of yours for another's", "Swap"), swaps.swap),
        Sub(Usage("override [person | rotation]", "put somebody on call for a while", "Override"), rota.override),
        Sub(Usage("away [person]", "say that you are away", "I am away"), rota.away, AWAY),
        Sub(
            Usage("import [person | rotation]", "absences or shifts, all at once: a list or a calendar", "Import"),
            rota_import.form,
        ),
        Sub(Usage("shadow", "go along with somebody's shift", "Shadow"), rota.shadow),
        Sub(
            Usage("handoff [rotation]", "the running shift so far, as its report would say", "Handoff"),
            handoffs.preview,
            ("handover",),
        ),
        Sub(
            Usage("reports [words]", "reports of shifts and bugs, searched", "Reports"),
            handoffs.reports,
            ("report",),
        ),
        Sub(
            Usage("calendar [rotation]", "your duties in your own calendar, or all of a rotation", "Calendar"),
            share,
            ("cal", "ics", "ical"),
        ),
        Sub(Usage("fairness", "who carried how much: `30d`, `12w`, `next 8w`", "Fairness"), rota_health.fairness),
        Sub(Usage("check", "what is wrong in the coming four weeks", "Check"), rota_health.check),
        Sub(
            Usage("changes", "what was changed, and take it back", "Changes"),
            rota.changes,
            ("undo", "cancel", "revert"),
        ),
    ),
    short=Short(_is_short, unsaid),
)

ACTIONS: dict[str, Handler] = {Action.REVOKE_CALENDAR: revoke}
