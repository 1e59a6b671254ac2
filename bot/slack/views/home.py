"""App Home: what concerns this person: what waits for them, what they have, how things stand, their shifts and their
silences."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.escape import code, inline
from bot.slack.ids import Action, numbered
from bot.slack.rendered import Json
from bot.slack.views import approval, evaluation, page_question, shadow, silence, storm, swap
from bot.slack.views.alert import WORDS
from bot.slack.views.parts import (
    actions,
    button,
    context,
    divider,
    header,
    link_button,
    menu_buttons,
    option,
    plural,
    section,
    select,
    when,
)
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.silence_tables import Silence
from core.alerts.tables import GroupStatus
from core.approvals.tables import Approval
from core.config.declared import Person
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.evaluation.tables import Evaluation, Review
from core.oncall.duty import Duty
from core.oncall.notices import Tour
from core.oncall.rota_tables import ShadowStep, Swap
from core.oncall.tables import Page, ShiftHandoff
from core.tickets.tables import Ticket

MY_SHIFTS = (("Swap a shift", "/oncall swap"), ("I am away", "/oncall away"), ("My calendar", "/oncall calendar"))
SHOWN = 5
"""How many of each kind are shown; Slack shows 100 blocks."""

SHIFTS = 4


@dataclass(frozen=True)
class MyShift:
    """A tour of this person in a rotation, and the layer that it is of where that is not the rotation itself. One that
    does not end goes on beyond what was looked at; one that is `running` has begun."""

    rotation: Rotation
    tour: Tour
    layer: str | None
    ends: bool = True
    running: bool = False


@dataclass(frozen=True)
class Standing:
    """How things stand for everybody: who is on call in the first of all `rotations` and who follows, how many alerts
    are open and how many of them unanswered, and how the first of all `pipelines` did last; those of this person come
    first."""

    duties: Sequence[tuple[Rotation, Duty, Duty | None]] = ()
    rotations: int = 0
    open: int = 0
    unanswered: int = 0
    judged: Sequence[tuple[Pipeline, Evaluation]] = ()
    pipelines: int = 0


@dataclass(frozen=True)
class Menu:
    """A slash command with what can be chosen: (label, what it runs)."""

    name: str
    about: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class HomeState:
    """What concerns one person, whom Slack calls `user`: the first of the `waiting` alerts that nobody has answered
    (`calling`), the first of the `holding` that they have (`held`), of the `asking` pages of which they are `asked`
    whether they are still on it, and everything else."""

    person: Person | None
    user: str = ""
    standing: Standing = Standing()
    shifts: Sequence[MyShift] = ()
    calling: Sequence[GroupState] = ()
    waiting: int = 0
    asked: Sequence[tuple[Page, GroupState]] = ()
    asking: int = 0
    held: Sequence[GroupState] = ()
    holding: int = 0
    decide: Sequence[Approval] = ()
    accept: Sequence[ShiftHandoff] = ()
    swaps: Sequence[Swap] = ()
    stages: Sequence[tuple[ShadowStep, Shadowing | None]] = ()
    tickets: Sequence[Ticket] = ()
    reviews: Sequence[tuple[Review, int, str | None]] = ()
    silences: Sequence[Silence] = ()


def view(state: HomeState, config: Config, people: People, menus: Sequence[Menu]) -> Json:
    """The Home tab; below what concerns the person, every command, folded."""
    now = _standing(state.standing, people)
    below = [divider(), actions("commands", *(_menu(each) for each in menus)), context(WAYS)]
    if state.person is None:
        hello = f"You are not in this team’s YAML yet, so you can look, and not act. {_slack_id(state.user)}"
        return {"type": "home", "blocks": [section(hello), *now, *below]}
    mine = [*_mine(state), *now, *_shifts(state, config), *_silences(state, people)]
    return {"type": "home", "blocks": [*_waiting(state, config, people), *mine, *below]}


WAYS = "Forms open here, answers come in Messages. In a channel, type them."


def _slack_id(user: str) -> str:
    return f"Whoever keeps its `team.yaml` adds you with {code(f'slack: {user}')}." if user else ""


def _menu(menu: Menu) -> Json:
    options = [option(label, command) for label, command in menu.choices]
    return select(numbered(Action.MENU, menu.name[1:]), menu.name, options)


def _standing(now: Standing, people: People) -> list[Json]:
    """What somebody wants to know who only looks in."""
    lines = [_on_call(*each, people) for each in now.duties]
    lines += [f"… and {plural(rest, 'more rotation')}"] if (rest := now.rotations - len(now.duties)) > 0 else []
    judged = [f"*{inline(pipeline.title, 80)}*, {evaluation.standing(found)}" for pipeline, found in now.judged]
    judged += [f"… and {plural(rest, 'more pipeline')}"] if (rest := now.pipelines - len(now.judged)) > 0 else []
    listed = button("Show", f"{Action.MENU}:open-alerts", "/alerts list") if now.open else None
    blocks = [section("\n".join(lines))] if lines else []
    blocks += [section("\n".join(judged))] if judged else []
    return [header("Right now"), section(_open_alerts(now), listed), *blocks]


def _open_alerts(now: Standing) -> str:
    if not now.open:
        return "No alert is open."
    waits = f", {now.unanswered:,} of them unanswered" if now.unanswered and now.open > 1 else ""
    waits = ", unanswered" if now.open == now.unanswered == 1 else waits
    return f"*{plural(now.open, 'open alert')}*{waits}"


def _on_call(rotation: Rotation, duty: Duty, following: Duty | None, people: People) -> str:
    with_ = f", {people.mention(duty.shadow)} goes along" if duty.shadow and duty.primary else ""
    then = f"; then {people.mention(following.primary)}" if following else ""
    return f"*{inline(rotation.title, 80)}*: {people.mention(duty.primary)} until {when(duty.end)}{with_}{then}"


def _waiting(state: HomeState, config: Config, people: People) -> list[Json]:
    shown = [
        *_alerts(state.calling, state.waiting, "firing"),
        *_some([_question(*each) for each in state.asked], state.asking),
        *_some([[approval.listed(each, config.pipelines.get(each.pipeline), people)] for each in state.decide]),
        *_some([_handoff(each, config, people) for each in state.accept]),
        *_some([_swap(each, people) for each in state.swaps]),
        *_some([_stage(*each, people) for each in state.stages]),
        *_some([_review(*each, config) for each in state.reviews if each[1]]),
    ]
    return [header("Waits for you"), *(shown or [section("Nothing.")])]


def _some(entries: Sequence[list[Json]], total: int = 0) -> list[Json]:
    """The first few entries, each some blocks, and how many more there are (of a `total`, where not all were read)."""
    rest = max(total, len(entries)) - SHOWN
    more = [context(f"… and {rest:,} more")] if rest > 0 else []
    return [*(block for entry in entries[:SHOWN] for block in entry), *more]


def _alerts(shown: Sequence[GroupState], total: int, stand: str) -> list[Json]:
    """The first of some alerts; where there are more, how many and the way to them."""
    blocks = [block for each in shown for block in _alert(each)]
    if total <= len(shown):
        return blocks
    more = menu_buttons(f"more-{stand}", [(f"All {total:,} …", f"/alerts list mine {stand}")])
    return [*blocks, context(f"… and {total - len(shown):,} more, the most urgent first"), more]


def _alert(state: GroupState) -> list[Json]:
    """An alert with what may be done about it now."""
    group = state.group
    firing = group.status == GroupStatus.FIRING
    facts = f"{WORDS[GroupStatus(group.status)]} · {inline(group.severity, 40)} · since {when(group.opened_at)}"
    return [
        section(f"*{_name(state)}*\n{facts} · alert {group.id}"),
        actions(
            f"home-alert:{group.id}",
            button("Acknowledge", Action.ACKNOWLEDGE, group.id, style="primary") if firing else None,
            None if firing else button("Resolve", Action.RESOLVE, group.id),
            button("Details", Action.ALERT_DETAILS, group.id),
        ),
    ]


def _name(state: GroupState) -> str:
    return storm.title(state.storm) if state.storm else inline(state.group.title, 150)


def _question(page: Page, state: GroupState) -> list[Json]:
    group = state.group
    confirm = button("I am still on it", Action.STILL_ON_IT, group.id, style="primary")
    text = f"*Are you still on it? {_name(state)}*\n{page_question.after(page)}"
    details = button("Details", Action.ALERT_DETAILS, group.id)
    return [section(text), actions(f"home-question:{page.id}", confirm, details)]


def _handoff(handoff: ShiftHandoff, config: Config, people: People) -> list[Json]:
    titles = {each.id: each.title for each in config.team.rotations}
    name = inline(titles.get(handoff.rotation, handoff.rotation), 80)
    name += f", layer {inline(handoff.layer, 40)}" if handoff.layer != handoff.rotation else ""
    accept = button("Accept", Action.ACCEPT_HANDOFF, handoff.id, style="primary")
    return [section(f"*Handoff of {name}*\nFrom {people.mention(handoff.outgoing)}; you take over", accept)]


def _swap(asked: Swap, people: People) -> list[Json]:
    return [section(f"{people.mention(asked.asked_by)} asks you to {swap.terms(asked)}."), swap.buttons(asked)]


def _stage(step: ShadowStep, plan: Shadowing | None, people: People) -> list[Json]:
    return [section(shadow.question(step, plan, people)), shadow.buttons(step, people)]


def _review(review: Review, left: int, address: str | None, config: Config) -> list[Json]:
    """With the way to its cards; where the address of their thread is unknown, to the list."""
    found = config.pipelines.get(review.pipeline)
    name = inline(found.title if found else review.pipeline, 80)
    text = f"*Failure review of {name}*\n{plural(left, 'card')} to go, in its thread"
    listed = button("Show", f"{Action.MENU}:review-{review.id}", "/review list")
    return [section(text, link_button("Show", address or "") or listed)]


def _mine(state: HomeState) -> list[Json]:
    held = _alerts(state.held, state.holding, "acknowledged")
    bugs = _some([_bug(each) for each in state.tickets])
    return [header("Mine"), *held, *bugs] if held or bugs else []


def _bug(ticket: Ticket) -> list[Json]:
    done = button("Close…", Action.CLOSE_TICKET, ticket.id)
    return [section(f"*Bug {ticket.id}* {inline(ticket.title, 150)}", done)]


def _shifts(state: HomeState, config: Config) -> list[Json]:
    """The running shift and the next; nothing for those whom no rotation has."""
    person = state.person.id if state.person else ""
    if not state.shifts and not any(person in [*each.everybody, *each.shadows] for each in config.team.rotations):
        return []
    lines = [_shift(each) for each in state.shifts[:SHIFTS]]
    shown = section("\n".join(lines) if lines else "None in sight.")
    return [header("My shifts"), shown, menu_buttons("my-shifts", MY_SHIFTS)]


def _shift(shift: MyShift) -> str:
    whole, parts = shift.tour.whole, len(shift.tour.stints)
    layer = f", layer {inline(shift.layer, 40)}" if shift.layer else ""
    broken = f", in {parts} parts" if parts > 1 else ""
    name = f"*{inline(shift.rotation.title, 80)}*{layer}, {whole.role}"
    if not shift.ends:
        return f"• {name}: {'since' if shift.running else 'from'} {when(whole.start)}, with no end in sight"
    span = f"*now*, until {when(whole.end)}" if shift.running else f"{when(whole.start)} to {when(whole.end)}"
    return f"• {name}: {span}{broken}"


def _silences(state: HomeState, people: People) -> list[Json]:
    shown = _some([silence.entry(each, people) for each in state.silences])
    return [header("My silences"), *shown] if shown else []
