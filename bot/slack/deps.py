"""What the Slack surface needs from outside; the composition root builds it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from core.clock import Clock
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.db.database import Database
from core.evaluation.log.ibis_log import open_log
from core.evaluation.log.prediction_log import PredictionLogReader
from core.models.registry import Registry
from workflows.ports import CalendarReader, NoCalendars


def _nothing() -> None:
    """Nobody wants to know."""


def _nowhere(_session: Session, _key: str) -> str | None:
    """No message has an address that is known."""
    return None


@dataclass(frozen=True)
class SlackDeps:
    """The surface's tools.

    `data` is the folder that relative paths of charts start from. `sender` is this replica's name, under which it sends
    messages and owns requests; it must be the same after a restart. `pause` waits, in real seconds. `url` is how people
    reach this server. `changed` is called after every transaction that a person caused, so that runs start at once.
    `log` opens a pipeline's prediction log.
    `calendars` reads those that people import.
    `address` is where the message of a key is, None while that is unknown.
    `spacing` is the time between two new messages in one channel, on the injected clock. Without `pagers` those of the
    team stay silent. `stamp` is the time in seconds against which Slack's signatures are held.
    """

    database: Database
    config: Config
    clock: Clock
    registry: Registry
    data: Path
    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    api_url: str = "https://slack.com/api/"
    url: str = "http://127.0.0.1:8080"
    sender: str = "goldilocks"
    log: Callable[[Pipeline], PredictionLogReader] = open_log
    calendars: CalendarReader = field(default_factory=NoCalendars)
    changed: Callable[[], None] = _nothing
    address: Callable[[Session, str], str | None] = _nowhere
    spacing: timedelta = timedelta(seconds=1)
    pagers: bool = True
    stamp: Callable[[], float] = time.time
    call_timeout_s: int = 15
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
