"""`/alerts list`: the words that narrow it down, and one page of what they ask for."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.escape import code, escape
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import lists
from bot.slack.views.help import meant
from bot.slack.views.state import GroupState
from core.alerts import asking, store
from core.alerts.asking import Asked, AskedError
from core.alerts.tables import AlertGroup
from core.nearest import nearest
from workflows.rota import rotas


async def listed(request: Request, args: str) -> None:
    zone = request.person.timezone if request.person else "UTC"
    try:
        asked = asking.parse(args, request.deps.config.pipelines, request.now, zone, request.deps.config.team)
    except AskedError as error:
        await request.tell(meant(escape(str(error)), [f"/alerts list {each}" for each in error.meant]))
        return
    states, total, asked = await request.deps.database.fetch(lambda session: _listed(session, request, asked))
    if total == 0 and asked.pipeline and asked.pipeline not in request.deps.config.pipelines:
        await request.tell(_no_pipeline(request, asked.pipeline, args))
    else:
        await request.tell(lists.asked(states, total, asked, request.people))


async def named(request: Request, text: str) -> bool:
    """The alerts that all of these words name; False where there is none."""
    try:
        asked = asking.parse(text, request.deps.config.pipelines, team=request.deps.config.team)
    except AskedError:
        return False
    states, total, asked = await request.deps.database.fetch(lambda session: _listed(session, request, asked))
    if total and asked.named:
        await request.tell(lists.asked(states, total, asked, request.people))
    return bool(total and asked.named)


async def mine(request: Request, args: str) -> None:
    await listed(request, f"mine {args}")


def _no_pipeline(request: Request, name: str, args: str) -> Rendered:
    """An empty list would look like peace."""
    typed = next(word for word in args.split() if word.lower() == f"pipeline={name}")
    near = nearest(name, request.deps.config.pipelines)
    commands = [f"/alerts list {asking.mended(args, typed, f'pipeline={each}')}" for each in near]
    return meant(f"There is no pipeline {code(name, 60)}.", commands)


def _listed(session: Session, request: Request, asked: Asked) -> tuple[list[GroupState], int, Asked]:
    """The groups of a page, how many there are, and what was asked for: the last page where that one is not there."""
    groups, total = found(session, request, asked, lists.SHOWN)
    last = max(1, -(-total // lists.SHOWN))
    if asked.page > last:  # there were more when somebody saw that page
        asked = replace(asked, page=last)
        groups, total = found(session, request, asked, lists.SHOWN)
    return [load.group_state(session, request.deps.config, group, 1) for group in groups], total, asked


def found(session: Session, request: Request, asked: Asked, limit: int) -> tuple[Sequence[AlertGroup], int]:
    """The first groups that whoever asks wants, and how many there are."""
    config, person, now = request.deps.config, request.actor, request.now
    on_call = [each.rotation.id for each in rotas(session, config, now) if each.at(now).primary == person]
    return store.find_groups(session, asked, person, on_call, now, limit)
