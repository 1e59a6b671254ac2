"""Where a table lies, as people write it: `duckdb:///file?table` or `postgresql://user@host:port/database/table`."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")
FORMS = "duckdb:///file?table or postgresql://user@host/database/table"


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


Address = DuckdbTable | PostgresTable


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
