"""What the writer stores: everything that arrived from senders since its last transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.backlog import Backlog
from core.alerts.delivery import Acknowledgement, Delivery
from core.alerts.pulse import Pulse, Repeats
from core.alerts.writer import MAX_WAITING, AlertWriter
from core.changes.event import ChangeEvent
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from core.db.direct import is_sqlite
from workflows.changes import take_changes
from workflows.heartbeats import Beat, take_beats
from workflows.respond import Received, acknowledge_by_sender, receive

Arrival = Repeats | Delivery | Acknowledgement | ChangeEvent | Beat


class Receiver:
    """`receive` for one writer: alerts that its `pulse` knows to fire on take the short way, and while much comes in,
    those of which nothing follows wait in its `backlog` for their rows.

    Within a batch alerts that fire on come first, then reports of jobs and deliveries, then acknowledgements: whatever
    arrived together was sent by nobody who waited for an answer in between.
    """

    def __init__(self, config: Config, pulse: Pulse | None = None) -> None:
        self._config = config
        self.pulse, self.backlog = pulse or Pulse(), Backlog()

    def __call__(self, session: Session, batch: Sequence[Arrival], now: datetime) -> Received:
        self.pulse.begin(session, now)
        self.backlog.begin(session)
        came = _Came.of(batch)
        beats, ended, deliveries = self.pulse.take(came.repeats, now)
        deliveries += came.deliveries
        if came.reports:
            deliveries += take_beats(session, self._config, came.reports, now)
        received = Received(0, 0, 0)
        if deliveries or ended:
            backlog = self._backlog(session, came)
            received = receive(session, self._config, deliveries, now, self.pulse.heard, ended, backlog)
            beats += self.pulse.hear(received.beats, now)
        if self.pulse.is_time() or self.backlog.is_time():
            self.backlog.settle(session)
        self.pulse.end(session, beats, received.written, received.lessons, now)
        if came.said:
            acknowledge_by_sender(session, came.said, now)
        if came.changes:
            take_changes(session, came.changes, now)
        if not (received.touched or came.reports or came.said or came.changes):
            self.backlog.groups.keep(session)
        return replace(received, heard=received.heard + (len(beats) - len(received.beats)) // 16)

    @property
    def unsettled(self) -> bool:
        """Whether anything waits for its rows, as far as is known."""
        return self.backlog.waiting

    @property
    def pressing(self) -> bool:
        """Whether so much waits for its rows that it should be written while more is gathered."""
        return self.backlog.is_pressing()

    def settle(self, session: Session) -> None:
        """Write what waits into the rows."""
        self.backlog.begin(session)
        self.backlog.settle(session)

    def _backlog(self, session: Session, came: "_Came") -> Backlog | None:
        """The backlog where it pays: several requests have come together, on a database that has one writer."""
        if len(came.repeats) > 1 and not came.said and is_sqlite(session):
            return self.backlog
        self.backlog.settle(session)
        return None


@dataclass
class _Came:
    """A batch by what is in it."""

    repeats: list[Repeats]
    deliveries: list[Delivery]
    reports: list[Beat]
    said: list[Acknowledgement]
    changes: list[ChangeEvent]

    @classmethod
    def of(cls, batch: Sequence[Arrival]) -> "_Came":
        kinds: defaultdict[type, list[Any]] = defaultdict(list)
        for arrival in batch:
            kinds[type(arrival)].append(arrival)
        return cls(kinds[Repeats], kinds[Delivery], kinds[Beat], kinds[Acknowledgement], kinds[ChangeEvent])


class Writer(AlertWriter[Arrival]):
    """The writer of all that senders deliver; its `pulse` knows which alerts fire.

    `stirred` is called after each commit in which groups changed, so that their messages need not wait to be found.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        receiver: Receiver,
        max_waiting: int = MAX_WAITING,
        stirred: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(database, clock, receiver, max_waiting, self._after, receiver)
        self.pulse, self._stirred = receiver.pulse, stirred

    def _after(self, received: Received) -> None:
        if received.touched and self._stirred is not None:
            self._stirred()
