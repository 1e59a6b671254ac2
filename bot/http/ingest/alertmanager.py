"""`POST /api/v2/alerts`: what Prometheus, Grafana and amtool send to an Alertmanager."""

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from bot.http.ingest.decode import MAX_ALERTS, Instant, Reader, decode, instant, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request, answer, problem
from core.alerts.delivery import Delivery, check_times
from core.alerts.labels import RefusedError
from core.config.senders import Source
from workflows.receiver import Writer

NOTHING = msgspec.Raw(b"")
OK = Reply(200)


_TEXTS = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
Labelled = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={**_TEXTS, "minProperties": 1})]
Explained = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema=_TEXTS)]


class PostedAlert(msgspec.Struct, gc=False):
    """One alert of the array; unknown fields are ignored."""

    labels: Labelled
    annotations: Explained = msgspec.field(default_factory=lambda: NOTHING)
    startsAt: Instant | None = None  # noqa: N815 - the sender's name
    endsAt: Instant | None = None  # noqa: N815
    generatorURL: str | None = None  # noqa: N815


_decoder = msgspec.json.Decoder(list[PostedAlert])


class AlertsApi:
    """Stores the valid alerts of a batch, and says what is wrong with the others."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._reader = Reader()

    async def post(self, request: Request) -> Reply:
        """200 with nothing when all are stored; 400 with a JSON string when some were refused (the others are
        stored); 422 when the body has another shape."""
        posted = decode(_decoder, request.body)
        check_count(len(posted))
        deliveries, refusals = self._deliveries(posted, request.source)
        await self._writer.put(deliveries)
        return refused(refusals) if refusals else OK

    def _deliveries(self, posted: Iterable[PostedAlert], source: Source) -> tuple[list[Delivery], list[str]]:
        deliveries, refusals = [], []
        for number, alert in enumerate(posted):
            try:
                deliveries.append(self._delivery(alert, source))
            except RefusedError as error:
                refusals.append(f"alert {number}: {error}")
            except msgspec.ValidationError as error:
                raise RejectError(unprocessable(f"{number}: {error}")) from None
        return deliveries, refusals

    def _delivery(self, alert: PostedAlert, source: Source) -> Delivery:
        starts_at, ends_at = instant(alert.startsAt), instant(alert.endsAt)
        check_times(starts_at, ends_at)
        who = self._reader.identity(bytes(alert.labels), source)
        said = self._reader.texts(bytes(alert.annotations), checked_url(alert.generatorURL))
        return Delivery(who, said, source.id, starts_at, ends_at)


def check_count(alerts: int) -> None:
    if alerts > MAX_ALERTS:
        raise RejectError(problem(413, f"{alerts} alerts: a request may hold at most {MAX_ALERTS}"))


def refused(refusals: list[str]) -> Reply:
    """400 with a JSON string, as Alertmanager answers."""
    return answer("; ".join(refusals), 400)


def checked_url(url: str | None) -> str | None:
    """A URI with a scheme, or an absolute path; raises ValidationError otherwise."""
    if not url or url.startswith("/"):
        return url
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if not scheme:
        raise msgspec.ValidationError("generatorURL must be of type uri")
    return url
