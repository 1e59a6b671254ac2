"""From a sender's JSON to deliveries. Labels and texts that came before are not decoded again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Generic, TypeVar

import msgspec

from bot.http.ingest.allowed import with_allowed
from bot.http.ingest.exchange import RejectError, Reply, problem
from core.alerts.delivery import Identity, Texts, identity, texts
from core.alerts.labels import Labels, RefusedError
from core.config.senders import Source

T = TypeVar("T")
Pairs = dict[str, str | None]

Instant = Annotated[datetime, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""A time as senders write it; see `instant`."""

MAX_ALERTS = 10_000
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
"""As late as both databases store without trouble in any zone."""


class Memo(Generic[T]):
    """What `make` made of the raw bytes last seen; the oldest are forgotten beyond `max_bytes` of raw text."""

    def __init__(self, make: Callable[[bytes], T], max_bytes: int = 1024 * 1024) -> None:
        self._make, self._max_bytes = make, max_bytes
        self._known: dict[bytes, T] = {}
        self._size = 0

    def __call__(self, raw: bytes) -> T:
        found = self._known.get(raw)
        if found is None:
            found = self._make(raw)
            self._remember(raw, found)
        return found

    def _remember(self, raw: bytes, made: T) -> None:
        if len(raw) > self._max_bytes // 100:
            return
        self._known[raw] = made
        self._size += len(raw)
        while self._size > self._max_bytes:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._size -= len(oldest)


_decoder = msgspec.json.Decoder(Pairs | None)


def pairs(raw: bytes) -> dict[str, str]:
    """Labels or annotations; null counts as empty, as Go reads it."""
    try:
        return {name: value or "" for name, value in (_decoder.decode(raw) or {}).items()}
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusedError("its labels or annotations are not valid Unicode") from None


def _identity(forced: Labels, raw: bytes) -> Identity:
    return identity({**pairs(raw), **forced})


def _texts(raw: bytes) -> Texts:
    url, _, annotations = raw.partition(b"\x00")
    return texts(pairs(annotations) if annotations else {}, url.decode())


class Reader:
    """Turns raw labels and texts into checked ones. Refusals raise RefusedError, wrong types ValidationError."""

    def __init__(self) -> None:
        self._identities: dict[str, Memo[Identity]] = {}
        self._texts = Memo(_texts)

    def identity(self, labels: bytes, source: Source) -> Identity:
        """The labels, with those that are forced on their sender."""
        owner = source.id if source.labels else ""
        memo = self._identities.get(owner)
        if memo is None:
            memo = self._identities[owner] = Memo(partial(_identity, source.labels))
        return memo(labels)

    def texts(self, annotations: bytes, generator_url: str | None) -> Texts:
        # A NUL cannot occur in JSON outside of an escape, so it separates the two.
        url = (generator_url or "").replace("\x00", "").encode()
        return self._texts(url + b"\x00" + annotations)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as the decoder's type; raises RejectError: 400 for what is no JSON, 422 for another shape."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RejectError(unprocessable(with_allowed(str(error), decoder.type))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RejectError(
            problem(400, f"parsing the body failed, because {why_unreadable(body, error)}")
        ) from None


_HALF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
"""The escape of a high surrogate without its other half."""


def why_unreadable(body: bytes, error: Exception) -> str:
    """The decoder's words, or better ones where it takes half of a surrogate pair for the end of the body."""
    found = _HALF_PAIR.search(body) if "truncated" in str(error) else None
    return f"half of a surrogate pair stands near byte {found.start()}" if found else str(error)


def unprocessable(message: str) -> Reply:
    """422, with the code that Alertmanager gives to what fails validation."""
    return problem(422, message, 602)


def instant(value: datetime | None) -> datetime | None:
    """A sender's time in UTC; None for Go's zero time too. Raises ValidationError without a zone."""
    if value is None or value.year <= 1:
        return None
    if value.tzinfo is UTC:
        return min(value, _NEVER)
    if value.tzinfo is None:
        raise msgspec.ValidationError(f"{value.isoformat()} has no zone; write it as RFC 3339 wants it")
    return _NEVER if value.year >= _NEVER.year else value.astimezone(UTC)
