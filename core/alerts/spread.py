"""Many alerts in a few words: in which labels they differ, and which values are the most frequent. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

_UNTOLD = frozenset({"severity", "__name__"})
"""Labels that people see elsewhere, or that mean nothing to them."""


class Spread(NamedTuple):
    """A label in which alerts differ: how many values it has, and the most frequent with how often they occur."""

    label: str
    values: int
    top: tuple[tuple[str, int], ...]


class Cause(NamedTuple):
    """What a declared cause names, and how many groups name it."""

    label: str
    value: str
    groups: int


def spread(counted: Iterable[tuple[str, str, int]], top: int = 3) -> list[Spread]:
    """The labels with more than one value, those with the most values first; `counted` are (label, value, how often),
    the most frequent first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for label, value, count in counted:
        found.setdefault(label, []).append((value, count))
    several = [
        Spread(label, len(values), tuple(values[:top]))
        for label, values in found.items()
        if len(values) > 1 and label not in _UNTOLD
    ]
    return sorted(several, key=lambda each: (-each.values, each.label))


def counted(label: str, number: int) -> str:
    """`40 hosts`; `status` stays as it is."""
    return f"{number:,} {label if label.endswith('s') else f'{label}s'}"
