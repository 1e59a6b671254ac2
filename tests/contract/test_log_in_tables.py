"""A log in tables: rows that are added later, labels beside their predictions, and whatever is wrong, said."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.config.pipeline import LabelLog, PredictionLog
from core.db.database import Database
from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.source import open_source
from core.evaluation.live.late import Lack, lack, marks
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.log.prediction_log import LogError, total
from core.evaluation.windows import Window
from tests.prediction_log_support import DAY, KNOWN, START, WINDOWS

ROWS = 60
ONE_TABLE = """
CREATE TABLE log AS
SELECT 'p' || i AS id, TIMESTAMP '2013-02-08 06:00:00' + i * INTERVAL 1 HOUR AS at, mod(i, 10) / 10.0 AS score,
    mod(i, 2) AS said, CASE WHEN i < 40 THEN mod(mod(i, 3), 2) END AS truth,
    CASE WHEN i < 40 THEN TIMESTAMP '2013-02-08 09:00:00' + i * INTERVAL 1 HOUR END AS seen, i * 1.5 AS amount
FROM range(60) AS numbers(i)
"""


def one_table(path: str) -> IbisLog:
    """Labels as columns of the predictions, instants without a zone, and nothing about versions."""
    made = PredictionLog(
        path=path, id="id", predicted_at="at", score="score", prediction="said", features=["amount"]
    )
    return IbisLog(made, LabelLog(label="truth", label_at="seen"))


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Callable[[str], None]]:
    """The address of the table, and what runs a statement where it lies."""
    if request.param == "duckdb":
        file = tmp_path / "log.duckdb"
        run = in_file(file)
        run(ONE_TABLE)
        return f"duckdb://{file}?log", run
    database: Database = request.getfixturevalue("postgres_database")

    def ask(statement: str) -> None:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    ask("DROP TABLE IF EXISTS log")
    ask(ONE_TABLE.replace("INTERVAL 1 HOUR", "INTERVAL '1 hour'").replace("range(60)", "generate_series(0, 59)"))
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return f"{address}/log", ask


def in_file(file: Path) -> Callable[[str], None]:
    import duckdb

    def ask(statement: str) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.sql(statement)

    return ask


def test_labels_beside_their_predictions_are_known_once_they_arrived(
    table: tuple[str, Callable[[str], None]],
) -> None:
    log = one_table(table[0])
    known = total(v.counts for v in log.tally(WINDOWS, KNOWN).versions)
    assert (known.rows, known.labels) == (ROWS, 40)
    early = total(v.counts for v in log.tally(WINDOWS, START + DAY).versions)
    assert early.labels == sum(4 + i <= 24 for i in range(40))
    assert {v.version for v in log.tally(WINDOWS, KNOWN).versions} == {""}
    rows = log.rows(WINDOWS[0].start, WINDOWS[0].end, KNOWN)
    assert list(rows.features.columns) == ["amount"]
    assert rows.label.notna().sum() == len(rows)


def test_rows_that_come_later_make_another_part_of_their_window(table: tuple[str, Callable[[str], None]]) -> None:
    address, run = table
    log = one_table(address)
    before = log.parts(WINDOWS)
    assert log.parts(WINDOWS) == before
    run("INSERT INTO log SELECT 'late', TIMESTAMP '2013-02-09 20:00:00', 0.5, 1, NULL, NULL, 3.0")
    after = log.parts(WINDOWS)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert lack(marks(before[1]), after[1])[0] is Lack.ALL
    plan = log.plan(WINDOWS)
    assert [each.rows for each in log.watch(plan, WINDOWS, after[1])] == log.counts(WINDOWS, after[1])


def test_a_table_or_column_that_is_not_there_is_named(table: tuple[str, Callable[[str], None]]) -> None:
    address, run = table
    with pytest.raises(LogError, match=r"there is no table “log2”, or it may not be read"):
        one_table(f"{address}2").plan(WINDOWS)
    run("ALTER TABLE log DROP COLUMN amount")
    with pytest.raises(LogError, match=r"the column amount is missing \(there are: id, at"):
        one_table(address).plan(WINDOWS)
    run("ALTER TABLE log RENAME COLUMN truth TO label_of_it")
    with pytest.raises(LogError, match="the column truth is missing"):
        one_table(address).delays(WINDOWS[0], KNOWN)


def test_an_empty_stretch_is_no_error(table: tuple[str, Callable[[str], None]]) -> None:
    later = Window(START + 60 * DAY, START + 61 * DAY)
    log = one_table(table[0])
    assert log.counts([later], []) == [0]
    assert log.delays(later, KNOWN + timedelta(days=90)).rows == 0


def test_a_file_or_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"nowhere\.duckdb: there is no such DuckDB file"):
        one_table(f"duckdb://{tmp_path}/nowhere.duckdb?log").plan(WINDOWS)
    with pytest.raises(LogError, match="look at the address, the server") as caught:
        one_table("postgresql://reader:secret@127.0.0.1:9/ml/log").plan(WINDOWS)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_being_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.duckdb").write_bytes(b"half of it" * 1000)
    with pytest.raises(LogError, match="a DuckDB file that no other process holds open to write"):
        one_table(f"duckdb://{tmp_path}/log.duckdb?log").plan(WINDOWS)


@pytest.mark.postgres
def test_who_may_not_read_is_told_what_is_needed(postgres_database: Database) -> None:
    with postgres_database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS log")
        connection.exec_driver_sql(
            "CREATE TABLE log (id text, at timestamptz, score float, said int, amount float, "
            "truth int, seen timestamptz)"
        )
        connection.exec_driver_sql(
            "DO $$ BEGIN CREATE ROLE nobody LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
        )
    url = postgres_database.engine.url.set(drivername="postgresql", username="nobody").render_as_string()
    with pytest.raises(LogError, match=r"permission denied.*SELECT on the tables"):
        one_table(f"{url}/log").counts(WINDOWS, [])


def test_a_backtest_says_that_there_is_no_such_table(
    table: tuple[str, Callable[[str], None]], tmp_path: Path
) -> None:
    with (
        pytest.raises(BacktestError, match=r"LOG: .*there is no table “log2”"),
        open_source(f"{table[0]}2", tmp_path, []),
    ):
        pass


@pytest.mark.parametrize(
    "log", ["duckdb:///nowhere.duckdb?t", "duckdb:///x.duckdb", "s3://bucket/log", "postgresql://h/d"]
)
def test_a_backtest_says_what_is_wrong_with_an_address(log: str, tmp_path: Path) -> None:
    with pytest.raises(BacktestError, match="LOG: "), open_source(log, tmp_path, []):
        pass
