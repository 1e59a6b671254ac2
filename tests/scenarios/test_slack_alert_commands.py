"""Every `/alerts` command, by the requests that Slack sends: typed, from a menu, and in forms."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.ids import Action, Callback, Field
from core.alerts import store
from core.audit import store as audit
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import LATENCY, groups, page_of, statuses, webhook
from tests.oncall_support import config as team_config
from tests.retention_support import rounds
from tests.slack_support import (
    JONAS,
    LEO,
    MAYA,
    ONCALL,
    SOFIA,
    STRANGER,
    Desk,
    actions_of,
    desk,
    form_of,
    shown,
    submit,
)
from workflows import respond

HOUR = timedelta(hours=1)
ALERTS = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["alertname", "host"]}


@pytest.fixture
async def at(sqlite_database: Database, clock: SimulatedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Two alerts: one calls, one only posts."""
    async with desk(sqlite_database, team_config(alerts=ALERTS), clock, tmp_path) as running:
        fires(running, host="a")
        fires(running, host="b", severity="warning")
        await running.deliver()
        yield running


def fires(at: Desk, **labels: str) -> None:
    at.do(lambda s, c, now: respond.receive(s, c, [webhook({**LATENCY, **labels}, starts_at=now)], now))


def stand(at: Desk) -> list[str]:
    with at.database.read() as session:
        return statuses(session)


async def test_the_bare_command_opens_a_menu_with_everything(at: Desk) -> None:
    await at.slash(MAYA, "/alerts")
    menu = at.workspace.ephemerals(MAYA)[-1]
    labels = [element["text"]["text"] for element in menu.blocks[-1]["elements"]]
    assert labels[:3] == ["Open alerts", "Mine", "Show…"]
    assert {"Silence…", "Noise…", "Call somebody…", "Help"} <= set(labels)
    helped = await at.slash(MAYA, "/alerts", "help")
    for word in ("list", "show", "why", "ack", "resolve", "silence", "noise", "page"):
        assert f"/alerts {word}" in helped


async def test_list_filters_and_says_what_it_does_not_understand(at: Desk) -> None:
    assert "2 open alerts" in await at.slash(SOFIA, "/alerts", "list")
    assert "1 alert" in await at.slash(SOFIA, "/alerts", "list severity=warning")
    assert "No such alert" in await at.slash(SOFIA, "/alerts", "list older=2h")
    assert "No open alert is yours" in await at.slash(SOFIA, "/alerts", "list mine")
    await at.slash(LEO, "/alerts", "ack 2")
    assert "1 alert" in await at.slash(LEO, "/alerts", "list mine")
    assert "1 alert" in await at.slash(LEO, "/alerts", "list firing newer=1h")
    said = await at.slash(SOFIA, "/alerts", "list loud")
    assert "No such alert: loud." in said


async def test_a_long_list_has_pages(at: Desk) -> None:
    for number in range(45):
        at.clock.advance(timedelta(seconds=4))
        fires(at, host=f"h{number}", severity="info")
    assert "page 1 of 3" in await at.slash(MAYA, "/alerts", "list")
    last = await at.slash(MAYA, "/alerts", "list page=3")
    assert "47 open alerts" in last
    assert "page 3 of 3" in last
    pages = [
        e.get("value") for block in at.workspace.ephemerals(MAYA)[-1].blocks for e in block.get("elements", [])
    ]
    assert "/alerts list page=2" in pages
    assert "/alerts list page=4" not in pages


async def test_ack_and_resolve_by_typing_and_by_picking(at: Desk) -> None:
    assert f"<@{MAYA}> acknowledged" in await at.slash(MAYA, "/alerts", "ack 1")
    assert f"<@{MAYA}> has acknowledged this already" in await at.slash(JONAS, "/alerts", "ack #1")
    await at.slash(JONAS, "/alerts", "resolve")
    await at.click(JONAS, at.workspace.ephemerals(JONAS)[-1], Action.ALERT_MORE, "resolve:2")
    assert stand(at) == ["acknowledged", "resolved"]
    assert "role" in await at.slash(SOFIA, "/alerts", "resolve 1")
    assert stand(at)[0] == "acknowledged"
    told = await at.slash(MAYA, "/alerts", "ack 99")
    assert "There is no alert *99*. *No alert waits for somebody" in told


async def test_why_tells_the_story_in_the_order_of_time(at: Desk) -> None:
    at.clock.advance(timedelta(minutes=3))
    await at.slash(MAYA, "/alerts", "ack 1")
    await at.slash(SOFIA, "/alerts", "resolve 1")
    told = await at.slash(LEO, "/alerts", "why 1")
    order = ["catch_all", "labels", "severity_pages", "opened", "acknowledged", "role_missing"]
    places = [told.index(f"`{name}`") for name in order]
    assert places == sorted(places)
    assert f"Refused to <@{SOFIA}>: Only people with the role" in told
    assert f"<@{MAYA}> holds it, so nobody else is called. `held`" in told
    assert "Called <@" in told
    assert "severity_waits" in await at.slash(LEO, "/alerts", "why 2")
    assert "There is no alert *99*." in await at.slash(LEO, "/alerts", "why 99")


async def test_why_also_foretells(at: Desk) -> None:
    told = await at.slash(LEO, "/alerts", 'why pipeline=flights severity="warning"')
    assert "names “Flight delays”: to #flights-model" in told
    assert "severity_waits" in told


async def test_noise_asks_for_a_reason_and_stays_on_record(at: Desk) -> None:
    message = at.workspace.messages(ONCALL)[0]
    await at.click(MAYA, message, Action.ALERT_MORE, "noise:1")
    assert form_of(at, MAYA)["callback_id"] == Callback.NOISE
    assert not (await submit(at, MAYA, {})).ok, "a reason is asked for"
    assert (await submit(at, MAYA, {Field.WHY: "fires at every deploy"})).ok
    assert stand(at) == ["resolved", "firing"]
    assert f"Noise, says <@{MAYA}>: fires at every deploy" in await at.slash(JONAS, "/alerts", "show 1")
    assert any("marked this as noise" in reply for reply in at.replies(ONCALL, message))
    await at.slash(JONAS, "/alerts", "noise 1")
    again = await submit(at, JONAS, {Field.WHY: "me too"})
    assert "Maya Chen has marked this as noise already" in str(again.errors)
    await at.click(JONAS, at.parent(ONCALL, 0), Action.UNMARK_NOISE)
    with at.database.read() as session:
        assert store.verdict(session, 1) is None
        entries = audit.of(session, "alert_group", 1)
    trail = [(e.action, e.actor, e.allowed) for e in entries if "noise" in e.action]
    assert trail == [
        ("alert.mark_noise", "maya", True),
        ("alert.mark_noise", "jonas", False),
        ("alert.unmark_noise", "jonas", True),
    ]
    assert Action.UNMARK_NOISE not in actions_of(at.parent(ONCALL, 0))


@pytest.mark.parametrize("user", [SOFIA, STRANGER])
async def test_nobody_without_the_role_marks_silences_or_calls(at: Desk, user: str) -> None:
    await at.slash(user, "/alerts", "noise 1")
    assert (await submit(at, user, {Field.WHY: "x"})).errors
    await at.workspace.close(user, form_of(at, user)["id"])
    await at.slash(user, "/alerts", "silence 1")
    assert (await submit(at, user, {Field.WHY: "x"})).errors
    await at.workspace.close(user, form_of(at, user)["id"])
    await at.slash(user, "/alerts", "page help")
    assert (await submit(at, user, {})).errors
    assert stand(at) == ["firing", "firing"]


async def test_a_call_by_hand_opens_an_alert_that_escalates(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "page The warehouse is on fire")
    assert (await submit(at, MAYA, {Field.PERSON: "person:jonas"})).ok
    message = at.parent(ONCALL)
    assert "The warehouse is on fire" in shown(message)
    replies = "\n".join(at.replies(ONCALL, message))
    assert f"<@{MAYA}> calls <@{JONAS}>: The warehouse is on fire" in replies
    assert "please take" in replies
    with at.database.read() as session:
        assert page_of(session, 3) is not None


async def test_a_call_about_a_group_stands_in_its_thread(at: Desk) -> None:
    message = at.workspace.messages(ONCALL)[1]
    await at.click(MAYA, message, Action.ALERT_MORE, "page:2")
    assert (await submit(at, MAYA, {Field.WHY: "please look", Field.PERSON: "person:leo"})).ok
    assert any(f"<@{MAYA}> calls <@{LEO}>: please look" in reply for reply in at.replies(ONCALL, message))
    with at.database.read() as session:
        assert len(groups(session)) == 2
    await at.slash(MAYA, "/alerts", "resolve 2")
    await at.slash(MAYA, "/alerts", "page 2")
    assert "is over" in str((await submit(at, MAYA, {Field.WHY: "still there?"})).errors)


async def test_a_menu_of_the_list_acts_on_its_alert(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "list")
    await at.click(MAYA, at.workspace.ephemerals(MAYA)[-1], Action.ALERT_MORE, "ack:1")
    assert stand(at) == ["acknowledged", "firing"]


async def test_a_storm_is_one_message_that_one_click_takes(at: Desk) -> None:
    before = len(at.workspace.messages(ONCALL))
    batch = [webhook({**LATENCY, "host": f"h{n}"}, starts_at=at.clock.now()) for n in range(60)]
    at.do(lambda s, c, now: respond.receive(s, c, batch, now))
    await at.deliver()
    assert len(at.workspace.messages(ONCALL)) == before + 1
    message = at.parent(ONCALL)
    assert "Storm: 62 groups of alerts" in shown(message), "what fired just before is told with them"
    assert "told with storm" in shown(at.parent(ONCALL, 0))
    assert "please take" in at.replies(ONCALL, message)[0]
    await at.click(SOFIA, message, Action.ACKNOWLEDGE)
    assert "role" in at.told(SOFIA)
    await at.click(MAYA, message, Action.ACKNOWLEDGE)
    assert f"Held by <@{MAYA}>" in shown(at.parent(ONCALL))
    assert "62 acknowledged" in shown(at.parent(ONCALL))
    with at.database.read() as session:
        (storm,) = [group.id for group in groups(session) if group.is_storm]
    assert "page 1 of 4" in await at.slash(JONAS, "/alerts", f"list all storm={storm}")
    assert "1 open alert" in await at.slash(JONAS, "/alerts", "list"), "the storm stands for them"
    assert "`folded`" in await at.slash(JONAS, "/alerts", "why 1")
    await at.slash(JONAS, "/alerts", f"silence {storm}")
    assert "Write matchers" in str(form_of(at, JONAS)), "a storm has no labels of its own"
    with at.database.read() as session:
        found = store.between(session, at.clock.now() - HOUR, at.clock.now() + HOUR)
    assert [group.title for group in found] == ["Storm: 62 groups of alerts"], (
        "in reports it stands for its groups"
    )


async def test_details_lead_to_every_alert_of_a_large_group(at: Desk) -> None:
    batch = [webhook({"alertname": "Lag", "shard": f"s{n}"}, starts_at=at.clock.now()) for n in range(45)]
    at.do(lambda s, c, now: respond.receive(s, c, batch, now))
    await at.deliver()
    message = at.parent(ONCALL)
    assert "45 alerts: 45 shards" in shown(message)
    await at.click(MAYA, message, Action.ALERT_DETAILS)
    assert "1 to 20 of 45 alerts" in str(form_of(at, MAYA))
    for _ in range(2):
        await at.workspace.click_in_view(MAYA, form_of(at, MAYA)["id"], f"{Action.DETAILS_PAGE}:on")
        await at.surface.settle()
    last = str(form_of(at, MAYA))
    assert "41 to 45 of 45 alerts" in last
    assert "s44" in last
    assert f"{Action.DETAILS_PAGE}:on" not in last


async def test_an_alert_that_was_deleted_is_not_called_unknown(at: Desk) -> None:
    keeps = team_config(alerts=ALERTS, retention={"alerts": "400d"})
    await at.slash(MAYA, "/alerts", "resolve 1")
    message = at.parent(ONCALL, 0)
    fires(at, host="c")
    await at.deliver()
    at.clock.advance(timedelta(days=401))
    rounds(at.database, keeps, at.clock.now())
    said = "Alert *1* was deleted"
    for words in ("show 1", "why 1", "ack 1", "silence 1", "1"):
        assert said in await at.slash(LEO, "/alerts", words)
    for action in (Action.ALERT_DETAILS, Action.FILE_BUG):
        await at.click(LEO, message, action, 1)
        assert said in at.told(LEO)
    await at.slash(LEO, "/alerts", "noise 1")
    assert said in str(form_of(at, LEO)["blocks"])
    assert "There is no alert *99*" in await at.slash(LEO, "/alerts", "show 99")
