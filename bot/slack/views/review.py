"""The weekly failure review: its message, its cards, and the form that confirms a failure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeGuard

from bot.slack.escape import escape, inline, link
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views import slices
from bot.slack.views.colors import GOOD, QUIET, WAITING, WRONG
from bot.slack.views.parts import (
    actions,
    button,
    context,
    day,
    modal,
    option,
    plural,
    section,
    select_input,
    text_input,
    when,
)
from bot.slack.views.people import People
from core.config.metric import Task, in_unit
from core.config.pipeline import Pipeline
from core.evaluation.review import FailureMode
from core.evaluation.tables import CardStatus, EvaluationSlice, Review, ReviewCard, ReviewStatus

COLORS = {CardStatus.OPEN: WAITING, CardStatus.CONFIRMED: WRONG, CardStatus.DISMISSED: QUIET}
SHOWN_FEATURES = 20


def message(review: Review, pipeline: Pipeline | None, cards: Sequence[ReviewCard]) -> Rendered:
    """The week's review: how many were wrong, and how far the cards are."""
    name = inline(pipeline.title if pipeline else review.pipeline, 80)
    left = sum(1 for card in cards if card.status == CardStatus.OPEN)
    wrong = f"{review.wrong:,} of {plural(review.judged, 'judged prediction')} were wrong."
    if _of_numbers(pipeline):
        wrong = f"The largest errors of {plural(review.judged, 'judged prediction')}."
    todo = f"{left} of {plural(len(cards), 'card')} to go, one at a time in the thread."
    if not left:
        todo = "All cards are decided."
    if not cards:
        todo = "There is nothing to look at."
    blocks = [
        section(f"*{name}: failure review*\n{wrong} {todo}"),
        context(_week(review)),
    ]
    color = GOOD if review.status == ReviewStatus.DONE else WAITING
    return Rendered(f"{name}: failure review. {todo}", blocks, color)


def _week(review: Review) -> str:
    """`Mon 4 Feb 2013 to Sun 10 Feb 2013`: the days that it is about; the end is where the next week begins."""
    return f"{day(review.week_start)} to {day(review.week_end - timedelta(days=1))}"


def card(
    card: ReviewCard,
    total: int,
    saved: EvaluationSlice | None,
    people: People,
    pipeline: Pipeline | None = None,
) -> Rendered:
    """One wrong prediction: what the model saw, what it said, and what was true."""
    was, told = (inline(slices.outcome(each, pipeline), 80) for each in (card.label, card.prediction))
    score = "" if card.score is None else f" with score {card.score:.2f}"
    off = f", off by {in_unit(abs(card.label - card.prediction), pipeline.unit)}" if _of_numbers(pipeline) else ""
    said = f"Predicted *{told}*{score}; it was *{was}*{inline(off, 80)}."
    head = f"*{card.position} of {total}* · {inline(card.entity, 120)} · {when(card.predicted_at)}\n{said}"
    blocks = [section(head), *_features(card.features), *_decision(card, saved, people)]
    return Rendered(
        f"Wrong prediction {card.position} of {total}: {inline(card.entity, 80)}",
        blocks,
        COLORS[CardStatus(card.status)],
    )


def _of_numbers(pipeline: Pipeline | None) -> TypeGuard[Pipeline]:
    """Whether predictions are numbers, which are not wrong but off."""
    return pipeline is not None and pipeline.task is Task.REGRESSION


def _features(features: Mapping[str, Any]) -> list[Json]:
    """The features that the model saw, in one paragraph."""
    told = [f"{inline(name, 60)} *{slices.figure(value)}*" for name, value in features.items()]
    more = f" · {len(told) - SHOWN_FEATURES} more" if len(told) > SHOWN_FEATURES else ""
    return [section(" · ".join(told[:SHOWN_FEATURES]) + more)] if told else []


def _value(value: Any) -> str:
    return "missing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _decision(card: ReviewCard, saved: EvaluationSlice | None, people: People) -> list[Json]:
    if card.status == CardStatus.OPEN:
        return [
            actions(
                card.message,
                button("Confirm…", Action.CONFIRM_CARD, card.id, style="primary"),
                button("Dismiss", Action.DISMISS_CARD, card.id),
            )
        ]
    by = people.mention(card.decided_by)
    if card.status == CardStatus.DISMISSED:
        return [context(f"Dismissed by {by}.")]
    slice_text = (
        f" Saved as slice *{inline(saved.name, 80)}* v{saved.version}, reported from now on." if saved else ""
    )
    return [context(f"{inline(card.failure_mode or 'Confirmed', 120)}, says {by}.{slice_text}")]


def form(
    card: ReviewCard, suggested: Mapping[str, Any], columns: Sequence[str], pipeline: Pipeline | None = None
) -> Json:
    """The form that confirms a failure: its mode, and the slice that every later evaluation shall report."""
    modes = [option(mode.value, mode.name) for mode in FailureMode]
    where = "\n".join(f"{name} = {_value(value)}" for name, value in suggested.items())
    name = ", ".join(f"{key} {_value(value)}" for key, value in suggested.items())
    was, told = (inline(slices.outcome(each, pipeline), 80) for each in (card.label, card.prediction))
    blocks = [
        section(f"*{inline(card.entity, 120)}*: predicted {told}, was {was}."),
        select_input(Field.FAILURE_MODE, "Why did it fail?", modes),
        text_input(
            Field.SLICE_NAME, "Track predictions like it as the slice", initial=name, optional=True, most=80
        ),
        text_input(
            Field.SLICE_WHERE, "Rows where (one “feature = value” a line)", initial=where, long=True, optional=True
        ),
        context("Features: " + escape(", ".join(columns[:40]))),
    ]
    return modal(Callback.CONFIRM_CARD, "Confirm the failure", blocks, submit="Confirm", data=str(card.id))


def _to_go(left: int, address: str | None) -> str:
    return link(address, plural(left, "card")) if address else plural(left, "card")


def open_reviews(
    reviews: Sequence[tuple[Review, int, str | None]], titles: Mapping[str, str], coming: Mapping[str, str]
) -> Rendered:
    """Reviews with the number of their cards that nobody has decided, and the address of their thread; `coming` says
    by pipeline when the first will be."""
    if not reviews:
        lines = [f"• {inline(titles[name], 80)}: {inline(at, 80)}" for name, at in coming.items()]
        return Rendered("No reviews yet.", [section("\n".join(["*No reviews yet.* They come", *lines]))])
    lines = [
        f"• *{inline(titles.get(review.pipeline, review.pipeline), 80)}*, {_week(review)}: "
        + (f"{_to_go(left, address)} to go" if left else "done")
        for review, left, address in reviews
    ]
    return Rendered("Failure reviews", [section("*Failure reviews*\n" + "\n".join(lines))])
