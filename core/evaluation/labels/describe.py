"""Labels that come late: how many are in, and how long they take."""

from core.evaluation.log.prediction_log import Delays
from core.text import percent


def coverage(delays: Delays) -> float | None:
    """The share of a window's predictions whose label is known, in [0, 1]; None when nothing was predicted."""
    return delays.labels / delays.rows if delays.rows else None


def describe(delays: Delays) -> str:
    """One sentence for people: how many labels are in, and how long they took."""
    share = coverage(delays)
    if share is None:
        return "Nothing was predicted."
    text = f"{delays.labels:,} of {delays.rows:,} labels are in ({percent(share)})"
    if delays.median is None or delays.p90 is None:
        return f"{text}."
    return f"{text}; half of them within {hours_text(delays.median)}, nine in ten within {hours_text(delays.p90)}."


def hours_text(hours: float) -> str:
    """A stretch of time as people say it, from minutes to days."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
