"""How far a shadow's plan is, counted from what the rota says was, and who may let its next stage begin. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.config.declared import Person, Role
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.decision import Decision, allow, refuse
from core.oncall.duty import Duty
from core.oncall.learning import Stage, next_stage
from core.oncall.rota import Rota
from core.oncall.rota_tables import BEGUN, DutyRole, ShadowStep, StepStatus
from core.oncall.schedule import shift_at, shift_before, shifts_between

SHARE = 0.5
"""Somebody went along with a shift, or had it, who did so for at least this part of it."""


@dataclass(frozen=True)
class Progress:
    """Where `plan` stands: in `stage` since then, with `done` of the `needed` shifts over and `pages` seen in them.

    `version` is that of its last step. The next stage may be `asked` for, or be approved and begin at `begins`;
    `refused_at` is how many shifts were done when the last word was “not yet”.
    """

    plan: Shadowing
    stage: Stage
    since: datetime
    done: int
    pages: int
    version: int
    asked: bool = False
    begins: datetime | None = None
    refused_at: int | None = None

    @property
    def needed(self) -> int:
        """How many shifts the stage takes; 0 when nothing follows."""
        if self.stage is Stage.SHADOW:
            return self.plan.shifts
        return self.plan.backed_shifts if self.stage is Stage.BACKED else 0

    @property
    def following(self) -> Stage | None:
        return next_stage(self.plan, self.stage)


def is_to_be_asked(progress: Progress) -> bool:
    """Whether the next stage is to be proposed: its shifts are done, one more after “not yet”, and nobody asked yet."""
    if progress.following is None or progress.asked or progress.begins:
        return False
    least = progress.needed if progress.refused_at is None else max(progress.needed, progress.refused_at + 1)
    return progress.done >= least


def running(steps: Sequence[ShadowStep], now: datetime) -> ShadowStep | None:
    """The step whose stage runs at `now`; steps are oldest first."""
    begun = [s for s in steps if s.status in BEGUN and s.starts_at is not None and s.starts_at <= now]
    return begun[-1] if begun else None


def turns_held(rota: Rota, person: str, role: DutyRole, since: datetime, now: datetime) -> int:
    """How many turns are over that `person` had in `role` since then, each for at least half of it.

    A shadow's turn is a shift of the rotation; a primary's is one of the layer that decided. What was before `since`
    does not count as held.
    """
    whole: dict[tuple[str, int], timedelta] = {}
    held: dict[tuple[str, int], timedelta] = {}
    for duty in rota.between(reach(rota.rotation, since), now):
        name, layer = _layer(rota, duty, role)
        for turn in shifts_between(layer, duty.start, duty.end):
            if turn.end > now:
                continue
            start, end = max(duty.start, turn.start), min(duty.end, turn.end)
            key = (name, turn.turn)
            whole[key] = whole.get(key, timedelta()) + (end - start)
            if duty.person(role) == person:
                held[key] = held.get(key, timedelta()) + max(timedelta(), end - max(start, since))
    return sum(part >= SHARE * whole[key] for key, part in held.items())


def reach(rotation: Rotation, since: datetime) -> datetime:
    """From when on a rota has to be known to count the turns since then: whole ones."""
    return min(shift_before(layer, shift_at(layer, since)).start for _, layer in rotation.stack)


def looked_again_at(rotation: Rotation, last: datetime) -> datetime:
    """When the next turn of any layer ends after `last`."""
    return min(shift_at(layer, last).end for _, layer in rotation.stack)


def may_decide(step: ShadowStep | None, plan: Shadowing | None, person: Person | None, *, yes: bool) -> Decision:
    """Whether `person` may say if a stage begins: the mentor or an approver, never whoever it is about, and once."""
    if step is None or plan is None:
        return refuse("no_such_step", "There is no such plan any more.")
    if step.status != StepStatus.ASKED:
        said = "said “not yet” to" if step.status == StepStatus.NOT_YET else "approved"
        since = ", and it was taken back since" if step.status == StepStatus.TAKEN_BACK else ""
        return refuse("already_decided", f"{{person:{step.decided_by}}} {said} this already{since}.")
    if person is None:
        return refuse("not_in_team", "Only people of the team can decide this.")
    if person.id == step.person:
        return refuse("own_step", "That is about yourself; somebody else has to say it.")
    if person.id != plan.mentor and Role.APPROVER not in person.roles:
        mentor = f"{{person:{plan.mentor}}} or an approver" if plan.mentor else "an approver"
        return refuse("not_the_mentor", f"Only {mentor} can decide this.")
    if not yes:
        return allow("not_yet", f"{{person:{person.id}}}: not yet. {{person:{step.person}}} goes on as before.")
    return allow("approved", f"{{person:{person.id}}} approved.")


def may_take_back(step: ShadowStep | None, newer: bool, plan: Shadowing | None, person: Person | None) -> Decision:
    """Whether `person` may end a stage that was approved: whoever may approve one, whoever did, and who it is about; of
    the last one only (`newer`: another was approved after it)."""
    if step is None or plan is None or "from" not in step.evidence:
        return refuse("no_such_step", "There is no such stage that somebody approved.")
    if step.status == StepStatus.TAKEN_BACK:
        return refuse(
            "already_taken_back", f"{{person:{step.evidence.get('taken_back_by')}}} took this back already."
        )
    if step.status != StepStatus.APPROVED:
        return refuse("not_approved", "This stage is not approved, so there is nothing to take back.")
    if newer:
        return refuse("later_stage", "A later stage was approved since; take that one back first.")
    if person is None:
        return refuse("not_in_team", "Only people of the team can decide this.")
    concerned = {plan.mentor, step.person, step.decided_by}
    if person.id not in concerned and Role.APPROVER not in person.roles:
        mentor = f"{{person:{plan.mentor}}}, " if plan.mentor else ""
        return refuse(
            "not_the_mentor", f"Only {mentor}{{person:{step.person}}} or an approver can take this back."
        )
    return allow("taken_back", f"{{person:{person.id}}} took it back.")


def _layer(rota: Rota, duty: Duty, role: DutyRole) -> tuple[str, Rotation]:
    name = rota.rotation.id if role is DutyRole.SHADOW else duty.layer or rota.rotation.id
    return name, dict(rota.rotation.stack)[name]
