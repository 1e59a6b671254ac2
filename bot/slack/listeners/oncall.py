"""`/oncall` and the handoff's button."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.slack.dispatch import Handler
from bot.slack.ids import Action
from bot.slack.listeners import handoffs, named, rota, rota_ahead, rota_health, rota_import, swaps
from bot.slack.listeners.commands import Command, Short, Sub
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import calendar, oncall
from bot.slack.views.help import Usage
from core import spoken_span
from core.config.declared import Person
from core.config.named import find_person, find_rotation, without_filler
from core.config.rotation import Rotation
from core.oncall.rota import Rota
from workflows import share_calendar
from workflows.rota import rotas

AHEAD = timedelta(weeks=2)
"""How much `/oncall schedule` shows."""

WHO = ("now", "whos", "who's", "who’s", "whoami", "is", "list", "all", "rotation", "rotations", "team", "people")
"""What else people say who ask who is on call."""

AWAY = (
    *(
        "sick",
        "ill",
        "vacation",
        "vacations",
        "holiday",
        "holidays",
        "off",
        "leave",
        "ooo",
        "pto",
        "out",
        "absent",
    ),
    *("unavailable", "unwell", "cant", "can't", "can’t", "cannot", "pause"),
)
"""What people say who are away."""

DAY, FARTHEST = timedelta(days=1), timedelta(weeks=12)
"""How little and how much of it is shown when that is said."""

ROTATIONS = 25
"""How many buttons fit in a row."""


async def who(request: Request, args: str) -> None:
    """Who is on call, everywhere or in the rotation that is named; now, or when it is said."""
    if _person(request, args):
        return await following(request, args)
    name, at = _at(request, args)
    if _person(request, name):
        return await following(request, name)
    wanted = await named.rotations(request, name, "/oncall who")

    def work(session: Session) -> Rendered:
        since = min(request.now, at or request.now)
        found = [(rota, rota.at(at or request.now)) for rota in _rotas(session, request, wanted, since)]
        held = [(r.rotation, r.held(duty), r.next_after(duty)) for r, duty in found]
        return oncall.who(held, request.people, at)

    if wanted:
        await request.tell(await request.deps.database.fetch(work))
    return None


def _at(request: Request, args: str) -> tuple[str, datetime | None]:
    """A name, and the time beside it, if there is one: `flights tomorrow`, `on 14 feb in flights`."""
    zone = request.person.timezone if request.person else "UTC"
    plain = args if find_rotation(request.deps.config.team, args) else without_filler(args)
    for words in (args.split(), plain.split()):
        for name, inside in _parts(words):
            if (at := spoken_span.instant(inside, request.now, zone)) is not None:
                return name, at
    return args, None


def _parts(words: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Every stretch of the words, with what is left beside it; those that begin first and are longest first."""
    for start in range(len(words)):
        for stop in range(len(words), start, -1):
            yield " ".join([*words[:start], *words[stop:]]), words[start:stop]


async def following(request: Request, args: str) -> None:
    """Who comes next in every rotation, or in the one that is named, and when it is the turn of whoever asks, or of the
    person who is named."""
    asked = _person(request, args)
    if asked is None and _at(request, args)[1] is not None:
        return await who(request, args)
    if asked is None and _ahead(request, args)[1] is not None:
        return await schedule(request, args)
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
    return None


async def schedule(request: Request, args: str) -> None:
    """The coming shifts in words and as a picture, which is left out where it cannot be drawn or uploaded. Two weeks,
    or as far as is said; of a person their own turns."""
    name, length = _ahead(request, args)
    if _person(request, name):
        return await following(request, name)
    length = min(max(length or AHEAD, DAY), FARTHEST)
    wanted = await named.rotations(request, name, "/oncall schedule")
    if not wanted:
        return None
    await request.tell(await rota_ahead.shown(request, wanted, length))
    return None


def _person(request: Request, text: str) -> Person | None:
    """The person who is named, also with the words of a sentence around the name."""
    team = request.deps.config.team
    return find_person(team, text) or find_person(team, without_filler(text))


def _ahead(request: Request, args: str) -> tuple[str, timedelta | None]:
    """A name, and how far is looked, if that is said behind it: `flights 4 weeks`."""
    zone = request.person.timezone if request.person else "UTC"
    for name, inside in _parts(args.split()):
        if (length := spoken_span.ahead(inside, request.now, zone)) is not None:
            return name, length
    return args, None


def _rotas(
    session: Session, request: Request, wanted: Sequence[Rotation], since: datetime | None = None
) -> list[Rota]:
    return [each for each in rotas(session, request.deps.config, since or request.now) if each.rotation in wanted]


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
    named = find_person(team, text) or find_rotation(team, text) or _says_ill(text)
    return bool(named or _at(request, text)[1] is not None or _ahead(request, text)[1] is not None)


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
            Usage("who [rotation]", "primary, shadow and next of every rotation", "Who is on call"),
            who,
            WHO,
        ),
        Sub(
            Usage("next [rotation]", "who comes next, and when it is your turn", "Who is next"),
            following,
            ("when", "me", "mine", "my", "am", "shifts", "until", "how", "turn", "after"),
        ),
        Sub(Usage("schedule [rotation]", "the coming shifts", "Schedule"), schedule, ("rota", "plan", "roster")),
        Sub(Usage("take", "take somebody's shift", "Take a shift"), rota.take, ("cover", "covering")),
        Sub(
            Usage("swap", "offer a shift of yours for another's", "Swap"),
            swaps.swap,
            ("trade", "exchange", "give", "switch"),
        ),
        Sub(
            Usage("override [person | rotation]", "put somebody on call for a while", "Override"),
            rota.override,
            ("put", "replace", "assign", "set", "add"),
        ),
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
            ("cal", "ics", "ical", "subscribe", "export"),
        ),
        Sub(
            Usage("fairness", "who carried how much: `30d`, `12w`, `next 8w`", "Fairness"),
            rota_health.fairness,
            ("hours", "load"),
        ),
        Sub(
            Usage("check", "what is wrong in the coming four weeks", "Check"),
            rota_health.check,
            ("gaps", "quality", "problems"),
        ),
        Sub(
            Usage("changes", "what was changed, and take it back", "Changes"),
            rota.changes,
            ("undo", "cancel", "revert", "remove", "delete", "back", "history"),
        ),
    ),
    short=Short(_is_short, unsaid),
    names=lambda request, text: bool(
        find_person(request.deps.config.team, text) or find_rotation(request.deps.config.team, text)
    ),
)

ACTIONS: dict[str, Handler] = {Action.REVOKE_CALENDAR: revoke}
