"""`/model` and the form that asks for a rollback."""

import asyncio
import json
from typing import Any

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import escape, inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners import insight, model_runs, named, policies
from bot.slack.listeners.commands import Command, Run, Short, Sub
from bot.slack.listeners.status import PATIENCE_S, status
from bot.slack.render import Renderer
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import approval as approval_views
from bot.slack.views import card as cards
from bot.slack.views import model as views
from bot.slack.views import weekly
from bot.slack.views.help import Usage
from bot.slack.views.parts import modal, section
from core.alerts import store as alerts
from core.approvals import store as approvals
from core.approvals.tables import ApprovalAction
from core.config.named import find_pipelines, names_in, version_in
from core.config.pipeline import Pipeline
from core.decision import Decision
from core.evaluation import store as evaluations
from core.models.registry import Registry, RegistryError
from core.models.rollback import rollback_target
from workflows.card import pipeline_card
from workflows.roll_back import RollbackPlan, request_rollback

LOOKING = "Looking up the versions…"
NOT_DEPLOYED = "its pipeline.yaml has no “deployment”, which says where serving tells its version."


async def card(request: Request, args: str) -> None:
    """Everything about one pipeline; without its version where the registry does not answer in time."""
    pipeline = await named.pipeline(request, args, "card")
    if pipeline is None:
        return
    name, config, now = pipeline.pipeline, request.deps.config, request.now
    champion = await _champion(request, name)
    drawn = await request.deps.database.fetch(lambda session: pipeline_card(session, config, name, champion, now))
    if drawn is not None:
        await request.tell(cards.message(drawn, request.people))


async def _champion(request: Request, pipeline_id: str) -> int | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            champion = await asyncio.to_thread(request.deps.registry.champion, pipeline_id)
    except (RegistryError, TimeoutError):
        return None
    return champion.version if champion else None


async def report(request: Request, args: str) -> None:
    """The last weekly report of a pipeline, told privately."""
    pipeline = await named.pipeline(request, args, "report")
    if pipeline is not None:
        await insight.tell(request, lambda session: _report(session, pipeline))


def _report(session: Session, pipeline: Pipeline) -> Rendered:
    found = evaluations.newest_weekly(session, pipeline.pipeline)
    return weekly.private(found, pipeline) if found else weekly.nothing(pipeline)


async def policy(request: Request, args: str) -> None:
    """From which threshold on a pipeline alerts."""
    pipelines = await named.pipelines(request, args, "/model policy")
    if pipelines:
        await policies.show(request, pipelines)


async def from_command(request: Request, args: str) -> None:
    """The form about the pipeline that is named; a version that is named is compared with the one that it would be."""
    pipeline = await named.pipeline(request, args, "rollback")
    if pipeline is not None and pipeline.deployment is None:
        await request.tell(Rendered(f"{inline(pipeline.title, 80)} cannot be rolled back here: {NOT_DEPLOYED}"))
    elif pipeline is not None:
        await _open(request, pipeline.pipeline, None, version_in(args))


async def from_alert(request: Request) -> None:
    group = await request.deps.database.fetch(lambda session: alerts.get(session, request.number))
    pipeline = request.deps.config.pipelines.get(group.pipeline or "") if group else None
    if group is None or pipeline is None or pipeline.deployment is None:
        await request.tell(Rendered("This alert belongs to no pipeline that could be rolled back."))
    else:
        await _open(request, pipeline.pipeline, group.id)


async def _open(request: Request, pipeline_id: str, group_id: int | None, wanted: int | None = None) -> None:
    """Open the form at once, and fill it when the registry has answered: a trigger lives three seconds. `wanted` is the
    version that was asked for, if one was."""
    view_id = await request.open(modal(Callback.DETAILS, "Roll back", [section(LOOKING)]))
    if view_id is None:
        return
    asked = await request.deps.database.fetch(lambda session: _asked_already(session, request, pipeline_id))
    if asked is not None:
        await request.change(view_id, asked)
        return
    pipeline = request.deps.config.pipeline(pipeline_id)
    try:
        plan = await _plan(request, pipeline_id)
    except RegistryError as error:
        problem = section(f"The model registry does not answer: {escape(str(error))}")
        await request.change(view_id, modal(Callback.DETAILS, "Roll back", [problem]))
        return
    if plan.from_version is None or plan.to_version is None:
        await request.change(
            view_id,
            modal(Callback.DETAILS, "Roll back", [section(escape(plan.reason))]),
        )
        return
    data = json.dumps({"pipeline": pipeline_id, "group": group_id, "to": plan.to_version})
    other = f"You wrote v{wanted}. " if wanted not in (None, plan.to_version) else ""
    form = views.rollback_form(pipeline, plan.from_version, plan.to_version, other + plan.reason, data)
    await request.change(view_id, form)


def _asked_already(session: Session, request: Request, pipeline_id: str) -> Json | None:
    """The request that waits for its decision, with its buttons, or is carried out: a second one could not be made."""
    under_way = approvals.under_way(session, pipeline_id, ApprovalAction.ROLL_BACK)
    if not under_way:
        return None
    first = under_way[0]
    drawn = Renderer(request.deps.config).draw(session, "approval", first.id)
    address = request.deps.address(session, first.message)
    return approval_views.asked_already(first, address, drawn.blocks if drawn else [])


async def submitted(request: Request) -> None:
    """Ask for the approval, if what the person saw is still what would happen."""
    asked = _asked(request)
    why = inbound.entered(request.body).get(Field.WHY, "")
    try:
        async with asyncio.timeout(PATIENCE_S):
            plan = await _plan(request, str(asked.get("pipeline", "")))
    except (RegistryError, TimeoutError):
        request.errors = {Field.WHY: "The model registry does not answer. Please submit again in a moment."}
        return
    if plan.to_version != asked.get("to"):
        request.errors = {Field.WHY: "The champion changed meanwhile. Please close this and start again."}
        return
    group_id = asked.get("group")
    await request.decide(
        lambda session: _request(session, request, plan, group_id if isinstance(group_id, int) else None, why)
    )


def _asked(request: Request) -> dict[str, Any]:
    """What the form says it is about; nothing when somebody else made it."""
    try:
        asked = json.loads(inbound.metadata(request.body))
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _request(session: Session, request: Request, plan: RollbackPlan, group_id: int | None, why: str) -> Decision:
    config, person, actor = request.deps.config, request.person, request.actor
    return request_rollback(session, config, plan, person, actor, group_id, request.now, why)[0]


async def _plan(request: Request, pipeline_id: str) -> RollbackPlan:
    registry = request.deps.registry
    pipeline = request.deps.config.pipelines.get(pipeline_id)
    if pipeline is None:
        return RollbackPlan(pipeline_id, None, None, "There is no such pipeline, so nothing can be rolled back.")
    if pipeline.deployment is None:
        return RollbackPlan(pipeline_id, None, None, f"Nothing can be rolled back here: {NOT_DEPLOYED}")
    return await asyncio.to_thread(lambda: _planned(registry, pipeline_id))


def _planned(registry: Registry, pipeline_id: str) -> RollbackPlan:
    champion = registry.champion(pipeline_id)
    target = rollback_target(registry.versions(pipeline_id), champion)
    return RollbackPlan(
        pipeline_id,
        champion.version if champion else None,
        target.version.version if target.version else None,
        target.detail,
    )


def _about(word: str, answer: insight.Answer) -> Run:
    return insight.about(word, named.pipeline, answer)


def _names_one(request: Request, text: str) -> bool:
    """Whether a pipeline is named without a word before it, or asked about in a sentence."""
    known = request.deps.config.pipelines
    return (
        bool(known) and find_pipelines(known, text) is not None and (_names(request, text) or not names_in(text))
    )


def _names(request: Request, text: str) -> bool:
    """Whether a text is the name of a pipeline, and nothing else."""
    known = request.deps.config.pipelines.values()
    return any(text.casefold() in (each.pipeline, each.title.casefold()) for each in known)


STATUS = (
    *("how", "which", "accuracy", "metric", "metrics", "performance", "health", "champion", "live", "serving"),
    *("version", "versions", "list", "pipelines", "deployments", "history", "registry"),
)
"""What else people say who ask how a model does, and which one it is."""

COMMAND = Command(
    "/model",
    "how models do, their versions, rollbacks and cards",
    (
        Sub(
            Usage("status [pipeline]", "how it did last, which version serves, and what changed", "Status"),
            status,
            STATUS,
        ),
        Sub(
            Usage(
                "slices [pipeline] [3]", "sub-populations that do badly; 3: by up to three attributes", "Slices"
            ),
            insight.slices(named.pipeline),
        ),
        Sub(
            Usage("checks [pipeline]", "what is unusual about the data", "Checks"),
            _about("checks", insight.checks),
            ("drift", "data", "features", "columns"),
        ),
        Sub(
            Usage("slo [pipeline]", "objectives and error budgets", "Objectives"),
            _about("slo", insight.slo),
            ("objective", "objectives", "budget", "budgets", "error"),
        ),
        Sub(
            Usage("labels [pipeline]", "how many are in, how late they come", "Labels"),
            _about("labels", insight.labels),
            ("late", "delay", "coverage"),
        ),
        Sub(Usage("why [pipeline]", "why the last verdict is what it is", "Why?"), _about("why", insight.why)),
        Sub(
            Usage("report [pipeline]", "how the last week went", "Last week"),
            report,
            ("last", "week", "weekly"),
        ),
        Sub(
            Usage("card [pipeline]", "who looks after it, its objective, alerts and bugs", "Card"),
            card,
            ("who", "owner", "owners", "runbook", "about", "info", "show"),
        ),
        Sub(
            Usage("policy [pipeline]", "from which threshold it alerts, and how right that was", "Policy"),
            policy,
            ("threshold", "thresholds", "alerting", "sensitivity"),
        ),
        Sub(
            Usage("evaluate [pipeline]", "evaluate the last window again, with the labels that are in now"),
            model_runs.evaluate,
            ("eval", "evaluation", "run", "reevaluate", "re-evaluate", "recheck"),
        ),
        Sub(
            Usage("retrain [pipeline]", "train a candidate now; somebody else approves it", "Retrain…"),
            model_runs.retrain,
            ("train", "re-train", "retraining", "training", "refit"),
        ),
        Sub(
            Usage("approvals [pipeline]", "what waits for somebody to decide it", "Approvals"),
            model_runs.waiting,
            ("approve", "reject", "promote", "deploy", "release", "ship", "candidate", "pending", "waiting"),
        ),
        Sub(
            Usage("rollback [pipeline]", "ask for a rollback; somebody else approves it", "Roll back…"),
            from_command,
            ("roll", "revert", "undo", "roll-back", "back"),
        ),
    ),
    short=Short(_names_one, status),
    names=_names,
)
ACTIONS: dict[str, Handler] = {Action.ROLL_BACK: from_alert, **model_runs.ACTIONS}
SUBMISSIONS: dict[str, Handler] = {Callback.ROLL_BACK: submitted}
