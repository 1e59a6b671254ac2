"""Calendars out, how on-call is shared, and what is wrong with a rotation, as people ask for them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from icalendar import Calendar
from starlette.applications import Starlette

from bot.http import calendar
from bot.slack.ids import Action, Field
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from tests.oncall_support import HANDOFF, T0, TEAM
from tests.oncall_support import config as team_config
from tests.scenarios.test_slack_oncall_story import at
from tests.slack_support import AMINA, JONAS, LEO, MAYA, ONCALL, SOFIA, STRANGER, Desk, desk, shown, submit
from workflows import check_rota
from workflows.change_rota import Wish, take

__all__ = ["at"]  # the fixture

HOUR = timedelta(hours=1)


async def test_a_calendar_is_shared_by_a_secret_that_can_be_revoked(at: Desk) -> None:
    web = Starlette(routes=calendar.routes(at.config, at.database, at.clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url=at.deps.url) as client:

        async def shared(user: str, args: str = "") -> str:
            told = await at.slash(user, "/oncall", f"calendar {args}")
            found = re.search(r"http://\S+\.ics", told)
            assert found, told
            return found[0]

        first = await shared(MAYA)
        answer = await client.get(first)
        assert answer.headers["content-type"].startswith("text/calendar")
        events = Calendar.from_ical(answer.content).walk("VEVENT")
        assert HANDOFF in [event["DTSTART"].dt for event in events]
        assert {str(event["SUMMARY"]) for event in events} == {"Flights on-call: Maya Chen"}
        assert {int(event["SEQUENCE"]) for event in events} == {0}
        lengths = {event["DTSTART"].dt.day: event["DTEND"].dt - event["DTSTART"].dt for event in events}
        assert lengths[4] == timedelta(hours=7 * 24 - 1), "New York's clocks go forward on 10 March"
        whole = await shared(MAYA, "flights")
        names = {str(e["SUMMARY"]) for e in Calendar.from_ical((await client.get(whole)).content).walk("VEVENT")}
        assert names == {f"Flights on-call: {name}" for name in ("Amina Diallo", "Jonas Weber", "Maya Chen")}
        second = await shared(MAYA)
        at.do(
            lambda s, c, now: take(
                s, c, Wish("maya", now, now + HOUR, "", "flights"), c.team.person("maya"), "maya", now
            )
        )
        events = Calendar.from_ical((await client.get(second)).content).walk("VEVENT")
        assert {event["LAST-MODIFIED"].dt for event in events} == {T0}
        assert min(int(event["SEQUENCE"]) for event in events) > 0, "calendars see that it is newer"
        assert [(await client.get(url)).status_code for url in (first, second, whole)] == [404, 200, 200]
        await at.click(MAYA, at.workspace.ephemerals(MAYA)[-1], Action.REVOKE_CALENDAR)
        assert "2 calendars revoked" in at.told(MAYA)
        assert (await client.get(second)).status_code == 404
        assert (await client.get(f"{at.deps.url}/calendar/guess.ics")).status_code == 404
    assert "no rotation `ships`" in (await at.slash(MAYA, "/oncall", "calendar ships"))
    assert "Only people of the team" in await at.slash(STRANGER, "/oncall", "calendar")


async def test_the_load_of_the_past_is_shown_and_hostile_periods_are_refused(at: Desk) -> None:
    told = await at.slash(SOFIA, "/oncall", "fairness 1w")
    assert "• *Amina Diallo*: " in told
    assert "hours · " in told
    assert "```" not in told, "a table does not fit on a phone"
    assert "Leo Rossi" not in told, "shadows do not carry it"
    assert "Too short to compare: a round, in which everybody has a turn, takes 21 days" in told
    assert "above an equal share" not in told
    assert "above an equal share" in await at.slash(SOFIA, "/oncall", "fairness next 8w")
    refused = await at.slash(SOFIA, "/oncall", "fairness <!channel>")
    assert "is not a period: write for example 30d or 12w for the past, or next 8w" in refused
    assert "<!channel>" not in at.told(SOFIA)


async def test_nobody_carried_anything_before_the_rotation_began(at: Desk) -> None:
    """It began on 28 January at 09:00 in New York."""
    began = datetime(2013, 1, 28, 14, tzinfo=UTC)
    told = await at.slash(SOFIA, "/oncall", "fairness 12w")
    assert f"*How on-call was shared*, <!date^{int(began.timestamp())}^" in told
    hours = sum(int(each) for each in re.findall(r": (\d+) hours", told))
    assert abs(hours - (at.clock.now() - began) / HOUR) <= 2, "all hours since then, rounded for each person"


async def test_a_check_finds_what_is_wrong_and_a_monday_tells_the_channel_once(at: Desk) -> None:
    assert "Nothing is wrong in sight." in await at.slash(LEO, "/oncall", "check")
    at.do(check_rota.watch)
    for user, who in ((AMINA, "amina"), (JONAS, "jonas"), (MAYA, "maya")):
        await at.slash(user, "/oncall", "away")
        span = {Field.FROM: int(HANDOFF.timestamp()), Field.TO: int((HANDOFF + HOUR).timestamp())}
        assert (await submit(at, user, {Field.PERSON: who, **span})).ok
    assert "nobody is on call from" in await at.slash(LEO, "/oncall", "check")
    at.clock.advance_to(HANDOFF + 2 * HOUR)
    assert at.do(check_rota.watch) == 0, "the gap is over by Monday, ten o'clock"
    at.clock.advance_to(HANDOFF + timedelta(weeks=1, hours=2))
    at.do(lambda s, c, now: check_rota.watch(s, lonely(c), now))
    await at.deliver()
    assert "is alone in it" in shown(at.parent(ONCALL))
    assert at.do(lambda s, c, now: check_rota.watch(s, lonely(c), now)) == 0


def lonely(config: Config) -> Config:
    """The team with one member in its rotation."""
    alone = config.team.rotations[0].model_copy(update={"members": ["maya"]})
    alone.__dict__.pop("stack", None)
    return replace(config, team=config.team.model_copy(update={"rotations": [alone]}))


async def test_who_is_not_in_slack_is_found(sqlite_database: Database, tmp_path: Path) -> None:
    people = [*TEAM["people"], {"id": "gone", "name": "Gone", "slack": "U0GONE"}]
    rotation = {**TEAM["rotations"][0], "members": ["amina", "gone"]}
    config = team_config(people=people, rotations=[rotation])
    async with desk(sqlite_database, config, SimulatedClock(T0), tmp_path) as running:
        told = await running.slash(LEO, "/oncall", "check")
        assert "is not in this Slack workspace" in told
