"""A shadow's way to being on call: how far it is, and the question whether its next stage begins."""

from collections.abc import Sequence

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import actions, button, confirm, context, plural, section, when
from bot.slack.views.people import People
from bot.slack.views.rota_forms import take_stage_back
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.oncall.learning import Stage
from core.oncall.progress import Progress
from core.oncall.rota_tables import ShadowStep, StepStatus

SHOWN = 10


def progress(found: Sequence[tuple[Rotation, Progress]], people: People) -> list[Json]:
    """One section for each plan."""
    blocks = [
        section(f"*{people.mention(p.plan.person)}, {inline(r.title, 80)}*\n{_far(p, people)}") for r, p in found
    ]
    more = [context(f"… and {len(found) - SHOWN} more")] if len(found) > SHOWN else []
    return [*blocks[:SHOWN], *more]


def _far(progress: Progress, people: People) -> str:
    if progress.stage is Stage.READY:
        return f"Ready since {when(progress.since)}: on call like everybody."
    bar = "●" * min(progress.done, progress.needed) + "○" * max(0, progress.needed - progress.done)
    what = "gone along with" if progress.stage is Stage.SHADOW else "had as primary"
    done = f"{progress.done} of {plural(progress.needed, 'shift')} {what}"
    pages = f"{plural(progress.pages, 'page')} {'seen' if progress.stage is Stage.SHADOW else 'answered for'}"
    asked = " That is asked for." if progress.asked else ""
    asked = f" It begins {when(progress.begins)}." if progress.begins else asked
    return f"{bar}  {done}, {pages}.\n{_now(progress, people)} {_then(progress, people)}{asked}"


def _now(progress: Progress, people: People) -> str:
    if progress.stage is Stage.SHADOW:
        return "Goes along as shadow, and is not relied on."
    return f"Primary, with {_behind(progress.plan, people)} behind them."


def _then(progress: Progress, people: People) -> str:
    if progress.following is Stage.BACKED:
        count = plural(progress.plan.backed_shifts, "shift")
        return f"Then primary for {count}, with {_behind(progress.plan, people)} behind them."
    return "Then on call like everybody."


def _behind(plan: Shadowing, people: People) -> str:
    return people.mention(plan.mentor) if plan.mentor else "the next of the rotation"


def message(step: ShadowStep, plan: Shadowing | None, rotation: Rotation | None, people: People) -> Rendered:
    """The question, with its two buttons while it is open, and who answered afterwards."""
    name = inline(rotation.title if rotation else step.rotation, 80)
    blocks = [section(f"*{name}*: {question(step, plan, people)}")]
    text = f"{name}: {people.name(step.person)} and on-call"
    if step.status == StepStatus.ASKED:
        note = "It begins with the rotation's next shift. Until somebody approves, nothing changes."
        return Rendered(text, [*blocks, buttons(step, people), context(note)])
    who = people.mention(step.decided_by)
    if step.status == StepStatus.NOT_YET:
        return Rendered(text, [*blocks, context(f"{who}: not yet. It is asked again after another shift.")])
    start = f" from {when(step.starts_at)} on" if step.starts_at else ""
    if step.status == StepStatus.TAKEN_BACK:
        taken = people.mention(str(step.evidence.get("taken_back_by", "")))
        return Rendered(text, [*blocks, context(f"{who} approved{start}; {taken} took it back.")])
    again = actions(f"{step.message}:approved", take_stage_back(step, people))
    return Rendered(text, [*blocks, context(f"{who} approved{start}."), again])


def question(step: ShadowStep, plan: Shadowing | None, people: People) -> str:
    """What they have done, and what would come."""
    done, pages = int(step.evidence.get("done", 0)), int(step.evidence.get("pages", 0))
    who = people.mention(step.person)
    if step.evidence.get("from") == Stage.SHADOW:
        had = f"{who} went along with {plural(done, 'shift')} and saw {plural(pages, 'page')}."
    else:
        had = f"{who} had {plural(done, 'shift')} with a backup, and was called for {plural(pages, 'page')}."
    if step.stage == Stage.BACKED and plan is not None:
        count = plural(plan.backed_shifts, "shift")
        return f"{had} Shall they be primary for {count}, with {_behind(plan, people)} behind them?"
    return f"{had} Shall they be on call like everybody?"


def buttons(step: ShadowStep, people: People) -> Json:
    sure = confirm("Approve?", f"{people.name(step.person)} is relied on from the next shift on.", "Approve")
    return actions(
        step.message,
        button("Approve", Action.APPROVE_STAGE, step.id, style="primary", confirm=sure),
        button("Not yet", Action.NOT_YET, step.id),
    )
