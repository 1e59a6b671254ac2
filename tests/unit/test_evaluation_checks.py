"""What the learned checks find, what they leave alone, and how they say it."""

import random
from dataclasses import replace
from typing import Any

import pytest

from core.evaluation.checks.learned_signals import check_window
from core.evaluation.finding import Finding, Kind
from core.evaluation.prediction_log import ColumnSummary, Summary

ROWS = 1000


def number(mean: float = 50.0, std: float = 10.0, nulls: int = 0, **more: Any) -> ColumnSummary:
    shape = {
        "distinct": 400,
        "low": mean - 3 * std,
        "high": mean + 3 * std,
        "quantiles": tuple(mean + z * std for z in (-1.6, -0.7, 0.0, 0.7, 1.6)),
    }
    return ColumnSummary(rows=ROWS, nulls=nulls, mean=mean, std=std, **(shape | more))


def text(*top: tuple[str, int], nulls: int = 0) -> ColumnSummary:
    return ColumnSummary(rows=ROWS, nulls=nulls, distinct=len(top), top=top)


def window(**columns: ColumnSummary) -> Summary:
    usual = {"temp": number(), "wind": number(8.0, 2.0), "origin": text(("EWR", 500), ("JFK", 300), ("LGA", 200))}
    return Summary(ROWS, ROWS, usual | columns)


def past(count: int = 28) -> list[Summary]:
    rng = random.Random(1)
    return [
        window(temp=number(rng.gauss(50, 3)), wind=number(rng.gauss(8, 0.5), 2.0, nulls=rng.randrange(3)))
        for _ in range(count)
    ]


def found(now: Summary, before: list[Summary] | None = None) -> list[Finding]:
    return check_window(now, past() if before is None else before)


def test_a_window_like_the_others_is_fine() -> None:
    assert found(window()) == []


def test_missing_values_are_soft_until_all_are_missing() -> None:
    (some,) = found(window(wind=number(8.0, 2.0, nulls=300)))
    assert (some.check, some.columns, some.kind) == ("missing", ("wind",), Kind.SOFT)
    assert some.reason == "wind is missing in 30% of rows, usually 0%."
    empty = ColumnSummary(rows=ROWS, nulls=ROWS, distinct=0)
    (all_of_them,) = found(window(wind=empty))
    assert (all_of_them.kind, all_of_them.reason) == (Kind.HARD, "wind is missing in 100% of rows, usually 0%.")


def test_columns_that_go_missing_together_have_one_cause() -> None:
    empty = ColumnSummary(rows=ROWS, nulls=ROWS, distinct=0)
    (finding,) = found(window(wind=empty, temp=empty))
    assert set(finding.columns) == {"temp", "wind"}
    assert " and " in finding.reason
    assert "are missing in 100% of rows" in finding.reason
    assert finding.as_json()["column"] == " and ".join(finding.columns)


def test_a_unit_change_is_hard_and_a_slow_move_is_drift() -> None:
    (fahrenheit,) = found(window(temp=number(500.0, 100.0)))
    assert (fahrenheit.check, fahrenheit.kind) == ("level", Kind.HARD)
    (warm,) = found(window(temp=number(75.0, 8.0)))
    assert (warm.check, warm.kind) == ("level", Kind.DRIFT)
    assert warm.reason.startswith("temp has a mean of 75, usually ")


def test_a_frozen_column_is_hard() -> None:
    frozen = number(50.0, 0.0, distinct=1, low=50.0, high=50.0, quantiles=(50.0,) * 5)
    (finding,) = found(window(temp=frozen))
    assert (finding.check, finding.kind) == ("constant", Kind.HARD)
    assert finding.reason == "temp holds one single value; it never had fewer than 400."


def test_renamed_categories_are_hard_and_new_ones_drift() -> None:
    renamed = text(("Newark", 500), ("Kennedy", 300), ("LaGuardia", 200))
    (finding,) = found(window(origin=renamed))
    assert (finding.check, finding.kind) == ("unseen", Kind.HARD)
    assert finding.reason == (
        "100% of origin are values never seen before, such as “Newark”, “Kennedy”, “LaGuardia”."
    )
    (new,) = [f for f in found(window(origin=text(("EWR", 900), ("HPN", 60), ("JFK", 40)))) if f.check == "unseen"]
    assert (new.kind, new.score) == (Kind.DRIFT, 6.0)


def test_merged_categories_are_less_variety() -> None:
    before = [window(origin=text(*[(f"a{i}", 100) for i in range(10)])) for _ in range(28)]
    (finding,) = found(window(origin=text(("a1", 500), ("a2", 500))), before)
    assert (finding.check, finding.columns, finding.kind) == ("variety", ("origin",), Kind.DRIFT)
    assert finding.reason == "origin has 2 different values, usually 10."


def test_fewer_rows_are_soft_and_none_are_hard() -> None:
    (fewer,) = found(replace(window(), rows=100, ids=100))
    assert (fewer.check, fewer.kind, fewer.columns) == ("volume", Kind.SOFT, ())
    assert fewer.reason == "100 rows were predicted, usually 1,000."
    (none,) = found(Summary(0, 0, {}), [])
    assert (none.check, none.kind) == ("volume", Kind.HARD)
    assert none.as_json()["column"] is None


def test_repeated_rows_are_hard() -> None:
    (finding,) = found(replace(window(), ids=500))
    assert (finding.check, finding.kind) == ("duplicates", Kind.HARD)
    assert finding.reason == "50% of the rows repeat an id that was logged."


def test_small_changes_do_not_matter_however_certain() -> None:
    steady = [window(temp=number(50.0 + i * 1e-6)) for i in range(28)]
    assert found(window(temp=number(50.5)), steady) == []
    assert found(window(wind=number(8.0, 2.0, nulls=30)), steady) == []


def test_without_a_past_nothing_is_unusual() -> None:
    assert found(window(temp=number(500.0)), past(6)) == []
    assert found(window(temp=number(5000.0)), past(7)) != []


def test_one_incident_in_the_past_does_not_hide_the_next() -> None:
    before = past()
    before[10] = window(temp=number(500.0, 100.0))
    assert [f.check for f in found(window(temp=number(510.0, 100.0)), before)] == ["level"]


def test_a_column_that_is_new_has_no_usual() -> None:
    assert found(window(gusts=number(30.0))) == []


def test_an_unrelated_clean_column_raises_nothing_on_others() -> None:
    before = [replace(s, columns=s.columns | {"calm": number(1.0, 0.1)}) for s in past()]
    assert found(window(calm=number(1.0, 0.1)), before) == []


def test_the_gravest_come_first() -> None:
    kinds = [f.kind for f in found(window(temp=number(500.0, 100.0), wind=number(8.0, 2.0, nulls=300)))]
    assert kinds == [Kind.HARD, Kind.SOFT]


@pytest.mark.parametrize("seed", range(3))
def test_false_alarms_over_the_family_are_rare(seed: int) -> None:
    rng = random.Random(seed)

    def day() -> Summary:
        return Summary(ROWS, ROWS, {f"c{i}": number(rng.gauss(50, 3), nulls=rng.randrange(20)) for i in range(30)})

    days = [day() for _ in range(150)]
    alarms = sum(bool(check_window(days[i], days[i - 28 : i])) for i in range(28, 150))
    assert alarms <= 2
