"""The sentences about when and how many rows come, and about values in the order in which they come."""

from math import exp
from typing import Any

import numpy as np

from core.evaluation.checks.told import Seen, Told
from core.evaluation.finding import Kind

Array = np.ndarray[Any, np.dtype[np.float64]]


def rows(seen: Seen) -> Told:
    now, usual = exp(float(seen.now[0])), exp(float(seen.usual[0]))
    text = f"There are {now:,.0f} rows, usually {usual:,.0f}."
    return Told(Kind.SOFT, text, "fewer" if now < usual else "more", now / usual, "late or doubled loads")


def repeats(seen: Seen) -> Told:
    text = f"{seen.now[0]:.0%} of the rows repeat another one, usually {seen.usual[0]:.0%}."
    return Told(Kind.HARD, text, "repeated", float(seen.now[0]), "a load that ran twice")


def profile(seen: Seen) -> Told:
    moved = float(np.abs(seen.now - seen.usual).sum()) / 2
    text = f"{moved:.0%} of the rows came at other times of the window than usual."
    return Told(Kind.SOFT, text, "shifted", moved, "late rows, or a clock in another zone")


def clock(seen: Seen) -> Told:
    moved = float((seen.usual - seen.now).mean())
    text = (
        f"Rows came {abs(moved):.1%} of the window {'later' if moved > 0 else 'earlier'} than usual, on average."
    )
    return Told(Kind.SOFT, text, "shifted", moved, "late rows, or a clock in another zone")


def silence(seen: Seen) -> Told:
    share, start, end = _silence(seen.now, seen.usual)
    where = "from its beginning" if start == 0 else "to its end" if end == 1 else f"after {start:.0%} of it"
    text = f"No row came in {end - start:.0%} of the window, {where}, where usually {share:.0%} of the rows come."
    return Told(Kind.SOFT, text, "silent", share, "a feed that stood still, late rows, or a clock in another zone")


def _silence(now: Array, usual: Array) -> tuple[float, float, float]:
    """The usual rows of the longest silence (by them), and where it begins and ends, as shares."""
    empty = np.flatnonzero(np.diff((now <= 0).astype(int), prepend=0, append=0))
    stretches = [(float(usual[a:b].sum()), a / len(now), b / len(now)) for a, b in empty.reshape(-1, 2)]
    return max(stretches, default=(0.0, 0.0, 0.0))


def again(seen: Seen) -> Told:
    text = f"{float(seen.now[0]):.0%} of {seen.name} are values of one window before, usually {seen.usual[0]:.0%}."
    return Told(
        Kind.HARD, text, "stale", float(seen.now[0]), "a feed that stands still, or yesterday's file again"
    )


def flow(seen: Seen) -> Told:
    text = (
        f"{seen.name} goes along with time otherwise than usual: neighbours agree by {seen.now[0]:.2f}, usually "
        f"{seen.usual[0]:.2f}."
    )
    usually = "values in the wrong rows, or a value that is held"
    return Told(Kind.HARD, text, "out of order", float(seen.now[0] - seen.usual[0]), usually)


def ties(seen: Seen) -> Told:
    text = f"{seen.now[0]:.0%} of {seen.name} are the same as the value before, usually {seen.usual[0]:.0%}."
    direction = "held" if seen.now[0] > seen.usual[0] else "mixed"
    usually = "a value that is held, or a feed that is read less often" if direction == "held" else "rows mixed up"
    return Told(Kind.HARD, text, direction, float(seen.now[0] - seen.usual[0]), usually)
