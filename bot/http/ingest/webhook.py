"""`POST /webhooks/alertmanager`: an Alertmanager's webhook, version 4.

Its sender repeats only what was answered with a 5xx, so whatever may succeed later is a 503 and never a 429.
"""

from datetime import datetime
from typing import Literal

import msgspec

from bot.http.ingest.alertmanager import NOTHING, OK, check_count, checked_url, refused
from bot.http.ingest.decode import Reader, decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request
from core.alerts.delivery import Delivery
from core.alerts.labels import RefusedError
from core.alerts.writer import AlertWriter
from core.clock import Clock

Status = Literal["firing", "resolved"]


class NotifiedAlert(msgspec.Struct, gc=False):
    """One alert of a notification; unknown fields are ignored, the fingerprint is our own."""

    labels: msgspec.Raw
    status: Status | None = None
    annotations: msgspec.Raw = NOTHING
    startsAt: datetime | None = None  # noqa: N815 - the sender's name
    endsAt: datetime | None = None  # noqa: N815
    generatorURL: str | None = None  # noqa: N815


class Notification(msgspec.Struct, gc=False):
    """A notification about one group of the sender's; unknown fields are ignored."""

    version: str
    status: Status
    alerts: list[NotifiedAlert]


_decoder = msgspec.json.Decoder(Notification)


class Webhook:
    """Stores what an Alertmanager notifies about: alerts that fire until it says that they are resolved."""

    def __init__(self, writer: AlertWriter, clock: Clock) -> None:
        self._writer, self._clock = writer, clock
        self._reader = Reader()

    async def post(self, request: Request) -> Reply:
        """200 when all are stored; 400 with a JSON string when some were refused (the others are stored)."""
        notification = decode(_decoder, request.body)
        if notification.version != "4":
            raise RejectError(unprocessable(f"webhook version {notification.version[:20]!r}: only “4” is known"))
        check_count(len(notification.alerts))
        deliveries, refusals = [], []
        for number, alert in enumerate(notification.alerts):
            try:
                deliveries.append(self._delivery(alert, notification.status, request.source))
            except RefusedError as error:
                refusals.append(f"alert {number}: {error}")
            except msgspec.ValidationError as error:
                raise RejectError(unprocessable(f"alerts.{number}: {error}")) from None
        await self._writer.put(deliveries)
        return refused(refusals) if refusals else OK

    def _delivery(self, alert: NotifiedAlert, status: Status, source: str) -> Delivery:
        """Whatever the sender's clock says: what is resolved is over now, at the latest."""
        starts_at, ends_at = instant(alert.startsAt), None
        if (alert.status or status) == "resolved":
            now = self._clock.now()
            ends_at = min(instant(alert.endsAt) or now, now)
            starts_at = min(starts_at, ends_at) if starts_at else None
        who = self._reader.identity(bytes(alert.labels))
        said = self._reader.texts(bytes(alert.annotations), checked_url(alert.generatorURL))
        return Delivery(who, said, source, starts_at, ends_at, expires=False)
