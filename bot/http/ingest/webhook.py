"""`POST /webhooks/alertmanager`: an Alertmanager's webhook, version 4.

Its sender repeats only what was answered with a 5xx, so whatever may succeed later is a 503 and never a 429.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from bot.http.ingest.alertmanager import (
    NOTHING,
    OK,
    Explained,
    Labelled,
    check_count,
    checked_url,
    refused,
)
from bot.http.ingest.decode import Instant, Reader, decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request
from core.alerts.delivery import Delivery
from core.alerts.labels import RefusedError
from core.clock import Clock
from core.config.senders import Source
from workflows.receiver import Writer

Status = Literal["firing", "resolved"]


class NotifiedAlert(msgspec.Struct, gc=False):
    """One alert of a notification; unknown fields are ignored, the fingerprint is our own."""

    labels: Labelled
    status: Status | None = None
    annotations: Explained = msgspec.field(default_factory=lambda: NOTHING)
    startsAt: Instant | None = None  # noqa: N815 - the sender's name
    endsAt: Instant | None = None  # noqa: N815
    generatorURL: str | None = None  # noqa: N815


class Notification(msgspec.Struct, gc=False):
    """A notification about one group of the sender's; unknown fields are ignored."""

    version: str
    status: Status
    alerts: list[NotifiedAlert]


def span(alert: NotifiedAlert, status: Status, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When an alert began and ended. Whatever the sender's clock says: what is resolved is over now, at the latest."""
    starts_at = instant(alert.startsAt)
    if (alert.status or status) == "firing":
        return starts_at, None
    ends_at = min(instant(alert.endsAt) or now, now)
    return (min(starts_at, ends_at) if starts_at else None), ends_at


Alert = TypeVar("Alert", bound=NotifiedAlert)


async def store_all(writer: Writer, alerts: Sequence[Alert], read: Callable[[Alert], Delivery]) -> Reply:
    """Store what `read` makes of each alert: 200 when all are stored, 400 with a JSON string when some were refused.

    The others of a notification in which some are refused are stored."""
    check_count(len(alerts))
    deliveries, refusals = [], []
    for number, alert in enumerate(alerts):
        try:
            deliveries.append(read(alert))
        except RefusedError as error:
            refusals.append(f"alert {number}: {error}")
        except msgspec.ValidationError as error:
            raise RejectError(unprocessable(f"alerts.{number}: {error}")) from None
    await writer.put(deliveries)
    return refused(refusals) if refusals else OK


_decoder = msgspec.json.Decoder(Notification)


class Webhook:
    """Stores what an Alertmanager notifies about: alerts that fire until it says that they are resolved."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock
        self._reader = Reader()

    async def post(self, request: Request) -> Reply:
        """As `store_all` answers; other versions are refused."""
        notification = decode(_decoder, request.body)
        if notification.version != "4":
            raise RejectError(unprocessable(f"webhook version {notification.version[:20]!r}: only “4” is known"))
        return await store_all(
            self._writer,
            notification.alerts,
            lambda alert: self._delivery(alert, notification.status, request.source),
        )

    def _delivery(self, alert: NotifiedAlert, status: Status, source: Source) -> Delivery:
        starts_at, ends_at = span(alert, status, self._clock.now())
        who = self._reader.identity(bytes(alert.labels), source)
        said = self._reader.texts(bytes(alert.annotations), checked_url(alert.generatorURL))
        return Delivery(who, said, source.id, starts_at, ends_at, expires=False)
