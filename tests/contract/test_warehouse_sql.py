"""Warehouses that only their customers can start: every question of a log can be put in their SQL.

The questions run on DuckDB, which gives the answers; what DuckDB is asked is written in the warehouse's SQL first.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers import BigQueryCompiler, DatabricksCompiler, SnowflakeCompiler
from ibis.common.exceptions import OperationNotDefinedError
from sqlglot import ErrorLevel

from core.config.log_address import WarehouseTable
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.storage import stores
from core.evaluation.storage.warehouses import Idle
from tests.prediction_log_support import (
    DAY,
    KNOWN,
    START,
    TRACKED,
    WINDOWS,
    as_sorted,
    in_duckdb,
    log_at,
    log_in,
    parts_of,
    rows,
    write,
)

COMPILERS = {"bigquery": BigQueryCompiler, "databricks": DatabricksCompiler, "snowflake": SnowflakeCompiler}

QUESTIONS: dict[str, Callable[[IbisLog], Any]] = {
    "tally": lambda log: as_sorted(log.tally(WINDOWS, KNOWN, TRACKED)),
    "tally with a gap": lambda log: as_sorted(log.tally([WINDOWS[0], WINDOWS[2]], KNOWN)),
    "delays": lambda log: log.delays(WINDOWS[1], KNOWN),
    "waits": lambda log: [sorted(each, key=repr) for each in log.waits(WINDOWS, KNOWN)],
    "counts": lambda log: log.counts(WINDOWS, parts_of(log)),
    "commonest": lambda log: log.commonest("x city", WINDOWS, 3),
    "rows": lambda log: len(log.rows(START, START + 3 * DAY, KNOWN)),
    "some rows": lambda log: len(log.rows(START, START + 3 * DAY, KNOWN, most=50)),
    "wrong rows": lambda log: log.wrong_rows(WINDOWS, KNOWN, 2),
    "plan": lambda log: log.plan(WINDOWS),
    "summaries": lambda log: [
        each.rows for each in log.watch(log.plan(WINDOWS), WINDOWS, parts_of(log), sketch=True)
    ],
    "slices": lambda log: [
        [each.rows for each in some] for some in log.watch_slices(log.plan(WINDOWS), WINDOWS, [{"x city": "EWR"}])
    ],
}


class Translating(Backend):
    """DuckDB, which writes what it is asked in another engine's SQL, too; what cannot be written is raised."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.other, self.written = COMPILERS[kind](), 0

    def compile(self, expr: Any, **asked: Any) -> str:
        self.other.to_sqlglot(expr, limit=asked.get("limit")).sql(
            dialect=self.other.dialect, unsupported_level=ErrorLevel.RAISE
        )
        self.written += 1
        return super().compile(expr, **asked)


@pytest.fixture(
    params=["bigquery", *(pytest.param(n, marks=pytest.mark.slow) for n in COMPILERS if n != "bigquery")]
)
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Translating]:
    write(tmp_path, *rows())
    in_duckdb(tmp_path)
    engine = Translating(request.param)
    engine.do_connect(str(tmp_path / "log.duckdb"), read_only=True)
    engine.raw_sql("SET TimeZone = 'UTC'")

    def connect(_address: WarehouseTable) -> Any:
        return engine

    monkeypatch.setattr(stores, "IDLE", Idle(connect))
    yield engine
    engine.disconnect()


def test_every_question_of_a_log_can_be_put_in_its_sql(warehouse: Translating, tmp_path: Path) -> None:
    files = log_in(tmp_path)
    log = log_at("snowflake://reader@firm/ml#predictions", "snowflake://reader@firm/ml#labels")
    for name, ask in QUESTIONS.items():
        before = warehouse.written
        assert ask(log) == ask(files), name
        assert warehouse.written > before, name


def test_what_cannot_be_put_in_it_is_noticed() -> None:
    """So that the test above can fail: BigQuery has no exact quantiles."""
    engine = Translating("bigquery")
    engine.do_connect()
    numbers = ibis.memtable({"x": [1.0, 2.0]})
    assert engine.execute(numbers.x.mean()) == 1.5
    with pytest.raises(OperationNotDefinedError, match="Quantile"):
        engine.execute(numbers.x.quantile(0.5))
