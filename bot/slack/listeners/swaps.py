"""Swaps of shifts: asked for in a form, answered in direct messages."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.ids import Action, Callback, Field
from bot.slack.listeners import rota, typed_span
from bot.slack.rendered import Json
from bot.slack.request import Request
from bot.slack.views import rota_forms as views
from core import spoken_time
from core.oncall.changes import Stretch
from core.oncall.duty import Duty
from workflows import swap_shifts

OF_THE_OTHER = ("cannot_answer", "still_learning", "not_theirs")
"""Refusals for what is wrong with whoever is asked, or with their shift."""


async def swap(request: Request, args: str) -> None:
    """The form, with one's own shift at the time that is named, and whom is named to ask."""
    person, span = typed_span.meant(request, args)

    def build(session: Session) -> Json:
        duties = rota.coming_duties(session, request)
        mine = [duty for duty in duties if rota.is_mine(duty, request)]
        rotations = {duty.rotation for duty in mine}
        others = [
            duty
            for duty in duties
            if duty.primary and not rota.is_mine(duty, request) and duty.rotation in rotations
        ]
        mine, others = rota.likeliest(mine, None, span), rota.likeliest(others, person, None)
        mine = [*_part(mine, span), *mine]
        return views.swap(mine, others, request.deps.config.team, request.person, person)

    await rota.fill(request, views.SWAP, build)


def _part(mine: Sequence[Duty], span: spoken_time.Stretch | None) -> list[Duty]:
    """The part of one's first shift that was named, as in `swap friday with leo`; none where it is no part of it."""
    if not mine or span is None:
        return []
    start, end = max(span.start, mine[0].start), min(span.end, mine[0].end)
    return (
        [replace(mine[0], start=start, end=end)]
        if start < end < mine[0].end or mine[0].start < start < end
        else []
    )


async def asked(request: Request) -> None:
    """Ask for a swap; whom, follows from the shift in return where one is chosen."""
    values = inbound.entered(request.body)
    give = rota.read_piece(values[Field.SHIFT])
    back = rota.read_piece(values[Field.RETURN]) if Field.RETURN in values else None
    other = values.get(Field.PERSON) or (back.person if back else "")
    if not other:
        request.errors[Field.PERSON] = "Choose a shift in return, or whom to ask."
        return
    if back is not None and back.rotation != give.rotation:
        request.errors[Field.RETURN] = "Both shifts have to be of one rotation."
        return
    offer = swap_shifts.Offer(
        rotation=give.rotation,
        other=other,
        give=Stretch(give.start, give.end),
        back=Stretch(back.start, back.end) if back else None,
        comment=values.get(Field.WHY, ""),
    )
    config = request.deps.config
    decision = await request.run(
        lambda session: swap_shifts.ask(session, config, offer, request.person, request.actor, request.now)
    )
    if not decision.allowed:
        wrong = (Field.RETURN if back else Field.PERSON) if decision.reason in OF_THE_OTHER else Field.SHIFT
        request.errors[wrong] = request.people.named(decision.detail)


async def accept(request: Request) -> None:
    await _answer(request, yes=True)


async def decline(request: Request) -> None:
    await _answer(request, yes=False)


async def _answer(request: Request, *, yes: bool) -> None:
    config = request.deps.config
    await request.decide(
        lambda session: swap_shifts.answer(
            session, config, request.number, request.person, request.actor, request.now, yes=yes
        )
    )


ACTIONS: dict[str, Handler] = {Action.ACCEPT_SWAP: accept, Action.DECLINE_SWAP: decline}
SUBMISSIONS: dict[str, Handler] = {Callback.SWAP: asked}
