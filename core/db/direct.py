"""Statements straight to the driver, inside the session's transaction: for the few that run thousands of times.

A statement is written for both databases, with `{name}` where a value goes, and `IN {name:list}` where a list does:
SQLite is given a list as JSON, PostgreSQL as an array, so that the text is always the same and stays prepared.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from core.db.times import as_text, micros, micros_text, to_datetime

_IN, _NOT_IN = re.compile(r"\bIN (\{\w+:list\})"), re.compile(r"\bNOT IN (\{\w+:list\})")
_PLACE = re.compile(r"\{(\w+)(:list)?\}")
_ANSWERS = re.compile(r"^\s*(SELECT|WITH)\b|\bRETURNING\b")


class Statement:
    """One statement in the words of each database. `postgresql` is given where the words differ."""

    def __init__(self, sqlite: str, postgresql: str | None = None) -> None:
        names = _PLACE.findall(sqlite)
        self._names = [name for name, _ in names]
        self._lists = [i for i, (_, is_list) in enumerate(names) if is_list]
        self._sqlite = _PLACE.sub(lambda m: "(SELECT value FROM json_each(?))" if m[2] else "?", sqlite)
        words = postgresql or _IN.sub(r"= ANY(\1)", _NOT_IN.sub(r"<> ALL(\1)", sqlite))
        self._postgres_names = [name for name, _ in _PLACE.findall(words)]
        self._postgresql = _PLACE.sub("%s", words)
        self._answers = _ANSWERS.search(words) is not None

    def run(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Run it once; the rows, if it has any."""
        driver, sqlite = _driver(session)
        if sqlite:
            given = [values[name] for name in self._names]
            for i in self._lists:
                given[i] = msgspec.json.encode(given[i]).decode()
            rows: list[tuple[Any, ...]] = driver.execute(self._sqlite, given).fetchall()
            return rows
        offered = [values[name] for name in self._postgres_names]
        cursor = driver.execute(self._postgresql, [array(v) if isinstance(v, list) else v for v in offered])
        return cursor.fetchall() if self._answers else []

    def send(self, session: Session) -> None:
        """Run one that takes no values, and whose rows nobody reads."""
        driver, sqlite = _driver(session)
        driver.execute(self._sqlite if sqlite else self._postgresql)


class Bulk:
    """One statement for many rows: SQLite runs it for each, with `{name}` for a value; PostgreSQL once, with the
    columns as arrays. `names` are the columns in the order of a row's values; those that are no text are in `types`."""

    def __init__(self, sqlite: str, postgresql: str, names: Sequence[str], types: Mapping[str, str]) -> None:
        self._places = [names.index(name) for name, _ in _PLACE.findall(sqlite)]
        self._straight = self._places == list(range(len(names)))
        self._sqlite = _PLACE.sub("?", sqlite)
        arrays = ", ".join(f"%s::{types.get(name, 'text')}[]" for name in names)
        self._postgresql = postgresql.replace("{new}", f"unnest({arrays}) AS new({', '.join(names)})")

    def run(self, session: Session, rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        driver, sqlite = _driver(session)
        if sqlite:
            given = rows if self._straight else [[row[i] for i in self._places] for row in rows]
            driver.executemany(self._sqlite, given)
        else:
            driver.execute(self._postgresql, [array(column) for column in zip(*rows, strict=True)])


def together(session: Session) -> AbstractContextManager[object]:
    """Statements go to PostgreSQL one after the other, and only those whose rows are read wait for an answer to all
    before them: what is wrong with any other is raised later, at the end at the latest."""
    driver, sqlite = _driver(session)
    return nullcontext() if sqlite else driver.pipeline()


def array(values: Sequence[Any]) -> str:
    """Numbers, truth values, instants or texts, of one kind or None, as PostgreSQL writes an array: the driver would
    look at each of them several times."""
    kind = next((type(value) for value in values if value is not None), int)
    if None in values:
        write = _quoted if kind is str else _instant if kind is datetime else _number
        return "{" + ",".join(map(write, values)) + "}"
    if kind is str:
        return _texts(values)
    if kind is datetime:
        return '{"' + '+00","'.join([micros_text(micros(value)) for value in values]) + '+00"}'
    return "{" + ",".join(map(str, values)) + "}"


def _texts(values: Sequence[str]) -> str:
    """All of them at once; one by one where any holds the NUL that stands between them meanwhile."""
    joined = "\0".join(values)
    if joined.count("\0") != len(values) - 1:
        return "{" + ",".join(map(_quoted, values)) + "}"
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + escaped.replace("\0", '","') + '"}'


def _instant(value: datetime | None) -> str:
    return "NULL" if value is None else f'"{value.isoformat()}"'


def _number(value: object) -> str:
    return "NULL" if value is None else str(value)


def _quoted(text: str | None) -> str:
    if text is None:
        return "NULL"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_DRIVER = "goldilocks_driver"


def driver_of(session: Session) -> Any:
    """The driver's connection in the session's transaction."""
    return _driver(session)[0]


def _driver(session: Session) -> tuple[Any, bool]:
    """The connection of the session's transaction, and whether it is SQLite's; found out once a transaction."""
    known = session.info.get(_DRIVER)
    if known is None or (known[0] is not None and known[0] is not session.get_transaction()):
        driver = session.connection().connection.driver_connection
        known = session.info[_DRIVER] = (session.get_transaction(), driver, is_sqlite(session))
    return known[1], known[2]


def use_driver(session: Session, driver: Any) -> None:
    """Direct statements go to this connection of SQLite's driver until the session's `info` is cleared."""
    session.info[_DRIVER] = (None, driver, True)


def is_sqlite(session: Session) -> bool:
    known = session.info.get(_DRIVER)
    if known is not None:
        return bool(known[2])
    return session.get_bind().dialect.name == "sqlite"


def to_driver(session: Session, at: datetime) -> Any:
    """An instant as the driver takes it, and as SQLAlchemy writes it."""
    return as_text(at) if is_sqlite(session) else at


def from_driver(value: Any) -> Any:
    """An instant as the driver gave it, in UTC; None stays None."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC) if value is not None else None


def micros_to_driver(session: Session) -> Callable[[int], Any]:
    """What turns microseconds since 1970 into an instant as the driver takes it; for many at once."""
    return micros_text if is_sqlite(session) else to_datetime
