"""Which slice a row lies in, as Ibis expressions: slices are summarised together in one pass over the rows."""

from collections.abc import Sequence
from typing import Any

from core.evaluation.log.prediction_log import Value, Where


def equals(column: Any, value: Value) -> Any:
    """Whether a column has this value; a text that is no number equals no number."""
    import ibis

    if value is None:
        return column.isnull()
    if column.type().is_string():
        return column == str(value)
    try:
        number = float(value)
    except ValueError:
        return ibis.literal(False)
    if column.type().is_boolean():  # which PostgreSQL casts to no float
        return column == bool(number) if number in (0, 1) else ibis.literal(False)
    return column.cast("float64") == number


def place_of(table: Any, slices: Sequence[Where]) -> Any:
    """The index of the slice in which each row lies; null for rows in none of them.

    Slices that exclude each other, such as the values of one attribute; of others the first counts.
    """
    import ibis

    cases = []
    for index, where in enumerate(slices):
        inside = ibis.literal(True)
        for name, value in where.items():
            inside = inside & equals(table[name], value).fill_null(False)
        cases.append((inside, ibis.literal(index, type="int64")))
    return ibis.cases(*cases, else_=ibis.null("int64"))


def apart(slices: Sequence[Where]) -> list[list[int]]:
    """Places of slices that exclude each other, since they give the same attributes other values."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, where in enumerate(slices):
        groups.setdefault(tuple(sorted(where)), []).append(place)
    return list(groups.values())
