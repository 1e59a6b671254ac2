"""The ceiling: a writer that knows every alert by its labels as soon as it has come, and stores nothing."""

from collections.abc import Sequence
from datetime import timedelta

from core.alerts.activity import activity
from core.alerts.delivery import Delivery
from core.alerts.mirror import Kind
from core.alerts.writer import Done
from core.clock import Clock
from core.db.times import micros
from workflows.receiver import Arrival, Receiver, Writer


class Forgetful(Writer):
    """Answers at once."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self.pulse, self._now, self._ids = receiver.pulse, clock.now, 0

    @property
    def ready(self) -> bool:
        return True

    def put_soon(self, arrivals: Sequence[Arrival], done: Done) -> None:
        for arrival in arrivals:
            if isinstance(arrival, Delivery) and arrival.mark:
                self._ids += 1
                starts_at, ends_at, _ = activity(arrival, self._now())
                end = micros(ends_at or starts_at + timedelta(hours=1))
                self.pulse.mirror.learn(arrival.mark, self._ids, 1, micros(starts_at), end, Kind.STATED)
        done(None)
