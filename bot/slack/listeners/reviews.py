"""`/review` and the cards of a failure review."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners.commands import Command, Sub
from bot.slack.listeners.named import NO_PIPELINES
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import review as views
from bot.slack.views.help import Usage
from core.decision import Decision
from core.evaluation import store
from core.evaluation.review import CardFinding, FailureMode
from core.evaluation.tables import Review
from workflows import review as workflow

NOT_REVIEWED = "No pipeline has a failure review: `review` in its pipeline.yaml asks for one."
LARGEST = 2.0**53
"""Beyond it, floating-point numbers skip whole ones, so that equality means nothing."""


async def list_open(request: Request, _args: str) -> None:
    def work(session: Session) -> list[tuple[Review, int, str | None]]:
        return [
            (each, len(store.open_cards(session, each.id)), request.deps.address(session, each.message))
            for each in store.reviews(session)
        ]

    found = await request.deps.database.fetch(work)
    pipelines = request.deps.config.pipelines.values()
    if not found and not any(each.review for each in pipelines):
        await request.tell(Rendered(NOT_REVIEWED if pipelines else NO_PIPELINES))
        return
    titles = {each.pipeline: each.title for each in pipelines}
    coming = {each.pipeline: each.review.schedule.spoken for each in pipelines if each.review}
    await request.tell(views.open_reviews(found, titles, coming))


async def dismiss(request: Request) -> None:
    await request.decide(lambda session: _decide(session, request, request.number, None))


async def confirm(request: Request) -> None:
    """The form, with a slice that this prediction may stand for."""
    form = await request.deps.database.fetch(lambda session: _form(session, request))
    if form is None:
        await request.tell(Rendered("This card is gone."))
    else:
        await request.open(form)


def _form(session: Session, request: Request) -> Json | None:
    card = store.get_card(session, request.number)
    if card is None:
        return None
    config, week = request.deps.config, store.get_review(session, card.review_id)
    pipeline = config.pipelines.get(week.pipeline) if week else None
    return views.form(card, workflow.suggest_slice(session, config, card), list(card.features), pipeline)


async def confirmed(request: Request) -> None:
    """Save the finding; a slice that cannot be read is explained next to its field."""
    card_id = request.form_number
    values = inbound.entered(request.body)
    card = await request.deps.database.fetch(lambda session: store.get_card(session, card_id))
    where, problem = read_where(values.get(Field.SLICE_WHERE, ""), card.features if card else {})
    name = values.get(Field.SLICE_NAME)
    if name and not where and not problem:
        problem = "A named slice needs at least one line such as “origin = EWR”."
    if problem:
        request.errors = {Field.SLICE_WHERE: problem}
        return
    mode = FailureMode.__members__.get(values.get(Field.FAILURE_MODE, ""))
    finding = CardFinding(mode.value if mode else "", name, where if name else {})
    await request.decide(lambda session: _decide(session, request, card_id, finding))


def _decide(session: Session, request: Request, card_id: int, finding: CardFinding | None) -> Decision:
    return workflow.decide_card(
        session, request.deps.config, card_id, finding, request.person, request.actor, request.now
    )


def read_where(text: str, features: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """`feature = value` lines as values of the kinds that the card's own features have, or what is wrong with them."""
    where: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not value:
            return {}, f"“{line[:60]}” is not of the form “feature = value”."
        if name not in features:
            return {}, f"There is no feature “{name[:60]}”."
        try:
            where[name] = _typed(value, features[name])
        except ValueError:
            return {}, f"“{value[:60]}” is not a number, and {name} is one."
    return where, ""


def _typed(value: str, like: Any) -> Any:
    if value.lower() == "missing":
        return None
    if isinstance(like, bool):
        return value.lower() in ("true", "yes", "1")
    if isinstance(like, int | float):
        return _number(value, whole=isinstance(like, int))
    return value


def _number(text: str, *, whole: bool) -> int | float:
    """A number that Parquet, JSON and both databases can compare with; ValueError otherwise."""
    number = float(text)
    if not abs(number) <= LARGEST:
        raise ValueError(f"{text} is out of range")
    return int(number) if whole and number.is_integer() else number


COMMAND = Command(
    "/review",
    "the weekly failure reviews",
    (Sub(Usage("list", "reviews and how many of their cards are left", "Reviews"), list_open),),
)
ACTIONS: dict[str, Handler] = {Action.CONFIRM_CARD: confirm, Action.DISMISS_CARD: dismiss}
SUBMISSIONS: dict[str, Handler] = {Callback.CONFIRM_CARD: confirmed}
