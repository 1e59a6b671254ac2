"""What is asked for by hand beside the schedules, and what waits for a decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.escape import escape, inline
from bot.slack.ids import Action
from bot.slack.rendered import Rendered
from bot.slack.views import approval
from bot.slack.views.parts import actions, button, confirm, context, menu_buttons, plural, section, when
from bot.slack.views.people import People
from core.approvals.tables import Approval
from core.config.pipeline import Pipeline
from core.evaluation.windows import Window

SHOWN = 15
"""How many requests an answer lists."""


def evaluating(pipeline: Pipeline, window: Window, place: str) -> Rendered:
    """It began; what comes of it is posted as always."""
    span = f"{when(window.start)} to {when(window.end)}"
    said = f"Evaluating {inline(pipeline.title, 80)} again, {span}, with the labels that are in by now."
    return Rendered(f"{said} The result comes {_in(place)}.")


def retraining(pipeline: Pipeline, coming: datetime | None) -> Rendered:
    """What would begin, and the button that begins it."""
    name = inline(pipeline.title, 80)
    asked = (
        f"*Retrain {name} now?* A candidate is trained on what is known now, and compared with the version in "
        "service. Nothing changes there until somebody else approves it."
    )
    schedule = [context(f"By schedule it is retrained {when(coming)}.")] if coming else []
    sure = confirm(
        "Retrain now?", f"{name}. It may take a while, and asks for approval when it is done.", "Retrain"
    )
    begin = button("Retrain now", Action.RETRAIN, pipeline.pipeline, style="primary", confirm=sure)
    return Rendered(f"Retrain {name} now?", [section(asked), *schedule, actions("retrain", begin)])


def retrains(pipeline: Pipeline, place: str) -> Rendered:
    name = inline(pipeline.title, 80)
    return Rendered(f"{name} is being retrained. The candidate, and the request to approve it, come {_in(place)}.")


def waiting(
    found: Sequence[Approval],
    pipelines: Mapping[str, Pipeline],
    coming: Sequence[tuple[Pipeline, datetime]],
    people: People,
) -> Rendered:
    """The requests, each with the button that shows its evidence and decides; where there is none, how one comes."""
    if not found:
        next_ones = [f"{inline(each.title, 80)} is retrained {when(at)}." for each, at in coming[:SHOWN]]
        how = " ".join(["Retraining proposes candidates.", *next_ones]) if coming else ""
        buttons = menu_buttons("menu", [("Retrain…", "/model retrain"), ("Roll back…", "/model rollback")])
        text = "Nothing waits for a decision."
        return Rendered(text, [section(f"*{text}*"), *([context(how)] if how else []), buttons])
    head = f"{plural(len(found), 'request')} to decide"
    more = [context(f"… and {len(found) - SHOWN} more")] if len(found) > SHOWN else []
    asked = [approval.listed(each, pipelines.get(each.pipeline), people) for each in found[:SHOWN]]
    return Rendered(head, [section(f"*{head}*"), *asked, *more])


def _in(channel: str) -> str:
    return f"in <#{escape(channel)}>"
