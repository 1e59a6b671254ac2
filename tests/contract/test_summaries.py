"""What one pass keeps of a window's rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.plan import CLOCK, Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

START = datetime(2024, 3, 1, tzinfo=UTC)
DAYS = [Window(START + timedelta(days=i), START + timedelta(days=i + 1)) for i in range(6)]
COLUMNS = ["amount", "level", "city", "code", "flag"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 3000
    level = rng.integers(0, 9, n).astype(float)
    return pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "at": pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 5 * 86_400, n), unit="s"),
            "amount": np.where(rng.random(n) < 0.1, np.nan, level * 10 + rng.normal(0, 1, n)),
            "level": level,
            "city": rng.choice(["Oslo", "Rome", "Lima"], n, p=[0.5, 0.3, 0.2]),
            "code": rng.integers(0, 50, n).astype(str),
            "flag": rng.random(n) < 0.25,
        }
    )


def table(frame: pd.DataFrame) -> Any:
    connection = ibis.duckdb.connect(threads=1)
    connection.con.register("frame", frame)
    connection.raw_sql("CREATE TABLE log AS SELECT * FROM frame")
    return connection.table("log")


@pytest.fixture(scope="module")
def plan(frame: pd.DataFrame) -> Plan:
    return make_plan(table(frame), COLUMNS, at="at", windows=DAYS[:4])


def summaries(frame: pd.DataFrame, plan: Plan) -> list[WindowSummary]:
    return summarise(table(frame), plan, at="at", windows=DAYS, id="id")


def test_numbers_are_what_pandas_says(frame: pd.DataFrame, plan: Plan) -> None:
    for window, found in zip(DAYS[:5], summaries(frame, plan)[:5], strict=True):
        rows = frame[(frame["at"] >= window.start) & (frame["at"] < window.end)]
        amount = found.columns["amount"]
        assert (amount.rows, amount.nulls) == (len(rows), rows["amount"].isna().sum())
        assert amount.mean == pytest.approx(rows["amount"].mean())
        assert amount.std == pytest.approx(rows["amount"].std())
        assert amount.distinct == rows["amount"].nunique()
        assert (amount.low, amount.high) == (rows["amount"].min(), rows["amount"].max())
        assert amount.quantiles[10] == pytest.approx(rows["amount"].quantile(0.5), abs=0.5)
        assert sum(amount.histogram) == amount.present
        assert found.columns["level"].mode == rows["level"].value_counts().iloc[0]
        assert found.columns["flag"].mean == pytest.approx(rows["flag"].mean())


def test_texts_are_counted(frame: pd.DataFrame, plan: Plan) -> None:
    found = summaries(frame, plan)[4]
    rows = frame[frame["at"] >= DAYS[4].start]
    city = found.columns["city"]
    assert dict(city.top) == rows["city"].value_counts().to_dict()
    assert (city.distinct, city.unseen, city.histogram[-1]) == (3, 0, 0)
    assert city.shares["upper"] == 0.0


def test_texts_that_are_numbers_are_read_as_numbers(frame: pd.DataFrame, plan: Plan) -> None:
    broken = frame.assign(code=frame["code"].where(frame.index % 4 > 0, "?"))
    code = summaries(broken, plan)[0].columns["code"]
    assert code.kind == "number"
    assert code.failures == pytest.approx(code.rows / 4, rel=0.25)
    assert code.high == 49


def test_numbers_between_the_few_of_the_reference_are_counted(frame: pd.DataFrame, plan: Plan) -> None:
    odd = frame.assign(level=frame["level"].where(frame.index % 10 != 0, frame["level"] + 0.4), amount=55.5)
    clean, found = summaries(frame, plan)[4], summaries(odd, plan)[4]
    day = frame[(frame["at"] >= DAYS[4].start) & (frame["at"] < DAYS[4].end)]
    inside = (day.index % 10 == 0) & (day["level"] < 8)
    assert (clean.columns["level"].between, found.columns["level"].between) == (0, inside.sum())
    assert found.columns["amount"].between == 0  # of many different values any may come
    assert plan.columns["amount"].lattice == ()
    assert len(plan.columns["level"].lattice) >= 9


def test_an_empty_window_is_there(frame: pd.DataFrame, plan: Plan) -> None:
    last = summaries(frame, plan)[5]
    assert (last.rows, last.ids, last.columns, last.pairs) == (0, 0, {}, ())


def test_columns_that_belong_together_are_partners(plan: Plan) -> None:
    assert ("amount", "level") in plan.pairs
    assert ("city", CLOCK) not in plan.pairs


def test_the_order_of_rows_changes_nothing(frame: pd.DataFrame, plan: Plan) -> None:
    shuffled = frame.sample(frac=1, random_state=5)
    assert make_plan(table(shuffled), COLUMNS, at="at", windows=DAYS[:4]) == plan
    for one, other in zip(summaries(frame, plan), summaries(shuffled, plan), strict=True):
        for name, column in one.columns.items():
            same = other.columns[name]
            assert (same.histogram, same.distinct, same.top, same.shares) == (
                column.histogram,
                column.distinct,
                column.top,
                column.shares,
            )
        assert one.pairs == other.pairs


def test_rows_that_come_twice_are_repeats(frame: pd.DataFrame, plan: Plan) -> None:
    assert [each.repeats for each in summaries(frame, plan)[:5]] == [0] * 5
    doubled = summaries(pd.concat([frame, frame]), plan)[0]
    assert doubled.repeats == doubled.ids == doubled.rows // 2


def test_summaries_and_plans_are_stored_as_json(frame: pd.DataFrame, plan: Plan) -> None:
    import json

    for each in summaries(frame, plan):
        assert WindowSummary.from_json(json.loads(json.dumps(each.as_json()))) == each
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_odd_columns_are_summarised(frame: pd.DataFrame) -> None:
    odd = frame.assign(
        empty=np.nan,
        huge=np.where(frame.index % 2 == 0, np.inf, 1e300),
        blank=pd.Series([None] * len(frame), dtype="string"),
        when=frame["at"],
    )
    names = ["empty", "huge", "blank", "when"]
    found = summarise(table(odd), make_plan(table(odd), names, at="at", windows=DAYS[:4]), at="at", windows=DAYS)[
        0
    ]
    assert found.columns["empty"].nulls == found.columns["blank"].nulls == found.rows
    assert found.columns["huge"].infinite == found.rows
    assert found.columns["when"].present == found.rows


def test_windows_of_unequal_length_are_joined(frame: pd.DataFrame, plan: Plan) -> None:
    uneven = [Window(DAYS[0].start, DAYS[1].start + timedelta(hours=1)), Window(DAYS[2].start, DAYS[2].end)]
    found = summarise(table(frame), plan, at="at", windows=uneven)
    assert found[1].columns["amount"] == summaries(frame, plan)[2].columns["amount"]
    assert sum(found[0].profile) == found[0].rows > found[1].rows
