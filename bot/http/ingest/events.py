"""`/events` and `/changes`: plain JSON for pipelines, cron jobs and notebooks."""

from collections.abc import Collection
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from bot.http.ingest.alertmanager import check_count, checked_url
from bot.http.ingest.decode import Instant, decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request, answer
from bot.http.ingest.pagerduty_shapes import told
from core.alerts.delivery import MAX_ANNOTATIONS, Delivery, keyed, texts
from core.alerts.labels import RefusedError
from core.changes.event import LOOSE, ChangeEvent, Link, change_event
from core.clock import Clock
from core.config.fields import parse_duration
from core.config.places import unknown
from core.config.senders import Source
from workflows.receiver import Arrival, Writer

T = TypeVar("T")
Title = Annotated[
    str, msgspec.Meta(min_length=1, max_length=250, description="What it is called, in a few words.")
]


class PlainEvent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something is wrong, or is fine again. One `key` is one alert; without a key, one title of a pipeline is."""

    title: Title
    status: Literal["firing", "resolved"] = "firing"
    key: Annotated[str, msgspec.Meta(max_length=255, description="What makes two events the same alert.")] = ""
    severity: Annotated[
        Literal["critical", "error", "warning", "info"],
        msgspec.Meta(description="`critical` and `error` call the person on call; the others only post."),
    ] = "error"
    pipeline: Annotated[str, msgspec.Meta(description="Whose people it concerns; their id in the YAML.")] = ""
    summary: Annotated[str, msgspec.Meta(description="A paragraph about it.")] = ""
    labels: dict[str, str] = {}
    details: Annotated[dict[str, Any], msgspec.Meta(description="Anything else that helps.")] = {}
    url: Annotated[str, msgspec.Meta(description="Where it came from.")] = ""
    expires: Annotated[
        str,
        msgspec.Meta(description="Ends by itself unless it is sent again within this time: `90s`, `30m`, `2h`."),
    ] = ""


class PlainLink(msgspec.Struct, forbid_unknown_fields=True):
    href: str
    text: str = ""


class PlainChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something was changed: a deployment, a backfill, a new configuration."""

    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]
    pipeline: Annotated[str, msgspec.Meta(description="Which pipeline it may affect.")] = ""
    key: Annotated[str, msgspec.Meta(max_length=255, description="Two requests with one key are one change.")] = ""
    at: Instant | None = None
    links: list[PlainLink] = []
    details: dict[str, Any] = {}


_events = msgspec.json.Decoder(list[PlainEvent] | PlainEvent)
_changes = msgspec.json.Decoder(list[PlainChange] | PlainChange)


class PlainJson:
    """Stores all events of a request, or says which place of it is wrong and stores none."""

    def __init__(self, writer: Writer, clock: Clock, pipelines: Collection[str]) -> None:
        self._writer, self._clock, self._pipelines = writer, clock, pipelines

    async def events(self, request: Request) -> Reply:
        """200 with the key of each event, in their order."""
        posted = _listed(decode(_events, request.body))
        keys = [event.key or _key(event) for event in posted]
        arrivals: list[Arrival] = []
        for number, (event, key) in enumerate(zip(posted, keys, strict=True)):
            self._check_pipeline(_pipeline(event), request.source, number)
            try:
                arrivals.append(self._delivery(event, key, request.source))
            except (RefusedError, ValueError) as error:
                raise RejectError(unprocessable(f"event {number}: {error}")) from None
        await self._writer.put(arrivals)
        return answer({"keys": keys})

    async def changes(self, request: Request) -> Reply:
        """200 with how many were taken; repeats count too. Of those that name no pipeline it says so."""
        posted = _listed(decode(_changes, request.body))
        arrivals: list[Arrival] = []
        for number, change in enumerate(posted):
            self._check_pipeline(change.pipeline, request.source, number)
            try:
                arrivals.append(self._change(change, request.source))
            except msgspec.ValidationError as error:
                raise RejectError(unprocessable(f"change {number}: {error}")) from None
        await self._writer.put(arrivals)
        loose = sum(isinstance(each, ChangeEvent) and each.pipeline is None for each in arrivals)
        return answer({"taken": len(posted), **({"without_pipeline": loose, "hint": LOOSE} if loose else {})})

    def _check_pipeline(self, pipeline: str, source: Source, number: int) -> None:
        """These senders are programs of the team's own: a name with a typo is better told than misled."""
        if pipeline and pipeline not in self._pipelines and "pipeline" not in source.labels:
            raise RejectError(unprocessable(f"{number}: {unknown(pipeline[:80], self._pipelines, 'pipelines')}"))

    def _delivery(self, event: PlainEvent, key: str, source: Source) -> Delivery:
        stated = {"alertname": event.title, "severity": event.severity, "pipeline": _pipeline(event)}
        labels = {**event.labels, **stated, **source.labels}
        details = told(event.details, MAX_ANNOTATIONS - 2)
        said = {**details, "title": event.title, "summary": event.summary}
        now = self._clock.now()
        ends_at = now + parse_duration(event.expires) if event.expires else None
        ends_at = now if event.status == "resolved" else ends_at
        who = keyed(source.id, key, labels)
        told_of = texts(said, checked_url(event.url) or "", labels)
        return Delivery(who, told_of, source.id, now, ends_at, expires=False)

    def _change(self, change: PlainChange, source: Source) -> ChangeEvent:
        now = self._clock.now()
        stated = change.key or msgspec.json.encode(change).decode()
        return change_event(
            source.id,
            change.summary,
            source.labels.get("pipeline") or change.pipeline or None,
            min(instant(change.at) or now, now),
            links=[Link(link.href, link.text) for link in change.links],
            details=told(change.details, MAX_ANNOTATIONS),
            repeats=stated,
        )


def _listed(posted: list[T] | T) -> list[T]:
    listed = posted if isinstance(posted, list) else [posted]
    check_count(len(listed))
    return listed


def _pipeline(event: PlainEvent) -> str:
    """Named by itself, or as a label, as senders to Prometheus do."""
    return event.pipeline or event.labels.get("pipeline", "")


def _key(event: PlainEvent) -> str:
    """The same for the same title of the same pipeline with the same labels."""
    content = msgspec.json.encode([event.pipeline, event.title, sorted(event.labels.items())])
    return blake2b(content, digest_size=16).hexdigest()
