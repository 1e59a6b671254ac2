"""When a past window counts as over: labels that are in, and what silence says of the others."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.estimate.answer import Measure
from core.evaluation.estimate.arrays import Floats
from core.evaluation.estimate.knowledge import learn
from core.evaluation.estimate.memory import HOUR, tabled
from core.evaluation.estimate.replay import outstanding
from core.evaluation.rows import Rows, Task

DAY = 24 * HOUR
DAYS, EACH = 100, 40
START = pd.Timestamp("2024-01-01", tz="UTC")


def reported(never: float) -> Rows:
    """Frauds are reported after five days, give or take; the rest counts as honest after thirty."""
    rng = np.random.default_rng(0)
    count = DAYS * EACH
    at = pd.Series(START + pd.to_timedelta(np.sort(rng.random(count)) * DAYS, unit="D"))
    fraud = (rng.random(count) < 0.3).astype(float)
    wait: Floats = np.where(fraud == 1, 5 * rng.lognormal(0, 0.2, count), 30.0)
    wait[rng.random(count) < never] = np.nan
    label_at = at + pd.to_timedelta(wait, unit="D")
    called = pd.Series((rng.random(count) < 0.3).astype(float))
    score = pd.Series(rng.random(count))
    label = pd.Series(fraud).where(label_at.notna())
    return Rows(Task.BINARY, at, called, label, label_at, pd.DataFrame({"score": score}), score)


@pytest.mark.parametrize(("never", "told"), [(0.0, True), (0.4, False)])
def test_silence_ends_a_window_unless_some_labels_never_come(never: float, told: bool) -> None:
    rows = reported(never)
    now = (START + pd.Timedelta(DAYS, unit="D")).timestamp()
    table = tabled(rows.known(pd.Timestamp(now, unit="s", tz="UTC")), Measure.ACCURACY, np.zeros((len(rows), 1)))
    knowledge, table = learn(table, Task.BINARY, DAY, now, [])
    window = table.take(table.span(now - 20 * DAY, now - 19 * DAY))
    assert window.arrived(now).mean() < 0.5  # only frauds are labelled by then
    assert (outstanding(window, knowledge, now) < 0.02) is told
    fresh = table.take(table.span(now - 3 * DAY, now - 2 * DAY))
    assert outstanding(fresh, knowledge, now) > 0.5
