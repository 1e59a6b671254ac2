"""What engines do not do alike, in words that each of them knows: texts and instants as numbers, and hashes."""

from functools import cache
from typing import Any

SAFE = r"^\s*[+-]?([0-9]{1,99}(\.[0-9]{0,99})?|\.[0-9]{1,99})([eE][+-]?0{0,9}[0-9]{1,2})?\s*$"
"""Texts that are numbers well inside what a float holds."""
FAR_OUT = r"^\s*[+-]?[0-9]{1,99}(\.[0-9]{0,99})?[eE]\+?0{0,9}[1-9][0-9]{2,9}\s*$"
TINY = r"^\s*[+-]?[0-9]{1,99}(\.[0-9]{0,99})?[eE]-0{0,9}[1-9][0-9]{2,9}\s*$"
HASHES = 2**31
NAMED = r"^\s*([+-]?([iI][nN][fF]([iI][nN][iI][tT][yY])?)|[nN][aA][nN])\s*$"


def read_number(text: Any) -> Any:
    """A column of texts as float64: null where it reads as no number, infinite or 0 where a float cannot hold it."""
    if engine_of(text) != "postgres":
        return text.try_cast("float64")
    import ibis

    # PostgreSQL refuses the whole query for one text that is no number, so only what certainly is one is cast.
    readable = ibis.ifelse(text.re_search(SAFE) | text.re_search(NAMED), text, None).cast("float64")
    far = ibis.literal(float("inf"), type="float64")
    return ibis.cases((text.re_search(FAR_OUT), far), (text.re_search(TINY), 0.0), else_=readable)


def epoch(instant: Any) -> Any:
    """A column of instants (or dates) as float64: seconds since 1970, with their fractions; without a zone in UTC."""
    if not instant.type().is_timestamp():
        instant = instant.cast("timestamp")
    engine = engine_of(instant)
    if engine == "duckdb":
        return _duckdb_epoch(instant.type())(instant)
    if engine == "pyspark":  # whose own word for it drops the fractions
        return instant.cast("timestamp").cast("float64")
    return instant.epoch_seconds().cast("float64")


@cache
def _duckdb_epoch(kind: Any) -> Any:
    """Seconds without a change of zone, which would take ten times as long."""
    import ibis

    return ibis.udf.scalar.builtin(_by_the_engine, name="epoch", signature=((kind,), "float64"))


def hashed(column: Any, engine: str | None = None) -> Any:
    """A whole number from 0 that equal values (and nulls) share; within one engine, another in the next.

    To look for the engine takes as long as the expression is large: give it where there are many columns."""
    engine, kind = engine or engine_of(column), column.type()
    if engine == "duckdb":
        return _duckdb_hash(kind)(column)
    if engine == "postgres" and not (kind.is_integer() or kind.is_floating() or kind.is_string()):
        column = column.cast("string")
    return (column.hash().fill_null(0) % HASHES).abs()


@cache
def _duckdb_hash(kind: Any) -> Any:
    """DuckDB's hash as the engine gives it: Ibis would turn each through a string of bits, at four times the time."""
    import ibis

    hash_values = ibis.udf.scalar.builtin(_by_the_engine, name="hash", signature=((kind,), "uint64"))
    return lambda column: (hash_values(column) % HASHES).cast("int64")


def _by_the_engine(value: Any) -> Any:
    """Stands for a function of the engine's own."""
    raise NotImplementedError


def engine_of(expression: Any) -> str:
    """The name of the engine that answers an expression, as Ibis calls it."""
    return str(expression.get_backend().name)
