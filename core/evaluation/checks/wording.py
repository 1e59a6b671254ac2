"""The sentence of a finding: what changed, by how much, and what it usually is."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np

from core.evaluation.checks.signals import FORMS
from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary

Array = np.ndarray[Any, np.dtype[np.float64]]
NAMED = 3
"""So many columns that another does not go with are named."""
ENDS = (1, 2, 5, 15, 18, 19)
"""Quantiles that tell where the ends of a column lie: .05, .1, .25 and .75, .9, .95."""
LONGEST_VALUE = 40
"""Characters of a value that a sentence shows."""


@dataclass(frozen=True)
class Told:
    """What is said about one signal of one column."""

    kind: Kind
    text: str
    direction: str
    magnitude: float
    usually: str


@dataclass(frozen=True)
class Seen:
    """A column's signal now, and the middle of its past."""

    name: str
    column: ColumnSummary | None
    now: Array
    usual: Array


def missing(seen: Seen) -> Told:
    share = float(seen.now[0])
    kind = Kind.HARD if share >= 0.99 else Kind.SOFT
    direction = "missing" if share > seen.usual[0] else "filled"
    text = f"{seen.name} is missing in {share:.0%} of rows, usually {seen.usual[0]:.0%}."
    if share == 1:
        usual = f"usually in {seen.usual[0]:.0%}"
        text = f"{seen.name} is missing in every row, {usual}: its source is empty, or the column is gone."
    elif seen.usual[0] == 1:
        text = f"{seen.name} appears: it never had a value, now {1 - share:.0%} of rows have one."
    return Told(kind, text, direction, share - float(seen.usual[0]), "a join that finds nothing, or a source down")


def failures(seen: Seen) -> Told:
    text = f"{seen.now[0]:.0%} of {seen.name} cannot be read as finite numbers, usually {seen.usual[0]:.0%}."
    return Told(Kind.HARD, text, "unreadable", float(seen.now[0]), "a changed format or type")


def constant(seen: Seen) -> Told:
    text = f"{seen.name} holds one single value; it never did before."
    return Told(Kind.HARD, text, "constant", 1.0, "a frozen feed, or a default that slips in")


def level(seen: Seen) -> Told:
    now, usual = float(seen.now[10]), float(seen.usual[10])
    text = f"{seen.name} has a median of {figure(now)}, usually {figure(usual)}."
    if figure(now) == figure(usual):
        text, now, usual = _end(seen)
    return Told(Kind.DRIFT, text, "up" if now > usual else "down", now - usual, "a real change, or another source")


def _end(seen: Seen) -> tuple[str, float, float]:
    """What is said of a level whose middle is where it was: the end that moved farthest, and how many values it has."""
    at = max(ENDS, key=lambda i: abs(seen.now[i] - seen.usual[i]))
    now, usual, high = float(seen.now[at]), float(seen.usual[at]), QUANTILES[at] > 0.5
    share = 1 - QUANTILES[at] if high else QUANTILES[at]
    side = "at least" if high else "at most"
    return f"{share:.0%} of {seen.name} are {side} {figure(now)}, usually {side} {figure(usual)}.", now, usual


def spread(seen: Seen) -> Told:
    now, usual = (float(q[-2] - q[1]) for q in (seen.now, seen.usual))
    text = f"Most values of {seen.name} span {figure(now)}, usually {figure(usual)}."
    return Told(
        Kind.DRIFT, text, "wider" if now > usual else "narrower", now - usual, "noise, rounding or clipping"
    )


def distribution(seen: Seen) -> Told:
    moved = float(np.abs(seen.now - seen.usual).sum()) / 2
    share = f"{min(moved, 1):.0%} of rows would have to hold another one"
    text = f"{seen.name} has another mix of values than usual: {share} to make it the usual mix."
    return Told(Kind.DRIFT, text, "moved", moved, "a real change, or rows from elsewhere")


def variety(seen: Seen) -> Told:
    now, usual = round(exp(float(seen.now[0]))), round(exp(float(seen.usual[0])))
    text = f"{seen.name} has {now:,} different {_plural(now)}, usually {usual:,}."
    direction = "fewer" if now < usual else "more"
    return Told(
        Kind.DRIFT, text, direction, float(seen.now[0] - seen.usual[0]), "merged values, rounding or noise"
    )


def mode(seen: Seen) -> Told:
    text = f"{seen.now[0]:.0%} of {seen.name} are one and the same value, usually {seen.usual[0]:.0%}."
    return Told(Kind.DRIFT, text, "one value", float(seen.now[0]), "a default that slips in, or clipping")


def shares(names: tuple[str, ...], usually: str, kind: Kind) -> Callable[[Seen], Told]:
    """Tells the share that changed most."""

    def told(seen: Seen) -> Told:
        at = int(np.argmax(np.abs(seen.now - seen.usual)[: len(names)]))
        text = f"{seen.now[at]:.0%} of {seen.name} {names[at]}, usually {seen.usual[at]:.0%}."
        return Told(kind, text, names[at], float(seen.now[at] - seen.usual[at]), usually)

    return told


def unseen(seen: Seen) -> Told:
    share = float(seen.now[0])
    text = f"{share:.0%} of {seen.name} are values that the reference does not have, usually {seen.usual[0]:.0%}."
    if seen.column and seen.column.top:
        text = text[:-1] + f" (commonest now: {', '.join(_quoted(value) for value, _ in seen.column.top[:3])})."
    kind = Kind.HARD if share >= 0.5 else Kind.DRIFT
    return Told(kind, text, "renamed", share, "renamed or new categories")


def _quoted(value: str) -> str:
    """A value as a sentence can hold it; the spaces around it are said, not shown."""
    inner = " ".join(value.split())
    cut = inner if len(inner) <= LONGEST_VALUE else f"{inner[: LONGEST_VALUE - 1]}…"
    return f"“{cut}”" + (" and spaces" if value != value.strip() else "")


def length(seen: Seen) -> Told:
    now, usual = exp(float(seen.now[0])) - 1, exp(float(seen.usual[0])) - 1
    text = f"The texts of {seen.name} are {now:.1f} characters long on average, usually {usual:.1f}."
    return Told(Kind.HARD, text, "longer" if now > usual else "shorter", now - usual, "a changed format")


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


def stale(seen: Seen) -> Told:
    text = f"{seen.name} has nearly the same values as in the window before, closer than it ever had."
    return Told(Kind.HARD, text, "stale", 1.0, "a feed that stands still, or yesterday's file again")


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


TELLERS: dict[str, Callable[[Seen], Told]] = {
    "failures": failures,
    "constant": constant,
    "missing": missing,
    "unseen": unseen,
    "form": shares(
        tuple(
            {"padded": "have spaces around them", "empty": "are empty", "digits": "are digits only"}.get(
                name, f"have {name}" if name == "symbols" else f"are in {name} case"
            )
            for name in FORMS
        ),
        "a changed format",
        Kind.HARD,
    ),
    "length": length,
    "level": level,
    "echo": stale,
    "again": again,
    "again in a row": again,
    "grain": shares(
        ("are whole numbers", "have at most one decimal", "have at most two decimals"), "rounding", Kind.HARD
    ),
    "edges": shares(("are the lowest value", "are the highest value"), "clipping", Kind.HARD),
    "mode": mode,
    "categories": distribution,
    "variety": variety,
    "spread": spread,
    "bins": distribution,
    "shape": distribution,
    "ids": repeats,
    "repeats": repeats,
    "silence": silence,
    "rows": rows,
    "clock": clock,
    "profile": profile,
    "ties": ties,
    "flow": flow,
}
"""Signals in the order in which they explain: the first that is off gives the sentence."""


def apart(name: str, partners: list[str]) -> Told:
    """A column whose values are usual, but not in these rows."""
    named = partners if len(partners) <= NAMED else [*partners[: NAMED - 1], f"{len(partners) - NAMED + 1} others"]
    with_what = " and ".join(named) or "the time of the rows"
    text = f"{name} has its usual values, but they do not go with {with_what} as they always did."
    usually = "values in the wrong rows: a broken join, stale or shifted values"
    return Told(Kind.HARD, text, "apart", 1.0, usually)


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def _plural(count: int) -> str:
    return "value" if count == 1 else "values"
