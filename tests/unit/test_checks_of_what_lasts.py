"""Shares that go up by little and stay up are told; what is over, what came once and what wanders by chance are not."""

import numpy as np
import pytest

from core.evaluation.checks.data_checks import COOL_DOWN, DataChecks
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.lasting import LASTING, STRETCH, lasting
from core.evaluation.checks.nearest import nearest_of
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.told import Seen
from core.evaluation.checks.track import Track
from core.evaluation.checks.wording import TELLERS
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import day, window

ROWS, PAST = 160, 120
DICE = np.random.default_rng(7)


def windows(first: int, shares: list[float]) -> list[WindowSummary]:
    """Days of few rows in which `wind` is missing by chance, in these shares."""
    made = []
    for at, share in enumerate(shares, first):
        values = {name: each[:ROWS].copy() for name, each in day(3000 + at).items()}
        values["wind"][DICE.random(ROWS) < share] = np.nan
        made.append(window(at, values))
    return made


def told(past: list[WindowSummary], now: list[WindowSummary]) -> list[list[Finding]]:
    checks, found = DataChecks.learn(past), []
    for each in now:
        found.append(checks.judge(each))
        checks.remember(each, found[-1])
    return found


def test_a_tenth_that_becomes_a_fifth_is_told_within_a_week_and_once() -> None:
    found = told(windows(0, [0.1] * PAST), windows(PAST, [0.2] * 25))
    spoke = [at for at, each in enumerate(found) if each]
    assert spoke
    assert spoke[0] < STRETCH
    assert spoke[-1] - spoke[0] < STRETCH + COOL_DOWN
    first = found[spoke[0]][0]
    assert (first.columns, first.kind, first.check) == (("wind",), Kind.SOFT, "missing lately")
    assert first.reason.startswith(f"In most of the last {STRETCH} windows at least 1")
    assert " of wind were missing, usually " in first.reason


def track(shares: list[float], check: str = "missing") -> Track:
    made = Track(measure_of(check), 1)
    for at, share in enumerate(shares):
        made.add(at, Signal(np.array([share]), ROWS), None)
    return made


def lately(shares: list[float], now: float) -> float:
    key = ("missing", ("wind",))
    (signal,) = lasting({key: Signal(np.array([now]), ROWS)}, {key: track(shares)}).values()
    return float(signal.values[0])


def test_what_three_of_seven_windows_had_does_not_last() -> None:
    assert lately([0.1] * 4 + [0.9, 0.9], 0.9) == 0.1
    assert lately([0.1] * 3 + [0.9, 0.9, 0.9], 0.9) == 0.9


def test_a_column_that_always_has_new_texts_has_ever_more_of_them() -> None:
    def signals(usual: float) -> int:
        key = ("unseen", ("city",))
        past = track([usual] * 30 + [0.6] * 6, "unseen")
        return len(lasting({key: Signal(np.array([0.6]), ROWS)}, {key: past}))

    assert (signals(0.5), signals(0.04)) == (0, 1)


def test_what_is_over_is_over() -> None:
    assert lately([0.9] * 6, 0.1) == 0.1


def test_too_few_windows_say_nothing() -> None:
    key = ("missing", ("wind",))
    assert lasting({key: Signal(np.array([0.5]), ROWS)}, {key: track([0.1] * (STRETCH - 2))}) == {}
    assert lasting({key: Signal(np.array([0.5]), ROWS)}, {}) == {}


@pytest.mark.parametrize("apart", [1, 3, STRETCH])
def test_the_nearest_are_those_far_enough_before(apart: int) -> None:
    values = np.random.default_rng(3).random((150, 1))
    found = nearest_of(values, lambda each: np.abs(each).max(-1), 7, 20, apart)
    for at in range(150):
        before = np.sort(np.abs(values[: max(0, at - apart + 1), 0] - values[at, 0]))
        wanted = np.inf if len(before) < 7 else before[int(len(before) >= 20)]
        assert found[at] == wanted


def test_a_past_looked_back_at_is_what_it_was_when_it_came() -> None:
    shares = [float(each) for each in np.random.default_rng(5).normal(0.1, 0.02, 90).clip(0.01)]
    shares[60:70] = [0.2] * 10
    at_once = Track(measure_of("missing lately"), 1, apart=STRETCH)
    one_by_one = Track(measure_of("missing lately"), 1, apart=STRETCH)
    for at, share in enumerate(shares):
        signal = Signal(np.array([share]), ROWS)
        one_by_one.add(at, signal, one_by_one.novelty(signal, at) if at >= 14 else None)
        at_once.add(at, signal, None)
    at_once.look_back(14)
    size = len(shares)
    assert at_once.past.excess[14:size] == pytest.approx(one_by_one.past.excess[14:size], nan_ok=True)
    assert at_once.past.excess[60] > 0.04


@pytest.mark.parametrize("check", LASTING)
def test_each_is_told_in_words(check: str) -> None:
    said = TELLERS[check + " lately"](Seen("wind", None, np.array([0.214]), np.array([0.094])))
    assert "at least 21% of wind" in said.text
    assert said.text.endswith("usually 9.4%.")
    assert said.magnitude == pytest.approx(0.12)


def test_a_shape_is_told_by_the_rows_that_would_have_to_move() -> None:
    usual, now = np.array([0.5, 0.2, 0.2, 0.1]), np.array([0.2, 0.2, 0.3, 0.3])
    said = TELLERS["shape"](Seen("value", None, np.cumsum(now), np.cumsum(usual)))
    assert "30% of rows would have to hold another one" in said.text
