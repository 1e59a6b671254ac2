"""`POST /api/v2/alerts`: what Prometheus, Grafana and amtool send to an Alertmanager."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from hashlib import blake2b
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from bot.http.ingest.decode import MAX_ALERTS, Instant, Reader, decode, instant, pairs, unprocessable
from bot.http.ingest.exchange import RejectError, Reply, Request, answer, failure, problem
from core.alerts.delivery import Delivery, check_times
from core.alerts.labels import RefusedError
from core.alerts.pulse import Pulse, repeats
from core.alerts.reading import delivery
from core.alerts.writer import OverloadedError
from core.clock import Clock
from core.config.senders import Source
from workflows.receiver import Arrival, Writer

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
    """Stores the valid alerts of a batch, and says what is wrong with the others.

    Alerts that the writer's pulse knows to fire on are not decoded.
    """

    def __init__(self, writer: Writer, pulse: Pulse, clock: Clock) -> None:
        self._writer, self._pulse, self._clock = writer, pulse, clock
        self._reader = Reader()

    async def post(self, request: Request) -> Reply:
        """200 with nothing when all are stored; 400 with a JSON string when some were refused (the others are
        stored); 422 when the body has another shape."""
        arrivals, refusals = self.read(request.body, request.source)
        await self._writer.put(arrivals)
        return refused(refusals) if refusals else OK

    def post_soon(self, body: bytes, source: Source, answer: Callable[[Reply], None]) -> None:
        """The same for who does not wait in a coroutine: `answer` is called with the reply, now or later."""
        try:
            arrivals, refusals = self.read(body, source)
            reply = refused(refusals) if refusals else OK
            self._writer.put_soon(arrivals, lambda error: answer(reply if error is None else failure(error)))
        except RejectError as error:
            answer(error.reply)
        except OverloadedError as error:
            answer(failure(error))

    def read(self, body: bytes, source: Source) -> tuple[list[Arrival], list[str]]:
        """What is to be stored, and why some of it will not be; raises RejectError."""
        scanned = self._pulse.scan(body, _sender(source), self._clock.now())
        if scanned is None:
            return self._decoded(body, source)
        check_count(scanned.total)
        try:
            deliveries, refusals = self._rest(scanned.rest, source)
        except (msgspec.MsgspecError, UnicodeDecodeError, RejectError):
            return self._decoded(body, source)
        if len(scanned.rest) == scanned.total:
            return deliveries, refusals
        again = partial(self._again, body, source, scanned.rest)
        return [*repeats(scanned, again), *deliveries], refusals

    def _rest(self, rest: Sequence[tuple[int, bytes, bytes]], source: Source) -> tuple[list[Any], list[str]]:
        """The deliveries of what the mirror does not know: at once where all of it is usual."""
        if not source.labels:
            quick = [delivery(raw, source.id, mark) for _, raw, mark in rest]
            if None not in quick:
                return quick, []
        posted = _decoder.decode(b"[" + b",".join([raw for _, raw, _ in rest]) + b"]")
        marked = [(number, mark) for number, _, mark in rest]
        return self._deliveries(zip(marked, posted, strict=True), source)

    def _decoded(self, body: bytes, source: Source) -> tuple[list[Arrival], list[str]]:
        """The long way: every alert is decoded, and a mistake is named with its place."""
        posted = decode(_decoder, body)
        check_count(len(posted))
        return self._deliveries((((number, b""), alert) for number, alert in enumerate(posted)), source)

    def _again(self, body: bytes, source: Source, rest: Sequence[tuple[int, bytes, bytes]]) -> list[Delivery]:
        """The deliveries of a body but for the `rest`, which is read already."""
        known = {number for number, _, _ in rest}
        posted = enumerate(_decoder.decode(body))
        return self._deliveries((((n, b""), alert) for n, alert in posted if n not in known), source)[0]

    def _deliveries(
        self, posted: Iterable[tuple[tuple[int, bytes], PostedAlert]], source: Source
    ) -> tuple[list[Any], list[str]]:
        deliveries, refusals = [], []
        for (number, mark), alert in posted:
            try:
                deliveries.append(self._delivery(alert, source, mark))
            except RefusedError as error:
                refusals.append(f"alert {number}: {error}")
            except msgspec.ValidationError as error:
                raise RejectError(unprocessable(f"{number}{_place(alert, error)}")) from None
        return deliveries, refusals

    def _delivery(self, alert: PostedAlert, source: Source, mark: bytes) -> Delivery:
        starts_at, ends_at = instant(alert.startsAt), instant(alert.endsAt)
        check_times(starts_at, ends_at)
        who = self._reader.identity(bytes(alert.labels), source)
        said = self._reader.texts(bytes(alert.annotations), checked_url(alert.generatorURL))
        return Delivery(who, said, source.id, starts_at, ends_at, mark=mark)


@cache
def _number(source_id: str) -> int:
    return int.from_bytes(blake2b(source_id.encode(), digest_size=8).digest())


def _sender(source: Source) -> int:
    """What the mirror knows a sender by: only those that labels are forced on mean alerts of their own."""
    return _number(source.id) if source.labels else 0


def _place(alert: PostedAlert, error: msgspec.ValidationError) -> str:
    """What is wrong in an alert, and in which of its parts."""
    message, _, where = str(error).partition(" - at ")
    if not where:
        return f": {message}"
    try:
        pairs(bytes(alert.labels))
    except msgspec.ValidationError:
        return f".labels: {message}"
    return f".annotations: {message}"


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
