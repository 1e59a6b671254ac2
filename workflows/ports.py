"""What runs need from outside: adapters that the composition root builds and hands in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.clock import Clock
from core.config.load import Config
from core.config.pipeline import Deployment, Pipeline
from core.db.database import Database
from core.oncall.holiday_file import CalendarError

if TYPE_CHECKING:
    from core.evaluation.live.senses import Senses
    from core.evaluation.log.prediction_log import PredictionLogReader
    from core.models.deploy import DeployTarget
    from core.models.registry import Registry
    from core.oncall.calendar_in import Entry


class CalendarReader(Protocol):
    """Fetches calendars, and reads what they say where that can hold up nothing; both raise CalendarError."""

    async def __call__(self, reference: str, /) -> bytes:
        """The content behind a reference of the YAML."""
        ...

    async def events(self, content: bytes, zone: str, now: datetime, /) -> "list[Entry]":
        """The same as `core.oncall.calendar_in.entries`."""
        ...


class NoCalendars:
    """Where nothing outside is read."""

    async def __call__(self, _reference: str, /) -> bytes:
        raise CalendarError("calendars are not read here")

    async def events(self, _content: bytes, _zone: str, _now: datetime, /) -> "list[Entry]":
        raise CalendarError("calendars are not read here")


@dataclass(frozen=True)
class Workshop:
    """The tools of the runs. `data` is the folder for charts, trained files and other artefacts."""

    database: Database
    config: Config
    clock: Clock
    data: Path
    registry: "Registry"
    log: "Callable[[Pipeline], PredictionLogReader]"
    target: "Callable[[Deployment], DeployTarget]"
    senses: "dict[str, Senses]" = field(default_factory=dict)
    """What this process remembers of each pipeline; whatever is missing is made anew from what is stored."""
    calendars: CalendarReader = field(default_factory=NoCalendars)
