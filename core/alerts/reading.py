"""Reading one alert of the Alertmanager API at once, where the intake's quick half was compiled.

It knows usual alerts only, and says of them what the ordinary way says, which reads all others.
"""

from core.alerts.delivery import Delivery, Identity, Texts
from core.db.times import to_datetime


def _nothing(_raw: bytes, /) -> None:
    """There was no C compiler when it was installed."""


try:
    from core.alerts._mirror import read as _read
except ImportError:
    _read = _nothing


def delivery(raw: bytes, source: str, mark: bytes = b"") -> Delivery | None:
    """The delivery in an alert's JSON; None when anything about it is unusual, or wrong."""
    found = _read(raw)
    if found is None:
        return None
    labels, json, fingerprint, annotations, url, digest, starts, ends = found
    return Delivery(
        Identity(labels, json, fingerprint),
        Texts(annotations, url, digest),
        source,
        None if starts is None else to_datetime(starts),
        None if ends is None else to_datetime(ends),
        True,
        mark,
    )
