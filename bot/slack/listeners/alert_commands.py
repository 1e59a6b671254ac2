"""`/alerts`: what is going on, why, and everything that can be done about it by typing."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.escape import escape, inline
from bot.slack.ids import Action
from bot.slack.inbound import number_among, number_in, numbers_in
from bot.slack.listeners import alert_several, bugs, silences, verdicts
from bot.slack.listeners.alert_lists import listed, mine, named
from bot.slack.listeners.commands import Command, Short, Sub
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import alert, choosing, why
from bot.slack.views.help import Usage
from bot.slack.views.state import GroupState
from bot.slack.views.why import Line
from core.alerts import asking, past_store, store
from core.alerts.labels import RefusedError, clean
from core.alerts.routing import explain
from core.alerts.severity import pages, severity_of
from core.alerts.tables import AlertGroup
from core.decision import Decision
from workflows import give_back as giving_back
from workflows import respond, still_on_it
from workflows.retention.forgotten import forgotten
from workflows.story import story

Answer = Callable[[Session, Request, int], Decision]


async def unsaid(request: Request, text: str) -> None:
    """A number is an alert to show, other words ask for a list: `/alerts 12`, `/alerts critical`."""
    await (show if number_in(text) is not None else listed)(request, text)


async def show(request: Request, args: str) -> None:
    """One group with its buttons, for the person alone."""
    group_id = await _number(request, "show", args)
    if group_id is None:
        await _which(request, "show", args)
        return
    state = await request.deps.database.fetch(lambda session: _state(session, request, group_id))
    if state is None:
        await _which(request, "show", args)
    else:
        await request.tell(alert.shown(state, request.people))


def _state(session: Session, request: Request, group_id: int) -> GroupState | None:
    group = store.get(session, group_id)
    if group is None:
        return None
    return load.with_changes(session, load.group_state(session, request.deps.config, group), request.now)


async def explained(request: Request, args: str) -> None:
    """`why ID` tells what was decided about a group; `why label=value …` where an alert like that would go."""
    group_id = await _number(request, "why", args)
    if group_id is not None:
        found = await request.deps.database.fetch(lambda session: _story(session, request, group_id))
        if found is None:
            await _which(request, "why", args)
        else:
            await request.tell(why.message(*found, request.people))
    elif "=" in args:
        await _foretell(request, args)
    else:
        await _which(request, "why", args)


def _story(session: Session, request: Request, group_id: int) -> tuple[AlertGroup, Sequence[Line]] | None:
    group = store.get(session, group_id)
    if group is None:
        return None
    told = story(session, request.deps.config, group)
    return group, [Line(each.at, each.reason, each.text) for each in told]


async def _foretell(request: Request, args: str) -> None:
    try:
        labels = clean(silences.labels_in(args))
    except RefusedError as error:
        await request.tell(Rendered(escape(str(error))))
        return
    calls = pages(severity_of(labels))
    reasons = [*explain(labels, request.deps.config), (calls.reason, calls.detail)]
    await request.tell(why.foretold([Line(None, name, text) for name, text in reasons], request.people))


async def acknowledge(request: Request, args: str) -> None:
    await _answer(request, args, "ack")


async def resolve(request: Request, args: str) -> None:
    await _answer(request, args, "resolve")


def _acknowledge(session: Session, request: Request, group_id: int) -> Decision:
    config, now = request.deps.config, request.now
    return still_on_it.acknowledge(session, config, group_id, request.person, request.actor, now)


async def give_back(request: Request, args: str) -> None:
    await _answer(request, args, "unack")


def _give_back(session: Session, request: Request, group_id: int) -> Decision:
    config, now = request.deps.config, request.now
    return giving_back.give_back(session, config, group_id, request.person, request.actor, now)


def _resolve(session: Session, request: Request, group_id: int) -> Decision:
    return respond.resolve(session, request.deps.config, group_id, request.person, request.actor, request.now)


LOOKS = ("show", "why")
LATELY = 25
"""How many that are over are offered to whoever only looks."""

ANSWERS: dict[str, Answer] = {"ack": _acknowledge, "unack": _give_back, "resolve": _resolve}


async def _answer(request: Request, args: str, verb: str) -> None:
    """Do it to the group that was named, or to several by their numbers, or ask which one, or about all that were asked
    for; whoever asked is told what came of it."""
    several = numbers_in(args)
    several = several if len(several) > 1 else []
    if not several and await alert_several.asked(request, verb, args):
        return
    numbers: Sequence[int | None] = several or [await _number(request, verb, args)]
    missing = [number for number in numbers if number is None or await _is_missing(request, number)]
    if missing:
        await _which(request, verb, str(missing[0]) if several and missing[0] else args)
        return
    ids = [number for number in numbers if number is not None]
    decisions = await request.run(lambda session: [ANSWERS[verb](session, request, each) for each in ids])
    if several:
        await request.tell(alert_several.told(request, ids, decisions))
    else:
        said = request.people.fill(escape(decisions[0].detail))
        await request.tell(Rendered(f"{await _which_one(request, ids[0])}{said}"))


async def _which_one(request: Request, group_id: int) -> str:
    """The alert's number and title on a line before what came of it."""
    group = await request.deps.database.fetch(lambda session: store.get(session, group_id))
    return f"*{group_id}* {inline(group.title, 150)}\n" if group else ""


async def _number(request: Request, verb: str, args: str) -> int | None:
    """The alert that is meant: by its number, also inside a sentence, or by its name where one alone that the verb fits
    has it."""
    if (number := number_among(args)) is not None:
        return number
    groups = await request.deps.database.fetch(lambda session: _fitting(session, verb))
    found = [each for each in groups if choosing.is_called(each, args)]
    return found[0].id if len(found) == 1 else None


async def _is_missing(request: Request, group_id: int) -> bool:
    return await request.deps.database.fetch(lambda session: store.get(session, group_id)) is None


async def _which(request: Request, verb: str, typed: str = "") -> None:
    """No id, or none that there is: those that the verb fits, to choose from; the answer is the same as to the command
    with an id."""
    config, number = request.deps.config, number_among(typed)
    groups, gone = await request.deps.database.fetch(
        lambda session: (_fitting(session, verb), forgotten(session, config, number))
    )
    named = [each for each in groups if choosing.is_called(each, typed)] or choosing.like(groups, typed)
    await request.tell(choosing.alert(verb, named or groups, "" if named else typed, gone))


def _fitting(session: Session, verb: str) -> Sequence[AlertGroup]:
    """The open groups that the verb can be about, the most urgent first; whoever only looks may look back, too."""
    if verb in LOOKS:
        return [*store.open_groups(session, limit=verdicts.OFFERED - LATELY), *past_store.over(session, LATELY)]
    found = store.open_groups(session, limit=verdicts.OFFERED)
    return [each for each in found if choosing.fits(verb, each)]


async def file_bug(request: Request, args: str) -> None:
    """The form of a bug about an alert."""
    group_id = await _number(request, "bug", args)
    if group_id is None or await _is_missing(request, group_id):
        await _which(request, "bug", args)
    else:
        await bugs.about_group(request, group_id)


async def silenced(request: Request, _args: str) -> None:
    await silences.listed(request)


async def silence(request: Request, args: str) -> None:
    """Without anything to go by, an alert can be chosen; `new` is the empty form."""
    group_id = number_in(args)
    if group_id is not None and await _is_missing(request, group_id):
        await _which(request, "silence", args)
    elif args.strip() or not await request.deps.database.fetch(lambda session: _fitting(session, "silence")):
        await silences.command(request, args)
    else:
        await _which(request, "silence")


async def more(request: Request) -> None:
    """A choice of a ⋯ menu, or of the alerts that a command offers: `VERB:ID`."""
    verb, _, number = request.value.partition(":")
    run = next((sub.run for sub in COMMAND.subs if sub.word == verb), None)
    if run is not None and number_in(number) is not None:
        request.command = f"{COMMAND.name} {verb} {number}"
        await run(request, number)


LIST = ("open", "search", "find", "anything", "what", "whats", "status", "alert", "alerts", "current")
SHOW = ("details", "escalate", "who", "info", "about", "runbook")
ACK = ("acknowledge", "take", "taking", "claim", "own", "got")
RESOLVE = ("close", "end", "fixed", "solved")
NOISE = ("false", "useless", "fp", "noisy", "flapping")
CALL = (
    *("call", "wake", "phone", "ring", "notify", "tell"),
    *("assign", "reassign", "pass", "give", "hand", "handover"),
)
"""What people bring along from elsewhere; nothing that may as well ask for a list ends or takes an alert (`on flights`,
`resolved today`)."""

COMMAND = Command(
    "/alerts",
    "what is going on",
    (
        Sub(Usage("list", f"what is open, the most urgent first; {asking.HELP}", "Open alerts"), listed, LIST),
        Sub(Usage("list mine", "what calls you or is held by you", "Mine"), mine, ("mine", "my")),
        Sub(Usage("show [ID]", "one alert with its buttons", "Show…"), show, SHOW),
        Sub(
            Usage(
                "why [ID]", "what was decided about it and why; or label=value … for where one would go", "Why…"
            ),
            explained,
        ),
        Sub(Usage("ack [ID | all | which]", "take it, or several at once", "Acknowledge…"), acknowledge, ACK),
        Sub(
            Usage("unack [ID]", "give it back, whoever holds it: it calls again", "Give back…"),
            give_back,
            ("release", "unacknowledge"),
        ),
        Sub(Usage("resolve [ID]", "end it", "Resolve…"), resolve, RESOLVE),
        Sub(
            Usage("silence [ID | matchers | new]", "keep alerts quiet, with a look back first", "Silence…"),
            silence,
            ("mute", "snooze", "ignore", "quiet"),
        ),
        Sub(
            Usage("silence list", "what is kept quiet, by whom and why", "Silences"),
            silenced,
            ("silences", "unsilence", "unmute", "unsnooze"),
        ),
        Sub(Usage("noise [ID]", "say that it was noise, and why", "Noise…"), verdicts.noise, NOISE),
        Sub(Usage("bug [ID]", "file a bug about it", "File a bug…"), file_bug, ("ticket", "issue")),
        Sub(
            Usage("page [ID] [whom] [what for]", "call somebody by hand", "Call somebody…"),
            verdicts.call,
            CALL,
        ),
    ),
    short=Short(
        lambda request, text: number_in(text) is not None or asking.fits(text, request.deps.config.pipelines),
        unsaid,
    ),
    other=named,
    names=lambda _, text: number_in(text) is not None or asking.is_name(text),
)
ACTIONS: dict[str, Handler] = {Action.ALERT_MORE: more}
