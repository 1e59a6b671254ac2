"""Which slices are called worse, against their own history."""

import random
from itertools import combinations

import pytest
from scipy.stats import betabinom, binom

from core.evaluation.prediction_log import Counts, SliceTally, VersionTally
from core.evaluation.slice_past import lower_tail
from core.evaluation.slices import SliceResult, judge_slices, measure_slice

CARRIERS, ORIGINS, DESTS = ["EV", "UA", "B6", "DL"], ["EWR", "JFK", "LGA"], ["ORD", "BOS", "MCO", "LAX"]
USUAL = {"EV": -0.10, "B6": 0.05, "EWR": -0.05}
EV_FROM_NEWARK = (("carrier", "EV"), ("origin", "EWR"))

Data = tuple[list[SliceTally], list[VersionTally]]


def history(days: int = 29, seed: int = 0, trouble: float = 0.0, storm: float = 0.0, each: int = 900) -> Data:
    """Days of flights whose accuracy depends on carrier and origin; on the last one EV from Newark errs more often
    by `trouble`, and everything by `storm`."""
    rng = random.Random(seed)
    slices: dict[tuple[int, tuple[tuple[str, str], ...]], list[int]] = {}
    versions = []
    for day in range(days):
        total_right = 0
        for _ in range(each):
            row = {"carrier": rng.choice(CARRIERS), "origin": rng.choice(ORIGINS), "dest": rng.choice(DESTS)}
            share = 0.80 + sum(USUAL.get(value, 0.0) for value in row.values())
            if day == days - 1:
                hit = row["carrier"] == "EV" and row["origin"] == "EWR"
                share -= storm + (trouble if hit else 0.0)
            right = rng.random() < share
            total_right += right
            items = sorted(row.items())
            for key in [*combinations(items, 1), *combinations(items, 2)]:
                counted = slices.setdefault((day, key), [0, 0])
                counted[0] += 1
                counted[1] += right
        versions.append(VersionTally(day, "1", _counts(each, total_right)))
    tallies = [SliceTally(day, key, _counts(n, right)) for (day, key), (n, right) in slices.items()]
    return tallies, versions


def _counts(labels: int, right: int) -> Counts:
    return Counts(labels, true_negative=right, false_negative=labels - right)


def judged(data: Data) -> list[SliceResult]:
    return judge_slices(*data, last=max(v.window for v in data[1]))


def worse(data: Data) -> list[tuple[tuple[str, object], ...]]:
    return [result.where for result in judged(data) if result.worse]


@pytest.mark.parametrize("seed", range(5))
def test_a_failing_slice_of_two_attributes_comes_first_and_alone(seed: int) -> None:
    assert worse(history(seed=seed, trouble=0.4)) == [EV_FROM_NEWARK]


def test_what_is_always_bad_is_not_newly_worse() -> None:
    results = {r.where: r for r in judged(history())}
    newark = results[EV_FROM_NEWARK]
    assert newark.value < 0.75
    assert not newark.worse
    assert newark.usual == pytest.approx(0.65, abs=0.05)


def test_a_storm_over_everything_blames_no_slice() -> None:
    assert worse(history(storm=0.35)) == []


def test_clean_days_hardly_ever_name_a_slice() -> None:
    assert sum(bool(worse(history(seed=seed))) for seed in range(12)) <= 1


def test_trouble_in_a_storm_is_still_found() -> None:
    assert worse(history(seed=2, storm=0.1, trouble=0.5))[:1] == [EV_FROM_NEWARK]


def test_without_a_week_of_history_nothing_is_called_worse() -> None:
    results = judged(history(days=7, trouble=0.6))
    assert results
    assert not any(r.worse for r in results)
    assert {r.usual for r in results} == {None}


def test_small_slices_are_left_out() -> None:
    assert all(r.labels >= 20 for r in judged(history(each=100, days=9)))


def test_a_slice_that_is_new_is_expected_to_do_as_its_attributes_do() -> None:
    tallies, versions = history()
    tallies = [t for t in tallies if t.window == 28 or t.where != EV_FROM_NEWARK]
    found = next(r for r in judged((tallies, versions)) if r.where == EV_FROM_NEWARK)
    assert found.usual == pytest.approx(0.65, abs=0.05)


def test_a_tracked_slice_is_measured_as_it_is() -> None:
    result = measure_slice(EV_FROM_NEWARK, _counts(40, 20), _counts(100, 80))
    assert result is not None
    assert (result.value, result.usual, result.worse) == (0.5, 0.8, False)
    first = measure_slice(EV_FROM_NEWARK, _counts(40, 20), Counts())
    assert first is not None
    assert first.usual is None
    assert measure_slice(EV_FROM_NEWARK, Counts(rows=5), _counts(100, 80)) is None


@pytest.mark.parametrize(
    ("right", "labels", "expected"), [(3, 20, 0.5), (0, 30, 0.2), (70, 100, 0.8), (30, 30, 0.9)]
)
def test_the_tail_is_the_beta_binomials(right: int, labels: int, expected: float) -> None:
    rho = 0.05
    a, b = expected * (1 / rho - 1), (1 - expected) * (1 / rho - 1)
    assert lower_tail(right, labels, expected, rho) == pytest.approx(betabinom.cdf(right, labels, a, b))
    assert lower_tail(right, labels, expected, 0.0) == pytest.approx(binom.cdf(right, labels, expected))
