"""Calendars over the wire into the rota: served on loopback, kept when they go bad, told once, on both databases."""

import asyncio
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.calendars import Calendars
from core.clock import SimulatedClock
from core.config.load import Config
from core.db.database import Database
from core.oncall import calendar_store
from core.oncall.duty import Why
from core.oncall.holiday_file import CalendarError
from core.runs import store as runs
from tests.calendars_support import SKI, ics, serving
from tests.fakes_models import FakeRegistry
from tests.oncall_support import HANDOFF, T0, TEAM, audit_rows, config, messages
from tests.steps_support import DirectSteps
from workflows import read_calendars
from workflows.ports import Workshop
from workflows.rota import on_call

HOUR = timedelta(hours=1)


def fetch(reference: str, *, private: bool = True, patience: float = 5) -> bytes:
    return asyncio.run(Calendars(private=private, patience=patience)(reference))


def team(**references: str) -> Config:
    """`imported` is the rotation's, everything else a person's absences."""
    people = [
        {**each, **({"absences": references[each["id"]]} if each["id"] in references else {})}
        for each in TEAM["people"]
    ]
    rotation = dict(TEAM["rotations"][0])
    if "imported" in references:
        rotation["import"] = references["imported"]
    return config(people=people, rotations=[rotation])


def read(database: Database, declared: Config, now: Any, data: Path) -> None:
    tools = Workshop(
        database,
        declared,
        SimulatedClock(now),
        data,
        FakeRegistry(),
        log=lambda _: (_ for _ in ()).throw(AssertionError("no log is read here")),
        target=lambda _: (_ for _ in ()).throw(AssertionError("nothing is deployed here")),
        calendars=Calendars(private=True, patience=5),
    )
    asyncio.run(read_calendars.read_calendars(DirectSteps(), tools, {}))


def primary(database: Database, declared: Config, at: Any) -> tuple[str | None, Why]:
    with database.read() as session:
        duty = on_call(session, declared, "flights", at)
        return duty.primary, duty.why


def test_absences_move_turns_and_the_last_good_copy_stays(database: Database, tmp_path: Path) -> None:
    with serving({"/maya.ics": ics(SKI)}) as (url, server):
        declared = team(maya=f"{url}/maya.ics")
        read(database, declared, T0, tmp_path)
        assert primary(database, declared, HANDOFF) == ("jonas", Why.ABSENCE)
        assert sorted(messages(database, "duty")) == ["@jonas", "@maya"], "both are told that a shift moved"
        read(database, declared, T0 + HOUR, tmp_path)
        assert len(messages(database, "note")) == 1, "nothing new, nothing told"
        server.pages["/maya.ics"] = b"gone wrong"
        for hour in (2, 3):
            read(database, declared, T0 + hour * HOUR, tmp_path)
        assert primary(database, declared, HANDOFF) == ("jonas", Why.ABSENCE)
        assert [row[1:] for row in audit_rows(database)] == [
            ("calendar.read", True, "calendar_changed"),
            ("calendar.fail", False, "calendar_bad"),
        ]
        assert messages(database, "note") == ["oncall", "oncall"], "told once"
        server.pages["/maya.ics"] = ics()
        read(database, declared, T0 + 4 * HOUR, tmp_path)
        assert primary(database, declared, HANDOFF) == ("maya", Why.ROTATION)
        with database.read() as session:
            (copy,) = calendar_store.copies(session)
            assert (copy.problem, copy.read_at) == (None, T0 + 4 * HOUR)


def test_shifts_by_a_calendar_decide_before_the_layers_and_absences_move_them(
    database: Database, tmp_path: Path
) -> None:
    shifts = ics(("Jonas Weber", "20130211T140000Z", "20130212T140000Z"))
    with serving({"/shifts.ics": shifts, "/jonas.ics": ics(("x", "20130211T200000Z", "20130211T220000Z"))}) as (
        url,
        _,
    ):
        declared = team(imported=f"{url}/shifts.ics", jonas=f"{url}/jonas.ics")
        read(database, declared, T0, tmp_path)
    assert primary(database, declared, HANDOFF) == ("jonas", Why.CALENDAR)
    assert primary(database, declared, HANDOFF + 6.5 * HOUR) == ("maya", Why.ABSENCE)
    assert primary(database, declared, HANDOFF + 24 * HOUR) == ("maya", Why.ROTATION)
    plain = team()
    read(database, plain, T0 + HOUR, tmp_path)
    assert primary(database, plain, HANDOFF) == ("maya", Why.ROTATION), "the YAML does not name it any more"
    with database.read() as session:
        assert calendar_store.copies(session) == []


def test_an_event_that_names_nobody_is_told_in_the_channel_by_its_name(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "shifts.ics"
    file.write_bytes(ics(("Zoe", "20130211T140000Z", "20130212T140000Z")))
    declared = team(imported=str(file))
    read(database, declared, T0, tmp_path)
    (row,) = audit_rows(database)
    assert row[1:] == ("calendar.fail", False, "calendar_bad")
    with database.read() as session:
        (copy,) = calendar_store.copies(session)
        assert "“Zoe” on 2013-02-11 names nobody" in str(copy.problem)
    assert messages(database, "note") == ["oncall"]
    assert primary(database, declared, HANDOFF) == ("maya", Why.ROTATION)


def test_the_hours_run_is_asked_for_once(database: Database) -> None:
    declared = team(maya="https://example.com/maya.ics")
    with database.write() as session:
        assert read_calendars.next_due(session, team(), T0) is None
        assert [read_calendars.fire(session, declared, T0) for _ in range(2)] == [1, 0]
        assert read_calendars.next_due(session, declared, T0) == T0 + HOUR
        assert read_calendars.fire(session, declared, T0 + 5 * HOUR) == 1
        assert len(runs.open_runs(session)) == 2


def test_the_own_network_is_not_read_nor_by_a_redirect_unless_it_is_allowed() -> None:
    with serving({"/a.ics": ics(SKI), "/b": "/a.ics", "/loop": "/loop", "/ftp": "ftp://127.0.0.1/"}) as (
        url,
        server,
    ):
        for path in ("/a.ics", "/b"):
            with pytest.raises(CalendarError, match="GOLDILOCKS_ALLOW_PRIVATE_CALENDARS"):
                fetch(url + path, private=False)
        assert server.asked == [], "not even a connection was made"
        with pytest.raises(CalendarError, match="own network"):
            fetch(url.replace("127.0.0.1", "localhost") + "/a.ics", private=False)
        assert fetch(f"{url}/b") == ics(SKI)
        assert {host for _, host in server.asked} == {url.removeprefix("http://")}
        with pytest.raises(CalendarError, match="more than 3 times"):
            fetch(f"{url}/loop")
        with pytest.raises(CalendarError, match="something else than http"):
            fetch(f"{url}/ftp")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "2130706433",
    ],
)
def test_every_way_to_write_an_inner_address_is_refused(host: str) -> None:
    with pytest.raises(CalendarError, match=r"own network|cannot be read"):
        fetch(f"http://{host}:9/a.ics", private=False)


def test_a_server_that_does_not_answer_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(CalendarError, match="did not answer within"):
            fetch(f"http://127.0.0.1:{port}/", patience=0.2)


def test_what_cannot_be_read_says_why_and_never_a_secret_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"/large": b"x" * 2_100_000}) as (url, _):
        with pytest.raises(CalendarError, match="larger than 2 MB"):
            fetch(f"{url}/large")
        monkeypatch.setenv("MAYAS_CALENDAR", f"{url}/s3cret")
        with pytest.raises(CalendarError, match="status 404") as failed:
            fetch("env:MAYAS_CALENDAR")
        assert "s3cret" not in str(failed.value)
    with pytest.raises(CalendarError, match="cannot be read") as failed:
        fetch("env:MAYAS_CALENDAR")
    assert "s3cret" not in str(failed.value)
    with pytest.raises(CalendarError, match="No such file"):
        fetch(str(tmp_path / "none.ics"))
    with pytest.raises(CalendarError, match="has no NOT_SET"):
        fetch("env:NOT_SET")
