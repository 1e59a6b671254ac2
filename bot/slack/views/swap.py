"""A swap: the question to the other, and what came of it."""

from bot.slack.escape import inline
from bot.slack.ids import Action
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import actions, button, context, section, when
from bot.slack.views.people import People
from core.config.rotation import Rotation
from core.oncall.rota_tables import Swap, SwapStatus

OUTCOMES = {
    SwapStatus.ACCEPTED: "You accepted.",
    SwapStatus.DECLINED: "You declined; everything stays as it was.",
    SwapStatus.EXPIRED: "Nobody answered in time; everything stays as it was.",
    SwapStatus.WITHDRAWN: "The question was withdrawn.",
}


def message(swap: Swap, rotation: Rotation | None, people: People) -> Rendered:
    """The question with its two buttons while it is open, and its outcome afterwards."""
    name = inline(rotation.title if rotation else swap.rotation, 80)
    asker = people.mention(swap.asked_by)
    comment = f"\n> {inline(swap.comment)}" if swap.comment else ""
    blocks = [section(f"*{name}*: {asker} asks you to {terms(swap)}.{comment}")]
    if swap.status == SwapStatus.ASKED:
        blocks += [buttons(swap), context(f"Please answer by {when(swap.due_at)}.")]
        return Rendered(f"{name}: {people.name(swap.asked_by)} asks you to swap shifts", blocks)
    outcome = OUTCOMES[SwapStatus(swap.status)]
    if swap.status == SwapStatus.ACCEPTED and swap.cancelled_at is not None:
        outcome = f"{people.mention(swap.cancelled_by)} took the swap back."
    return Rendered(f"{name}: swap {swap.status}", [*blocks, context(outcome)])


def terms(swap: Swap) -> str:
    """What is asked for, and what for."""
    give = f"take over {when(swap.starts_at)} to {when(swap.ends_at)}"
    if swap.back_starts_at is None or swap.back_ends_at is None:
        return give
    return f"{give}, and takes {when(swap.back_starts_at)} to {when(swap.back_ends_at)} from you"


def buttons(swap: Swap) -> Json:
    accept = button("Accept", Action.ACCEPT_SWAP, swap.id, style="primary")
    return actions(swap.message, accept, button("Decline", Action.DECLINE_SWAP, swap.id))
