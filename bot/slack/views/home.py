"""App Home: what concerns this person: their shifts, their open alerts, what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json
from bot.slack.views import approval, lists, silence, swap
from bot.slack.views.parts import button, context, divider, header, menu_buttons, plural, section, when
from bot.slack.views.people import People
from bot.slack.views.state import GroupState
from core.alerts.tables import Silence
from core.approvals.tables import Approval
from core.config.load import Config
from core.config.team import Person
from core.evaluation.tables import Review
from core.oncall.rota import Duty
from core.oncall.tables import ShiftHandoff, Swap
from core.tickets.tables import Ticket

COMMANDS = (
    ("Who is on call", "/oncall who"),
    ("Schedule", "/oncall schedule"),
    ("Take a shift", "/oncall take"),
    ("Swap a shift", "/oncall swap"),
    ("I am away", "/oncall away"),
    ("Alerts", "/alerts list"),
    ("Silences", "/alerts silence list"),
    ("Call somebody", "/alerts page"),
    ("Bugs", "/bug list"),
    ("Models", "/model status"),
    ("Reviews", "/review list"),
)
SHOWN = 10


@dataclass(frozen=True)
class HomeState:
    """What concerns one person."""

    person: Person | None
    turns: Sequence[Duty] = ()
    calling: Sequence[GroupState] = field(default_factory=tuple)
    held: Sequence[GroupState] = field(default_factory=tuple)
    decide: Sequence[Approval] = ()
    accept: Sequence[ShiftHandoff] = ()
    swaps: Sequence[Swap] = ()
    tickets: Sequence[Ticket] = ()
    reviews: Sequence[tuple[Review, int]] = ()
    silences: Sequence[Silence] = ()


def view(state: HomeState, config: Config, people: People) -> Json:
    """The Home tab."""
    if state.person is None:
        hello = "You are not in this team's YAML yet, so you can look, and not act."
        blocks = [section(hello), menu_buttons("menu", COMMANDS)]
    else:
        blocks = [*_waiting(state, config, people), *_mine(state, people), *_shifts(state), *_rest(state, config)]
        blocks += [divider(), menu_buttons("menu", COMMANDS)]
    return {"type": "home", "blocks": blocks}


def _waiting(state: HomeState, config: Config, people: People) -> list[Json]:
    shown: list[Json] = [
        *_alerts(state.calling, people),
        *_requests(state, config, people),
        *_handoffs(state, people),
        *_swaps(state, people),
    ]
    return [header("Waits for you"), *(shown or [section("Nothing.")])]


def _alerts(states: Sequence[GroupState], people: People) -> list[Json]:
    return lists.alerts(states[:SHOWN], len(states), people).blocks[1:] if states else []


def _requests(state: HomeState, config: Config, people: People) -> list[Json]:
    return [
        section(
            f"*{approval.title(each, config.pipelines.get(each.pipeline))}*\n"
            f"asked by {people.mention(each.requested_by)}, to be decided until {when(each.due_at)}"
        )
        for each in state.decide[:SHOWN]
    ]


def _handoffs(state: HomeState, people: People) -> list[Json]:
    return [
        section(
            f"*Handoff of {inline(each.rotation, 80)}* from {people.mention(each.outgoing)}",
            button("Accept", Action.ACCEPT_HANDOFF, each.id, style="primary"),
        )
        for each in state.accept[:SHOWN]
    ]


def _swaps(state: HomeState, people: People) -> list[Json]:
    return [
        block
        for each in state.swaps[:SHOWN]
        for block in (
            section(f"{people.mention(each.asked_by)} asks you to {swap.terms(each)}."),
            swap.buttons(each),
        )
    ]


def _mine(state: HomeState, people: People) -> list[Json]:
    held = _alerts(state.held, people)
    bugs = [section(f"*#{ticket.id}* {inline(ticket.title, 150)}") for ticket in state.tickets[:SHOWN]]
    quiet = [block for each in state.silences[:SHOWN] for block in silence.entry(each, people)]
    return [header("Mine"), *held, *bugs, *quiet] if held or bugs or quiet else []


def _shifts(state: HomeState) -> list[Json]:
    if not state.turns or state.person is None:
        return [header("My shifts"), section("None in sight.")]
    lines = [
        f"• {when(turn.start)} to {when(turn.end)}: {'primary' if turn.primary == state.person.id else 'shadow'}"
        f" of {inline(turn.rotation, 80)}"
        for turn in state.turns
    ]
    return [header("My shifts"), section("\n".join(lines))]


def _rest(state: HomeState, config: Config) -> list[Json]:
    open_ones = [(review, left) for review, left in state.reviews if left]
    if not open_ones:
        return []
    lines = [
        f"• {inline(config.pipelines[r.pipeline].title if r.pipeline in config.pipelines else r.pipeline, 80)}: "
        f"{plural(left, 'card')} to go"
        for r, left in open_ones
    ]
    return [
        header("Failure reviews"),
        section("\n".join(lines)),
        context("Their cards are in the channel's thread."),
    ]
