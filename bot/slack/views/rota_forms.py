"""The forms that change who is on call, and the list of such changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.slack.escape import inline, line
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import (
    button,
    confirm,
    context,
    divider,
    modal,
    option,
    plural,
    section,
    select_input,
    text_input,
    time_input,
    when,
)
from bot.slack.views.people import People
from core.config.declared import Person, Role
from core.config.team import Team
from core.oncall.duty import Duty
from core.oncall.learning import Stage
from core.oncall.rota_tables import Absence, DutyRole, Override, ShadowStep, Swap, SwapStatus

SHOWN = 20
STAGE = "stage"
"""What is taken back of a shadow's plan, where others are override, absence and swap."""

STAGES = {Stage.SHADOW: "shadow", Stage.BACKED: "primary with a backup", Stage.READY: "on call like everybody"}


@dataclass(frozen=True)
class Piece:
    """A stretch of a rotation as a menu hands it back: whose it is, from when to when."""

    rotation: str
    start: datetime
    end: datetime
    person: str

    def __str__(self) -> str:
        return f"{self.rotation}|{self.start.timestamp():.0f}|{self.end.timestamp():.0f}|{self.person}"


OVERRIDE, TAKE, SHADOW, SWAP = "Put somebody on call", "Take a shift", "Go along as shadow", "Swap shifts"
"""Titles of the forms, the same before and after they are filled."""


def looking(title: str) -> Json:
    """What a form shows until the schedule was read."""
    return modal(Callback.DETAILS, title, [section("_Reading the schedule …_")])


def override(
    team: Team, start: datetime, end: datetime, rotation: str, person: Person | None = None, why: str = ""
) -> Json:
    """Put somebody on call from `start` to `end`."""
    rotations, people = [option(each.title, each.id) for each in team.rotations], _people(team, Role.RESPONDER)
    blocks = [
        select_input(Field.ROTATION, "Rotation", rotations, _chosen(rotations, rotation)),
        select_input(Field.PERSON, "Who is on call", people, _chosen(people, person.id if person else "")),
        *_span(start, end),
        _why(why),
    ]
    return modal(Callback.OVERRIDE, OVERRIDE, blocks, submit="Put on call")


def away(team: Team, person: Person | None, start: datetime, end: datetime, why: str = "") -> Json:
    """Say that somebody is away."""
    people = _people(team)
    blocks = [
        select_input(Field.PERSON, "Who is away", people, _chosen(people, person.id if person else "")),
        *_span(start, end),
        _why(why),
        context("Shifts in that time fall to the next in the rotation, who is told."),
    ]
    return modal(Callback.AWAY, "Away", blocks, submit="Say so")


def take(duties: Sequence[Duty], team: Team, person: Person | None, named: Person | None = None) -> Json:
    """Take somebody's shift, the first that is offered unless another is chosen; of whoever was `named`, if they have
    one."""
    form = _choose(Callback.TAKE, TAKE, "Take it", duties, team, person)
    if named is None or any(duty.primary == named.id for duty in duties):
        return form
    return form | {
        "blocks": [section(f"{inline(named.name)} has no shift in sight that you could take."), *form["blocks"]]
    }


def shadow(duties: Sequence[Duty], team: Team, person: Person | None, plans: Sequence[Json] = ()) -> Json:
    """Go along with somebody's shift; above it, how far the `plans` of those who learn are."""
    form = _choose(Callback.SHADOW, SHADOW, "Go along", duties, team, person)
    return form | {"blocks": [*plans, *([divider()] if plans else []), *form["blocks"]]}


def _choose(
    callback: Callback, title: str, submit: str, duties: Sequence[Duty], team: Team, person: Person | None
) -> Json:
    if not duties:
        return modal(callback, title, [section("There is no shift of somebody else in sight.")])
    shifts = _shifts(duties, team, person)
    blocks = [select_input(Field.SHIFT, "Which shift", shifts, shifts[0]), _why(), context(_zone(person))]
    return modal(callback, title, blocks, submit=submit)


def swap(
    mine: Sequence[Duty], others: Sequence[Duty], team: Team, person: Person | None, other: Person | None = None
) -> Json:
    """Offer a shift of one's own for somebody else's; `other` is asked unless somebody else is chosen."""
    if not mine:
        return modal(Callback.SWAP, SWAP, [section("You have no shift in sight to give away.")])
    own = _shifts(mine, team, person, named=False)
    responders = [each for each in _people(team, Role.RESPONDER) if person is None or each["value"] != person.id]
    returned = _shifts(others, team, person)
    blocks = [
        select_input(Field.SHIFT, "Your shift", own, own[0]),
        *([select_input(Field.RETURN, "In return for", returned, optional=True)] if returned else []),
        select_input(
            Field.PERSON,
            "Or, without a return, ask",
            responders,
            _chosen(responders, other.id) if other else None,
            optional=True,
        ),
        _why(),
        context(_zone(person)),
    ]
    return modal(Callback.SWAP, SWAP, blocks, submit="Ask")


def changes(
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    swaps: Sequence[Swap],
    stages: Sequence[ShadowStep],
    imports: Sequence[Json],
    people: People,
) -> Rendered:
    """Everything that is changed, each with a button that takes it back; `imports` are drawn already."""
    lines: list[tuple[str, int, str, Override | Absence | Swap]] = [
        *(("absence", row.id, f"{people.mention(row.person)} is away", row) for row in absences),
        *(("swap", row.id, _swapped(row, people), row) for row in swaps),
        *(("override", row.id, _put(row, people), row) for row in overrides),
    ]
    if not lines and not stages and not imports:
        return Rendered(
            "No changes", [section("The rotations are as declared: nobody is away, nothing is swapped.")]
        )
    blocks = list(imports)
    blocks += [
        section(
            f"{text}, {when(row.starts_at)} to {when(row.ends_at)}{_comment(row.comment)}",
            _take_back(kind, row_id),
        )
        for kind, row_id, text, row in lines
    ]
    blocks += [section(_stage(each, people), take_stage_back(each, people)) for each in stages]
    more = [context(f"… and {len(blocks) - SHOWN} more")] if len(blocks) > SHOWN else []
    return Rendered(f"{plural(len(blocks), 'change')} of the rotations", [*blocks[:SHOWN], *more])


def _stage(step: ShadowStep, people: People) -> str:
    who, by = people.mention(step.person), people.mention(step.decided_by)
    begins = f" from {when(step.starts_at)} on" if step.starts_at else ""
    return f"{who}, {_titled(step.rotation, people)}: {STAGES[Stage(step.stage)]}{begins}, approved by {by}"


def take_stage_back(step: ShadowStep, people: People) -> Json:
    """The button that ends a stage that was approved."""
    text = f"{people.name(step.person)} is what they were before, from now on, and their turns are planned anew."
    return button(
        "Take back", Action.TAKE_BACK, f"{STAGE}:{step.id}", confirm=confirm("Take this back?", text, "Take back")
    )


def _take_back(kind: str, row_id: int) -> Json:
    sure = confirm("Take this back?", "From now on the rotation goes on as if it had not been.", "Take back")
    return button("Take back", Action.TAKE_BACK, f"{kind}:{row_id}", confirm=sure)


def _put(row: Override, people: People) -> str:
    verb = (
        "goes along as shadow in" if row.role == DutyRole.SHADOW else "took" if row.taken else "is put on call in"
    )
    return f"{people.mention(row.person)} {verb} {_titled(row.rotation, people)}"


def _swapped(row: Swap, people: People) -> str:
    verb = "asks for a swap:" if row.status == SwapStatus.ASKED else "swapped with"
    return (
        f"{people.mention(row.asked_by)} {verb} {people.mention(row.asked_of)} in {_titled(row.rotation, people)}"
    )


def _titled(rotation: str, people: People) -> str:
    titles = {each.id: each.title for each in people.team.rotations}
    return inline(titles.get(rotation, rotation), 80)


def _comment(comment: str) -> str:
    return f"\n> {inline(comment)}" if comment else ""


def _shifts(duties: Sequence[Duty], team: Team, person: Person | None, *, named: bool = True) -> list[Json]:
    """Options for duties, in the person's own time, with whose they are where that is `named`; each carries what it
    stands for."""
    zone = ZoneInfo(person.timezone if person else "UTC")
    titles = {rotation.id: rotation.title for rotation in team.rotations}
    options = []
    for duty in duties:
        whose = team.person(duty.primary or "")
        name = f"{line(whose.name) if whose else duty.primary or 'nobody'}: " if named else ""
        span = _in_words(duty.start.astimezone(zone), duty.end.astimezone(zone))
        where = f", {line(titles[duty.rotation])}" if len(titles) > 1 else ""
        options.append(
            option(f"{name}{span}{where}", Piece(duty.rotation, duty.start, duty.end, duty.primary or ""))
        )
    return options


def _in_words(start: datetime, end: datetime) -> str:
    """A stretch on one clock; the day once where it is the same."""
    return f"{start:%a %-d %b %H:%M} to {end:{'%H:%M' if start.date() == end.date() else '%a %-d %b %H:%M'}}"


def _zone(person: Person | None) -> str:
    return f"Times are {inline(person.timezone if person else 'UTC')}."


def _people(team: Team, role: Role | None = None) -> list[Json]:
    """Everybody, or those who have a role: who could only be refused is not offered."""
    return [option(line(each.name), each.id) for each in team.people if role is None or role in each.roles]


def _chosen(options: list[Json], value: str) -> Json | None:
    return next((each for each in options if each["value"] == value), None)


def _span(start: datetime, end: datetime) -> list[Json]:
    return [time_input(Field.FROM, "From (your time)", start), time_input(Field.TO, "To (your time)", end)]


def _why(said: str = "") -> Json:
    return text_input(Field.WHY, "Why", initial=said[:200], optional=True, most=200)
