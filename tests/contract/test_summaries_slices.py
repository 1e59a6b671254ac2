"""A slice's summaries are those of its rows, whichever engine holds them, however many slices are asked about."""

from dataclasses import replace
from typing import Any

import ibis
import pandas as pd
import pytest

from core.evaluation.log.prediction_log import Where
from core.evaluation.summaries.ibis_summaries import summarise, summarise_slices
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from tests.contract.test_summaries_engines import (
    duckdb_table,
    plan,
    postgres_table,
    rows,
    spark_table,
)
from tests.summaries_support import DAYS, assert_same_column

__all__ = ["duckdb_table", "plan", "postgres_table", "rows", "spark_table"]

SLICES: list[Where] = [
    {"city": "Oslo"},
    {"city": None},
    {"level": 3, "flag": True},
    {"city": "lima 1"},
    {"city": "Atlantis"},
    {"level": 4, "flag": False},
]


def inside(rows: pd.DataFrame, where: Where) -> Any:
    chosen = pd.Series(True, index=rows.index)
    for name, value in where.items():
        chosen &= rows[name].isna() if value is None else (rows[name] == value).fillna(False)
    return chosen


def of_rows(rows: pd.DataFrame, plan: Plan, where: Where) -> list[WindowSummary]:
    """What the summaries of the slice's rows alone are, without what a slice has not."""
    connection = ibis.duckdb.connect(threads=1)
    connection.con.register("frame", rows[inside(rows, where)])
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("CREATE TABLE log AS SELECT * FROM frame")
    kept = {name: column for name, column in plan.columns.items() if name not in where}
    found = summarise(connection.table("log"), Plan(kept), at="at", windows=DAYS, id="id")
    return [replace(each, repeats=0, pairs=(), joint=(), traces={}) for each in found]


def assert_same(one: WindowSummary, other: WindowSummary) -> None:
    assert (other.start, other.end, other.rows, other.ids, other.profile) == (
        one.start,
        one.end,
        one.rows,
        one.ids,
        one.profile,
    )
    assert list(other.columns) == list(one.columns)
    for name, column in one.columns.items():
        assert_same_column(column, other.columns[name])
        assert other.columns[name].quantiles == pytest.approx(column.quantiles, rel=1e-9), name


def assert_slices(table: Any, plan: Plan, rows: pd.DataFrame) -> None:
    found = summarise_slices(table, plan, at="at", windows=DAYS, slices=SLICES, id="id")
    assert len(found) == len(SLICES)
    for where, windows in zip(SLICES, found, strict=True):
        for one, other in zip(of_rows(rows, plan, where), windows, strict=True):
            assert_same(one, other)
            assert not set(other.columns) & set(where)
    assert [sum(each.rows for each in windows) for windows in found] == [
        int(inside(rows, where).sum()) for where in SLICES
    ]


def test_slices_on_duckdb_are_their_rows(duckdb_table: Any, plan: Plan, rows: pd.DataFrame) -> None:
    assert_slices(duckdb_table, plan, rows)


@pytest.mark.postgres
def test_slices_on_postgres_are_their_rows(postgres_table: Any, plan: Plan, rows: pd.DataFrame) -> None:
    assert_slices(postgres_table, plan, rows)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*PySpark does not yet fully support pandas.*:FutureWarning")
def test_slices_on_spark_are_their_rows(spark_table: Any, plan: Plan, rows: pd.DataFrame) -> None:
    assert_slices(spark_table, plan, rows)


def test_no_slice_is_no_summary(duckdb_table: Any, plan: Plan) -> None:
    assert summarise_slices(duckdb_table, plan, at="at", windows=DAYS, slices=[]) == []
    assert summarise_slices(duckdb_table, plan, at="at", windows=[], slices=SLICES) == [[] for _ in SLICES]
