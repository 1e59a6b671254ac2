"""What runs need from outside: adapters that the composition root builds and hands in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.db.database import Database
from core.oncall.holiday_file import CalendarError

if TYPE_CHECKING:
    from core.evaluation.live.senses import Senses
    from core.evaluation.prediction_log import PredictionLogReader
    from core.models.deploy import DeployTarget
    from core.models.registry import Registry


async def no_calendars(_reference: str) -> bytes:
    """Where nothing outside is read."""
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
    target: "Callable[[Pipeline], DeployTarget]"
    senses: "dict[str, Senses]" = field(default_factory=dict)
    """What this process remembers of each pipeline; whatever is missing is made anew from what is stored."""
    calendars: Callable[[str], Awaitable[bytes]] = no_calendars
