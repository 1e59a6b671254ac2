"""The retraining run: train a candidate, compare it with the champion on the same rows, ask for its promotion."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.approvals import store as approvals
from core.approvals.tables import Approval, ApprovalAction
from core.audit.tables import GOLDILOCKS
from core.config.pipeline import Pipeline, Retraining, Trainer
from core.decision import allow
from core.models.contract import TrainerResult, training_request
from core.models.places import training_folder
from core.models.registry import Registry
from core.models.trainer import TrainerSpec, run_trainer
from core.models.version import TRAINED_UNTIL_TAG
from core.models.windows import training_windows
from core.text import capital
from workflows.approve import Change, ask
from workflows.compare import compare, draw
from workflows.note import record_and_tell
from workflows.ports import Workshop
from workflows.steps import Steps


async def retrain(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Train on what was known at the scheduled instant, register the candidate, and let people decide.

    Each step is harmless to repeat: the run's key makes registering idempotent, and there is one request a
    candidate.
    """
    pipeline, at = workshop.config.pipeline(args["pipeline"]), datetime.fromisoformat(args["at"])
    settings = pipeline.retraining
    if settings is None:  # taken out of the YAML since
        return
    key = f"retrain:{pipeline.pipeline}:{at:%Y%m%dT%H%M}"
    champion = await steps("champion", lambda: asyncio.to_thread(_champion, workshop, pipeline, key))
    trained = await steps("train", lambda: _train(workshop, pipeline, settings, at, key, champion))
    version = await steps("register", lambda: asyncio.to_thread(_register, workshop, pipeline, trained, key))
    verdict = await steps("compare", lambda: asyncio.to_thread(compare, trained, pipeline))
    versions = (champion["version"] if champion else version, version)
    folder = _folder(workshop, key)
    chart = await steps("draw", lambda: asyncio.to_thread(draw, trained, pipeline, versions, folder))
    facts = {"version": version, "champion": champion, "trained": trained, "verdict": verdict, "chart": chart}
    facts["by"] = args.get("by", GOLDILOCKS)
    await steps("propose", lambda: workshop.database.run(lambda s: _propose(s, workshop, pipeline, facts)))


def _folder(workshop: Workshop, key: str) -> Path:
    folder = training_folder(workshop.data, key)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _champion(workshop: Workshop, pipeline: Pipeline, key: str) -> dict[str, Any] | None:
    """The champion's version and a copy of its file, so that the trainer can score both on the same rows."""
    champion = workshop.registry.champion(pipeline.pipeline)
    if champion is None:
        return None
    path = workshop.registry.download(pipeline.pipeline, champion.version, _folder(workshop, key) / "champion")
    return {"version": champion.version, "path": str(path), "trained_until": champion.tags.get(TRAINED_UNTIL_TAG)}


def _instant(champion: dict[str, Any] | None) -> datetime | None:
    until = champion["trained_until"] if champion else None
    return datetime.fromisoformat(until) if until else None


async def _train(
    workshop: Workshop,
    pipeline: Pipeline,
    settings: Retraining,
    at: datetime,
    key: str,
    champion: dict[str, Any] | None,
) -> dict[str, Any]:
    return await train(pipeline, settings, at, _folder(workshop, key), champion)


async def train(
    pipeline: Pipeline,
    settings: Retraining,
    at: datetime,
    folder: Path,
    champion: dict[str, Any] | None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run the trainer as at an instant; its answer as plain values. `champion` has its `version`, `path` and
    `trained_until`; without one nothing is held out. Raises TrainerError."""
    windows = training_windows(at, settings.history, settings.holdout, _instant(champion))
    request = training_request(
        pipeline.pipeline,
        predictions=pipeline.predictions.path,
        labels=pipeline.labels.path or pipeline.predictions.path,
        history=_existing(settings.trainer.history),
        train=windows.train,
        holdout=windows.holdout if champion else None,
        known_at=at,
        output_dir=folder,
        champion=(champion["version"], Path(champion["path"])) if champion else None,
        task=pipeline.task,
        metric=pipeline.metric,
    )
    result = await run_trainer(_spec(settings.trainer), request, progress)
    return result.model_dump(mode="json", by_alias=True)


def _existing(path: str | None) -> Path | None:
    return Path(path) if path and Path(path).is_file() else None


def _spec(trainer: Trainer) -> TrainerSpec:
    return TrainerSpec(trainer.command, Path(trainer.directory).resolve(), trainer.timeout.total_seconds())


def _register(workshop: Workshop, pipeline: Pipeline, trained: dict[str, Any], key: str) -> int:
    return register(workshop.registry, pipeline.pipeline, trained, key, workshop.clock.now())


def register(registry: Registry, pipeline: str, trained: dict[str, Any], key: str, now: datetime) -> int:
    """Keep what a trainer answered as a candidate; its version. The same `key` again changes nothing."""
    result = TrainerResult.model_validate(trained)
    tags = {TRAINED_UNTIL_TAG: result.trained_until.isoformat()} if result.trained_until else {}
    version = registry.register(
        pipeline,
        result.model_path,
        result.metrics,
        tags,
        now,
        requirements=result.requirements,
        key=key,
    )
    return version.version


def _propose(session: Session, workshop: Workshop, pipeline: Pipeline, facts: dict[str, Any]) -> None:
    """Post the comparison with Approve and Reject, once a candidate.

    A candidate without enough held-out rows is shown all the same: people decide, on evidence that says how thin it is.
    So is a first version, which replaces nobody.
    """
    now, champion = workshop.clock.now(), facts["champion"]
    name, version, promote = pipeline.pipeline, facts["version"], ApprovalAction.PROMOTE
    if approvals.latest(session, name, promote, version) is not None:
        return
    approval = ask(
        session,
        workshop.config,
        Change(promote, name, champion["version"] if champion else None, version, _evidence(facts)),
        requested_by=facts["by"],
        channel=pipeline.channel,
        parent=None,
        now=now,
    )
    _explain(session, approval, facts["verdict"], now)


def _evidence(facts: dict[str, Any]) -> dict[str, Any]:
    """What people decide on: the comparison, or that there is none to make."""
    judged = {"gate": facts["verdict"]} if facts["champion"] else {"reason": _first(facts["trained"]["rows"])}
    return {
        **judged,
        "rows": facts["trained"]["rows"],
        "metrics": facts["trained"]["metrics"],
        "trained_until": facts["trained"]["trained_until"],
        "chart": facts["chart"],
    }


def _first(rows: dict[str, int]) -> str:
    counted = ", ".join(f"{count:,} {name}" for name, count in rows.items() if count)
    seen = f" Rows: {counted}." if counted else ""
    return f"No version is in service to compare it with.{seen} Later candidates are compared with this one."


def _explain(session: Session, approval: Approval, verdict: dict[str, Any], now: datetime) -> None:
    first = approval.from_version is None
    found = str(approval.evidence["reason"]) if first else capital(verdict["detail"])
    detail = f"Retrained {approval.pipeline}: v{approval.to_version} is a candidate. {found}"
    decision = allow("no_champion" if first else verdict["reason"], detail)
    place = (approval.channel, approval.thread)
    # Kept in the trail alone: the request's own message says the same.
    record_and_tell(session, "model.propose", ("approval", approval.id), decision, place, now, told=False)
