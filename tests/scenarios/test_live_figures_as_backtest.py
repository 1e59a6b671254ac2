"""A metric is one thing: what a live pipeline measures of a window is what a backtest of the same log finds."""

from pathlib import Path

import pytest

from core.config.metric import Metric, Task
from core.evaluation.backtest.run import backtest_alerts
from core.evaluation.live.measured import measure_windows
from core.evaluation.log.ibis_log import open_log
from core.evaluation.windows import Window
from tests.tasks_support import DAY, FEATURES, START, config_of, keep, log_of

pytestmark = pytest.mark.slow
FIRST, DAYS = 12, 15


@pytest.mark.parametrize(
    ("task", "metric", "slo"),
    [
        (Task.REGRESSION, Metric.MAE, "<=8"),
        (Task.REGRESSION, Metric.R2, ">=0.3"),
        (Task.MULTICLASS, Metric.F1, ">=0.7"),
        (Task.MULTICLASS, Metric.ACCURACY, ">=0.7"),
    ],
)
def test_both_measure_the_same(task: Task, metric: Metric, slo: str, tmp_path: Path) -> None:
    log = log_of(task, DAYS, [FIRST + 1], each=150)
    keep(log, task, tmp_path)
    log.to_parquet(tmp_path / "log.parquet")
    pipeline = config_of(task, tmp_path, slo={"metric": metric.value, "objective": float(slo[2:])}).pipeline(
        "flights"
    )
    reader, known = open_log(pipeline), START + (DAYS + 2) * DAY
    windows = [Window(START + day * DAY, START + (day + 1) * DAY) for day in range(FIRST, DAYS)]
    live = measure_windows(reader, windows, reader.tally(windows, known), known, metric).whole
    report = backtest_alerts(
        tmp_path / "log.parquet",
        timestamp="at",
        prediction="said",
        score="score" if task is Task.MULTICLASS else None,
        label="truth",
        label_at="label_at",
        id="id",
        task=task.value,
        metric=metric.value,
        features=list(FEATURES[task]),
        slo=slo,
        reference_until=(START + FIRST * DAY).isoformat(),
    )
    assert len(report.windows) == len(windows) == len(live)
    for index, window in enumerate(report.windows):
        assert window.realized is not None
        assert live[index].value == pytest.approx(window.realized.value, rel=1e-9)
        assert live[index].labels == window.realized.rows
