"""`/alerts`: what is going on, why, and everything that can be done about it by typing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.dispatch import Handler
from bot.slack.escape import code, escape
from bot.slack.ids import Action
from bot.slack.inbound import number_in
from bot.slack.listeners import silences, verdicts
from bot.slack.listeners.commands import Command, Sub
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import alert, choosing, lists, why
from bot.slack.views.help import Usage, meant
from bot.slack.views.state import GroupState
from bot.slack.views.why import Line
from core.alerts import asking, past_store, store
from core.alerts.asking import Asked, AskedError
from core.alerts.labels import RefusedError, clean
from core.alerts.routing import explain
from core.alerts.severity import pages, severity_of
from core.alerts.tables import AlertGroup
from core.decision import Decision
from core.nearest import nearest
from workflows import give_back as giving_back
from workflows import respond, still_on_it
from workflows.rota import rotas
from workflows.story import story

Answer = Callable[[Session, Request, int], Decision]


async def listed(request: Request, args: str) -> None:
    try:
        asked = asking.parse(args)
    except AskedError as error:
        await request.tell(meant(escape(str(error)), [f"/alerts list {each}" for each in error.meant]))
        return
    states, total, asked = await request.deps.database.fetch(lambda session: _listed(session, request, asked))
    if total == 0 and asked.pipeline and asked.pipeline not in request.deps.config.pipelines:
        await request.tell(_no_pipeline(request, asked.pipeline, args))
    else:
        await request.tell(lists.asked(states, total, asked, request.people))


def _no_pipeline(request: Request, name: str, args: str) -> Rendered:
    """An empty list would look like peace."""
    typed = next(word for word in args.split() if word.lower() == f"pipeline={name}")
    near = nearest(name, request.deps.config.pipelines)
    commands = [f"/alerts list {asking.mended(args, typed, f'pipeline={each}')}" for each in near]
    return meant(f"There is no pipeline {code(name, 60)}.", commands)


def _listed(session: Session, request: Request, asked: Asked) -> tuple[list[GroupState], int, Asked]:
    """The groups of a page, how many there are, and what was asked for: the last page where that one is not there."""
    config, person, now = request.deps.config, request.actor, request.now
    on_call = [each.rotation.id for each in rotas(session, config, now) if each.at(now).primary == person]
    groups, total = store.find_groups(session, asked, person, on_call, now, lists.SHOWN)
    last = max(1, -(-total // lists.SHOWN))
    if asked.page > last:  # there were more when somebody saw that page
        asked = replace(asked, page=last)
        groups, total = store.find_groups(session, asked, person, on_call, now, lists.SHOWN)
    return [load.group_state(session, config, group, 1) for group in groups], total, asked


async def show(request: Request, args: str) -> None:
    """One group with its buttons, for the person alone."""
    group_id = number_in(args)
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
    group_id = number_in(args)
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
    """Do it to the group that was named, or ask which one; whoever asked is told what came of it."""
    group_id = number_in(args)
    if group_id is None or await _is_missing(request, group_id):
        await _which(request, verb, args)
        return
    decision = await request.run(lambda session: ANSWERS[verb](session, request, group_id))
    await request.tell(Rendered(request.people.fill(escape(decision.detail))))


async def _is_missing(request: Request, group_id: int) -> bool:
    return await request.deps.database.fetch(lambda session: store.get(session, group_id)) is None


async def _which(request: Request, verb: str, typed: str = "") -> None:
    """No id, or none that there is: those that the verb fits, to choose from; the answer is the same as to the command
    with an id."""
    groups = await request.deps.database.fetch(lambda session: _fitting(session, verb))
    await request.tell(choosing.alert(verb, groups, typed))


def _fitting(session: Session, verb: str) -> Sequence[AlertGroup]:
    """The open groups that the verb can be about, the most urgent first; whoever only looks may look back, too."""
    if verb in LOOKS:
        return [*store.open_groups(session, limit=verdicts.OFFERED - LATELY), *past_store.over(session, LATELY)]
    found = store.open_groups(session, limit=verdicts.OFFERED)
    return [each for each in found if choosing.fits(verb, each)]


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


COMMAND = Command(
    "/alerts",
    "what is going on",
    (
        Sub(Usage("list", f"what is open, the most urgent first; {asking.HELP}", "Open alerts"), listed),
        Sub(Usage("list mine", "what calls you or is held by you", "Mine"), listed),
        Sub(Usage("show [ID]", "one alert with its buttons", "Show…"), show),
        Sub(
            Usage(
                "why [ID]", "what was decided about it and why; or label=value … for where one would go", "Why…"
            ),
            explained,
        ),
        Sub(Usage("ack [ID]", "take it", "Acknowledge…"), acknowledge),
        Sub(Usage("unack [ID]", "give it back, whoever holds it: it calls again", "Give back…"), give_back),
        Sub(Usage("resolve [ID]", "end it", "Resolve…"), resolve),
        Sub(
            Usage("silence [ID | matchers | new]", "keep alerts quiet, with a look back first", "Silence…"),
            silence,
        ),
        Sub(Usage("silence list", "what is kept quiet, by whom and why", "Silences"), silence),
        Sub(Usage("noise [ID]", "say that it was noise, and why", "Noise…"), verdicts.noise),
        Sub(Usage("page [ID] [whom] [what for]", "call somebody by hand", "Call somebody…"), verdicts.call),
    ),
)
ACTIONS: dict[str, Handler] = {Action.ALERT_MORE: more}
