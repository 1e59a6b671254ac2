"""Models: how they did last, which version serves, what changed, and the form that asks for a rollback."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.escape import escape, inline, link
from bot.slack.ids import Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views import evaluation
from bot.slack.views.parts import context, modal, section, text_input, when
from bot.slack.views.people import People
from core.config.pipeline import Pipeline
from core.evaluation.tables import Evaluation
from core.models.tables import Deployment
from core.models.version import ModelVersion

SHOWN = 5


@dataclass(frozen=True)
class ModelState:
    """A pipeline's versions, newest first, and the changes of its champion, newest first.

    `answering` is the version that serving says it answers with, None when it did not say; `newest` is how the pipeline
    was evaluated last.
    """

    pipeline: Pipeline
    champion: ModelVersion | None
    versions: Sequence[ModelVersion]
    deployments: Sequence[Deployment]
    answering: str | None = None
    newest: Evaluation | None = None


def status(states: Sequence[ModelState], people: People) -> Rendered:
    """How each pipeline did last, its champion, its newest versions and its last changes."""
    lines = [f"{inline(state.pipeline.title, 80)}: {_serving(state)}" for state in states]
    return Rendered("\n".join(lines), [block for state in states for block in _one(state, people)])


def _serving(state: ModelState) -> str:
    """Which version serves, by what serving itself says."""
    if state.champion is None:
        return "nothing serves yet" if state.pipeline.deployment else "its versions are not looked after here"
    champion = f"v{state.champion.version}"
    if state.pipeline.deployment is None:
        return f"{champion} is the champion; nothing says where serving could be asked"
    if state.answering is None:
        return f"{champion} is the champion, but serving did not say which version answers"
    answering = f"v{inline(state.answering, 40)}"
    return (
        f"{champion} serves" if answering == champion else f"{champion} is the champion, but {answering} answers"
    )


def _one(state: ModelState, people: People) -> list[Json]:
    did = f"\n{evaluation.standing(state.newest)}" if state.newest else ""
    shown = [section(f"*{inline(state.pipeline.title, 80)}*: {_serving(state)}{did}")]
    versions = " · ".join(
        f"v{each.version} {'champion' if each.is_champion else each.status.value}"
        for each in state.versions[:SHOWN]
    )
    more = f" · {len(state.versions) - SHOWN} older" if len(state.versions) > SHOWN else ""
    where = state.pipeline.deployment
    asked = link(where.version_url, "ask serving") if where else ""
    shown += [context(versions + more, asked)] if versions else []
    changes = "\n".join(_change(each, people) for each in state.deployments[:SHOWN])
    return [*shown, section(changes)] if changes else shown


def _change(deployment: Deployment, people: People) -> str:
    verb = {"roll_back": "rolled back to", "promote": "promoted to"}.get(deployment.action, "set to")
    by = people.mention(deployment.by)
    return f"• {when(deployment.at)}: {verb} v{deployment.version} by {by}, {escape(deployment.status)}"


def rollback_form(pipeline: Pipeline, current: int, target: int, reason: str, data: str) -> Json:
    """Names what would happen; submitting asks a second person."""
    blocks = [
        section(
            f"Roll back *{inline(pipeline.title, 80)}* from *v{current}* to *v{target}*.\n"
            "Somebody else has to approve it. Then serving is switched, and watched until it answers with "
            f"v{target}."
        ),
        context(escape(reason)),
        text_input(Field.WHY, "Why?", long=True, optional=True),
    ]
    return modal(Callback.ROLL_BACK, "Roll back", blocks, submit="Ask for approval", data=data)
