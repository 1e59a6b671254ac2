"""Fewer rows of many: evenly chosen, whatever their index."""

import pandas as pd
import pytest

from core.evaluation.rows import Rows, Task


@pytest.mark.parametrize(
    ("most", "days"), [(4, [1, 4, 7, 10]), (10, [1, 3, 5, 7, 9, 11]), (11, list(range(1, 12)))]
)
def test_at_most_so_many_in_order(most: int, days: list[int]) -> None:
    at = pd.Series(pd.date_range("2024-01-01", periods=11, tz="UTC"), index=range(5, 16))
    ones = pd.Series(1.0, index=at.index)
    rows = Rows(
        task=Task.BINARY, at=at, prediction=ones, label=ones, label_at=at, features=pd.DataFrame(index=at.index)
    )
    assert rows.thinned(most).at.dt.day.tolist() == days
