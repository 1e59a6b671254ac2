"""`/webhooks/grafana`: Grafana's webhook contact point, and the shape of its old alerting."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from bot.http.ingest.alertmanager import NOTHING, OK, checked_url, refused
from bot.http.ingest.auth import Sources, must_sign
from bot.http.ingest.decode import Reader, decode, pairs
from bot.http.ingest.exchange import Headers, Knock, RejectError, Reply, Request
from bot.http.ingest.webhook import NotifiedAlert, Status, span, store_all
from core.alerts.delivery import Delivery, Identity, Texts, keyed, texts
from core.alerts.labels import RefusedError
from core.clock import Clock
from core.config.senders import Source
from workflows.receiver import Writer

SIGNATURE, SIGNED_AT = b"x-grafana-alerting-signature", b"x-grafana-alerting-timestamp"
FRESH = timedelta(minutes=5)
"""How old a signature with a time may be."""


class GrafanaAlert(NotifiedAlert, gc=False):
    """One alert of a notification, with the addresses and values that only Grafana knows."""

    silenceURL: str | None = None  # noqa: N815 - the sender's name
    dashboardURL: str | None = None  # noqa: N815
    panelURL: str | None = None  # noqa: N815
    imageURL: str | None = None  # noqa: N815
    values: dict[str, Any] | None = None

    def extras(self) -> Iterator[tuple[str, str]]:
        """What is kept as annotations."""
        for name in ("silenceURL", "dashboardURL", "panelURL", "imageURL"):
            yield name, getattr(self, name) or ""
        yield "values", ", ".join(f"{name}={value}" for name, value in sorted((self.values or {}).items()))


class GrafanaNotification(msgspec.Struct, gc=False):
    """A notification of Grafana 8 and later; unknown fields are ignored."""

    status: Status
    alerts: list[GrafanaAlert]
    version: str = "1"


Id = int | str
LegacyState = Literal["alerting", "ok", "no_data", "pending", "paused", "unknown"]


class LegacyNotification(
    msgspec.Struct, rename={"rule_name": "ruleName", "rule_id": "ruleId", "rule_url": "ruleUrl"}
):
    """A notification of Grafana's old alerting: one rule, in one state."""

    rule_name: Annotated[str, msgspec.Meta(min_length=1)]
    state: LegacyState
    rule_id: Id | None = None
    title: str = ""
    message: str | None = None
    rule_url: str | None = None
    tags: dict[str, str] | None = None


class _Shape(msgspec.Struct):
    """Just enough to tell the two apart."""

    ruleName: msgspec.Raw = NOTHING  # noqa: N815 - the sender's name
    alerts: msgspec.Raw = NOTHING


_shape = msgspec.json.Decoder(_Shape)
_decoder = msgspec.json.Decoder(GrafanaNotification)
_legacy = msgspec.json.Decoder(LegacyNotification)


class Grafana:
    """Stores what Grafana notifies about: alerts that fire until it says that they are resolved."""

    def __init__(self, writer: Writer, clock: Clock, sources: Sources) -> None:
        self._writer, self._clock, self._sources = writer, clock, sources
        self._reader = Reader()

    async def enter(self, knock: Knock) -> Request:
        """By token; and by signature too, when the source declares a secret."""
        source = self._sources.authenticate(knock.headers)
        body = await knock.body()
        if source.hmac_secret and not self._is_signed(source, knock.headers, body):
            raise RejectError(must_sign(source))
        return knock.by(source, body)

    def _is_signed(self, source: Source, headers: Headers, body: bytes) -> bool:
        """Hex SHA-256 of the body, or of `TIMESTAMP:BODY` if Grafana is told to sign the time as well."""
        at = headers.get(SIGNED_AT)
        if at is not None:
            if not at.isdigit() or abs(self._clock.now().timestamp() - int(at[:12])) > FRESH.total_seconds():
                return False
            body = at + b":" + body
        try:
            given = bytes.fromhex(headers.get(SIGNATURE, b"").decode())
        except ValueError:
            return False
        return self._sources.signed(source, body, [given])

    async def post(self, request: Request) -> Reply:
        """As `store_all` answers, and one alert for a rule of the old alerting."""
        shape = decode(_shape, request.body)
        if bytes(shape.ruleName) and not bytes(shape.alerts):
            return await self._post_legacy(decode(_legacy, request.body), request.source)
        notification = decode(_decoder, request.body)
        return await store_all(
            self._writer,
            notification.alerts,
            lambda alert: self._delivery(alert, notification.status, request.source),
        )

    def _delivery(self, alert: GrafanaAlert, status: Status, source: Source) -> Delivery:
        starts_at, ends_at = span(alert, status, self._clock.now())
        who = self._reader.identity(bytes(alert.labels), source)
        return Delivery(who, _texts(alert), source.id, starts_at, ends_at, expires=False)

    async def _post_legacy(self, notification: LegacyNotification, source: Source) -> Reply:
        if notification.state not in ("alerting", "no_data", "ok"):
            return OK
        now = self._clock.now()
        ends_at = now if notification.state == "ok" else None
        try:
            who, said = _rule(notification, source)
        except RefusedError as error:
            return refused([str(error)])
        await self._writer.put([Delivery(who, said, source.id, ends_at, ends_at, expires=False)])
        return OK


def _texts(alert: GrafanaAlert) -> Texts:
    """A Grafana that does not know its own address gives none that lead anywhere: those are left out."""
    raw = bytes(alert.annotations)
    kept = {name: value for name, value in alert.extras() if value}
    try:
        url = checked_url(alert.generatorURL)
    except msgspec.ValidationError:
        url = None
    return texts({**(pairs(raw) if raw else {}), **kept}, url or "")


def _rule(notification: LegacyNotification, source: Source) -> tuple[Identity, Texts]:
    """A rule is one alert, known by its id; its tags are its labels."""
    labels = {"alertname": notification.rule_name, **(notification.tags or {}), **source.labels}
    said = {"title": notification.title, "message": notification.message or ""}
    key = f"rule:{notification.rule_id or notification.rule_name}"
    url = notification.rule_url or ""
    return keyed(source.id, key, labels), texts(said, url, labels)
