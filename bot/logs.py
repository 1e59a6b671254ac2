"""Structured logs: readable on a terminal, JSON everywhere else."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict

LOST = ("OperationalError", "InternalError", "InterfaceError", "DatabaseError")
"""What a database that is away, full, broken or only reads is answered with: a traceback says no more than its words,
and would come every second until it is back."""


class Unfailing:
    """A stream that raises nothing: on a full disk, or without a reader, the log has a gap, and everything else goes
    on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure(level: str = "info") -> None:
    """Send structlog's and the libraries' logs to standard error, from `level` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    # APScheduler warns every second that a job still runs; that nothing goes on is told otherwise (`bot.outage`).
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # Bolt warns that it will not use the token in the environment; it need not: it is handed a client.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(lambda record: "`token` will be" not in record.getMessage())
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            plainly,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
    )


def plainly(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A database that does not do its work is a line, not a traceback; mistakes of ours keep theirs."""
    error = event.get("exc_info")
    error = sys.exception() if error is True else error
    if isinstance(error, DBAPIError) and type(error).__name__ in LOST:
        del event["exc_info"]
        event["problem"] = f"{type(error).__name__}: {error.orig or error}".strip().splitlines()[0]
    return event
