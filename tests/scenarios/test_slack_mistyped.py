"""Words that nobody knows: what was meant is one click away, and what is left to say is asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.ids import Field
from core.clock import SimulatedClock
from core.db.database import Database
from tests.oncall_support import T0
from tests.oncall_support import config as team_config
from tests.slack_support import FLIGHTS, JONAS, Desk, desk, shown
from workflows.respond import RaisedAlert, raise_group

ALERT = RaisedAlert("SloBreached", "critical", "Accuracy below its objective", "Accuracy was 58.0%.")  # type: ignore[arg-type]


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        yield running


async def with_an_alert(at: Desk) -> None:
    at.do(lambda s, c, now: raise_group(s, c, "flights", ALERT, now))
    await at.deliver()


@pytest.mark.parametrize(
    ("command", "typed", "meant"),
    [
        ("/oncall", "whoo", "/oncall who"),
        ("/alerts", "shwo 1", "/alerts show 1"),
        ("/alerts", "acknowlege 1", "/alerts ack 1"),
        ("/oncall", "resolve 1", "/alerts resolve 1"),
        ("/model", "status flihgts", "/model status flights"),
        ("/alerts", "list severity=critcal mine", "/alerts list severity=critical mine"),
        ("/alerts", "list pipeline=flihgts firing", "/alerts list pipeline=flights firing"),
        ("/oncall", "override Jnoas", "/oncall override jonas"),
        ("/oncall", "calendar flihgts", "/oncall calendar flights"),
        ("/oncall", "override flihgts", "/oncall override flights"),
        ("/oncall", "import flihgts", "/oncall import flights"),
        ("/oncall", "import mya", "/oncall import maya"),
        ("/oncall", "handoff flihgts", "/oncall handoff flights"),
        ("/alerts", "silence lst", "/alerts silence list"),
        ("/goldilocks", "onkall who", "/oncall who"),
        ("/goldilocks", "acknowledge 1", "/alerts ack 1"),
        ("/goldilocks", "whoo is on call?", "/oncall who is on call"),
    ],
)
async def test_a_slip_of_the_finger_is_one_click_from_what_was_meant(
    at: Desk, command: str, typed: str, meant: str
) -> None:
    await with_an_alert(at)
    assert f"Did you mean `{meant}`?" in await at.slash(JONAS, command, typed)
    answer = at.workspace.ephemerals(JONAS)[-1]
    buttons = [each for block in answer.blocks if block["type"] == "actions" for each in block["elements"]]
    assert buttons[0]["value"] == meant
    assert len(shown(answer)) < 200, "what was meant, and not everything that there is"
    told = len(at.workspace.ephemerals(JONAS))
    await at.click(JONAS, answer, buttons[0]["action_id"])
    forms = at.workspace.views(JONAS)
    assert len(at.workspace.ephemerals(JONAS)) > told or forms, "the button does it"
    assert "does not know" not in at.told(JONAS) or forms


async def test_without_an_open_alert_nothing_is_asked(at: Desk) -> None:
    for verb in ("show", "why", "resolve"):
        assert "No alert is open." in await at.slash(JONAS, "/alerts", verb)
    assert "No alert is open." in await at.slash(JONAS, "/alerts", "list")
    assert "No alert is open." in await at.slash(JONAS, "/alerts", "list open")


async def test_what_is_not_there_is_named(at: Desk) -> None:
    await with_an_alert(at)
    assert "No open alert is yours, or of a rotation" in await at.slash(JONAS, "/alerts", "list mine")
    assert "No such alert: silenced severity=critical." in await at.slash(
        JONAS, "/alerts", "list severity=critical silenced"
    )
    told = await at.slash(JONAS, "/alerts", "list page=99")
    assert "Accuracy below its objective" in told, "the last page, where there is none of that number"
    assert "Earlier page" not in told


async def test_a_word_in_place_of_an_id_is_said_to_be_none_and_the_alerts_are_offered(at: Desk) -> None:
    await with_an_alert(at)
    told = await at.slash(JONAS, "/alerts", "ack <!channel>")
    assert "is not the number of an alert" in told
    assert "Acknowledge which alert?" in told
    assert "<!channel>" not in told


@pytest.mark.parametrize("verb", ["show", "why", "ack", "resolve", "silence"])
async def test_a_number_that_no_alert_has_offers_those_that_there_are(at: Desk, verb: str) -> None:
    await with_an_alert(at)
    told = await at.slash(JONAS, "/alerts", f"{verb} 99")
    assert "There is no alert *99*." in told
    answer = at.workspace.ephemerals(JONAS)[-1]
    button = next(each for block in answer.blocks if block["type"] == "actions" for each in block["elements"])
    assert button["value"] == f"/alerts {verb} 1"
    assert button["text"]["text"].startswith("1  Accuracy below its objective")
    await at.click(JONAS, answer, button["action_id"])
    if verb == "silence":
        assert at.workspace.views(JONAS), "the form"
    else:
        assert (
            "Accuracy below its objective" in at.told(JONAS)
            or "acknowledged" in at.told(JONAS).lower()
            or ("resolved" in at.told(JONAS).lower())
        )


@pytest.mark.parametrize("verb", ["noise", "page"])
async def test_a_form_about_a_number_that_no_alert_has_says_so_and_offers_the_others(at: Desk, verb: str) -> None:
    await with_an_alert(at)
    await at.slash(JONAS, "/alerts", f"{verb} 99")
    blocks = at.workspace.views(JONAS)[-1]["blocks"]
    assert "There is no alert *99*." in blocks[0]["text"]["text"]
    assert "Accuracy below its objective" in str(blocks)


async def test_forms_begin_with_what_was_said(at: Desk) -> None:
    await with_an_alert(at)
    await at.slash(JONAS, "/oncall", "override maya")
    assert _chosen(at, Field.PERSON) == "maya"
    await at.slash(JONAS, "/oncall", "away Leo")
    assert _chosen(at, Field.PERSON) == "leo"
    await at.slash(JONAS, "/alerts", "page 1 amina the disks are full")
    assert _chosen(at, Field.PERSON) == "person:amina"
    assert "the disks are full" in str(at.workspace.views(JONAS)[-1]["blocks"])
    await at.slash(JONAS, "/alerts", "page the disks are full")
    assert _chosen(at, Field.PERSON) == "rotation:flights"
    assert "the disks are full" in str(at.workspace.views(JONAS)[-1]["blocks"])


def _chosen(at: Desk, field: str) -> str:
    blocks = at.workspace.views(JONAS)[-1]["blocks"]
    element = next(each["element"] for each in blocks if each.get("block_id") == field)
    return str(element["initial_option"]["value"])


@pytest.mark.parametrize(
    "typed", ["who is on call", "who is on call now?", "who?", "who on call for flights", "WHO"]
)
async def test_a_question_in_a_sentence_is_answered(at: Desk, typed: str) -> None:
    assert "Primary: " in await at.slash(JONAS, "/oncall", typed)
    assert "Primary: " in await at.slash(JONAS, "/goldilocks", f"oncall {typed}")
    assert "Primary: " in await at.slash(JONAS, "/goldilocks", typed)


async def test_what_slack_escapes_on_the_way_is_what_was_typed(at: Desk) -> None:
    """The workspace hands messages on as Slack does: `<` comes as `&lt;`, and commands as they were typed."""
    await with_an_alert(at)
    assert "does not know `&lt;b&gt;`" in await at.slash(JONAS, "/oncall", "<b>")
    await at.workspace.say(JONAS, FLIGHTS, "@goldilocks oncall <b>", thread_ts=at.parent(FLIGHTS).ts)
    await at.workspace.settle()
    await at.surface.settle()
    assert "does not know `&lt;b&gt;`" in at.told(JONAS)


async def test_a_bug_can_be_written_behind_the_command(at: Desk) -> None:
    for typed in ("accuracy fell < 60% & stays", "new accuracy fell < 60% & stays"):
        await at.slash(JONAS, "/bug", typed)
        title = at.workspace.views(JONAS)[-1]["blocks"][0]["element"]
        assert title["initial_value"] == "accuracy fell < 60% & stays"
    assert "Did you mean `/bug list`?" in await at.slash(JONAS, "/bug", "lst")


async def test_a_bug_is_closed_by_its_number(at: Desk) -> None:
    await at.slash(JONAS, "/bug", "labels are late")
    await at.workspace.submit(JONAS, at.workspace.views(JONAS)[-1]["id"], {})
    await at.surface.settle()
    assert "no such bug" in await at.slash(JONAS, "/bug", "close 7")
    assert "Which bug?" in await at.slash(JONAS, "/bug", "close")
    await at.slash(JONAS, "/bug", "close 1")
    assert "What fixed it?" in str(at.workspace.views(JONAS)[-1])
    await at.workspace.submit(JONAS, at.workspace.views(JONAS)[-1]["id"], {Field.RESOLUTION: "the feed is back"})
    await at.surface.settle()
    assert "No open bugs." in await at.slash(JONAS, "/bug", "list")


async def test_a_buttons_label_is_understood_as_a_word(at: Desk) -> None:
    assert "has not been evaluated yet" in await at.slash(JONAS, "/model", "objectives")
    assert "Did you mean `/oncall override`?" not in await at.slash(JONAS, "/oncall", "objectives")


async def test_a_word_that_one_command_alone_has_needs_no_command(at: Desk) -> None:
    await with_an_alert(at)
    await at.slash(JONAS, "/goldilocks", "ack 1")
    await at.deliver()
    assert f"Held by <@{JONAS}>" in shown(at.parent(FLIGHTS))
    assert "Did you mean `/alerts list`" in await at.slash(JONAS, "/goldilocks", "list"), "several have it"
