"""What the views of several concepts are drawn from: plain values, gathered by `bot/slack/load.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.alerts.spread import Cause, Spread
from core.alerts.storm import Members
from core.alerts.tables import AlertGroup, Verdict
from core.changes.tables import Change
from core.config.pipeline import Pipeline


@dataclass(frozen=True)
class AlertLine:
    """One alert of a group. `delivered` counts how often its sender sent it."""

    labels: dict[str, str]
    annotations: dict[str, str]
    firing: bool
    delivered: int
    url: str = ""


@dataclass(frozen=True)
class StormState:
    """What a storm tells of: its groups by status, what they are called (title, how many, the first one's id), how
    many other titles there are, and what the declared causes name in them."""

    members: Members
    titles: Sequence[tuple[str, int, int]] = ()
    more_titles: int = 0
    causes: Sequence[Cause] = ()


@dataclass(frozen=True)
class GroupState:
    """An alert group with what belongs to it. `alerts` may be the first few of `total`; `changes` are read for details
    only. `tickets` are all of its bugs, `bug` is the one that is not closed. `inhibitor` is the group that explains
    this one, `after` the change that it followed, `verdict` what a person said about it, `spread` in what its alerts
    differ."""

    group: AlertGroup
    alerts: Sequence[AlertLine] = ()
    total: int = 0
    firing: int = 0
    delivered: int = 0
    pipeline: Pipeline | None = None
    silenced_until: datetime | None = None
    tickets: Sequence[int] = field(default_factory=tuple)
    bug: int | None = None
    changes: Sequence[Change] = ()
    inhibitor: AlertGroup | None = None
    after: Change | None = None
    verdict: Verdict | None = None
    spread: Sequence[Spread] = ()
    silenced_by: str | None = None
    storm: StormState | None = None
