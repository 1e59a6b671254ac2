"""What a log says of an error: a line for a database that is away, a traceback for what is a mistake of ours."""

import errno
import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.logs import configure


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def logged(error: Exception, printed: pytest.CaptureFixture[str]) -> dict[str, str]:
    configure("info")
    try:
        raise error
    except type(error):
        structlog.get_logger().exception("pulse failed")
    structlog.get_logger().error("sending failed", exc_info=error)
    first, second = map(json.loads, printed.readouterr().err.splitlines())
    changed = {"event", "timestamp"}
    assert {k: v for k, v in first.items() if k not in changed} == {
        k: v for k, v in second.items() if k not in changed
    }
    found: dict[str, str] = first
    return found


def test_a_database_that_is_away_is_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DBAPIError) as raised, create_engine("sqlite:////no/such/folder/file.db").connect() as away:
        away.execute(text("SELECT 1"))
    said = logged(raised.value, capsys)
    assert said["problem"] == "OperationalError: unable to open database file"
    assert "exception" not in said


@pytest.mark.parametrize("error", [KeyError("price"), IntegrityError("INSERT", None, ValueError("twice"))])
def test_a_mistake_keeps_its_traceback(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Traceback" in logged(error, capsys)["exception"]


class FullDisk(io.StringIO):
    """A file on a disk that is full."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is often logged where something else went wrong already, such as the same disk."""
    monkeypatch.setattr(sys, "stderr", FullDisk())
    configure("info")
    structlog.get_logger().error("lost")
