"""Figures of a metric as people read them: three digits, and enough to see on which side of the objective they are."""

import pytest

from core.config.metric import Metric, number
from core.evaluation.goal import Goal

MINUTES = Goal(Metric.MAE, 9.0, "minutes")
SHARE = Goal(Metric.ACCURACY, 0.65)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.023812, "0.0238"),
        (9.02381, "9.02"),
        (12.3456, "12.3"),
        (99.97, "100"),
        (131.46, "131"),
        (1234.56, "1,235"),
        (-0.04217, "-0.0422"),
        (0.0, "0"),
    ],
)
def test_three_digits_at_most(value: float, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("goal", "value", "away"),
    [
        (MINUTES, 9.02381, "0.02 minutes above"),
        (MINUTES, 10.21, "1.2 minutes above"),
        (MINUTES, 9.0004, "0.0004 minutes above"),
        (MINUTES, 7.5, "1.50 minutes below"),
        (Goal(Metric.MAE, 128.0, "minutes"), 131.46, "3 minutes above"),
        (Goal(Metric.R2, 0.7), 0.6512, "0.049 below"),
        (SHARE, 0.532, "11.8 points below"),
        (SHARE, 0.6496, "0.04 points below"),
    ],
)
def test_how_far_is_told_no_more_exactly_than_the_figures(goal: Goal, value: float, away: str) -> None:
    assert goal.away(value) == away


@pytest.mark.parametrize(
    ("goal", "value", "written"),
    [
        (SHARE, 0.532, "53.2%"),
        (SHARE, 0.6496, "64.96%"),
        (SHARE, 0.6504, "65.0%"),
        (MINUTES, 9.0004, "9.0004 minutes"),
        (MINUTES, 8.9996, "9.00 minutes"),
        (Goal(Metric.MAE, 8.125, "minutes"), 8.1249, "8.12 minutes"),
    ],
)
def test_a_figure_is_not_written_as_the_objective_that_it_misses(goal: Goal, value: float, written: str) -> None:
    assert goal.written(value) == written


def test_an_objective_is_written_as_it_was_declared() -> None:
    declared = [Goal(Metric.MAE, each, "minutes").bound for each in (9.0, 8.125, 1234.5)]
    assert declared == ["at most 9 minutes", "at most 8.125 minutes", "at most 1,234.5 minutes"]
    assert [Goal(Metric.ACCURACY, each).bound for each in (0.65, 0.6525)] == ["at least 65.0%", "at least 65.25%"]
