"""What changed once and for good proves no wild nature, and of two columns one may never be the smaller."""

from dataclasses import replace

import numpy as np

from core.evaluation.checks.data_checks import COOL_DOWN, DataChecks
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.past_windows import Novelty
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.track import Track
from core.evaluation.finding import Finding
from core.evaluation.summaries.pairs import measure, numbers
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import PLANS, ROWS, Values, day, window

PAST = 40


def highest(index: int, *, apart: bool = True) -> Values:
    """The highest temperature of a place beside the lowest: often the same one, and both lie anywhere."""
    rng = np.random.default_rng(index)
    low = rng.normal(rng.uniform(-100, 100), 10, ROWS)
    above = np.where(rng.random(ROWS) < rng.uniform(0.1, 0.6), 0.0, rng.exponential(3, ROWS))
    return day(index) | {"temp": low, "gust": low + above * apart}


def ordered(index: int, values: Values) -> WindowSummary:
    temp, gust = (numbers(values[name], PLANS[name].coarse) for name in ("temp", "gust"))
    pair = measure("temp", "gust", temp, gust)
    assert pair is not None
    made = window(index, values)
    two = {name: made.columns[name] for name in ("temp", "gust")}
    return replace(made, columns=two, traces={}, pairs=(replace(pair, correlation=None),))


def exchanged(index: int) -> WindowSummary:
    values = highest(1000)
    return ordered(index, values | {"temp": values["gust"], "gust": values["temp"]})


def names(found: list[Finding]) -> set[str]:
    return {name for finding in found for name in finding.columns}


def test_what_never_was_the_smaller_of_two_and_often_the_same_is_told_when_it_is() -> None:
    checks = DataChecks.learn([ordered(i, highest(i)) for i in range(PAST)])
    assert checks.judge(ordered(PAST, highest(999))) == []
    assert names(checks.judge(exchanged(PAST))) == {"gust", "temp"}


def test_a_change_that_lasted_hides_no_fault_of_the_same_signal() -> None:
    checks = DataChecks.learn([ordered(i, highest(i, apart=False)) for i in range(PAST)])
    told = []
    for i in range(PAST, PAST + 2 * COOL_DOWN):
        found = checks.judge(ordered(i, highest(i)))
        told.append(names(found))
        checks.remember(ordered(i, highest(i)), found)
    assert told[0] == {"gust", "temp"}
    assert told[COOL_DOWN:] == [set()] * COOL_DOWN
    assert names(checks.judge(exchanged(PAST + 2 * COOL_DOWN))) == {"gust", "temp"}


def changed(track: Track, first: int, share: float) -> None:
    """Windows of another share that are found until they are the new usual."""
    for at in range(first, first + COOL_DOWN):
        signal = Signal(np.array([share]), ROWS)
        track.add(at, signal, track.novelty(signal, at))
        lasted = at == first + COOL_DOWN - 1
        track.mark(first if lasted else at, at, usual=lasted)


def test_changes_that_last_say_how_far_a_signal_goes_by_itself_once_they_come_again_and_again() -> None:
    track = Track(measure_of("mode"), 1)
    for at in range(PAST):
        track.add(at, Signal(np.array([0.5]), ROWS), Novelty(0.0, 0.0))
    changed(track, PAST, 0.8)
    assert track.scale() == track.measure.floor
    assert track.calm()
    changed(track, PAST + COOL_DOWN, 0.2)
    assert not track.calm()
    assert track.scale() == track.measure.floor, "of what is rigid, one counts for nothing"
    changed(track, PAST + 2 * COOL_DOWN, 1.0)
    assert track.scale() > track.measure.floor
