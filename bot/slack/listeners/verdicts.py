"""Noise, and calls by hand: both ask in a form."""

from collections.abc import Callable, Sequence
from itertools import dropwhile

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import escape
from bot.slack.ids import Action, Callback, Field
from bot.slack.inbound import number_among, number_in
from bot.slack.rendered import Json, Rendered
from bot.slack.request import Request
from bot.slack.views import alert_forms as views
from bot.slack.views.choosing import missing
from bot.slack.views.parts import section
from bot.slack.views.rota_forms import looking
from core.alerts import store
from core.alerts.tables import AlertGroup
from core.config.named import find_person, find_rotation
from workflows.call_by_hand import Call, call_by_hand
from workflows.judge import mark_noise, unmark_noise
from workflows.retention.forgotten import forgotten

INSTEAD = "These are open:"
TO = ("to", "up", "off", "over", "please")
"""Words before whom to call: `wake up jonas`, `pass 3 to jonas`."""

OFFERED = 100
"""How many groups a menu offers; Slack takes no more."""


async def noise(request: Request, args: str) -> None:
    """`/alerts noise [ID]`: the form asks why, and which alert if none was named."""
    await _fill(request, number_among(args), views.NOISE, views.noise)


async def _fill(
    request: Request,
    group_id: int | None,
    title: str,
    form: Callable[[AlertGroup | None, Sequence[AlertGroup]], Json],
) -> None:
    """Open a form at once and fill it then: a trigger lives three seconds, and a storm has much to choose from."""
    view_id = await request.open(looking(title))
    if view_id is None:
        return
    config = request.deps.config
    found, gone = await request.deps.database.fetch(
        lambda session: (_one_or_open(session, group_id), forgotten(session, config, group_id))
    )
    filled = form(*found)
    if group_id is not None and found[0] is None:
        filled["blocks"].insert(0, section(f"{gone or missing(str(group_id))} {INSTEAD}"))
    await request.change(view_id, filled)


def _one_or_open(session: Session, group_id: int | None) -> tuple[AlertGroup | None, list[AlertGroup]]:
    """The group that was named; where there is none, those that can be chosen instead."""
    group = store.get(session, group_id) if group_id is not None else None
    return (group, []) if group is not None else (None, list(store.open_groups(session, limit=OFFERED)))


async def noise_submitted(request: Request) -> None:
    values = inbound.entered(request.body)
    group_id = request.form_number or number_in(values.get(Field.ALERT, "")) or 0
    reason, close = values.get(Field.WHY, ""), values.get(Field.CLOSE) == "yes"
    await request.decide(
        lambda session: mark_noise(
            session, request.deps.config, group_id, reason, close, request.person, request.actor, request.now
        )
    )


async def unmark(request: Request) -> None:
    await request.decide(
        lambda session: unmark_noise(
            session, request.deps.config, request.number, request.person, request.actor, request.now
        )
    )


async def call(request: Request, args: str) -> None:
    """`/alerts page [ID] [person | rotation] [what for]`: the form asks for what was not said."""
    team, text, group_id = request.deps.config.team, args.strip(), number_in(args)
    if group_id is not None:
        text = text.partition(" ")[2].strip()
    text = " ".join(dropwhile(lambda word: word.lower() in TO, text.split()))
    name, _, rest = text.partition(" ")
    person, rotation = find_person(team, name), find_rotation(team, name)
    whom = f"person:{person.id}" if person else f"rotation:{rotation.id}" if rotation else None
    said = rest.strip() if whom else text
    await _fill(request, group_id, views.CALL, lambda group, groups: views.call(team, group, said, groups, whom))


async def called(request: Request) -> None:
    values = inbound.entered(request.body)
    kind, _, name = values.get(Field.PERSON, "").partition(":")
    wanted = Call(
        text=values.get(Field.WHY, ""),
        person=name if kind == "person" else None,
        rotation=name if kind == "rotation" else None,
        group_id=request.form_number or number_in(values.get(Field.ALERT, "")) or None,
    )
    decision = await request.run(
        lambda session: call_by_hand(
            session, request.deps.config, wanted, request.person, request.actor, request.now
        )
    )
    if decision.allowed:
        await request.tell(Rendered(request.people.fill(escape(decision.detail))))
    else:
        await request.refuse(decision.detail)


ACTIONS: dict[str, Handler] = {Action.UNMARK_NOISE: unmark}
SUBMISSIONS: dict[str, Handler] = {Callback.NOISE: noise_submitted, Callback.CALL: called}
