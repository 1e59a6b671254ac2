"""Structured logs: readable on a terminal, JSON everywhere else."""

import logging
import sys

import structlog


def configure(level: str = "info") -> None:
    """Send structlog's and the libraries' logs to standard error, from `level` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    # Bolt warns that it will not use the token in the environment; it need not: it is handed a client.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(lambda record: "`token` will be" not in record.getMessage())
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
