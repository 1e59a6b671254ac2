"""A few values that should not be there, in columns whose other values are as ever."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Finding, Kind
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import Values, day, window

DAYS = 60


@pytest.fixture(scope="module")
def checks() -> DataChecks:
    return DataChecks.learn([window(i, day(i)) for i in range(DAYS)])


def told(checks: DataChecks, values: Values) -> list[Finding]:
    return checks.judge(window(DAYS, values))


def some(values: Any, share: float, instead: Any) -> Any:
    chosen = np.random.default_rng(9).random(len(values)) < share
    return np.where(chosen, instead, values)


@pytest.mark.parametrize(
    ("instead", "said"), [(-999.0, "The lowest 1% of temp lie at -999, usually at"), (5000.0, "at 5,000")]
)
def test_a_mark_for_none_in_a_few_rows_is_told_by_how_far_out_it_lies(
    checks: DataChecks, instead: float, said: str
) -> None:
    values = day(DAYS)
    [finding] = told(checks, values | {"temp": some(values["temp"], 0.03, instead)})
    assert (finding.columns, finding.kind) == (("temp",), Kind.DRIFT)
    assert said in finding.reason


def test_ends_that_go_far_by_themselves_are_not_told() -> None:
    """The lowest and highest of a heavy tail: each day some value is many times what most are."""

    def wild(index: int) -> Values:
        return day(index) | {"temp": np.random.default_rng(index).standard_t(1.5, 400) * 10 + 50}

    checks = DataChecks.learn([window(i, wild(i)) for i in range(DAYS)])
    assert [f for i in range(20) for f in checks.judge(window(DAYS, wild(DAYS + i)))] == []


def test_a_text_that_never_came_is_told_in_a_few_rows_but_not_in_one(checks: DataChecks) -> None:
    values = day(DAYS)
    alone = values["origin"].astype(object)
    alone[7] = "N/A"
    assert told(checks, values | {"origin": alone}) == []
    [finding] = told(checks, values | {"origin": some(values["origin"].astype(object), 0.1, "N/A")})
    assert finding.columns == ("origin",)
    assert "values that the reference does not have" in finding.reason


def test_values_between_those_that_a_column_has_are_told() -> None:
    def steps(index: int, share: float = 0.0) -> WindowSummary:
        made = window(index, day(index) | {"temp": np.random.default_rng(index).integers(0, 5, 400).astype(float)})
        column = replace(made.columns["temp"], between=round(400 * share))
        return replace(made, columns=made.columns | {"temp": column})

    checks = DataChecks.learn([steps(i) for i in range(DAYS)])
    assert checks.judge(steps(DAYS)) == []
    [finding] = checks.judge(steps(DAYS, 0.08))
    assert finding.reason == "8% of temp lie between the few values that it usually has, usually 0%."
    assert (finding.kind, finding.direction) == (Kind.HARD, "between")


def test_negative_numbers_are_told_where_zero_was_the_least_and_not_where_it_came_near() -> None:
    def counts(index: int, least: float) -> Values:
        made = np.random.default_rng(index)
        return day(index) | {"wind": made.poisson(3, 400) + least, "gust": made.normal(12, 3, 400)}

    for least, said in ((0.0, ["8% of wind are negative, usually 0%."]), (0.5, [])):
        checks = DataChecks.learn([window(i, counts(i, least)) for i in range(DAYS)])
        values = counts(DAYS, least)
        assert told(checks, values) == []
        odd = some(values["wind"], 0.09, -0.5)
        assert [f.reason for f in told(checks, values | {"wind": odd}) if f.check == "sign"] == said
