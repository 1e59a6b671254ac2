"""Labels: what they may look like, and the fingerprint that makes two deliveries the same alert."""

from collections.abc import Iterable, Mapping

Labels = Mapping[str, str]

MAX_LABELS = 64
MAX_NAME = 256
MAX_VALUE = 2048

_FNV_OFFSET = 14695981039346656037
_FNV_PRIME = 1099511628211
_SEPARATOR = b"\xff"
"""0xFF never occurs in UTF-8, so no label can imitate the border between two others."""


class RefusedError(ValueError):
    """An alert that cannot be stored; the message says why, for whoever sent it."""


def fingerprint(labels: Labels) -> str:
    """FNV-1a 64 over the sorted pairs, each `name 0xFF value 0xFF`, as 16 hex digits: the same as Alertmanager's.

    UTF-8 keeps the order of code points, so sorting texts sorts their bytes.
    """
    return _fingerprint(dict(labels))


def plain_fingerprint(labels: Labels) -> str:
    """The same in plain Python, for where no compiled one could be built."""
    value = _FNV_OFFSET
    for byte in b"".join(_pairs(labels)):
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


try:
    from core.alerts._mirror import fingerprint as _fingerprint
except ImportError:  # no C compiler when it was installed
    _fingerprint = plain_fingerprint


def _pairs(labels: Labels) -> Iterable[bytes]:
    for name in sorted(labels):
        yield from (name.encode(), _SEPARATOR, labels[name].encode(), _SEPARATOR)


def clean(labels: Labels) -> dict[str, str]:
    """The labels without those of empty value, which count as absent; raises RefusedError.

    Names are UTF-8, as Prometheus 3 sends them. Labels are the identity of an alert, so one that is too long is
    refused and never cut: two alerts could become one.
    """
    kept = {name: value for name, value in labels.items() if value}
    if not kept:
        raise RefusedError("at least one label pair required: an alert without labels has no identity")
    if len(kept) > MAX_LABELS:
        raise RefusedError(f"{len(kept)} labels, and at most {MAX_LABELS} are accepted")
    if not _all_usual(kept):
        for name, value in kept.items():
            _check(name, value)
    return kept


def _all_usual(labels: Labels) -> bool:
    """Whether there is nothing to complain of; if there may be, each is looked at."""
    names, values = "".join(labels), labels.values()
    longest = max(map(len, labels)) <= MAX_NAME and max(map(len, values)) <= MAX_VALUE
    return longest and "" not in labels and names.isprintable() and "\x00" not in "".join(values)


def _check(name: str, value: str) -> None:
    if not name or not name.isprintable():
        raise RefusedError(f"invalid label name {shown(name)}: it is empty or holds control characters")
    if len(name) > MAX_NAME:
        raise RefusedError(
            f"label name {shown(name)} has {len(name)} characters, and at most {MAX_NAME} are accepted"
        )
    if len(value) > MAX_VALUE:
        raise RefusedError(
            f"the value of label {shown(name)} has {len(value)} characters, and at most {MAX_VALUE} are accepted"
        )
    if "\x00" in value:
        raise RefusedError(f"the value of label {shown(name)} holds a NUL character")


def shown(text: str, limit: int = 60) -> str:
    """A text from outside, quoted and short enough for an error message."""
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
