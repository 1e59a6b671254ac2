"""What turned out of past windows, by the metric and the direction of each task."""

import pytest

from core.config.load import Config
from core.config.metric import Metric
from core.evaluation.goal import stored_goal
from core.evaluation.tuning.realized import realize
from core.evaluation.windows import Window
from tests.slices_support import DAY, DAYS, MIDNIGHT, delays_of

WINDOWS = [Window(MIDNIGHT + day * DAY, MIDNIGHT + (day + 1) * DAY) for day in range(DAYS)]


@pytest.mark.parametrize(("metric", "usual"), [(Metric.MAE, 4.0), (Metric.RMSE, 5.0), (Metric.R2, 0.76)])
def test_a_day_of_larger_errors_turns_out_as_a_drop(metric: Metric, usual: float, config: Config) -> None:
    found = realize(delays_of(config.pipeline("flights")), metric, WINDOWS, WINDOWS[-1].end + DAY)
    assert [each.start for each in found] == [each.start for each in WINDOWS]
    assert found[0].value == pytest.approx(usual, rel=0.15)
    assert {each.rows for each in found} == {each.labels for each in found} == {300}
    worst = usual * (0.8 if metric.higher_is_better else 1.25)
    goal = stored_goal(metric.value, worst, {})
    assert [goal.missed_by(each.value) for each in found] == [False] * (DAYS - 1) + [True]
