"""Addresses of tables are read as people write them, and shown without their password."""

import re
from pathlib import Path

import pytest

from core.config.log_address import (
    AddressError,
    DuckdbTable,
    PostgresTable,
    WarehouseTable,
    is_address,
    read_address,
    without_password,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("duckdb:///data/log.duckdb?predictions", DuckdbTable(Path("/data/log.duckdb"), "predictions")),
        ("duckdb://log.duckdb?main.made", DuckdbTable(Path("log.duckdb"), "main.made")),
        ("duckdb:///with%20space.db?t", DuckdbTable(Path("/with space.db"), "t")),
        ("postgresql:///ml/predictions", PostgresTable("ml", "predictions")),
        ("postgres://db.host/ml?predictions", PostgresTable("ml", "predictions", "db.host")),
        (
            "postgresql://reader:s%40crt@db.host:6432/ml/logs.predictions?sslmode=require",
            PostgresTable("ml", "logs.predictions", "db.host", 6432, "reader", "s@crt", (("sslmode", "require"),)),
        ),
        ("bigquery://project/ml#made", WarehouseTable("bigquery://project/ml", "made")),
        (
            "snowflake://me:$PASSWORD@firm/db/ml?warehouse=w#logs.made",
            WarehouseTable("snowflake://me:$PASSWORD@firm/db/ml?warehouse=w", "logs.made"),
        ),
        ("pyspark://#made", WarehouseTable("pyspark://", "made")),
    ],
)
def test_addresses_are_read(text: str, read: object) -> None:
    assert is_address(text)
    assert read_address(text) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("duckdb:///log.duckdb", "name the table after a question mark"),
        ("postgresql://db.host/ml", "name the table"),
        ("postgresql://db.host/ml?sslmode=require", "name the table"),
        ("postgresql://db.host:port/ml/t", "port"),
        ("s3://bucket/log", "not known; write duckdb:///file"),
        ("postgresql://[half/ml/t", "write duckdb:///file"),
        ("snowflake://me@firm/db", "name the table behind #"),
        ("snowflake://me@firm/db#", "name the table behind #"),
        ("snowflake://me:a#b@firm/db#t", "as %23"),
    ],
)
def test_what_names_no_table_is_said_with_its_remedy(text: str, said: str) -> None:
    with pytest.raises(AddressError, match=r"write|name") as caught:
        read_address(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("password", ["xyzzy", "xyz#zyx", "xyz/zyx", "xyz:zyx", "xyz@zyx", "xyzzy?"])
@pytest.mark.parametrize("rest", ["db.host:port/ml/t", "db.host/ml", "[half/ml/t"])
def test_no_error_shows_a_password(password: str, rest: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(f"postgresql://reader:{password}@{rest}")
    assert not any(part in str(caught.value) for part in re.split(r"\W", password) if part)
    assert "postgresql://reader@" in str(caught.value)


def test_a_password_is_never_shown() -> None:
    text = "postgresql://reader:secret@db.host:6432/ml/predictions"
    assert "secret" not in without_password(text)
    assert str(read_address(text)) == "postgresql://reader@db.host:6432/ml/predictions"
    assert "secret" not in repr(read_address(text))
    with pytest.raises(AddressError) as caught:
        read_address("postgresql://reader:secret@db.host/ml")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["snowflake://me:xyzzy@firm/db#made", "databricks:///?access_token=xyzzy#made"])
def test_no_secret_of_a_warehouse_is_shown(text: str) -> None:
    read = read_address(text)
    assert "xyzzy" not in str(read) + repr(read)
    assert str(read).endswith("#made")


@pytest.mark.parametrize("text", ["snowflake://me:xy#xyz@firm/db#made", "snowflake://me:xyz@firm/db"])
def test_no_error_shows_a_secret_of_a_warehouse(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(text)
    assert "xy" not in str(caught.value)


def test_a_folder_is_no_address() -> None:
    assert not is_address("/data/predictions")
