"""What the writer stores: everything that arrived from senders since its last transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.bulk_store import Known
from core.alerts.delivery import Acknowledgement, Delivery
from core.alerts.pulse import Pulse, Repeats
from core.alerts.writer import MAX_WAITING, AlertWriter
from core.changes.event import ChangeEvent
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from workflows.changes import take_changes
from workflows.heartbeats import Beat, take_beats
from workflows.respond import Received, acknowledge_by_sender, receive

Arrival = Repeats | Delivery | Acknowledgement | ChangeEvent | Beat


class Receiver:
    """`receive` for one writer: alerts that its `pulse` knows to fire on take the short way.

    Within a batch alerts that fire on come first, then reports of jobs and deliveries, then acknowledgements: whatever
    arrived together was sent by nobody who waited for an answer in between.
    """

    def __init__(self, config: Config, pulse: Pulse | None = None) -> None:
        self._config = config
        self.pulse = pulse or Pulse()

    def __call__(self, session: Session, batch: Sequence[Arrival], now: datetime) -> Received:
        self.pulse.begin(session, now)
        beats, ended, deliveries = self.pulse.take((a for a in batch if isinstance(a, Repeats)), now)
        deliveries += [a for a in batch if isinstance(a, Delivery)]
        reports = [a for a in batch if isinstance(a, Beat)]
        if reports:
            deliveries += take_beats(session, self._config, reports, now)
        received = Received(0, 0, 0)
        if deliveries or ended:
            received = receive(session, self._config, deliveries, now, self.pulse.heard, ended)
            beats += self.pulse.hear(received.beats, now)
        self.pulse.end(session, beats, received.written, _marked(deliveries, received.alive), now)
        if said := [a for a in batch if isinstance(a, Acknowledgement)]:
            acknowledge_by_sender(session, said, now)
        if changes := [a for a in batch if isinstance(a, ChangeEvent)]:
            take_changes(session, changes, now)
        return replace(received, heard=received.heard + (len(beats) - len(received.beats)) // 16)


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
        super().__init__(database, clock, receiver, max_waiting, self._after)
        self.pulse, self._stirred = receiver.pulse, stirred

    def _after(self, received: Received) -> None:
        if received.touched and self._stirred is not None:
            self._stirred()


def _marked(deliveries: Sequence[Delivery], alive: Sequence[Known]) -> Iterator[tuple[bytes, Known]]:
    """The firing alerts that the mirror can know, each by the last mark that stands for its texts."""
    marks = {(d.identity.fingerprint, d.texts.digest): d.mark for d in deliveries if d.mark}
    for known in alive:
        mark = marks.get((known.fingerprint, known.digest))
        if mark is not None:
            yield mark, known
