"""What a tired engineer types behind `/alerts` and `/oncall` is understood, or answered with what was meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.slack.ids import Action
from core.clock import SimulatedClock
from core.db.database import Database
from tests.alerts_support import webhook
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, JONAS, MAYA, Desk, desk, submit
from workflows import respond

ALERTS = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["alertname", "host"]}


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Two alerts of one name, and another."""
    async with desk(sqlite_database, team_config(alerts=ALERTS), SimulatedClock(T0), tmp_path) as running:
        for name, host in (("HighLatency", "a"), ("HighLatency", "b"), ("DiskFull", "a")):
            labels = {"alertname": name, "severity": "critical", "host": host, "pipeline": "flights"}
            running.do(
                lambda s, c, now, labels=labels: respond.receive(s, c, [webhook(labels, starts_at=now)], now)
            )
        await running.deliver()
        yield running


def filled(at: Desk) -> dict[str, Any]:
    """What the form that is open holds, by field."""
    held: dict[str, Any] = {}
    for block in at.workspace.views(MAYA)[-1]["blocks"]:
        element = block.get("element") or {}
        chosen = element.get("initial_option") or {}
        value = element.get("initial_value") or chosen.get("value") or element.get("initial_date_time")
        held |= {block["block_id"]: value} if value else {}
    return held


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("HighLatency", {"matchers": 'alertname="HighLatency"', "length": "4h"}),
        (
            "HighLatency 2h deploying",
            {"matchers": 'alertname="HighLatency"', "length": "120m", "why": "deploying"},
        ),
        (
            "1 for 1h deploying",
            {"matchers": 'alertname="HighLatency"\nhost="a"', "length": "1h", "why": "deploying"},
        ),
        ("HighLatency until 18:00", {"length": f"@{int(T0.timestamp()) + 6 * 3600}"}),
        ("HighLatency for two hours", {"length": "120m"}),
        ("HighLatency over the weekend", {"from": 1360368000, "length": "2880m"}),
        ("DiskFull until resolved", {"until": "alerts", "length": "3d"}),
    ],
)
async def test_a_silence_is_filled_in_as_it_was_typed(at: Desk, text: str, held: dict[str, Any]) -> None:
    await at.slash(MAYA, "/alerts", f"silence {text}")
    assert filled(at).items() >= held.items()


async def test_a_silence_until_a_time_ends_then(at: Desk) -> None:
    await at.slash(MAYA, "/alerts", "silence HighLatency until 18:00 the vendor migrates")
    assert (await submit(at, MAYA, {})).ok
    told = await at.slash(MAYA, "/alerts", "silences")
    assert f"until <!date^{int(T0.timestamp()) + 6 * 3600}^" in told
    assert "the vendor migrates" in told


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("/alerts", "silence HighLatncy 2h", "Did you mean `/alerts silence HighLatency 2h`?"),
        ("/alerts", "unsilence HighLatency", "Nothing is silenced."),
        ("/alerts", "critical", "3 alerts"),
        ("/alerts", "HighLatency", "2 alerts"),
        ("/alerts", "3", "DiskFull"),
        ("/alerts", "mine", "No open alert is yours"),
        ("/alerts", "ack HighLatency", "Acknowledge which alert?"),
        ("/alerts", "ack DiskFull", "acknowledged this."),
        ("/alerts", "close DiskFull", "resolved this."),
        ("/oncall", "now", "Primary: <@U0AMINA>"),
        ("/oncall", "when am I next?", "You are on call from"),
        ("/oncall", "jonas", "<@U0JONAS> is on call from"),
        ("/oncall", "flights", "Primary: <@U0AMINA>"),
        ("/oncall", "who is on call next tuesday?", "Primary: <@U0MAYA>"),
        ("/oncall", "handover", "What happened in the shift"),
        ("/oncall", "call jonas", "Did you mean `/alerts page jonas`?"),
        ("/oncall", "undo", "The rotations are as declared"),
        ("/oncall", "who's on call", "Primary: <@U0AMINA>"),
        ("/oncall", "who yesterday", "Primary: <@U0JONAS>"),
        ("/oncall", "who was on call last friday at 3am?", "Primary: <@U0JONAS>"),
        ("/oncall", "3 days ago", "Primary: <@U0JONAS>"),
        ("/oncall", "last night", "Primary: <@U0AMINA>"),
        ("/oncall", "who next week", "<!date^1360573200^"),
        ("/oncall", "this weekend?", "<!date^1360400400^"),
        ("/oncall", "schedule flights 8 weeks", "<!date^1363006800^"),
        ("/oncall", "next month", "<!date^1361800800^"),
        ("/oncall", "schedule maya", "<@U0MAYA> is on call from"),
        ("/oncall", "when is jonas on call", "<@U0JONAS> is on call from"),
        ("/oncall", "my shifts", "You are on call from"),
        ("/oncall", "am I on call tomorrow?", "Primary: <@U0AMINA>"),
        ("/model", "flights", "Flight delays"),
        ("/model", "versions", "Flight delays"),
        ("/bug", "#1", "There is no such bug."),
        ("/oncall", "schedule until march", "<!date^1361800800^"),
        ("/oncall", "maya next", "<@U0MAYA> is on call from"),
        ("/oncall", "is jonas on call tomorrow", "<@U0JONAS> is on call from"),
        ("/oncall", "who in 2 days", "<!date^136023840"),
        ("/oncall", "who on 12 feb", "Primary: <@U0MAYA>"),
        ("/oncall", "how long am I on call", "You are on call from"),
        ("/oncall", "fairness last month", "How on-call was shared"),
        ("/model", "flights why", "has not been evaluated yet"),
        ("/model", "why did accuracy drop", "has not been evaluated yet"),
        ("/model", "which version is live?", "Flight delays"),
        ("/alerts", "flights", "3 alerts"),
        ("/alerts", "disk", "DiskFull"),
        ("/alerts", "since yesterday", "3 alerts"),
        ("/alerts", "3 ack", "acknowledged this."),
        ("/alerts", "can you ack 3 please", "acknowledged this."),
        ("/alerts", "why did 3 page me", "Why alert 3 is where it is"),
        ("/alerts", "warnings", "No such alert"),
        ("/alerts", "critical and warning", "One severity at a time."),
        ("/alerts", "host=a", "2 alerts"),
        ("/alerts", 'host=~"a|b" flights', "3 alerts"),
        ("/alerts", "host!=a", "1 alert"),
        ("/alerts", "list host=c", 'No such alert: host="c".'),
        ("/alerts", "list host=~(", "invalid regular expression"),
        ("/alerts", "held by jonas", "No such alert: holder=jonas."),
        ("/alerts", "held by jonass", "Did you mean `/alerts list held by jonas`?"),
        ("/alerts", "ack all", "Acknowledge these 3 alerts?"),
        ("/alerts", "take all on flights", "Acknowledge these 3 alerts?"),
        ("/alerts", "ack all HighLatency", "Acknowledge these 2 alerts?"),
        ("/alerts", "resolve host=b", "Resolve this alert?"),
        ("/alerts", "ack mine", "No alert waits for somebody to acknowledge it."),
        ("/alerts", "unack all", "Nobody holds an alert."),
    ],
)
async def test_it_is_understood(at: Desk, command: str, text: str, said: str) -> None:
    assert said in await at.slash(MAYA, command, text)


async def test_several_alerts_are_taken_at_once(at: Desk) -> None:
    told = await at.slash(MAYA, "/alerts", "ack 1 and 2 looking")
    assert told == f"*1*, *2*: <@{MAYA}> acknowledged this."
    assert "There is no alert *9*" in await at.slash(MAYA, "/alerts", "ack 3 9")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("away friday dentist", {"person": "maya", "from": 1360281600, "to": 1360368000, "why": "dentist"}),
        ("away jonas from monday to friday", {"person": "jonas", "from": 1360540800, "to": 1360972800}),
        ("I am ill today", {"person": "maya", "to": 1360108800}),
        ("vacation next week", {"person": "maya", "from": 1360540800, "to": 1361145600}),
        ("I can't do friday", {"person": "maya", "from": 1360281600, "to": 1360368000}),
        ("jonas is sick", {"person": "jonas"}),
        ("away 14-16 feb", {"from": 1360800000, "to": 1361059200}),
        ("away for 3 days from monday", {"from": 1360540800, "to": 1360800000}),
        ("put jonas on call tomorrow", {"person": "jonas", "from": 1360108800}),
        ("swap with leo friday", {"person": "leo"}),
        ("override jonas 18:00-22:00", {"person": "jonas", "from": 1360087200, "to": 1360101600}),
    ],
)
async def test_whom_and_when_are_filled_in(at: Desk, text: str, held: dict[str, Any]) -> None:
    await at.slash(MAYA, "/oncall", text)
    assert filled(at).items() >= held.items()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("take jonas' shift", "Jonas Weber"),
        ("take the 25 from jonas", "Jonas Weber"),
        ("cover for amina tonight", "Amina Diallo"),
        ("take tomorrow", "Amina Diallo"),
        ("take 2013-02-20", "Jonas Weber"),
    ],
)
async def test_the_shift_that_is_meant_is_offered_first(at: Desk, text: str, first: str) -> None:
    await at.slash(MAYA, "/oncall", text)
    assert offered(at).startswith(f"{first}: ")


async def test_who_has_no_shift_is_not_silently_another(at: Desk) -> None:
    await at.slash(MAYA, "/oncall", "take leo's shift tomorrow")
    assert "Leo Rossi has no shift in sight" in view_text(at)


async def test_a_swap_begins_with_that_day(at: Desk) -> None:
    await at.slash(MAYA, "/oncall", "swap 2013-03-06 with amina")
    assert offered(at) == "Wed 6 Mar 00:00 to Thu 7 Mar 00:00"


def view_text(at: Desk) -> str:
    return str(at.workspace.views(MAYA)[-1]["blocks"])


def offered(at: Desk) -> str:
    """The shift that a form begins with."""
    blocks = {block["block_id"]: block for block in at.workspace.views(MAYA)[-1]["blocks"]}
    return str(blocks["shift"]["element"]["initial_option"]["text"]["text"])


async def test_all_that_were_shown_are_taken_and_none_that_came_since(at: Desk) -> None:
    assert "Acknowledge these 2 alerts?" in await at.slash(JONAS, "/alerts", "ack all host=a")
    shown = at.workspace.ephemerals(JONAS)[-1]
    at.do(
        lambda s, c, now: respond.receive(s, c, [webhook({"alertname": "New", "host": "a"}, starts_at=now)], now)
    )
    await at.click(JONAS, shown, f"{Action.MENU}:sure-0")
    assert at.told(JONAS) == f"*3*, *1*: <@{JONAS}> acknowledged this."
    assert "2 alerts" in await at.slash(MAYA, "/alerts", "held by jonas")
    assert "2 open alerts" not in at.told(MAYA)
    assert "Give back these 2 alerts?" in await at.slash(MAYA, "/alerts", "unack held by jonas")


async def test_a_swap_of_a_day_is_of_that_day_alone(at: Desk) -> None:
    await at.slash(AMINA, "/oncall", "swap friday with maya")
    friday, saturday = 1360281600, 1360368000
    assert (await submit(at, AMINA, {})).ok
    asked = at.workspace.direct(MAYA)[-1]
    assert f"take over <!date^{friday}^" in str(asked.blocks)
    await at.click(MAYA, asked, Action.ACCEPT_SWAP)
    turns = await at.slash(JONAS, "/oncall", "schedule")
    assert (
        turns.index(f"<!date^{friday}^") < turns.index(f"<@{MAYA}>, swapped") < turns.index(f"<!date^{saturday}^")
    )
