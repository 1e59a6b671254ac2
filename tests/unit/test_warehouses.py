"""Connections to warehouses: kept for the next question, with secrets from the environment, or a word why not."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.config.log_address import WarehouseTable, read_address
from core.config.pipeline import LabelLog, PredictionLog
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.log.prediction_log import LogError
from core.evaluation.storage import warehouses
from core.evaluation.storage.stores import connected
from core.evaluation.storage.warehouses import Idle
from core.evaluation.windows import Window

TABLE = WarehouseTable("snowflake://reader@firm/ml", "made")
START = datetime(2024, 1, 1, tzinfo=UTC)
OTHER = WarehouseTable("snowflake://reader@firm/other", "made")


@dataclass
class Warehouse:
    """A connection that only tells whether it is open."""

    name: str = "snowflake"
    is_open: bool = True

    def disconnect(self) -> None:
        self.is_open = False


@dataclass
class Driver:
    """Makes connections, and the time."""

    made: list[Warehouse] = field(default_factory=list)
    now: float = 0.0

    def connect(self, _table: WarehouseTable) -> Warehouse:
        self.made.append(Warehouse())
        return self.made[-1]

    def idle(self) -> Idle:
        return Idle(self.connect, kept_s=10, now=lambda: self.now)


def test_a_connection_serves_one_question_after_the_other() -> None:
    driver = Driver()
    idle = driver.idle()
    for _ in range(3):
        with idle.connection(TABLE):
            pass
    assert driver.made == [Warehouse()]


def test_two_questions_at_once_have_a_connection_each_and_so_have_two_databases() -> None:
    driver = Driver()
    idle = driver.idle()
    with idle.connection(TABLE) as one, idle.connection(TABLE) as two, idle.connection(OTHER) as three:
        assert len({id(each) for each in (one, two, three)}) == 3


def test_one_that_failed_is_not_used_again() -> None:
    driver = Driver()
    idle = driver.idle()
    with pytest.raises(KeyError), idle.connection(TABLE):
        raise KeyError
    with idle.connection(TABLE) as other:
        assert [each.is_open for each in driver.made] == [False, True]
        assert other is driver.made[1]


def test_one_that_lay_too_long_is_closed() -> None:
    driver = Driver()
    idle = driver.idle()
    with idle.connection(TABLE):
        pass
    driver.now = 10.0
    with idle.connection(TABLE):
        assert [each.is_open for each in driver.made] == [False, True]


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "a/b@c#d%e")
    monkeypatch.setenv("TOKEN", "t&o=k")
    asked: list[str] = []
    driver: Any = type(sys)("ibis_double")
    driver.connect = lambda url: asked.append(url) or Warehouse()
    monkeypatch.setitem(sys.modules, "ibis", driver)
    monkeypatch.setattr(warehouses, "warehouse_errors", lambda _kind: ())
    for text in (
        "snowflake://reader:$WAREHOUSE_PASSWORD@firm/ml/logs?warehouse=small#made",
        "databricks:///?access_token=$TOKEN&http_path=/sql/1#ml.made",
    ):
        address = read_address(text)
        assert isinstance(address, WarehouseTable)
        with Idle(warehouses._connect).connection(address):
            pass
    assert asked == [
        "snowflake://reader:a%2Fb%40c%23d%25e@firm/ml/logs?warehouse=small",
        "databricks:/?access_token=t%26o%3Dk&http_path=%2Fsql%2F1",
    ]


@pytest.mark.parametrize(
    "text", ["snowflake://me:$MISSING@firm/ml#made", "databricks://?access_token=$MISSING#made"]
)
def test_a_secret_that_is_not_there_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISSING", raising=False)
    monkeypatch.setattr(warehouses, "warehouse_errors", lambda _kind: ())
    with (
        pytest.raises(LogError, match=r"\$MISSING: this variable is not in the environment"),
        connected(read_address(text)),
    ):
        pass


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snowflake", None)
    monkeypatch.setitem(sys.modules, "snowflake.connector.errors", None)
    said = r"the driver is missing .* install ibis-framework\[snowflake\]"
    with pytest.raises(LogError, match=said), connected(TABLE):
        pass
    predictions = PredictionLog(path=str(TABLE), id="id", predicted_at="at", prediction="said", features=["x"])
    log = IbisLog(predictions, LabelLog(label="truth", label_at="seen"))
    with pytest.raises(LogError, match=said):
        log.counts([Window(START, START + timedelta(days=1))], [])
