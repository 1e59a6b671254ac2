"""What is worked out for many windows or columns at once is what each by itself comes to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from core.evaluation.checks import chance, levels
from core.evaluation.checks.distance import measure_of
from core.evaluation.checks.recurring import NEIGHBOURS, SEASONAL, Recurring
from core.evaluation.checks.signals import Signal
from core.evaluation.checks.track import Track
from core.evaluation.summaries import ibis_summaries
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.summary import QUANTILES
from core.evaluation.windows import Window

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LAGS = {"days": (7, 14, 21), "half days": (2, 4, 6, 14), "hours": (24, 48, 168)}


def has_season(values: np.ndarray, lags: tuple[int, ...], longest: int) -> bool:
    """By its definition."""
    recent = values[-longest:]

    def apart(lag: int) -> float:
        return float(np.mean([np.abs(a - b).sum() for a, b in zip(recent[lag:], recent[:-lag], strict=True)]))

    same = [apart(lag) for lag in lags if lag < len(recent)]
    others = [apart(lag) for lag in range(1, NEIGHBOURS + 1) if lag < len(recent) and lag not in lags]
    return bool(same and others) and min(same) < SEASONAL * float(np.median(others))


@pytest.mark.parametrize("lags", LAGS.values(), ids=LAGS)
def test_whether_there_is_a_season_is_told_of_all_windows_as_of_each(lags: tuple[int, ...]) -> None:
    rng, longest = np.random.default_rng(len(lags)), 40
    seen = set()
    for height in (0.0, 0.4, 2.0):
        wave = height * np.sin(np.arange(60) * 2 * np.pi / lags[0])
        values = rng.normal(0, 0.3, (60, 3)) + wave[:, None]
        expected = [has_season(values[:size], lags, longest) for size in range(61)]
        assert Recurring(lags, longest).each(values, np.arange(61)).tolist() == expected
        one_by_one = Recurring(lags, longest)
        assert [one_by_one.holds(values, size) for size in range(61)] == expected
        seen |= set(expected)
    assert seen == {True, False}


def test_a_season_is_looked_back_on_as_each_window_would_have_been_judged() -> None:
    rng = np.random.default_rng(4)
    values = np.sin(np.arange(50) * 2 * np.pi / 7) + rng.normal(0, 0.05, 50)

    def track(windows: int) -> Track:
        found = Track(measure_of("rows/season"), 1, (7, 14, 21, 28))
        for i, value in enumerate(values[:windows]):
            found.add(i, Signal(np.array([value]), 1000), None)
        return found

    looked = track(50)
    looked.look_back(14)
    expected = [track(i).novelty(Signal(values[i : i + 1], 1000), i) if i >= 14 else None for i in range(50)]
    gaps = [np.nan if each is None else each.gap for each in expected]
    assert np.isfinite(gaps).sum() > 20
    np.testing.assert_array_equal(looked.past.gap[:50], gaps)


def of_windows(count: int, digits: int) -> np.ndarray:
    """Quantiles, with ties where they are rounded."""
    found: np.ndarray = np.sort(
        np.round(np.random.default_rng(digits).normal(size=(count, len(QUANTILES))), digits), 1
    )
    return found


@pytest.mark.parametrize("digits", [0, 1, 6])
def test_places_among_the_values_of_all_windows_are_those_among_each(digits: int) -> None:
    past, values = of_windows(30, digits), np.array(QUANTILES)
    at = np.sort(np.concatenate([past[3], np.linspace(-4, 4, 9)]))
    found = chance._between(at, past, values)
    np.testing.assert_array_equal(found, [np.interp(at, each, values) for each in past])


def test_a_median_that_tells_enough_tells_no_more_than_all_quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    past, rows = of_windows(30, 6), np.full(30, 200.0)
    far = [(past[0] * width + shift, shift) for shift in (0.0, 0.5, 1.0, 4.0) for width in (1.0, 3.0)]
    quick = [chance.ranks_chance(now, past, 200.0, rows)[0] for now, _ in far]
    monkeypatch.setattr(chance, "PLAIN", np.inf)
    full = [chance.ranks_chance(now, past, 200.0, rows)[0] for now, _ in far]
    for some, every in zip(quick, full, strict=True):
        assert ((some == every) | ((some > 2) & (every >= some))).all()
    assert any((some < every).any() for some, every in zip(quick, full, strict=True))


@pytest.mark.parametrize("windows", [7, 8, 95, 160])
def test_the_middle_of_windows_is_their_median(windows: int) -> None:
    past = of_windows(windows, 1)
    some = past[:: max(1, windows // levels.SOME)]
    np.testing.assert_array_equal(levels._middles(past), np.median(some, axis=0))


def test_a_day_is_the_same_whether_its_rows_are_held_or_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, rows = np.random.default_rng(1), 40
    at = pd.Timestamp(START) + pd.to_timedelta(np.sort(rng.integers(0, 86_400, rows)), unit="s")
    texts = np.array(["a", "b", "c"])[rng.integers(0, 3, rows)]
    frame = pd.DataFrame({"at": at, "x": rng.normal(size=rows), "y": rng.poisson(3, rows), "kind": texts})
    table, windows = ibis.duckdb.connect().create_table("log", frame), [Window(START, START + DAY)]
    plan = make_plan(table, ["x", "y", "kind"], at="at", windows=windows)

    def day(values: int, together: int) -> Any:
        for name, value in (("STACKED_VALUES", values), ("TOGETHER", together), ("MOST_TOGETHER", 2 * together)):
            monkeypatch.setattr(ibis_summaries, name, value)
        return summarise(table, plan, at="at", windows=windows)

    assert day(1_000_000, 24) == day(1, 1)
