"""Forms about alerts: why one was noise, and whom to call."""

from collections.abc import Sequence

from bot.slack.escape import inline
from bot.slack.ids import Callback, Field
from bot.slack.rendered import Json
from bot.slack.views.choosing import named
from bot.slack.views.parts import modal, option, section, select_input, text_input
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.team import Team

NOISE, CALL = "Mark as noise", "Call somebody"
YES, NO = option("Yes", "yes"), option("No, leave it as it is", "no")
SOMETHING_NEW = option("Something new: an alert of its own", "0")


def noise(group: AlertGroup | None, groups: Sequence[AlertGroup]) -> Json:
    """Why a group was noise, and whether that closes it."""
    if group is None and not groups:
        return modal(Callback.DETAILS, NOISE, [section("No alert is open.")])
    what = section(f"*{inline(group.title)}*") if group else _groups(groups)
    blocks = [what, text_input(Field.WHY, "Why is it noise?", long=True, most=500)]
    if group is None or (group.status != GroupStatus.RESOLVED and not group.is_storm):
        blocks.append(select_input(Field.CLOSE, "Resolve it as well?", [YES, NO], YES))
    return modal(Callback.NOISE, NOISE, blocks, submit="Mark", data=str(group.id) if group else "")


def call(
    team: Team,
    group: AlertGroup | None,
    text: str = "",
    groups: Sequence[AlertGroup] = (),
    whom: str | None = None,
) -> Json:
    """Whom to call, and what for: `group`, one of `groups` that can be chosen, or something new.

    `whom` is `person:ID` or `rotation:ID`, if that was said."""
    rotations = [option(f"Whoever is on call: {each.title}", f"rotation:{each.id}") for each in team.rotations]
    people = [option(each.name, f"person:{each.id}") for each in team.people]
    options = [*rotations, *people][:100]
    mine = whom or (f"rotation:{group.rotation}" if group else f"rotation:{team.alerts.rotation}")
    initial = next((each for each in options if each["value"] == mine), options[0])
    about = [section(f"About *{inline(group.title)}*")] if group else []
    if group is None and groups:
        chosen = [SOMETHING_NEW, *_options(groups[:99])]
        about = [select_input(Field.ALERT, "About", chosen, SOMETHING_NEW)]
    blocks = [
        *about,
        select_input(Field.PERSON, "Whom", options, initial),
        text_input(Field.WHY, "What for", initial=text, long=True, most=1_000),
    ]
    return modal(Callback.CALL, CALL, blocks, submit="Call", data=str(group.id) if group else "")


def _groups(groups: Sequence[AlertGroup]) -> Json:
    options = _options(groups[:100])
    return select_input(Field.ALERT, "Which alert", options, options[0])


def _options(groups: Sequence[AlertGroup]) -> list[Json]:
    return [option(named(each), each.id) for each in groups]
