"""What engines do not do alike, in words that each of them knows: texts and instants as numbers, and hashes."""

from typing import Any

SAFE = r"^\s*[+-]?([0-9]{1,99}(\.[0-9]{0,99})?|\.[0-9]{1,99})([eE][+-]?0{0,9}[0-9]{1,2})?\s*$"
"""Texts that are numbers well inside what a float holds."""
FAR_OUT = r"^\s*[+-]?[0-9]{1,99}(\.[0-9]{0,99})?[eE]\+?0{0,9}[1-9][0-9]{2,9}\s*$"
TINY = r"^\s*[+-]?[0-9]{1,99}(\.[0-9]{0,99})?[eE]-0{0,9}[1-9][0-9]{2,9}\s*$"
NAMED = r"^\s*([+-]?([iI][nN][fF]([iI][nN][iI][tT][yY])?)|[nN][aA][nN])\s*$"


def read_number(text: Any) -> Any:
    """A column of texts as float64: null where it reads as no number, infinite or 0 where a float cannot hold it."""
    if _engine(text) != "postgres":
        return text.try_cast("float64")
    import ibis

    # PostgreSQL refuses the whole query for one text that is no number, so only what certainly is one is cast.
    readable = ibis.ifelse(text.re_search(SAFE) | text.re_search(NAMED), text, None).cast("float64")
    far = ibis.literal(float("inf"), type="float64")
    return ibis.cases((text.re_search(FAR_OUT), far), (text.re_search(TINY), 0.0), else_=readable)


def epoch(instant: Any) -> Any:
    """A column of instants (or dates) as float64: seconds since 1970, with their fractions."""
    instant = instant.cast("timestamp")
    if _engine(instant) == "pyspark":  # whose own word for it drops the fractions
        return instant.cast("float64")
    return instant.epoch_seconds().cast("float64")


def hashed(column: Any) -> Any:
    """A number that equal values share, also for nulls; the same within one engine, another in the next."""
    kind = column.type()
    if _engine(column) == "postgres" and not (kind.is_integer() or kind.is_floating() or kind.is_string()):
        column = column.cast("string")
    return column.hash().fill_null(0)


def _engine(column: Any) -> str:
    return str(column.get_backend().name)
