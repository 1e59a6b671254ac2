"""The hash of a value, the same in every engine and here: only what all of them compute alike is used.

Texts: the first eight digits of their MD5. Numbers: their place on the plan's scale is scrambled by products and
fractions of IEEE doubles, which DuckDB, PostgreSQL and NumPy round alike (Spark may differ in a last bit, so that its
numbers go together with its own only); numbers that a double cannot tell apart on that
scale (1e-16 of their distance from the center) share a hash. The first step is weak and cheap, and decides alone
whether a hash is below FIRST, so that engines can leave out most rows before they work out the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import md5
from typing import Any

FIRST = 1 / 16
FAR = 2.0**31
"""Farther than so many spreads from the center a number is hashed by its inverse: products keep their fractions."""
GRAIN = 2.0**20
GOLDEN, PLASTIC = 0.6180339887498949, 0.7548776662466927
"""Irrational turns: whole numbers times these spread evenly over a circle."""


def first_step(place: Any, floor: Callable[[Any], Any]) -> Any:
    """A weak hash in [0, 1) of a place on the plan's scale."""
    turned = place * (GRAIN * GOLDEN)
    return turned - floor(turned)


Step = Callable[[Mapping[str, Any], Callable[[Any], Any], Callable[[Any, Any, Any], Any]], dict[str, Any]]
"""From named figures (`place` at first) to more, or new ones, given the engine's floor and its choice by a test."""


def _near(v: Mapping[str, Any], floor: Any, choose: Any) -> dict[str, Any]:
    far = (v["place"] >= FAR) | (v["place"] <= -FAR)
    return {
        "first": first_step(v["place"], floor),
        "near": choose(far, FAR / choose(far, v["place"], 1.0), v["place"]),
    }


def _cut(v: Mapping[str, Any], floor: Any, _choose: Any) -> dict[str, Any]:
    return {"whole": floor(v["near"])}


def _turn(v: Mapping[str, Any], _floor: Any, _choose: Any) -> dict[str, Any]:
    whole = v["whole"]
    return {"fine": (v["near"] - whole) * GRAIN, "once": whole * GOLDEN, "twice": whole * PLASTIC}


def _mix(v: Mapping[str, Any], floor: Any, _choose: Any) -> dict[str, Any]:
    fine, once, twice = (v[name] - floor(v[name]) for name in ("fine", "once", "twice"))
    return {"mixed": ((v["first"] + fine) * 1.5 + once) * 1.75 + twice}


def _stretch(v: Mapping[str, Any], _floor: Any, _choose: Any) -> dict[str, Any]:
    return {"mixed": v["mixed"] * 111.109375 + 0.5}


def _square(v: Mapping[str, Any], _floor: Any, _choose: Any) -> dict[str, Any]:
    return {"mixed": v["mixed"] * v["mixed"]}


def _rest(v: Mapping[str, Any], floor: Any, _choose: Any) -> dict[str, Any]:
    return {"mixed": v["mixed"] - floor(v["mixed"])}


def _again(v: Mapping[str, Any], _floor: Any, _choose: Any) -> dict[str, Any]:
    return {"mixed": (v["mixed"] + 0.75) * 233.0703125 + 0.25}


def _spread(v: Mapping[str, Any], _floor: Any, choose: Any) -> dict[str, Any]:
    """The numbers whose first step is below FIRST have the hashes below it."""
    return {"hash": choose(v["first"] < FIRST, v["mixed"] * FIRST, FIRST + v["mixed"] * (1 - FIRST))}


STEPS: tuple[Step, ...] = (_near, _cut, _turn, _mix, _stretch, _square, _rest, _again, _square, _rest, _spread)
"""From `place` to `hash`, a number in [0, 1); each step reads earlier ones only, so that none is written out twice."""


def text_hashes(values: Iterable[str]) -> list[int]:
    """Hashes of texts, as whole numbers below HASHES."""
    return [int(md5(value.encode(), usedforsecurity=False).hexdigest()[:8], 16) for value in values]
