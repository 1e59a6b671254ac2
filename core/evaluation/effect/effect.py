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
    unit = " points" if share else ""
    if low == high == 0:
        text = "As far as the past tells, what the model answers does not depend on it."
        return Effect(value, low, high, reason, text)
    if low <= 0 <= high:
        span = f"{_signed(low, share)} to {_signed(high, share)}{unit}"
        return Effect(value, low, high, reason, f"It may well leave the {metric} as it is ({span}).")
    verb = "lower" if value < 0 else "raise"
    least, most = sorted((abs(low), abs(high)))
    by = f"{_size(value, share)}{unit} ({_size(least, share)} to {_size(most, share)}{unit})"
    return Effect(value, low, high, reason, f"It is expected to {verb} the {metric} by {by}.")


def _size(value: float, share: bool) -> str:
    return f"{abs(value) * 100:.1f}" if share else f"{abs(value):.3g}"


def _signed(value: float, share: bool) -> str:
    return f"{'−' if value < 0 else '+'}{_size(value, share)}"
