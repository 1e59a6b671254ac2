"""Every path that a sender may use: the application answers by this table, and the OpenAPI document is made of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.http.ingest.alertmanager import AlertsApi, PostedAlert
from bot.http.ingest.auth import Sources
from bot.http.ingest.events import PlainChange, PlainEvent, PlainJson
from bot.http.ingest.exchange import Entry, Handler
from bot.http.ingest.grafana import Grafana, GrafanaNotification, LegacyNotification
from bot.http.ingest.heartbeats import Heartbeats
from bot.http.ingest.listing import Listing
from bot.http.ingest.mlflow import Mlflow, RegistryEvent
from bot.http.ingest.pagerduty import PagerDuty
from bot.http.ingest.pagerduty_shapes import ChangePosted, PostedEvent
from bot.http.ingest.silences import PostedSilence, SilencesApi
from bot.http.ingest.webhook import Notification, Webhook
from core.clock import Clock
from core.config.load import Config
from core.db.database import Database
from workflows.receiver import Writer

TOKEN, SIGNED, KEYED = "token", "signature", "routing_key"
"""How a sender proves who it is."""


class Doc(NamedTuple):
    """What the OpenAPI document says of an operation. `takes` are the types that its body may be decoded as."""

    summary: str
    replies: Mapping[int, str]
    takes: tuple[Any, ...] = ()
    security: str = TOKEN
    filtered: bool = False


class Route(NamedTuple):
    """One operation; a path may end in `{name}`, which stands for one more part."""

    method: str
    path: str
    entry: Entry
    handler: Handler
    doc: Doc


STORED = {200: "stored"}
REFUSED = {400: "not JSON, or some alerts were refused (the others are stored)", 413: "too large"}
UNREADABLE = {
    415: "the body is packed",
    422: "another shape, or a value that is not allowed; the message names it",
}
BUSY = {503: "too much waits for the disk, or the database is away; send it again"}
FOUND = {200: "what was asked for"}
GONE = {404: "no such silence", 422: "its id is no UUID"}
_POSTED = {**STORED, **REFUSED, **UNREADABLE, **BUSY}
_PAGERDUTY = {202: "stored", 400: "PagerDuty's “invalid event”, with its errors", 413: "more than 512 KB", **BUSY}


def routes(
    config: Config, database: Database, clock: Clock, writer: Writer, sources: Sources, alerts: AlertsApi
) -> Iterator[Route]:
    """Every operation, with what answers it."""
    pipelines = frozenset(config.pipelines)
    enter = sources.enter
    yield from _alertmanager(config, database, clock, alerts, enter)
    webhook, grafana = Webhook(writer, clock), Grafana(writer, clock, sources)
    doc = Doc("A notification of an Alertmanager (webhook version 4)", _POSTED, (Notification,))
    yield Route("POST", "/webhooks/alertmanager", enter, webhook.post, doc)
    for method in ("POST", "PUT"):
        doc = Doc("A notification of Grafana", _POSTED, (GrafanaNotification, LegacyNotification))
        yield Route(method, "/webhooks/grafana", grafana.enter, grafana.post, doc)
    yield from _pagerduty(PagerDuty(writer, clock, sources, pipelines))
    mlflow, plain = Mlflow(writer, clock, sources, pipelines), PlainJson(writer, clock, pipelines)
    doc = Doc("An event of an MLflow registry", {**_POSTED, 400: "not JSON"}, (RegistryEvent,), SIGNED)
    yield Route("POST", "/webhooks/mlflow/{source}", mlflow.enter, mlflow.post, doc)
    whole = {**_POSTED, 400: "not JSON"}
    doc = Doc("Something is wrong, or is fine again", whole, (PlainEvent, list[PlainEvent]))
    yield Route("POST", "/events", enter, plain.events, doc)
    doc = Doc("Something was changed", whole, (PlainChange, list[PlainChange]))
    yield Route("POST", "/changes", enter, plain.changes, doc)
    beats = Heartbeats(writer, clock, config.team)
    for method in ("GET", "POST", "PUT"):
        replies = {
            200: "noted",
            403: "another pipeline's",
            404: "not declared in team.yaml",
            413: "too large",
            **BUSY,
        }
        doc = Doc("A job is alive", {**replies, 415: "the body is packed"})
        yield Route(method, "/heartbeat/{name}", enter, beats.beat, doc)


def _alertmanager(
    config: Config, database: Database, clock: Clock, alerts: AlertsApi, enter: Entry
) -> Iterator[Route]:
    listing = Listing(config, database, clock)
    silences = SilencesApi(config, database, clock)
    filtered = {**FOUND, 400: "a filter that nobody can read"}

    def route(method: str, path: str, handler: Handler, doc: Doc) -> Route:
        return Route(method, f"/api/v2{path}", enter, handler, doc)

    yield route(
        "POST", "/alerts", alerts.post, Doc("Alerts, as Prometheus sends them", _POSTED, (list[PostedAlert],))
    )
    yield route("GET", "/alerts", listing.alerts, Doc("Firing alerts", filtered, filtered=True))
    yield route("GET", "/alerts/groups", listing.groups, Doc("Firing alerts by group", filtered, filtered=True))
    yield route("GET", "/silences", silences.list, Doc("Silences", filtered, filtered=True))
    made = {**STORED, 400: "not JSON, or refused", 404: "the silence to be replaced does not exist"}
    posted = {**made, 413: "too large", **UNREADABLE}
    yield route("POST", "/silences", silences.post, Doc("Make or replace a silence", posted, (PostedSilence,)))
    yield route("GET", "/silence/{id}", silences.get, Doc("One silence", {**FOUND, **GONE}))
    ended = {200: "ended", **GONE, 413: "too large", 415: "the body is packed"}
    yield route("DELETE", "/silence/{id}", silences.delete, Doc("End a silence", ended))
    yield route("GET", "/status", listing.status, Doc("Status and version", FOUND))
    yield route("GET", "/receivers", listing.receivers, Doc("The one receiver", FOUND))


def _pagerduty(pagerduty: PagerDuty) -> Iterator[Route]:
    said: dict[str, tuple[Callable[..., Any], Any, str]] = {
        "/v2/enqueue": (pagerduty.enqueue, PostedEvent, "An event, as PagerDuty takes it"),
        "/v2/change/enqueue": (pagerduty.enqueue_change, ChangePosted, "A change event, as PagerDuty takes it"),
    }
    for path, (handler, takes, summary) in said.items():
        replies = {**_PAGERDUTY, 415: "the body is packed"}
        yield Route("POST", path, pagerduty.enter, handler, Doc(summary, replies, (takes,), KEYED))
