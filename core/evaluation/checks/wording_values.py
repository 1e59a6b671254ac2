"""The sentences about a column's values: whether they are there, in which form, which they are and how far out."""

from collections.abc import Callable
from dataclasses import replace
from math import exp

import numpy as np

from core.evaluation.checks.lasting import STRETCH
from core.evaluation.checks.levels import ends
from core.evaluation.checks.told import Seen, Told, figure
from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import QUANTILES

ENDS = (1, 2, 5, 15, 18, 19)
"""Quantiles that tell where the ends of a column lie: .05, .1, .25 and .75, .9, .95."""
LONGEST_VALUE = 40
"""Characters of a value that a sentence shows."""


def missing(seen: Seen) -> Told:
    share = float(seen.now[0])
    kind = Kind.HARD if share >= 0.99 else Kind.SOFT
    direction = "missing" if share > seen.usual[0] else "filled"
    text = f"{seen.name} is missing in {share:.0%} of rows, usually {seen.usual[0]:.0%}."
    if share == 1:
        usual = f"usually in {seen.usual[0]:.0%}"
        text = f"{seen.name} is missing in every row, {usual}: its source is empty, or the column is gone."
    elif seen.usual[0] == 1:
        text = f"{seen.name} appears: it usually has no value, now {1 - share:.0%} of rows have one."
    return Told(kind, text, direction, share - float(seen.usual[0]), "a join that finds nothing, or a source down")


WHAT_LASTS: dict[str, tuple[Kind, str, str, str]] = {
    "missing": (Kind.SOFT, "missing", "were missing", "a join that finds less, or a source that drops rows"),
    "failures": (Kind.HARD, "unreadable", "could not be read as finite numbers", "a changed format or type"),
    "unseen": (Kind.DRIFT, "renamed", "were values that the reference does not have", "renamed or new categories"),
    "between": (
        Kind.HARD,
        "between",
        "lay between the few values that it usually has",
        "another unit or rounding, or values from elsewhere",
    ),
}


def lately(check: str) -> Callable[[Seen], Told]:
    """Tells a share that went up and stayed up."""
    kind, direction, what, usually = WHAT_LASTS[check]

    def told(seen: Seen) -> Told:
        now, usual = float(seen.now[0]), float(seen.usual[0])
        much = "all" if now == 1 else f"at least {_small(now)}"
        text = f"In most of the last {STRETCH} windows {much} of {seen.name} {what}, usually {_small(usual)}."
        return Told(kind, text, direction, now - usual, usually)

    return told


def _small(share: float) -> str:
    return f"{share:.0%}" if share == 0 or share >= 0.0995 else f"{share:.1%}"


def failures(seen: Seen) -> Told:
    text = f"{seen.now[0]:.0%} of {seen.name} cannot be read as finite numbers, usually {seen.usual[0]:.0%}."
    return Told(Kind.HARD, text, "unreadable", float(seen.now[0]), "a changed format or type")


def constant(seen: Seen) -> Told:
    if not seen.now[0]:
        text = f"{seen.name} holds more than one value, which it usually does not."
        return Told(Kind.DRIFT, text, "varied", 1.0, "another source, or a setting that changed")
    text = f"{seen.name} holds one single value, which it usually does not."
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


def others(seen: Seen) -> Told:
    times = exp(min(abs(float(seen.now[0] - seen.usual[0])), 50))
    up = bool(seen.now[0] > seen.usual[0])
    far = (
        f"{figure(times)} times as far from it as usual" if up else f"a {figure(times)}th as far from it as usual"
    )
    text = f"The few values of {seen.name} that are not its commonest lie {far}."
    return Told(Kind.DRIFT, text, "up" if up else "down", times, "another unit, or a real change")


def spread(seen: Seen) -> Told:
    now, usual = (float(q[-2] - q[1]) for q in (seen.now, seen.usual))
    text = f"Most values of {seen.name} span {figure(now)}, usually {figure(usual)}."
    return Told(
        Kind.DRIFT, text, "wider" if now > usual else "narrower", now - usual, "noise, rounding or clipping"
    )


def distribution(seen: Seen) -> Told:
    moved = float(np.abs(seen.now - seen.usual).sum()) / 2
    share = f"{moved:.0%} of rows would have to hold another one"
    text = f"{seen.name} has another mix of values than usual: {share} to make it the usual mix."
    return Told(Kind.DRIFT, text, "moved", moved, "a real change, or rows from elsewhere")


def shape(seen: Seen) -> Told:
    """The same of shares that are added up."""
    now, usual = (np.diff(each, prepend=0.0) for each in (seen.now, seen.usual))
    return distribution(replace(seen, now=now, usual=usual))


def variety(seen: Seen) -> Told:
    now, usual = round(exp(float(seen.now[0]))), round(exp(float(seen.usual[0])))
    text = f"{seen.name} has {now:,} different {'value' if now == 1 else 'values'}, usually {usual:,}."
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
    return _renamed(seen, "the reference does not have")


def unheard(seen: Seen) -> Told:
    return _renamed(seen, "no window before had")


def _renamed(seen: Seen, strange: str) -> Told:
    share = float(seen.now[0])
    text = f"{share:.0%} of {seen.name} are values that {strange}, usually {seen.usual[0]:.0%}."
    if seen.column and seen.column.top:
        text = text[:-1] + f" (commonest now: {', '.join(_quoted(value) for value, _ in seen.column.top[:3])})."
    kind = Kind.HARD if share >= 0.5 else Kind.DRIFT
    return Told(kind, text, "renamed", share, "renamed or new categories")


def pattern(seen: Seen) -> Told:
    share = float(seen.now[0])
    text = f"{share:.0%} of {seen.name} are written as no value of the reference is, usually {seen.usual[0]:.0%}."
    return Told(Kind.HARD, text, "another format", share, "a changed format, cut texts, or a mark added to them")


def patterns(seen: Seen) -> Told:
    moved = float(np.abs(seen.now - seen.usual).sum()) / 2
    text = (
        f"{seen.name} is written in another mix of formats than usual: {moved:.0%} of rows would have to change."
    )
    return Told(Kind.DRIFT, text, "formats moved", moved, "a changed format, or rows from elsewhere")


def _quoted(value: str) -> str:
    """A value as a sentence can hold it; the spaces around it are said, not shown."""
    inner = " ".join(value.split())
    cut = inner if len(inner) <= LONGEST_VALUE else f"{inner[: LONGEST_VALUE - 1]}…"
    return f"“{cut}”" + (" and spaces" if value != value.strip() else "")


def between(seen: Seen) -> Told:
    text = (
        f"{seen.now[0]:.0%} of {seen.name} lie between the few values that it usually has, "
        f"usually {seen.usual[0]:.0%}."
    )
    usually = "another unit or rounding, or values from elsewhere"
    return Told(Kind.HARD, text, "between", float(seen.now[0] - seen.usual[0]), usually)


def reach(seen: Seen) -> Told:
    low, high = ends(seen.now)
    up = seen.now[high] - seen.usual[high] > seen.usual[low] - seen.now[low]
    at, end, direction = (high, "highest", "far up") if up else (low, "lowest", "far down")
    now, usual = float(seen.now[at]), float(seen.usual[at])
    text = f"The {end} {QUANTILES[low]:.0%} of {seen.name} lie at {figure(now)}, usually at {figure(usual)}."
    return Told(Kind.DRIFT, text, direction, now - usual, "a few values of another unit, or a mark for none")


def length(seen: Seen) -> Told:
    now, usual = exp(float(seen.now[0])) - 1, exp(float(seen.usual[0])) - 1
    text = f"The texts of {seen.name} are {now:.1f} characters long on average, usually {usual:.1f}."
    return Told(Kind.HARD, text, "longer" if now > usual else "shorter", now - usual, "a changed format")
