"""kill -9 while a calendar is being fetched, and while it is being read: after the next start it counts, once."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.audit.tables import AuditEntry
from core.oncall.calendar_tables import CalendarCopy, CalendarEvent
from tests.loopback import free_socket, serving
from tests.processes import FLIGHTS, Street, eventually, street

pytestmark = pytest.mark.slow


class Calendar:
    """Keeps whoever asks waiting until it is let go."""

    def __init__(self) -> None:
        self.asked, self.open = 0, asyncio.Event()
        start = datetime.now(UTC) + timedelta(days=3)
        times = f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDURATION:PT8H\r\nRRULE:FREQ=WEEKLY;COUNT=10"
        event = f"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Ski\r\n{times}\r\nEND:VEVENT\r\n"
        self.content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n{event}END:VCALENDAR\r\n"

    async def answer(self, _request: Request) -> Response:
        self.asked += 1
        await self.open.wait()
        return Response(self.content, media_type="text/calendar")


@pytest.fixture
async def calendar() -> AsyncIterator[tuple[Calendar, str]]:
    made, (bound, url) = Calendar(), free_socket()
    async with serving(Starlette(routes=[Route("/maya.ics", made.answer)]), bound):
        yield made, f"{url}/maya.ics"
        made.open.set()


def config_with(folder: Path, address: str) -> Path:
    """The flights example, in which Maya has a calendar of her absences."""
    shutil.copytree(FLIGHTS, folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    file = folder / "team.yaml"
    lines = file.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "id: maya" in line)
    lines[at] = lines[at].rstrip().removesuffix("}") + f', absences: "{address}"}}\n'
    file.write_text("".join(lines))
    return folder


def stored(made: Street) -> tuple[int, int]:
    """Events of the calendar, and how often it is on record that it was read."""
    with made.database.read() as session:
        events = session.scalars(select(CalendarEvent)).all()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "calendar.read")).all()
        assert [copy.problem for copy in session.scalars(select(CalendarCopy))] in ([], [None])
    return len(events), len(entries)


async def test_a_calendar_is_read_though_its_reader_was_killed(
    tmp_path: Path, calendar: tuple[Calendar, str]
) -> None:
    slow, address = calendar
    async with street(tmp_path) as made:
        made.bot.environment |= {
            "GOLDILOCKS_CONFIG": str(config_with(tmp_path / "config", address)),
            "GOLDILOCKS_ALLOW_PRIVATE_CALENDARS": "true",
        }
        for kills in range(1, 4):
            await made.bot.start()
            await eventually("the question", lambda kills=kills: slow.asked >= kills)
            await made.bot.kill()
            assert stored(made) == (0, 0)
        slow.open.set()
        await made.bot.start()
        await eventually("the events", lambda: stored(made)[0])
        await asyncio.sleep(1)
        assert stored(made) == (10, 1)
        assert slow.asked == 4, "the run went on, and none began beside it"
