"""Forms about alerts: which one, why it was noise, and whom to call."""

from collections.abc import Sequence

from bot.slack.escape import inline, line
from bot.slack.ids import Callback, Field
from bot.slack.rendered import Json
from bot.slack.views.parts import modal, option, section, select_input, text_input
from core.alerts.tables import AlertGroup, GroupStatus
from core.config.team import Team

VERBS = {"ack": "Acknowledge", "resolve": "Resolve"}
YES, NO = option("Yes", "yes"), option("No, leave it as it is", "no")


def pick(verb: str, groups: Sequence[AlertGroup]) -> Json:
    """Which of the open groups to acknowledge or resolve."""
    if not groups:
        return modal(Callback.DETAILS, "Alerts", [section("Nothing is open.")])
    return modal(Callback.PICK_ALERT, "Alerts", [_groups(groups)], submit=VERBS[verb], data=verb)


def noise(group: AlertGroup | None, groups: Sequence[AlertGroup]) -> Json:
    """Why a group was noise, and whether that closes it."""
    if group is None and not groups:
        return modal(Callback.DETAILS, "Noise", [section("Nothing is open.")])
    what = section(f"*{inline(group.title)}*") if group else _groups(groups)
    blocks = [what, text_input(Field.WHY, "Why is it noise?", long=True, most=500)]
    if group is None or (group.status != GroupStatus.RESOLVED and not group.is_storm):
        blocks.append(select_input(Field.CLOSE, "Resolve it as well?", [YES, NO], YES))
    return modal(Callback.NOISE, "Mark as noise", blocks, submit="Mark", data=str(group.id) if group else "")


def call(team: Team, group: AlertGroup | None, text: str = "") -> Json:
    """Whom to call, and what for."""
    rotations = [option(f"Whoever is on call: {each.title}", f"rotation:{each.id}") for each in team.rotations]
    people = [option(each.name, f"person:{each.id}") for each in team.people]
    options = [*rotations, *people][:100]
    mine = f"rotation:{group.rotation}" if group else f"rotation:{team.alerts.rotation}"
    initial = next((each for each in options if each["value"] == mine), options[0])
    about = [section(f"About *{inline(group.title)}*")] if group else []
    blocks = [
        *about,
        select_input(Field.PERSON, "Whom", options, initial),
        text_input(Field.WHY, "What for", initial=text, long=True, most=1_000),
    ]
    return modal(Callback.CALL, "Call somebody", blocks, submit="Call", data=str(group.id) if group else "")


def _groups(groups: Sequence[AlertGroup]) -> Json:
    options = [option(f"{each.id}  {line(each.title)[:50]} ({each.status})", each.id) for each in groups[:100]]
    return select_input(Field.ALERT, "Which alert", options, options[0])
