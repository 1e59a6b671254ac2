"""Where a table lies, as people write it: `duckdb:///file?table`, `postgresql://user@host:port/database/table`, or a
warehouse's address with the table behind `#`."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
WAREHOUSES = ("bigquery", "databricks", "pyspark", "snowflake")
"""As Ibis calls them; the rest of such an address is what Ibis reads of it."""
FORMS = (
    "duckdb:///file?table, postgresql://user@host/database/table, or a warehouse's address with #table behind it "
    f"({', '.join(WAREHOUSES)})"
)


class AddressError(ValueError):
    """An address that names no table; the message says what is missing."""


@dataclass(frozen=True)
class DuckdbTable:
    """A table in a DuckDB file; `table` may be `schema.table`."""

    file: Path
    table: str

    @property
    def store(self) -> Path:
        """What two tables must have in common to be read together."""
        return self.file

    def __str__(self) -> str:
        return f"duckdb://{self.file}?{self.table}"


@dataclass(frozen=True)
class PostgresTable:
    """A table of a PostgreSQL server; `table` may be `schema.table`.

    What is not given (host, user, password, ...) comes from libpq's environment: PGHOST, PGUSER, PGPASSWORD,
    PGSERVICE, a `.pgpass`. `options` go to libpq as they are, such as `sslmode`.
    """

    database: str
    table: str
    host: str | None = None
    port: int = 5432
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    options: tuple[tuple[str, str], ...] = ()

    @property
    def store(self) -> "tuple[str | None, int, str]":
        """What two tables must have in common to be read together."""
        return self.host, self.port, self.database

    def __str__(self) -> str:
        """As it was written, without the password."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port != 5432 else ""
        return f"postgresql://{user}{self.host or ''}{port}/{self.database}/{self.table}"


@dataclass(frozen=True)
class WarehouseTable:
    """A table of a warehouse; `url` is Ibis's address of the database, `table` may be `schema.table`.

    Where a password or a value behind `?` is `$NAME`, it comes from this variable of the environment.
    """

    url: str = field(repr=False)
    table: str

    @property
    def kind(self) -> str:
        """One of WAREHOUSES."""
        return urlsplit(self.url).scheme

    @property
    def store(self) -> str:
        """What two tables must have in common to be read together."""
        return self.url

    def __str__(self) -> str:
        """As it was written, without the password and what stands behind `?`, where secrets may be."""
        return f"{without_password(self.url).partition('?')[0]}#{self.table}"


Address = DuckdbTable | PostgresTable | WarehouseTable


def is_address(text: str) -> bool:
    """Whether this is an address and not the path of a folder or file."""
    return "://" in text


def read_address(text: str) -> Address:
    """The table that an address names; AddressError says what is wrong with it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise AddressError(
            f"{without_password(text)}: its host or port cannot be read; write {FORMS}, and # or / of a "
            "password as %23 or %2F"
        ) from None
    if parts.scheme == "duckdb":
        return _duckdb(text, parts)
    if parts.scheme in POSTGRES:
        return _postgres(text, parts, port)
    if parts.scheme in WAREHOUSES:
        return _warehouse(text, parts)
    raise AddressError(f"{without_password(text)}: this kind of address is not known; write {FORMS}")


_PASSWORD = re.compile(r"(?<=://)([^:@/]*):.*(?=@)")


def without_password(text: str) -> str:
    """The address as it may be shown, even where a password breaks it."""
    return _PASSWORD.sub(r"\1", text)


def _duckdb(text: str, parts: SplitResult) -> DuckdbTable:
    table = unquote(parts.query)
    file = unquote(parts.netloc + parts.path)  # duckdb://relative/file
    if not table or not file:
        raise AddressError(f"{text}: name the table after a question mark, duckdb:///file?table")
    return DuckdbTable(Path(file), table)


def _warehouse(text: str, parts: SplitResult) -> WarehouseTable:
    url, _, table = text.rpartition("#")
    if not table or not url or "#" in url:
        shown = without_password(text).partition("?")[0].partition("#")[0]
        raise AddressError(
            f"{shown}: name the table behind #, {parts.scheme}://…#schema.table, and write # of a password as %23"
        )
    return WarehouseTable(url, unquote(table))


def _postgres(text: str, parts: SplitResult, port: int | None) -> PostgresTable:
    database, _, table = parts.path.lstrip("/").partition("/")
    options = tuple(parse_qsl(parts.query))
    table = unquote(table or ("" if options else parts.query))
    if not database or not table:
        raise AddressError(
            f"{without_password(text)}: name the table, postgresql://user@host/database/table "
            "(or database/schema.table)"
        )
    return PostgresTable(
        unquote(database),
        table,
        parts.hostname,
        port or 5432,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        options,
    )
