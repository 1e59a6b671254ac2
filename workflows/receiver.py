"""What the writer stores: everything that arrived from senders since its last transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from core.alerts.delivery import Acknowledgement, Delivery
from core.alerts.pulse import Pulse
from core.alerts.writer import AlertWriter
from core.changes.event import ChangeEvent
from core.config.load import Config
from workflows.changes import take_changes
from workflows.heartbeats import Beat, take_beats
from workflows.respond import Received, acknowledge_by_sender, receive

Arrival = Delivery | Acknowledgement | ChangeEvent | Beat
Writer = AlertWriter[Arrival]


class Receiver:
    """`receive` for one writer: heartbeats of alerts that it remembers take the short way.

    Within a batch reports of jobs come first and acknowledgements after deliveries: whatever arrived together was
    sent by nobody who waited for an answer in between.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._pulse = Pulse()

    def __call__(self, session: Session, batch: Sequence[Arrival], now: datetime) -> Received:
        deliveries = [arrival for arrival in batch if isinstance(arrival, Delivery)]
        if len(deliveries) == len(batch):
            return self._receive(session, deliveries, now)
        beats = [arrival for arrival in batch if isinstance(arrival, Beat)]
        deliveries += take_beats(session, self._config, beats, now) if beats else []
        received = self._receive(session, deliveries, now)
        acknowledge_by_sender(session, [a for a in batch if isinstance(a, Acknowledgement)], now)
        take_changes(session, [a for a in batch if isinstance(a, ChangeEvent)], now)
        return received

    def _receive(self, session: Session, batch: Sequence[Delivery], now: datetime) -> Received:
        rest = self._pulse.take(session, batch, now)
        received = receive(session, self._config, rest, now) if rest else Received(0, 0, 0)
        self._pulse.remember(session, received.alive)
        return replace(received, heard=received.heard + len(batch) - len(rest))
