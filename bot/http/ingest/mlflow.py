"""`/webhooks/mlflow/SOURCE`: what an MLflow registry tells about its models, as changes.

MLflow sends no token; it signs (`v1`, HMAC-SHA256 of `DELIVERY_ID.TIMESTAMP.BODY`, base64), so the source is named in
the path and known by its secret.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import msgspec

from bot.http.ingest.auth import Sources
from bot.http.ingest.decode import Instant, decode
from bot.http.ingest.exchange import Headers, Knock, RejectError, Reply, Request, answer, problem
from core.changes.event import LOOSE, ChangeEvent, change_event
from core.clock import Clock
from core.config.senders import Source
from workflows.receiver import Writer

SIGNATURE, DELIVERY, SIGNED_AT = b"x-mlflow-signature", b"x-mlflow-delivery-id", b"x-mlflow-timestamp"
MAX_BODY = 1024 * 1024
FRESH = timedelta(minutes=5)
"""How old a signature may be, either way; MLflow signs once, and gives up trying again well before."""


class RegistryEvent(msgspec.Struct):
    """One event of the registry; what `data` holds depends on it."""

    entity: str
    action: str
    timestamp: Instant | None = None
    data: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(RegistryEvent)


class Mlflow:
    """Stores what happens in an MLflow registry as changes of the pipeline that has the model's name."""

    def __init__(self, writer: Writer, clock: Clock, sources: Sources, pipelines: Collection[str]) -> None:
        self._writer, self._clock, self._sources, self._pipelines = writer, clock, sources, pipelines

    async def enter(self, knock: Knock) -> Request:
        """By signature. A stranger does not learn which sources there are."""
        source = self._sources.signing(knock.path.rsplit("/", 1)[-1])
        body = await knock.body(MAX_BODY)
        if source is None or not self._is_signed(source, knock.headers, body):
            raise RejectError(
                problem(401, "X-MLflow-Signature is missing, too old, or not of this source's secret")
            )
        # The delivery's id is signed as well, and the same when MLflow tries again.
        return knock.by(source, body)._replace(query={"delivery": [knock.headers[DELIVERY].decode("latin-1")]})

    def _is_signed(self, source: Source, headers: Headers, body: bytes) -> bool:
        at, delivery = headers.get(SIGNED_AT, b""), headers.get(DELIVERY, b"")
        if not at.isdigit() or abs(self._clock.now().timestamp() - int(at[:12])) > FRESH.total_seconds():
            return False
        return self._sources.signed(source, b".".join((delivery, at, body)), _signatures(headers))

    async def post(self, request: Request) -> Reply:
        """200 when the change is stored, or was before."""
        event = decode(_decoder, request.body)
        change = self._change(event, request)
        await self._writer.put([change])
        return answer({"taken": 1} if change.pipeline else {"taken": 1, "without_pipeline": 1, "hint": LOOSE})

    def _change(self, event: RegistryEvent, request: Request) -> ChangeEvent:
        name, source = str(event.data.get("name", "")), request.source
        now = self._clock.now()
        known = name if name in self._pipelines else None
        at = event.timestamp.astimezone() if event.timestamp else now
        return change_event(
            source.id,
            sentence(event),
            source.labels.get("pipeline") or known,
            min(at, now),
            details={key: str(value) for key, value in event.data.items() if value},
            repeats=request.query["delivery"][0],
        )


def _signatures(headers: Headers) -> Iterator[bytes]:
    """Every `v1,…` of the header, decoded; there may be several while a secret is changed."""
    for part in headers.get(SIGNATURE, b"").split():
        version, _, value = part.partition(b",")
        if version == b"v1":
            try:
                yield b64decode(value, validate=True)
            except Base64Error:
                continue


def sentence(event: RegistryEvent) -> str:
    """What happened, in words."""
    data = {name: str(value)[:200] for name, value in event.data.items()}
    name, version = data.get("name", "?"), data.get("version", "?")
    alias, key = data.get("alias", "?"), data.get("key", "?")
    match (event.entity, event.action):
        case ("registered_model", "created"):
            return f"MLflow: model {name} was registered"
        case ("model_version", "created"):
            return f"MLflow: version {version} of {name} was registered"
        case ("model_version_alias", "created"):
            return f"MLflow: {name}@{alias} is version {version} now"
        case ("model_version_alias", "deleted"):
            return f"MLflow: {name}@{alias} was taken away"
        case ("model_version_tag", "set"):
            return f"MLflow: version {version} of {name} was tagged {key}={data.get('value', '')}"
        case ("model_version_tag", "deleted"):
            return f"MLflow: version {version} of {name} lost its tag {key}"
    return f"MLflow: {event.entity.replace('_', ' ')} {event.action}: {name}"[:1_024]
