"""`/v2/enqueue` and `/v2/change/enqueue`: PagerDuty's Events API v2, whose routing key is the source's token."""

from collections.abc import Collection
from uuid import uuid4

import msgspec

from bot.http.ingest import pagerduty_shapes as shapes
from bot.http.ingest.auth import Sources, must_sign
from bot.http.ingest.exchange import Knock, RejectError, Reply, Request
from bot.http.ingest.pagerduty_shapes import ChangePosted, Event, Trigger
from core.alerts.delivery import MAX_ANNOTATIONS, Acknowledgement, Delivery, keyed, texts
from core.alerts.labels import RefusedError
from core.changes.event import Link, change_event
from core.clock import Clock
from core.config.senders import Source
from workflows.receiver import Writer

MAX_DETAILS = MAX_ANNOTATIONS - 8
"""How many names of custom details are kept one by one, beside what else is said."""


class _Addressed(msgspec.Struct):
    """Just enough to know the sender."""

    routing_key: str = ""


_addressed = msgspec.json.Decoder(_Addressed)
_event = msgspec.json.Decoder(Event)
_trigger = msgspec.json.Decoder(Trigger)
_change = msgspec.json.Decoder(ChangePosted)


class PagerDuty:
    """Stores events as alerts that are known by their dedup_key, and change events as changes."""

    def __init__(self, writer: Writer, clock: Clock, sources: Sources, pipelines: Collection[str]) -> None:
        self._writer, self._clock, self._sources, self._pipelines = writer, clock, sources, pipelines

    async def enter(self, knock: Knock) -> Request:
        """By the routing key in the body, so that the body must be read first; it may hold 512 KB."""
        body = await knock.body(shapes.MAX_EVENT)
        key = shapes.read(_addressed, body).routing_key
        if not key.strip():
            raise RejectError(shapes.invalid("'routing_key' is missing or blank"))
        source = self._sources.by_token(key.encode(errors="replace"))
        if source is None:
            raise RejectError(shapes.invalid("'routing_key' is not known here"))
        if source.hmac_secret:
            raise RejectError(must_sign(source))
        return knock.by(source, body)

    async def enqueue(self, request: Request) -> Reply:
        """202 with the dedup_key. What is said about an alert that nobody knows is dropped, with 202 as well."""
        event = shapes.read(_event, request.body)
        key = (event.dedup_key or "").strip()
        if event.event_action == "trigger":
            key = key or uuid4().hex
        elif not key:
            raise RejectError(shapes.invalid("'dedup_key' is missing or blank"))
        try:
            arrival = self._arrival(event.event_action, key, request)
        except RefusedError as error:
            raise RejectError(shapes.invalid(str(error))) from None
        await self._writer.put([arrival])
        return shapes.accepted(key)

    def _arrival(self, action: str, key: str, request: Request) -> Delivery | Acknowledgement:
        source = request.source
        if action == "trigger":
            return self._triggered(shapes.read(_trigger, request.body), key, source)
        # Whatever else it says is not looked at: it is about an alert that was told before.
        known = keyed(source.id, key, {"dedup_key": key})
        if action == "acknowledge":
            return Acknowledgement(known.fingerprint, source.id)
        now = self._clock.now()
        return Delivery(known, texts({}), source.id, now, now, expires=False)

    def _triggered(self, trigger: Trigger, key: str, source: Source) -> Delivery:
        """It begins now, whatever time the event states: after a resolve, the next trigger is a new incident."""
        labels = self._labels(trigger, key, source)
        said = {name: value for name, value in shapes.extras(trigger) if value}
        details = shapes.told(trigger.payload.custom_details, MAX_DETAILS)
        told = texts({**details, **said}, trigger.client_url or "", labels)
        return Delivery(keyed(source.id, key, labels), told, source.id, self._clock.now(), expires=False)

    def _labels(self, trigger: Trigger, key: str, source: Source) -> dict[str, str]:
        payload = trigger.payload
        labels = {
            "alertname": payload.kind or payload.summary,
            "severity": payload.severity,
            "dedup_key": key,
            "instance": payload.source,
            "component": payload.component or "",
            "group": payload.group or "",
            "class": payload.kind or "",
            "pipeline": self._pipeline(payload.custom_details, payload.component, payload.group) or "",
        }
        return {**labels, **source.labels}

    def _pipeline(self, details: object, *names: str | None) -> str | None:
        """`custom_details.pipeline`, or whichever of the names is that of a pipeline."""
        stated = details.get("pipeline") if isinstance(details, dict) else None
        return next((n for n in (stated, *names) if isinstance(n, str) and n in self._pipelines), None)

    async def enqueue_change(self, request: Request) -> Reply:
        """202 when the change is stored. The same body again within ten minutes is the same change."""
        posted, now = shapes.read(_change, request.body), self._clock.now()
        payload, source = posted.payload, request.source
        pipeline = source.labels.get("pipeline") or self._pipeline(payload.custom_details, payload.source)
        event = change_event(
            source.id,
            payload.summary,
            pipeline,
            min(shapes.stated_time(payload.timestamp) or now, now),
            links=[Link(link.href, link.text or "") for link in posted.links or []],
            details=shapes.told(payload.custom_details, MAX_DETAILS),
            repeats=request.body.decode(errors="replace"),
        )
        await self._writer.put([event])
        return shapes.CHANGE_ACCEPTED if pipeline else shapes.LOOSE_CHANGE_ACCEPTED
