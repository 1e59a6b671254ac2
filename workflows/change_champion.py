"""The run that an approval starts: move the champion's alias, see it in serving, or take it back."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.approvals import store as approvals
from core.approvals.tables import Approval, ApprovalAction
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.clock import SystemClock
from core.config.load import Config
from core.decision import Decision, allow, refuse
from core.models import store as deployments
from core.models.deploy import verify
from core.models.tables import Deployment, DeploymentStatus
from core.models.version import STATUS_TAG, VersionStatus
from workflows.approve import describe, post
from workflows.note import tell
from workflows.ports import Workshop
from workflows.steps import Steps

POLL = timedelta(milliseconds=200)
"""How often serving is asked which version it answers with, until it is the wanted one."""


async def change_champion(steps: Steps, workshop: Workshop, args: dict[str, Any]) -> None:
    """Carry out an approved rollback or promotion and say in its thread what came of it.

    Every step is harmless to repeat: a process that dies anywhere goes on where it was, and what people see
    happens once.
    """
    approval_id = int(args["approval_id"])
    change = await steps("read", lambda: workshop.database.fetch(lambda s: _read(s, workshop.config, approval_id)))
    moved = await steps("move", lambda: asyncio.to_thread(_move, workshop, change))
    if not moved:
        await steps("superseded", lambda: _finish(workshop, approval_id, _superseded(change)))
        return
    await steps("record", lambda: workshop.database.run(lambda s: _record(s, workshop, approval_id)))
    seen = await steps("verify", lambda: _verify(workshop, change))
    if seen["confirmed"]:
        await steps("verified", lambda: _finish(workshop, approval_id, _verified(change)))
        await steps("retire", lambda: asyncio.to_thread(_retire, workshop, change))
        return
    if change["from"] is None:
        await steps("unseen", lambda: _finish(workshop, approval_id, _unseen(change, seen["detail"])))
        return
    await steps("revert", lambda: asyncio.to_thread(_set_champion, workshop, change["pipeline"], change["from"]))
    await steps("reverted", lambda: _finish(workshop, approval_id, _reverted(change, seen["detail"])))


def _read(session: Session, config: Config, approval_id: int) -> dict[str, Any]:
    approval = approvals.get_one(session, approval_id)
    return {
        "action": approval.action,
        "pipeline": approval.pipeline,
        "from": approval.from_version,
        "to": approval.to_version,
        "what": describe(approval, config),
    }


def _move(workshop: Workshop, change: dict[str, Any]) -> bool:
    """Move the alias, unless somebody else moved it since the request: then the evidence is void."""
    champion = workshop.registry.champion(change["pipeline"])
    current = champion.version if champion else None
    if current not in (change["from"], change["to"]):
        return False
    _set_champion(workshop, change["pipeline"], change["to"])
    return True


def _set_champion(workshop: Workshop, pipeline: str, version: int) -> None:
    workshop.registry.set_champion(pipeline, version)


def _retire(workshop: Workshop, change: dict[str, Any]) -> None:
    """A version that was rolled back is no fallback any more; one that was replaced by a better one is."""
    if change["action"] == ApprovalAction.ROLL_BACK:
        workshop.registry.tag(change["pipeline"], change["from"], {STATUS_TAG: VersionStatus.RETIRED.value})


def _record(session: Session, workshop: Workshop, approval_id: int) -> None:
    approval = approvals.get_one(session, approval_id)
    if approval.run_id is None or deployments.by_run(session, approval.run_id):
        return
    session.add(
        Deployment(
            pipeline=approval.pipeline,
            version=approval.to_version,
            previous=approval.from_version,
            action=approval.action,
            at=workshop.clock.now(),
            by=approval.decided_by or GOLDILOCKS,
            run_id=approval.run_id,
        )
    )


async def _verify(workshop: Workshop, change: dict[str, Any]) -> dict[str, Any]:
    """Whether serving came to answer with the wanted version, and what it said instead; in real time."""
    pipeline = workshop.config.pipelines.get(change["pipeline"])
    where = pipeline.deployment if pipeline is not None else None
    if where is None:
        return {
            "confirmed": False,
            "detail": "the YAML does not say any more where serving tells its version",
        }
    seen = await verify(
        workshop.target(where), change["to"], where.timeout, SystemClock(), asyncio.sleep, every=POLL
    )
    return {"confirmed": seen.confirmed, "detail": seen.detail}


async def _finish(workshop: Workshop, approval_id: int, decision: Decision) -> None:
    await workshop.database.run(lambda session: _say(session, workshop, approval_id, decision))


def _say(session: Session, workshop: Workshop, approval_id: int, decision: Decision) -> None:
    now = workshop.clock.now()
    approval = approvals.lock(session, approval_id)
    if approval is None or approval.outcome is not None:
        return
    approval.outcome = decision.reason
    _settle_deployment(session, approval, decision)
    entry = record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action=f"model.{approval.action}",
        subject=("approval", approval.id),
        decision=decision,
    )
    post(session, approval, now)
    tell(session, entry, channel=approval.channel, parent=approval.thread, now=now)


def _settle_deployment(session: Session, approval: Approval, decision: Decision) -> None:
    deployment = deployments.by_run(session, approval.run_id) if approval.run_id else None
    if deployment is not None:
        deployment.status = _STATUS[decision.reason]
        deployment.detail = decision.detail


_STATUS = {
    "verified": DeploymentStatus.VERIFIED,
    "reverted": DeploymentStatus.REVERTED,
    "unseen": DeploymentStatus.MOVED,
}


def _verified(change: dict[str, Any]) -> Decision:
    return allow("verified", f"Done: {change['what']} is verified, serving answers with v{change['to']}.")


def _reverted(change: dict[str, Any], detail: str) -> Decision:
    said = f"Not verified ({detail}), so {change['what']} was undone: the champion is v{change['from']} again."
    return refuse("reverted", said)


def _unseen(change: dict[str, Any], detail: str) -> Decision:
    """A first version that serving does not answer with stays: there is none to go back to."""
    said = f"v{change['to']} is the champion now, and serving has not answered with it yet ({detail}). It stays, since"
    return refuse("unseen", f"{said} there was none before: serving may take it from the registry.")


def _superseded(change: dict[str, Any]) -> Decision:
    return refuse("superseded", f"The champion changed meanwhile, so {change['what']} was not carried out.")
