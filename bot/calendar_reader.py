"""Reads a calendar in a process of its own, which ends when it takes too long or too much: rules can recur without end,
and whoever is paged must not wait for somebody's calendar.

`python -m bot.calendar_reader ZONE NOW` takes the calendar as its input and prints its events as JSON.
"""

import asyncio
import contextlib
import os
import resource
import sys
from datetime import datetime

import msgspec

from core.oncall.calendar_in import Entry, entries
from core.oncall.holiday_file import CalendarError

PATIENCE_S = 20.0
"""Calendars of people and rotations take a second at most."""

MEMORY = 1 << 30
"""Bytes; a calendar of the largest size takes a quarter of that."""

COMMAND = ("-m", "bot.calendar_reader")
ENDLESS = "reading it takes too long; it recurs too often, or by a rule that never comes true"
TOO_MUCH = "reading it takes more memory than a calendar needs"


class Read(msgspec.Struct, omit_defaults=True):
    """What the process found, or why the calendar cannot be used."""

    events: list[Entry] = []
    problem: str = ""


async def read(content: bytes, zone: str, now: datetime, patience: float = PATIENCE_S) -> list[Entry]:
    """The events of a calendar (`core.oncall.calendar_in.entries`); raises CalendarError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *COMMAND, zone, now.isoformat(), str(patience)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(patience + 10):  # it limits itself; this is for one that does not even begin
            said, _ = await process.communicate(content)
    except TimeoutError:
        raise CalendarError(ENDLESS) from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        raise CalendarError(ENDLESS)
    found = msgspec.json.decode(said, type=Read)
    if found.problem:
        raise CalendarError(found.problem)
    return found.events


def main(zone: str, now: str, patience: str) -> None:
    """Read what comes in; never more than its share of processor and memory."""
    os.nice(10)
    seconds = max(1, round(float(patience)))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        found = Read(entries(sys.stdin.buffer.read(), zone, datetime.fromisoformat(now)))
    except CalendarError as error:
        found = Read(problem=str(error))
    except (MemoryError, RecursionError):
        found = Read(problem=TOO_MUCH)
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
