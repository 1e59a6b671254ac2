"""Which changes of unit are named: a wrong name is worse than none."""

from collections.abc import Callable

import numpy as np
import pytest

from core.evaluation.checks.causes import Array, repair
from core.evaluation.checks.distance import MEASURES
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.track import Track
from core.evaluation.summaries.summary import QUANTILES

ROWS = 500
Draw = Callable[[np.random.Generator], Array]


def named(usual: Draw, now: Draw) -> str | None:
    """What the values of a window are told to be, after 60 usual windows."""
    track = Track(MEASURES["level"], len(QUANTILES))
    for seed in range(60):
        signal = _level(usual(np.random.default_rng(seed)))
        track.add(seed, signal, track.novelty(signal))
    found = repair(_level(now(np.random.default_rng(1000))), track)
    return found and found.name


def _level(values: Array) -> Signal:
    return Signal(np.quantile(values, QUANTILES), len(values))


def cars(rng: np.random.Generator) -> Array:
    return rng.lognormal(np.log(22_000), 0.5, ROWS)


def celsius(rng: np.random.Generator) -> Array:
    return rng.normal(15 + rng.normal(0, 1), 6, ROWS)


@pytest.mark.parametrize("times", [1.4, 1.8, 1.9, 2.1, 2.4, 3.0])
def test_dearer_cars_are_no_other_unit(times: float) -> None:
    assert named(cars, lambda rng: times * cars(rng)) is None


def test_degrees_are_named_where_they_can_be_degrees() -> None:
    assert named(celsius, lambda rng: celsius(rng) * 1.8 + 32) == "what they were in degrees Fahrenheit"
    assert named(lambda rng: celsius(rng) * 1.8 + 32, celsius) == "what they were in degrees Celsius"


@pytest.mark.parametrize("times", [0.001, 0.01, 10, 100, 1000])
def test_powers_of_ten_are_named(times: float) -> None:
    told = f"{times:,g} times" if times >= 1 else f"a {1 / times:,g}th of"
    assert named(cars, lambda rng: times * cars(rng)) == f"{told} what they were"


def test_centimetres_that_became_inches_are_named() -> None:
    def heights(rng: np.random.Generator) -> Array:
        return rng.normal(172, 9, ROWS)

    assert named(heights, lambda rng: heights(rng) / 2.54) == "a 2.54th of what they were"


def test_what_was_always_nothing_has_no_other_unit() -> None:
    assert named(lambda _rng: np.zeros(24), lambda _rng: np.ones(24)) is None


def nights(rng: np.random.Generator) -> Array:
    """Of guests who stay longer on some days than on others."""
    return rng.poisson(rng.gamma(2.0, 0.5), ROWS).astype(float)


def test_more_of_what_is_counted_is_not_ten_times_as_much() -> None:
    """A third of the guests come as one group, for six nights: others stay as long as ever."""
    assert named(nights, lambda rng: np.where(rng.random(ROWS) < 0.35, 6.0, nights(rng))) is None
    assert named(nights, lambda rng: 10 * nights(rng)) == "10 times what they were"
    assert named(nights, lambda rng: -nights(rng)) == "what they were with the sign turned"


def test_a_column_that_grew_over_the_years_has_no_other_unit_when_it_goes_on() -> None:
    """Its first windows look like a tenth of it."""
    track, rng = Track(MEASURES["level"], len(QUANTILES)), np.random.default_rng(3)
    for i in range(120):
        track.add(i, _level(np.exp(i / 60) * rng.normal(10, 1, 300)), None)
    assert repair(_level(1.2 * np.exp(2) * rng.normal(10, 1, 300)), track) is None
