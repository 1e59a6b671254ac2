"""How far a finding is expected to move the metric, or why nobody can say."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Effect:
    """The window's metric with the change minus without it, in the metric's unit; `value` lies in `[low, high]`,
    which held nine in ten past windows. None three times: not known, and `reason` says why. `sentence` is what people
    read."""

    value: float | None
    low: float | None
    high: float | None
    reason: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Effect":
        """What `as_json` made."""
        return cls(**stored)


def unknown(metric: str, reason: str) -> Effect:
    """Nothing can be said; `reason` is a clause that follows a colon."""
    return Effect(None, None, None, reason, f"What it does to the {metric} is not known: {reason}.")


def expected(metric: str, value: float, low: float, high: float, reason: str, *, share: bool) -> Effect:
    """`share` says that the metric lies in [0, 1], so that people read points of a hundred."""
    figures = [_figure(each, share) for each in (low, high)]
    span = f"{figures[0]} to {figures[1]}{' points' if share else ''}"
    if low <= 0 <= high:
        sentence = f"It may well leave the {metric} as it is ({span})."
    else:
        verb = "lower" if value < 0 else "raise"
        by = f"{_figure(abs(value), share).lstrip('+')}{' points' if share else ''}"
        sentence = f"It is expected to {verb} the {metric} by {by} ({span})."
    return Effect(value, low, high, reason, sentence)


def _figure(value: float, share: bool) -> str:
    return f"{value * 100:+.1f}" if share else f"{value:+.3g}"
