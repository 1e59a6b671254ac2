"""Shadows' plans: how far each is, the question whether its next stage begins, and the answer."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.audit.tables import GOLDILOCKS
from core.config.declared import Person
from core.config.load import Config
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.decision import Decision, allow
from core.oncall import rota_store, shadow_store
from core.oncall.changes import Stretch, at, named
from core.oncall.learning import EVER, Stage
from core.oncall.progress import (
    Progress,
    is_to_be_asked,
    looked_again_at,
    may_decide,
    may_take_back,
    reach,
    running,
    turns_held,
)
from core.oncall.rota_tables import DutyRole, ShadowStep, StepStatus
from core.oncall.schedule import shift_at
from core.oncall.tables import CallKind
from core.outbox.store import Post, enqueue
from core.runs import store as runs
from workflows.rota_changes import Act, hold, settle

SEEN = timedelta(weeks=26)
"""How far ahead is told whose shifts a new stage moves."""

AGAIN = {Stage.SHADOW: "shadow again", Stage.BACKED: "primary with a backup again"}
WHAT = {Stage.BACKED: "primary with a backup", Stage.READY: "primary like everybody"}


def progress(session: Session, config: Config, now: datetime) -> list[tuple[Rotation, Progress]]:
    """How far every plan is at `now`, counted from the rota and from the pages that were sent."""
    return [
        (rotation, _progress(session, rotation, plan, now))
        for rotation in config.team.rotations
        for plan in rotation.shadowing
    ]


def plan_of(config: Config, step: ShadowStep) -> Shadowing | None:
    """The plan that a step belongs to, while the YAML has it."""
    rotations = (each for each in config.team.rotations if each.id == step.rotation)
    return next((plan for each in rotations for plan in each.shadowing if plan.person == step.person), None)


def propose_due(session: Session, config: Config, now: datetime) -> int:
    """As turns end: write down when a plan began, and ask whether a next stage begins; how many were asked."""
    due = [rotation for rotation in config.team.rotations if rotation.shadowing and _due(session, rotation) <= now]
    for rotation in due:
        rota_store.lock_plan(session, rotation.id)
        runs.set_last_firing(session, _name(rotation), now)
    return sum(_look(session, rotation, plan, now) for rotation in due for plan in rotation.shadowing)


def next_due(session: Session, config: Config) -> datetime | None:
    """When the next turn of somebody who learns ends."""
    return min((_due(session, each) for each in config.team.rotations if each.shadowing), default=None)


def decide(
    session: Session, config: Config, step_id: int, person: Person | None, actor: str, now: datetime, *, yes: bool
) -> Decision:
    """Let a stage begin with the rotation's next shift, or not yet. Whoever decides second is told who was first."""
    found = shadow_store.step(session, step_id)
    concerned = [each for each in config.team.rotations if found is not None and each.id == found.rotation]
    before = hold(session, concerned, now)
    row = shadow_store.lock(session, step_id)
    plan = plan_of(config, row) if row else None
    decision, action = may_decide(row, plan, person, yes=yes), "shadow.approve" if yes else "shadow.not_yet"
    subject = ("shadow_step", step_id)
    if row is None or not before or not decision.allowed:
        audit.record(session, at=now, actor=actor, action=action, subject=subject, decision=decision)
        return decision
    row.status, row.decided_by, row.decided_at = StepStatus.APPROVED if yes else StepStatus.NOT_YET, actor, now
    row.revision += 1
    start = shift_at(before[0].rotation, now).end
    if yes:
        row.starts_at = start
        what = f"{decision.detail} {named(row.person)} is {WHAT[Stage(row.stage)]} from {at(start)} on."
        decision = allow(decision.reason, what)
    session.flush()
    enqueue(session, _message(before[0].rotation, plan, row), now)
    return settle(session, before, [Stretch(start, start + SEEN)], Act(action, subject, actor, decision), now)


def take_back(
    session: Session, config: Config, step_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """End the last stage that was approved: at once if it has begun, and else it never begins. The stage before it goes
    on, and counts anew; a question for the stage after it is answered with “not yet”."""
    found = shadow_store.step(session, step_id)
    concerned = [each for each in config.team.rotations if found is not None and each.id == found.rotation]
    before = hold(session, concerned, now)
    row = shadow_store.lock(session, step_id)
    steps = shadow_store.steps(session, row.rotation, row.person) if row else []
    plan = plan_of(config, row) if row else None
    newer = any(row and each.version > row.version and each.status == StepStatus.APPROVED for each in steps)
    decision, subject = may_take_back(row, newer, plan, person), ("shadow_step", step_id)
    if row is None or plan is None or not before or not decision.allowed:
        audit.record(session, at=now, actor=actor, action="shadow.take_back", subject=subject, decision=decision)
        return decision
    rotation, start = before[0].rotation, max(now, row.starts_at or now)
    changed = [row, *(each for each in steps if each.status == StepStatus.ASKED)]
    _end_stage(session, rotation, plan, row, steps[-1].version, actor, now)
    for each in changed[1:]:
        each.status, each.decided_by, each.decided_at = StepStatus.NOT_YET, actor, now
    for each in changed:
        each.revision += 1
        enqueue(session, _message(rotation, plan, each), now)
    session.flush()
    what = f"{decision.detail} {named(row.person)} is {AGAIN[Stage(row.evidence['from'])]} from {at(start)} on."
    told = allow(decision.reason, what)
    spans = [Stretch(start, start + SEEN)]
    return settle(session, before, spans, Act("shadow.take_back", subject, actor, told), now)


def _end_stage(
    session: Session, rotation: Rotation, plan: Shadowing, row: ShadowStep, last: int, actor: str, now: datetime
) -> None:
    """One that has not begun becomes “not yet”; one that has stays on record, and the one before it follows."""
    if row.starts_at is None or row.starts_at > now:
        row.status, row.starts_at, row.decided_by, row.decided_at = StepStatus.NOT_YET, None, actor, now
        return
    row.status, row.evidence = StepStatus.TAKEN_BACK, {**row.evidence, "taken_back_by": actor}
    again = _row(rotation, plan, last + 1, Stage(row.evidence["from"]), now, StepStatus.APPROVED)
    again.decided_by, again.evidence = actor, {"took_back": row.version}
    session.add(again)


def _look(session: Session, rotation: Rotation, plan: Shadowing, now: datetime) -> int:
    steps = shadow_store.steps(session, rotation.id, plan.person)
    if not steps:
        session.add(_row(rotation, plan, 1, Stage.SHADOW, now, StepStatus.APPROVED))
        session.flush()
        return 0
    found = _progress(session, rotation, plan, now)
    if not is_to_be_asked(found) or found.following is None:
        return 0
    row = _row(rotation, plan, steps[-1].version + 1, found.following, now, StepStatus.ASKED)
    row.evidence = {"done": found.done, "needed": found.needed, "pages": found.pages, "from": found.stage}
    session.add(row)
    session.flush()
    detail = f"{named(plan.person)} has done {found.done} shifts as {found.stage}: {found.following} next?"
    audit.record(
        session,
        at=now,
        actor=GOLDILOCKS,
        action="shadow.ask",
        subject=("shadow_step", row.id),
        decision=allow("shifts_done", detail),
        data=row.evidence,
    )
    enqueue(session, _message(rotation, plan, row), now)
    return 1


def _progress(session: Session, rotation: Rotation, plan: Shadowing, now: datetime) -> Progress:
    steps = shadow_store.steps(session, rotation.id, plan.person)
    step = running(steps, now)
    stage, since = (Stage(step.stage), step.starts_at or now) if step else (Stage.SHADOW, now)
    role, kind = DutyRole.PRIMARY, CallKind.PERSON
    if stage is Stage.SHADOW:
        role, kind = DutyRole.SHADOW, CallKind.SHADOW
    refused = [
        s for s in steps if s.status == StepStatus.NOT_YET and step is not None and s.version > step.version
    ]
    rota = rota_store.rota(session, rotation, reach(rotation, since))
    later = [each for each in steps if each.starts_at is not None and each.starts_at > now]
    return Progress(
        plan=plan,
        stage=stage,
        since=since,
        done=turns_held(rota, plan.person, role, since, now),
        pages=shadow_store.pages_seen(session, rotation.id, plan.person, kind, since),
        version=steps[-1].version if steps else 0,
        asked=any(each.status == StepStatus.ASKED for each in steps),
        begins=later[-1].starts_at if later else None,
        refused_at=refused[-1].evidence.get("done") if refused else None,
    )


def _due(session: Session, rotation: Rotation) -> datetime:
    last = runs.last_firing(session, _name(rotation))
    return looked_again_at(rotation, last) if last else EVER


def _row(
    rotation: Rotation, plan: Shadowing, version: int, stage: Stage, now: datetime, status: StepStatus
) -> ShadowStep:
    begun = status == StepStatus.APPROVED
    return ShadowStep(
        rotation=rotation.id,
        person=plan.person,
        version=version,
        stage=stage,
        status=status,
        evidence={},
        decided_by=GOLDILOCKS if begun else None,
        decided_at=now if begun else None,
        starts_at=now if begun else None,
    )


def _message(rotation: Rotation, plan: Shadowing | None, row: ShadowStep) -> Post:
    """The question, to the mentor alone, or where nobody is named in the rotation's channel."""
    channel = f"@{plan.mentor}" if plan and plan.mentor else rotation.channel
    return Post("shadow_step", row.id, row.message, channel, revision=row.revision)


def _name(rotation: Rotation) -> str:
    return f"shadow:{rotation.id}"
