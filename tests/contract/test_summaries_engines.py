"""The same rows give the same summaries, whichever engine holds them: DuckDB, PostgreSQL, Spark."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import ibis
import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.merge import merge
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from tests import summaries_support as support
from tests.spark import start_spark
from tests.summaries_support import COLUMNS, DAYS, assert_same_window


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return support.frame()


@pytest.fixture(scope="module")
def duckdb_table(rows: pd.DataFrame) -> Any:
    connection = ibis.duckdb.connect(threads=1)
    connection.con.register("frame", rows)
    connection.raw_sql("SET TimeZone = 'UTC'")
    connection.raw_sql("CREATE TABLE log AS SELECT * FROM frame")
    return connection.table("log")


@pytest.fixture(scope="module")
def plan(duckdb_table: Any) -> Plan:
    return make_plan(duckdb_table, COLUMNS, at="at", windows=DAYS[:2])


@pytest.fixture(scope="module")
def expected(duckdb_table: Any, plan: Plan) -> list[WindowSummary]:
    return summarise(duckdb_table, plan, at="at", windows=DAYS, id="id", sketch=True)


@pytest.fixture(scope="module")
def postgres_table(postgres_url: str, rows: pd.DataFrame) -> Iterator[Any]:
    admin = create_engine(f"{postgres_url}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE prediction_log"))
    engine = create_engine(f"{postgres_url}/prediction_log")
    rows.to_sql("log", engine, index=False)
    engine.dispose()
    where = urlsplit(postgres_url)
    server = ibis.postgres.connect(
        host=where.hostname, port=where.port, user="postgres", database="prediction_log"
    )
    server.raw_sql("SET TIME ZONE 'UTC'").close()
    yield server.table("log")
    server.disconnect()
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE prediction_log WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def spark_table(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    session = start_spark(tmp_path_factory.mktemp("spark"))
    log = tmp_path_factory.mktemp("log") / "log.parquet"
    rows.to_parquet(log, index=False)
    yield ibis.pyspark.connect(session).read_parquet(log, table_name="log")
    session.stop()


@pytest.mark.postgres
def test_postgres_says_what_duckdb_says(
    postgres_table: Any, plan: Plan, expected: list[WindowSummary], rows: pd.DataFrame
) -> None:
    found = summarise(postgres_table, plan, at="at", windows=DAYS, id="id", sketch=True)
    for one, other in zip(expected, found, strict=True):
        assert_same_window(one, other, rows)
        assert one.pairs == other.pairs
    assert_merges(expected, found, rows)


@pytest.mark.postgres
def test_postgres_plans_what_duckdb_plans(postgres_table: Any, plan: Plan) -> None:
    found = make_plan(postgres_table, COLUMNS, at="at", windows=DAYS[:2])
    assert found.pairs == plan.pairs
    for name, column in plan.columns.items():
        other = found.columns[name]
        assert (other.kind, other.known, other.edges) == (column.kind, column.known, column.edges)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*PySpark does not yet fully support pandas.*:FutureWarning")
def test_spark_says_what_duckdb_says(
    spark_table: Any, plan: Plan, expected: list[WindowSummary], rows: pd.DataFrame
) -> None:
    found = summarise(spark_table, plan, at="at", windows=DAYS, id="id", sketch=True)
    for one, other in zip(expected, found, strict=True):
        assert_same_window(one, other, rows)
        assert one.pairs == other.pairs
    assert_merges(expected, found, rows, numbers=False)


def assert_merges(
    expected: list[WindowSummary], found: list[WindowSummary], rows: pd.DataFrame, *, numbers: bool = True
) -> None:
    """Both engines hash alike (Spark's numbers differ in their last bit), so that their windows go together."""
    for one, other in zip(expected, found, strict=True):
        assert one.sketch is not None
        assert other.sketch is not None
        assert other.sketch.ids == one.sketch.ids
        for name, column in one.sketch.columns.items():
            if numbers or name == "city":
                assert other.sketch.columns[name].different == column.different, name
    mixed = merge([*expected[:2], *found[2:]] if numbers else found)
    own = merge(expected)
    assert_same_window(own, mixed, rows)
    assert own.columns["city"].distinct == rows["city"].nunique()
    assert own.columns["amount"].distinct == pytest.approx(len(set(present_values(rows))), abs=1)
    assert own.ids == rows["id"].nunique()


def present_values(rows: pd.DataFrame) -> list[float]:
    return [value for value in rows["amount"].dropna() if abs(value) < 1e150]


def test_parts_of_the_days_merge_to_the_days(duckdb_table: Any, plan: Plan, rows: pd.DataFrame) -> None:
    assert_merges(*[summarise(duckdb_table, plan, at="at", windows=DAYS, id="id", sketch=True)] * 2, rows)


def test_duckdb_says_what_the_rows_say(expected: list[WindowSummary], rows: pd.DataFrame) -> None:
    for window, found in zip(DAYS, expected, strict=True):
        assert_same_window(found, found, rows)
        assert found.rows == ((rows["at"] >= window.start) & (rows["at"] < window.end)).sum()
    assert sum(each.repeats for each in expected) == 20
    code = [each.columns["code"] for each in expected if each.columns]
    assert sum(each.infinite for each in code) == 2
    assert sum(each.failures for each in code) > 40
