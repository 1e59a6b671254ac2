"""Gives to a new id what is kept under an old one, in every table whose columns say what they name."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    and_,
    cast,
    exists,
    select,
    true,
    update,
)

from core.db.base import Base
from core.db.naming import MENTIONS, NAMES, Kind, Named

NO_PERSON = frozenset(("id", "title", "name", "channel", "layer", "rotation", "pipeline"))
"""Keys under which JSON never has the id of a person."""


def rename(connection: Connection, kind: Kind, old: str, new: str) -> int:
    """Rename `old` to `new` wherever a column names this kind; how many values that were.

    A row that would then be the same as another of the new id stays as it is.
    """
    done = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            named = [each for each in column.info.get(NAMES, ()) if each.kind is kind]
            done += sum(_whole(connection, column, each, old, new) for each in named)
            if kind is Kind.PERSON and column.info.get(MENTIONS):
                done += _within(connection, column, old, new)
    return done


def _whole(connection: Connection, column: Column[Any], named: Named, old: str, new: str) -> int:
    before, after = f"{named.prefix}{old}", f"{named.prefix}{new}"
    where = column.table.c[named.where].in_(named.values or (old, new)) if named.where else true()
    free = [~_taken(column, names, after) for names in _unique_with(column)]
    query = update(column.table).where(column == before, where, *free)
    return connection.execute(query.values({column.name: after})).rowcount


def _unique_with(column: Column[Any]) -> Iterator[list[str]]:
    """The columns with which this one is unique, once for each such rule of its table."""
    for rule in column.table.constraints:
        if isinstance(rule, PrimaryKeyConstraint | UniqueConstraint) and column.name in rule.columns:
            yield [each.name for each in rule.columns if each.name != column.name]


def _taken(column: Column[Any], names: list[str], after: str) -> ColumnElement[bool]:
    other = column.table.alias()
    same = and_(other.c[column.name] == after, *(other.c[name] == column.table.c[name] for name in names))
    return exists(select(1).select_from(other).where(same).correlate(column.table))


def _within(connection: Connection, column: Column[Any], old: str, new: str) -> int:
    """Texts and JSON are looked through here: no two databases do that alike."""
    key = next(iter(column.table.primary_key))
    likely = cast(column, String).contains(old, autoescape=True)
    done = 0
    for row_key, value in connection.execute(select(key, column).where(likely)).all():
        renamed = value.replace(_mention(old), _mention(new)) if isinstance(value, str) else _json(value, old, new)
        if renamed != value:
            connection.execute(update(column.table).where(key == row_key).values({column.name: renamed}))
            done += 1
    return done


def _mention(person: str) -> str:
    return f"{{person:{person}}}"


def _json(value: Any, old: str, new: str, key: str = "") -> Any:
    """The value with a person's id, or their mention in its texts, replaced."""
    match value:
        case dict():
            return {name: _json(each, old, new, name) for name, each in value.items()}
        case list():
            return [_json(each, old, new, key) for each in value]
        case str() if value == old and key not in NO_PERSON:
            return new
        case str():
            return value.replace(_mention(old), _mention(new))
    return value
