"""Shifts and absences all at once, by a form: pasted, from an address or a file; looked at first, and taken back."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.slack.ids import Action, Field
from core.clock import SimulatedClock
from core.db.database import Database
from core.oncall.rota_tables import Absence, Override, RotaImport
from tests.calendars_support import SKI, ics, serving
from tests.oncall_support import HANDOFF, T0, audit_rows
from tests.oncall_support import config as team_config
from tests.slack_support import AMINA, JONAS, MAYA, ONCALL, SOFIA, Desk, desk, shown, submit, texts
from workflows.rota import on_call
from workflows.tell_duty import plan_due

SHIFTS = "rotation:flights"
WEEKS = (
    "# the coming weeks\njonas 2013-02-11 to 2013-02-18\namina: 2013-02-18 09:00 to 2013-02-25 09:00, for once\n"
)
DAY = timedelta(days=1)


@pytest.fixture
async def at(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """Tuesday, 5 February 2013; amina is on call until Monday, then maya, then jonas."""
    async with desk(sqlite_database, team_config(), SimulatedClock(T0), tmp_path) as running:
        running.do(plan_due)
        yield running


async def look(at: Desk, user: str, content: str, what: str = SHIFTS, **more: Any) -> Any:
    await at.slash(user, "/oncall", "import")
    return await submit(at, user, {Field.WHAT: what, Field.CONTENT: content, **more})


def seen(at: Desk, user: str) -> str:
    """The text of the form on top."""
    return "\n".join(texts(at.workspace.views(user)[-1]["blocks"]))


def primary(at: Desk, when: datetime) -> str | None:
    with at.database.read() as session:
        return on_call(session, at.config, "flights", when).primary


def rows(at: Desk, table: type[Override] | type[Absence] | type[RotaImport]) -> int:
    with at.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_list_is_looked_at_imported_and_taken_back_as_one(at: Desk) -> None:
    assert (await look(at, JONAS, WEEKS)).ok
    told = seen(at, JONAS)
    assert "2 shifts of Flights on-call" in told
    assert f"<@{JONAS}>" in told
    assert f"instead of <@{MAYA}>" in told
    assert "line 3" in told
    assert "for once" in told
    assert rows(at, Override) == 0, "a look changes nothing"
    assert primary(at, HANDOFF) == "maya"
    assert (await submit(at, JONAS, {})).ok
    assert at.workspace.views(JONAS) == [], "both forms are closed"
    assert [primary(at, HANDOFF + n * DAY) for n in (0, 6, 7, 13, 14)] == [
        "jonas",
        "jonas",
        "amina",
        "amina",
        "amina",
    ]
    assert "imported 2 shifts of Flights on-call from a list" in shown(at.parent(ONCALL))
    assert any("no longer on call" in shown(each) for each in at.workspace.direct(MAYA))
    answer = at.workspace.direct(JONAS)[-1]
    assert "imported 2 shifts" in shown(answer)
    assert f"<@{JONAS}> imported 2 shifts of Flights on-call" in await at.slash(AMINA, "/oncall", "changes")
    await at.click(JONAS, answer, Action.TAKE_BACK)
    assert [primary(at, HANDOFF + n * DAY) for n in (0, 7)] == ["maya", "jonas"]
    assert "took back the import of 2 shifts of Flights on-call" in shown(at.parent(ONCALL))
    assert "as declared" in await at.slash(AMINA, "/oncall", "changes")
    await at.click(JONAS, answer, Action.TAKE_BACK)
    assert "has taken this back already" in at.told(JONAS)
    assert [row[1:] for row in audit_rows(at.database)] == [
        ("rota.import", True, "imported"),
        ("rota.cancel", True, "cancelled"),
        ("rota.cancel", False, "already_cancelled"),
    ]


async def test_every_mistake_is_told_with_its_line_and_nothing_typed_is_lost(at: Desk) -> None:
    outcome = await look(at, JONAS, "jnoas 2013-02-11 to 2013-02-18\nmaya 2013-02-30\nsofia 2013-03-01\nwhat?")
    told = str(outcome.errors[Field.CONTENT])
    for said in (
        "line 1: there is nobody called “jnoas”",
        "did you mean jonas?",
        "line 2",
        "line 3: Sofia Lund is no",
    ):
        assert said in told
    assert "line 4: no day" in told
    assert len(at.workspace.views(JONAS)) == 1, "the form is still there"
    assert rows(at, RotaImport) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("maya 2013-02-11 to 2013-02-18\njonas 2013-02-17 to 2013-02-25", "lines 1 and 2"),
        ("- {person: maya, from: 2013-02-11, until: 2013-02-18}", "line 1: there is no “until” here"),
        ("- person: maya\n  from: 2013-02-11\n  to: [", "as YAML"),
        ("- {person: maya, from: 2013-02-11, to: 2013-06-30}", "line 1: At most 92 days"),
        ("maya 2015-02-11 to 2015-02-12", "line 1: That is more than a year ahead"),
        ("maya 2013-01-01 to 2013-01-02", "is over, or is there already"),
        ("# nothing", "there is nothing in it"),
        ("maya " + "2013-02-11 " * 200, "line 1: it has more than two days"),
        ("\u202emaya\u202c <!channel> 2013-02-11", "nobody called"),
    ],
)
async def test_what_cannot_be_imported_says_where_and_why(at: Desk, content: str, said: str) -> None:
    told = str((await look(at, JONAS, content)).errors)
    assert said in told
    assert rows(at, Override) + rows(at, RotaImport) == 0


async def test_absences_move_turns_and_tell_of_gaps_before_they_are_there(at: Desk) -> None:
    team = "jonas 2013-02-11 to 2013-02-24\namina 2013-02-11 to 2013-02-24\nmaya 2013-02-11 to 2013-02-12 skiing"
    assert (await look(at, MAYA, team, "absences")).ok
    assert "*Nobody* would be on call" in seen(at, MAYA)
    await at.slash(MAYA, "/oncall", "import maya")
    assert (await submit(at, MAYA, {Field.CONTENT: "2013-02-11 to 2013-02-12 skiing"})).ok
    assert f"instead of <@{MAYA}>" in seen(at, MAYA)
    assert (await submit(at, MAYA, {})).ok
    assert [primary(at, HANDOFF + n * DAY) for n in (0, 1, 2)] == ["jonas", "jonas", "maya"]
    assert (await look(at, SOFIA, "maya 2013-03-01", "absences")).errors, "only responders speak for others"


async def test_what_is_there_or_over_is_left_out_and_a_second_click_imports_nothing(at: Desk) -> None:
    await look(at, JONAS, WEEKS)
    form = at.workspace.views(JONAS)[-1]
    assert (await submit(at, JONAS, {})).ok
    await look(at, JONAS, WEEKS + "maya 2013-01-07 to 2013-01-14\nmaya 2013-03-04 to 2013-03-11")
    assert "1 shift of" in seen(at, JONAS)
    assert "1 more over already and 2 more there already are left out." in seen(at, JONAS)
    at.workspace.ctx.views.open(JONAS, form)
    await submit(at, JONAS, {})
    assert rows(at, Override) == 2
    assert "imported already" in shown(at.workspace.direct(JONAS)[-1])


async def test_a_calendar_is_pasted_or_read_from_an_address(at: Desk) -> None:
    calendar = ics(("Jonas Weber", "20130211T140000Z", "20130218T140000Z"))
    assert (await look(at, JONAS, calendar.decode())).ok
    assert f"<@{JONAS}>" in seen(at, JONAS)
    assert "line 4" in seen(at, JONAS)
    with serving({"/calendar": calendar, "/bad": ics(SKI)}) as (url, _):
        await look(at, JONAS, f"{url}/calendar")
        assert (await submit(at, JONAS, {})).ok
        assert primary(at, HANDOFF) == "jonas"
        assert "from a calendar at an address" in shown(at.parent(ONCALL))
        await look(at, JONAS, f"{url}/bad")
        assert "the event “Ski” on 2013-02-11 names nobody of the team (by id, name or email) (line 4)" in seen(
            at, JONAS
        )
        await look(at, JONAS, f"{url}/none")
        assert "its server answers with status 404" in seen(at, JONAS)
        content = at.workspace.views(JONAS)[0]["state"]["values"][Field.CONTENT]
        assert f"{url}/none" in str(content), "the form below has what was typed"


@pytest.mark.parametrize("content", ["file:///etc/passwd", "env:HOME", "/etc/passwd"])
async def test_nobody_reads_the_servers_own_files(at: Desk, content: str) -> None:
    assert "no day is found" in str((await look(at, JONAS, content)).errors)


async def test_a_file_is_given_in_the_form(at: Desk) -> None:
    await at.slash(JONAS, "/oncall", "import flights")
    for name, content in (
        ("shifts.ics", ics(("Jonas Weber", "20130211T140000Z", "20130218T140000Z"))),
        ("a.txt", WEEKS.encode()),
    ):
        file = await upload(at, JONAS, name, content)
        await submit(at, JONAS, {Field.FILE: {Action.INPUT: {"type": "file_input", "files": [file]}}})
        assert f"<@{JONAS}>" in seen(at, JONAS)
        view = at.workspace.views(JONAS)[-1]
        if name == "a.txt":
            assert (await submit(at, JONAS, {})).ok
            assert f"from the file “{name}”" in shown(at.parent(ONCALL))
        else:
            await at.workspace.close(JONAS, view["id"])
    file = await upload(at, JONAS, "photo.txt", b"\xff\xd8\xff\xe0")
    await at.slash(JONAS, "/oncall", "import flights")
    await submit(at, JONAS, {Field.FILE: {Action.INPUT: {"type": "file_input", "files": [file]}}})
    assert "no text in UTF-8" in seen(at, JONAS)


async def upload(at: Desk, user: str, name: str, content: bytes) -> dict[str, Any]:
    body = {"as": user, "name": name, "content": base64.b64encode(content).decode()}
    async with httpx.AsyncClient(base_url=at.workspace.config.base_url) as client:
        answer = (await client.post("ui/file", json=body)).json()
    assert answer["ok"], answer
    file: dict[str, Any] = answer["file"]
    return file


async def test_two_hundred_shifts_are_looked_at_and_imported_within_slacks_limits(at: Desk) -> None:
    people = ("maya", "jonas", "amina")
    start = datetime(2013, 2, 11, tzinfo=UTC)
    days = [f"{people[n % 3]} {start + n * DAY:%Y-%m-%d}" for n in range(100)]
    assert (await look(at, JONAS, "\n".join(days))).ok
    assert "100 shifts" in seen(at, JONAS)
    assert "… and 85 more" in seen(at, JONAS)
    assert (await submit(at, JONAS, {})).ok
    assert [primary(at, HANDOFF + n * DAY) for n in (0, 1, 2, 98)] == ["maya", "jonas", "amina", "amina"]
    assert "more changes" in shown(at.parent(ONCALL))
