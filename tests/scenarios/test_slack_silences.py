"""Silences from messages, forms and the list: looked back first, told before they end, extended and ended."""

from datetime import timedelta

import pytest

from bot.slack.ids import Action, Field
from core.alerts import silence_store
from core.alerts.silence_tables import Silence
from tests.scenarios.test_slack_alert_commands import at, stand
from tests.slack_support import JONAS, MAYA, ONCALL, Desk, actions_of, form_of, shown, submit
from workflows import lapse
from workflows.quieten import SilenceRequest, start_silence
from workflows.silence_ends import warn_due

__all__ = ["at"]  # the fixture

HOUR = timedelta(hours=1)


async def test_a_silence_looks_back_first_and_then_keeps_quiet(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", 'silence alertname="HighLatency" host=~"a|b"')
    form = form_of(at, MAYA)
    assert "It would quieten 2 alerts that fire now" in str(form)
    assert "In the last 30 days: 2 alerts, 1 call to people." in str(form)
    assert (await submit(at, MAYA, {Field.WHY: "moving hosts", Field.LENGTH: "1d", Field.UNTIL: "alerts"})).ok
    assert stand(at) == ["silenced", "silenced"]
    listed = await at.slash(JONAS, "/alerts", "silence list")
    assert 'alertname="HighLatency", host=~"a|b"' in listed
    assert f"by <@{MAYA}> · moving hosts" in listed
    message = at.workspace.ephemerals(JONAS)[-1]
    told = await at.slash(JONAS, "/alerts", "why 1")
    assert f"<@{MAYA}> silenced alertname" in told
    assert "`silenced_until`" in told
    await at.click(JONAS, message, Action.SILENCE_END)
    assert "Ended" in at.told(JONAS)
    assert stand(at) == ["firing", "firing"]


@pytest.mark.parametrize(
    "typed",
    [
        'alertname = "HighLatency" host =~ "a|b"',
        'alertname= "HighLatency", host =~"a|b"',
        '{alertname = "HighLatency",host=~ "a|b"}',
        "alertname = HighLatency host =~ a|b",
        'alertname = “HighLatency” team="" host !~ "c, =d"',
    ],
)
async def test_matchers_may_be_written_as_other_tools_write_them(at: Desk, typed: str) -> None:
    await at.slash(MAYA, "/alerts", f"silence {typed}")
    assert "It would quieten 2 alerts that fire now" in str(form_of(at, MAYA))
    assert (await submit(at, MAYA, {Field.WHY: "moving hosts"})).ok
    assert stand(at) == ["silenced", "silenced"]


async def test_the_look_back_follows_what_is_typed(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence new")
    form = form_of(at, MAYA)
    assert "Write matchers" in str(form)
    bad = await submit(at, MAYA, {Field.MATCHERS: "nonsense", Field.WHY: "x"})
    assert "bad matcher" in str(bad.errors)
    refused = await submit(at, MAYA, {Field.MATCHERS: 'host=~".*"', Field.WHY: "x"})
    assert "must not match the empty string: these would hold for every alert" in str(refused.errors)
    for typed, told in (
        ('host="ä (nobody)"', "*No alert has these labels*, now or in the last 30 days."),
        ('host=~"("', "invalid regular expression '(': missing )"),
        ("ö" * 61, "*No alert has these labels*, now or in the last 30 days."),
    ):
        await at.slash(MAYA, "/alerts", f"silence {typed}")
        assert told in "".join(block["text"]["text"] for block in form_of(at, MAYA)["blocks"] if "text" in block)


async def test_where_an_alert_would_go_takes_its_labels_as_matchers_are_written(at: Desk) -> None:
    told = await at.slash(MAYA, "/alerts", 'why alertname = "High latency", host="a"')
    assert "for alertname=High latency, host=a." in told
    assert 'host=~"a" is no label' in await at.slash(MAYA, "/alerts", "why host=~a")


async def test_a_silence_of_one_alert_from_its_message(at: Desk) -> None:
    await at.click(MAYA, at.workspace.messages(ONCALL)[0], Action.SILENCE, "1:form")
    assert 'host="a"' in str(form_of(at, MAYA))
    await at.workspace.click_in_view(MAYA, form_of(at, MAYA)["id"], Action.SILENCE_PREVIEW)
    await at.surface.settle()
    assert "It would quieten 1 alert that fires now" in str(form_of(at, MAYA))
    assert (await submit(at, MAYA, {Field.WHY: "known", Field.LENGTH: "4h"})).ok
    assert stand(at) == ["silenced", "firing"]


async def test_people_are_told_before_a_silence_ends_and_can_extend_it(at: Desk) -> None:
    message = at.workspace.messages(ONCALL)[0]
    await at.click(MAYA, message, Action.SILENCE, "1:4h")
    at.clock.advance(timedelta(hours=3, minutes=36))
    at.do(warn_due)
    await at.deliver()
    word = at.thread(message)[-1]
    assert f"<@{MAYA}>, your silence of" in shown(word)
    assert actions_of(word) == {Action.SILENCE_EXTEND, Action.SILENCE_END}
    option = next(
        each["value"]
        for block in word.blocks
        for element in block.get("elements", [])
        for each in element.get("options", [])
    )
    await at.click(JONAS, word, Action.SILENCE_EXTEND, option)
    assert f"<@{JONAS}> extended the silence" in at.told(JONAS)
    word = at.thread(message)[-1]
    assert "It was extended, until <!date^" in shown(word), "the word does not go on to say that it ends soon"
    assert actions_of(word) == set()
    at.clock.advance(timedelta(minutes=25))
    at.do(lapse.expire)
    assert stand(at)[0] == "silenced"
    at.clock.advance(HOUR)
    at.do(lapse.expire)
    assert stand(at)[0] == "firing"


async def test_a_silence_as_long_as_it_fires(at: Desk) -> None:
    await at.click(MAYA, at.workspace.messages(ONCALL)[0], Action.SILENCE, "1:end")
    with at.database.read() as session:
        (made,) = silence_store.active(session, at.clock.now())
    assert made.until_resolved


async def test_home_shows_my_silences_and_leads_to_the_rest(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence 1")
    await submit(at, MAYA, {Field.WHY: "moving hosts"})
    await at.workspace.open_home(MAYA)
    await at.workspace.settle()
    await at.surface.settle()
    home = str(await at.workspace.open_home(MAYA))
    assert "moving hosts" in home
    assert Action.SILENCE_END in home
    assert "/alerts page" in home


async def test_a_silence_that_begins_later_is_seen_with_its_start_and_can_be_taken_back(at: Desk) -> None:
    begins = at.clock.now() + HOUR
    matcher = {"name": "host", "value": "b", "isRegex": False, "isEqual": True}
    wanted = SilenceRequest([matcher], begins, begins + HOUR, "maya", "a move at noon")
    at.do(lambda session, config, now: start_silence(session, config, wanted, "source:amtool", now))
    listed = await at.slash(JONAS, "/alerts", "silence list")
    assert "1 silence, 1 to come" in listed
    assert f"*not yet:* from <!date^{int(begins.timestamp())}^" in listed
    message = at.workspace.ephemerals(JONAS)[-1]
    assert "Take back" in str(message.blocks)
    home = str(await at.workspace.open_home(MAYA))
    await at.workspace.settle()
    await at.surface.settle()
    home = str(await at.workspace.open_home(MAYA))
    assert f"*not yet:* from <!date^{int(begins.timestamp())}^" in home
    assert stand(at) == ["firing", "firing"]
    await at.click(JONAS, message, Action.SILENCE_END)
    assert "Taken back, before it began." in at.told(JONAS)
    at.clock.advance(HOUR + HOUR / 2)
    at.do(lapse.expire)
    assert stand(at) == ["firing", "firing"]
    with at.database.read() as session:
        assert [row.comment for row in session.query(Silence)] == ["a move at noon"]


async def test_a_silence_typed_for_tonight_lets_alerts_call_until_then(at: Desk) -> None:
    begins = at.clock.now() + 2 * HOUR
    await at.slash(MAYA, "/alerts", "silence host=a in 2h for 1h moving")
    form = form_of(at, MAYA)
    assert f"'initial_date_time': {int(begins.timestamp())}" in str(form)
    assert "It would quieten 1 alert that fires now*, once it begins" in str(form)
    assert (await submit(at, MAYA, {})).ok
    told = shown(at.workspace.direct(MAYA)[-1])
    assert f"Not silenced yet: from <!date^{int(begins.timestamp())}^" in told
    assert stand(at) == ["firing", "firing"]
    at.clock.advance(2 * HOUR)
    at.do(lapse.expire)
    assert stand(at) == ["silenced", "firing"]
    at.clock.advance(HOUR)
    at.do(lapse.expire)
    assert stand(at) == ["firing", "firing"]


async def test_whoever_wants_a_silence_every_night_is_told_that_it_is_one(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence host=a every night from 22:00 to 6:00")
    assert "A silence does not repeat" in str(form_of(at, MAYA))


async def test_a_silence_that_ends_before_it_begins_is_refused_beside_its_length(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence host=a until tomorrow")
    late = int((at.clock.now() + 90 * HOUR).timestamp())
    refused = await submit(at, MAYA, {Field.FROM: late, Field.WHY: "x"})
    assert refused.errors == {Field.LENGTH: "It would be over before it begins."}
