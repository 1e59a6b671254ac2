"""`/oncall import`: a form, a look at what would change, and then all of it at once."""

from slack_sdk.errors import SlackApiError

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.files import read_file
from bot.slack.ids import Callback, Field
from bot.slack.limits import fit_view
from bot.slack.listeners import named
from bot.slack.rendered import Json
from bot.slack.request import Request
from bot.slack.trouble import code_of
from bot.slack.views import rota_import as views
from core.config.declared import Person
from core.config.named import find_rotation
from core.config.rotation import Rotation
from core.oncall.calendar_in import Held, absences, absences_of_team, shifts
from core.oncall.holiday_file import CalendarError
from core.oncall.import_lines import read_lines
from core.text import sentence
from workflows import import_rota
from workflows.import_rota import Source

ADDRESSES = ("http://", "https://", "webcal://")
BEGINS = "begin:vcalendar"
TRIES = 5
EMPTY = "Paste a list, an address or a calendar here, or give a file below."


async def form(request: Request, args: str) -> None:
    """The form, about the rotation or the person who is named."""
    found = await named.person_or_rotation(request, args, "/oncall import")
    if found is not None:
        person, rotation = found
        await request.open(views.form(request.deps.config.team, rotation, person, request.now))


async def submitted(request: Request) -> None:
    """Look at what it says: a list at once, with mistakes beside it; a calendar or a file takes a moment."""
    values, files = inbound.entered(request.body), inbound.given_files(request.body)
    content = values.get(Field.CONTENT, "").strip()
    if not content and not files:
        request.errors = {Field.CONTENT: EMPTY}
    elif files or _is_calendar(content):
        request.pushed = views.reading(request.external_id)
        request.then = lambda: _read_then_look(request, content, files)
    else:
        try:
            rotation, person = _about(request)
            held = read_lines(content, request.deps.config.team, request.now, rotation, person)
            request.pushed = await _looked(request, Source(held, rotation, "a list"))
        except CalendarError as error:
            request.errors = {Field.CONTENT: sentence(f"Nothing was changed: {error}")}


async def _read_then_look(request: Request, content: str, files: list[str]) -> None:
    try:
        source = await _read(request, content, files)
        view = await _looked(request, source)
    except CalendarError as error:
        view = views.unusable(str(error))
    await _fill(request, view)


async def _fill(request: Request, view: Json) -> None:
    """Put something else into the form that was pushed; Slack may need a moment until it has it."""
    for _ in range(TRIES):
        try:
            await request.client.views_update(external_id=request.external_id, view=fit_view(view))
        except SlackApiError as error:
            if code_of(error) not in ("not_found", "ratelimited"):
                raise
            await request.deps.pause(1)
        else:
            return


async def _read(request: Request, content: str, files: list[str]) -> Source:
    """From wherever it was given; raises CalendarError."""
    rotation, person = _about(request)
    team, calendars = request.deps.config.team, request.deps.calendars
    told, data = "a calendar", content.encode()
    if files:
        told, data = await read_file(request.client, files[0], request.deps.bot_token, request.deps.call_timeout_s)
    elif content.lower().startswith(ADDRESSES):
        told = "a calendar at an address"
        data = await calendars(content.replace("webcal://", "https://", 1))
    if files and data.lstrip(b"\xef\xbb\xbf \r\n\t")[: len(BEGINS)].lower() != BEGINS.encode():
        return Source(read_lines(_text(data), team, request.now, rotation, person), rotation, told)
    about = rotation or person
    zone = about.timezone if about else request.person.timezone if request.person else "UTC"
    found = await calendars.events(data, zone, request.now)
    held: list[Held]
    if rotation is not None:
        held = shifts(found, team)
    else:
        held = absences(found, person.id) if person else absences_of_team(found, team)
    return Source(held, rotation, told)


async def _looked(request: Request, source: Source) -> Json:
    """The look, or why there is none; raises CalendarError where what it says may not be."""
    config = request.deps.config
    found = await request.deps.database.run(  # no part of the request, which Slack may have its answer to already
        lambda session: import_rota.look(session, config, source, request.person, request.actor, request.now)
    )
    if not found.decision.allowed:
        raise CalendarError(request.people.named(found.decision.detail).rstrip("."))
    return views.looked(found.id, found.sifted, found.moves, source.rotation, request.people)


async def imported(request: Request) -> None:
    """All of what was looked at, in one transaction; whoever did it can take it back right there."""
    config, number = request.deps.config, request.form_number
    decision = await request.run(
        lambda session: import_rota.apply(session, config, number, request.person, request.actor, request.now)
    )
    request.closes = True
    if decision.allowed:
        await request.tell(views.done(number, decision.detail, request.people))
    else:
        await request.refuse(decision.detail)


def _about(request: Request) -> tuple[Rotation | None, Person | None]:
    """The rotation whose shifts they are, else whose absences where that is said; raises CalendarError."""
    values, team = inbound.entered(request.body), request.deps.config.team
    kind = values.get(Field.WHAT, views.ABSENCES)
    if kind == views.ABSENCES:
        return None, team.person(values.get(Field.PERSON, ""))
    rotation = find_rotation(team, kind.partition(":")[2])
    if rotation is None:
        raise CalendarError("there is no such rotation any more")
    return rotation, None


def _is_calendar(content: str) -> bool:
    start = content.lower()
    return start.startswith(BEGINS) or (start.startswith(ADDRESSES) and len(content.split()) == 1)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarError("the file is no text in UTF-8, and no calendar") from None


SUBMISSIONS: dict[str, Handler] = {Callback.IMPORT: submitted, Callback.IMPORT_LOOKED: imported}
