"""What is done to several alerts at once: those that were numbered, or all that words ask for, once they were shown."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.escape import escape
from bot.slack.inbound import number_among
from bot.slack.listeners.alert_lists import found
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import choosing, lists
from bot.slack.views.state import GroupState
from core.alerts import asking
from core.alerts.asking import Asked, AskedError
from core.decision import Decision

ALL = frozenset(("all", "everything", "mine", "my", "both", "them"))
"""Words that mean several; others name one alert first."""

READ = 200
"""How many open alerts are looked through."""


async def asked(request: Request, verb: str, args: str) -> bool:
    """Show all that the words ask for and the verb fits, with a button that does it to these; False where the words
    ask for no list."""
    wanted = _wanted(request, args)
    if wanted is None:
        return False
    states, total = await request.deps.database.fetch(lambda session: _fitting(session, request, verb, wanted))
    await request.tell(lists.sure(verb, states, total, request.people))
    return True


def _wanted(request: Request, args: str) -> Asked | None:
    words = {word.strip(",?!") for word in args.casefold().split()}
    if not words or number_among(args) is not None:
        return None
    zone = request.person.timezone if request.person else "UTC"
    rest = " ".join(word for word in args.split() if word.casefold().strip(",?!") not in ALL - {"mine", "my"})
    try:
        wanted = asking.parse(rest, request.deps.config.pipelines, request.now, zone, request.deps.config.team)
    except AskedError:
        return None
    narrowed = not wanted.named and wanted != Asked()
    return wanted if words & ALL or narrowed else None


def _fitting(session: Session, request: Request, verb: str, wanted: Asked) -> tuple[list[GroupState], int]:
    """The first of them, the most urgent first, and how many there are."""
    groups, _ = found(session, request, replace(wanted, everything=False, page=1), READ)
    fitting = [each for each in groups if choosing.fits(verb, each)]
    shown = fitting[: lists.SHOWN]
    return [load.group_state(session, request.deps.config, each, 1) for each in shown], len(fitting)


def told(request: Request, ids: Sequence[int], decisions: Iterable[Decision]) -> Rendered:
    """What came of each, those together of which the same is said."""
    by_text: dict[str, list[str]] = {}
    for group_id, decision in zip(ids, decisions, strict=True):
        by_text.setdefault(decision.detail, []).append(f"*{group_id}*")
    lines = (f"{', '.join(which)}: {request.people.fill(escape(text))}" for text, which in by_text.items())
    return Rendered("\n".join(lines))
