"""What a sender delivered about one alert, checked and cut to size."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from core.alerts.labels import Labels, RefusedError, clean, fingerprint, shown

MAX_ANNOTATIONS = 64
MAX_ANNOTATION = 10_000
MAX_URL = 8_192


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Which alert it is: checked labels, their JSON, and their fingerprint.

    An alert that is `keyed` is known by its sender's own key instead: its labels may change while it fires.
    """

    labels: Labels
    json: str
    fingerprint: str
    keyed: bool = False


class Texts(msgspec.Struct, frozen=True, gc=False):
    """What is said about an alert: its annotations as JSON, and a link. `digest` is equal for equal texts."""

    json: str
    generator_url: str
    digest: str

    @property
    def annotations(self) -> dict[str, str]:
        return msgspec.json.decode(self.json, type=dict[str, str])


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One alert as delivered.

    `starts_at` and `ends_at` are None where the sender said nothing. `expires` tells whether the resolve timeout
    then gives it an end: senders of the Alertmanager API repeat what still fires, webhooks tell its end. `mark` is
    what the mirror learns it by, where it read it.
    """

    identity: Identity
    texts: Texts
    source: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    expires: bool = True
    mark: bytes = b""


class Acknowledgement(msgspec.Struct, frozen=True, gc=False):
    """A sender's word that somebody on its side has taken an alert."""

    fingerprint: str
    source: str


def keyed(source: str, key: str, labels: Mapping[str, str]) -> Identity:
    """An alert that its sender knows by a key of its own; raises RefusedError.

    The fingerprint is of names that no label can have, so that no labels imitate another sender's key.
    """
    if "\x00" in key:
        raise RefusedError("the key holds a NUL character")
    kept = clean(labels)
    return Identity(kept, _json(kept), fingerprint({"\x00source": source, "\x00key": key}), keyed=True)


def identity(labels: Mapping[str, str]) -> Identity:
    """Checked labels with their fingerprint; raises RefusedError."""
    kept = clean(labels)
    return Identity(kept, _json(kept), fingerprint(kept))


def texts(annotations: Mapping[str, str], generator_url: str = "", labels: Labels | None = None) -> Texts:
    """Checked texts: an annotation that is too long is cut and says by how much; raises RefusedError
    when there are too many.

    A generator URL that is too long would not lead anywhere once cut, so it is left out. The labels of a keyed
    alert count as texts: they may change.
    """
    kept = {_printable(name): _cut(_printable(value)) for name, value in annotations.items() if value}
    if len(kept) > MAX_ANNOTATIONS:
        raise RefusedError(f"{len(kept)} annotations, and at most {MAX_ANNOTATIONS} are accepted")
    for name in kept:
        if len(name) > MAX_URL:
            raise RefusedError(f"annotation name {shown(name)} has {len(name)} characters")
    url = _printable(generator_url) if len(generator_url) <= MAX_URL else ""
    return Texts(_json(kept), url, _digest(kept, url, labels or {}))


def check_times(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raises RefusedError when an alert would end before it starts."""
    if starts_at is not None and ends_at is not None and ends_at < starts_at:
        raise RefusedError("start time must be before end time")


def _printable(text: str) -> str:
    """NUL has no place in a PostgreSQL text; everything else stays as it came."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _cut(text: str) -> str:
    if len(text) <= MAX_ANNOTATION:
        return text
    return f"{text[:MAX_ANNOTATION]}… ({len(text) - MAX_ANNOTATION:,} more characters cut)"


def _json(texts: Mapping[str, str]) -> str:
    return msgspec.json.encode(texts).decode()


def _digest(annotations: Mapping[str, str], url: str, labels: Labels) -> str:
    """One fingerprint of all; the further names are none that an annotation can have."""
    said = {"\x00url": url, **annotations}
    said.update((f"\x00label {name}", value) for name, value in labels.items())
    return fingerprint(said)
