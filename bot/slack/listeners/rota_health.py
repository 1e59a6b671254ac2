"""`/oncall check` and `/oncall fairness`."""

import asyncio
from datetime import datetime

from slack_sdk.errors import SlackApiError
from sqlalchemy.orm import Session

from bot.slack.fairness_chart import draw
from bot.slack.pictures import Pictures
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.trouble import NETWORK
from bot.slack.views import rota_health as views
from bot.slack.views.parts import picture
from core.config.team import Team
from core.oncall import rota_store, store
from core.oncall.check import unknown_to_slack
from core.oncall.fairness import Share, parse_period, round_of, shares
from core.oncall.notices import stints
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import begins
from workflows import check_rota

CHARTS = "charts"
ASKED = 60
"""How many people Slack is asked about in one check."""


async def check(request: Request, _args: str) -> None:
    """What is wrong with every rotation, and who of it Slack does not know."""
    config, now = request.deps.config, request.now
    found = await request.deps.database.fetch(lambda session: check_rota.check(session, config, now))
    missing = await _missing(request)

    def work(session: Session) -> Rendered:
        rotas = {each.id: rota_store.rota(session, each, now) for each in config.team.rotations}
        whole = [(each, [*had, *unknown_to_slack(rotas[each.id], missing)]) for each, had in found]
        return views.checked(whole, request.people)

    await request.tell(await request.deps.database.fetch(work))


async def fairness(request: Request, args: str) -> None:
    """Who carried how much, as a picture and a table; the picture is left out where it cannot be uploaded."""
    try:
        start, end = parse_period(args, request.now)
    except ValueError as error:
        await request.refuse(str(error))
        return
    start = _counted_from(request.deps.config.team, start)
    if start >= end:
        await request.refuse("nobody's turn begins in that time: every rotation starts later")
        return
    found = await request.deps.database.fetch(lambda session: _shares(session, request, start, end))
    blocks = views.shared(found, (start, end), round_of(request.deps.config.team.rotations), request.people)
    path = request.deps.data / CHARTS / f"fairness-{request.inbound_id}.png"
    named = [(request.people.named(f"{{person:{each.person}}}"), each) for each in found]
    await asyncio.to_thread(draw, named, start, end, path)
    shown = Rendered("How on-call was shared", [picture(path, "Hours on call by person"), *blocks])
    shown = await Pictures(request.client, request.deps.data).place_or_leave_out(shown)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    await request.tell(shown)


def _counted_from(team: Team, start: datetime) -> datetime:
    """`start`, or when the first rotation began if that was later: nobody was on call before."""
    return max(start, min((begins(each) for each in team.rotations), default=start))


def _shares(session: Session, request: Request, start: datetime, end: datetime) -> list[Share]:
    """Of everybody in a rotation; the past by today's YAML and everything that people changed then."""
    team = request.deps.config.team
    rotas = [rota_store.rota(session, each, start) for each in team.rotations]
    held = [
        stint
        for rota in rotas
        for stint in stints(rota.between(max(start, begins(rota.rotation)), end), DutyRole.PRIMARY)
    ]
    inside = {member for each in team.rotations for member in each.everybody}
    zones = {each.id: each.timezone for each in team.people if each.id in inside}
    days = dict.fromkeys(day for each in team.rotations for day in each.days_off)
    return shares(held, zones, days, store.called_between(session, start, end))


async def _missing(request: Request) -> set[str]:
    """The ids of people whom the workspace does not know, or has deactivated; whoever could not be asked about is
    taken to be there."""
    team = request.deps.config.team
    inside = dict.fromkeys(member for each in team.rotations for member in (*each.everybody, *each.shadows))
    missing: set[str] = set()
    for person in [each for each in team.people if each.id in inside][:ASKED]:
        try:
            answer = await request.client.users_info(user=person.slack)
        except SlackApiError as error:
            if error.response.get("error") in ("user_not_found", "user_not_visible"):
                missing.add(person.id)
            continue
        except NETWORK:
            break
        if answer["user"].get("deleted"):
            missing.add(person.id)
    return missing
