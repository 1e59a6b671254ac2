"""Columns in many windows: what is asked of several of them at once, and how answers come back.

Columns of one kind are stacked into one table (`c`: which column, `w`: which window), because writing a query takes
longer than answering it for a day's rows. Where there are many rows, each column is asked about by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.evaluation.summaries.ibis_portable import epoch, read_number
from core.evaluation.summaries.plan import ColumnPlan
from core.evaluation.summaries.sketch import ColumnSketch
from core.evaluation.summaries.summary import ColumnSummary, ValueKind

Array = np.ndarray[Any, np.dtype[Any]]
HUGE = 1e150
"""Beyond this the square of a number overflows; such values count as infinite."""
STACKED_VALUES = 2_000_000
"""Values that one query takes at most, unless a single column has more."""
Measured = tuple[ColumnSummary, ColumnSketch | None]
"""A column in a window; the sketch is None where none was asked for."""


@dataclass(frozen=True)
class Asked:
    """Some columns of one kind, by their names in a narrow log, with their plans; `counts` are the rows of each
    window, and `sketch` asks for sketches, too."""

    rows: Any
    names: Sequence[str]
    plans: Sequence[ColumnPlan]
    counts: Array
    sketch: bool

    @property
    def keys(self) -> list[str]:
        """What tells columns and windows apart, where there are several."""
        return [*(["c"] if len(self.names) > 1 else []), *(["w"] if len(self.counts) > 1 else [])]

    def stacked(self, shape: Callable[[Any], dict[str, Any]]) -> Any:
        """`shape` of each column, one below the other."""
        import ibis

        parts = []
        for i, name in enumerate(self.names):
            keys = {"c": ibis.literal(i, type="int16"), "w": self.rows.w__}
            parts.append(self.rows.select(**{key: keys[key] for key in self.keys}, **shape(self.rows[name])))
        return ibis.union(*parts) if len(parts) > 1 else parts[0]

    def each(self, table: Any, values: Sequence[float]) -> Any:
        """A figure of each column, beside the rows of a stacked table; read as a float by the engine itself, since
        Spark takes digits for decimals and cuts those of a list to one length."""
        import ibis

        figures = [ibis.literal(repr(float(value))).cast("float64") for value in values]
        return figures[0] if len(figures) == 1 else ibis.array(figures)[table.c]

    def parts(self, answer: dict[str, Array]) -> Iterator[tuple[int, int, dict[str, Array]]]:
        """Column, window, and their rows of an answer."""
        n = len(next(iter(answer.values())))
        column = answer.get("c", np.zeros(n, dtype=int)).astype(int)
        window = answer.get("w", np.zeros(n, dtype=int)).astype(int)
        for group, part in grouped({**answer, "g": column * len(self.counts) + window}, "g"):
            yield *divmod(group, len(self.counts)), part

    def type(self, column: int) -> str:
        return str(self.rows[self.names[column]].type())


def kind_of(type: Any) -> ValueKind:
    """How values of an engine's type are read."""
    numeric = type.is_numeric() or type.is_boolean() or (type.is_temporal() and not type.is_interval())
    return ValueKind.NUMBER if numeric else ValueKind.TEXT


def as_number(column: Any) -> Any:
    """A column as float64: null where it is no number."""
    kind = column.type()
    if kind.is_timestamp() or kind.is_date():
        return epoch(column)
    if kind.is_time():
        return (column.hour() * 3600 + column.minute() * 60 + column.second()).cast("float64")
    if kind.is_boolean():
        return column.cast("int32").cast("float64")
    return column.cast("float64") if kind.is_numeric() else read_number(column.cast("string"))


@cache
def _floor() -> Any:
    import ibis

    return ibis.udf.scalar.builtin(_by_the_engine, name="floor", signature=(("float64",), "float64"))


def floor(value: Any) -> Any:
    """The engine's own, of floats: Ibis would turn each into a whole number, which breaks on large ones."""
    return _floor()(value)


def _by_the_engine(value: Any) -> Any:
    """Stands for a function of the engine's own."""
    raise NotImplementedError


def arrays(query: Any) -> dict[str, Array]:
    """The columns of an answer."""
    answer = query.to_pyarrow()
    return {name: answer.column(name).to_numpy(zero_copy_only=False) for name in answer.column_names}


def cut(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Names in groups of at most `size`, in their order."""
    return (names[i : i + size] for i in range(0, len(names), size))


def grouped(answer: dict[str, Array], key: str) -> Iterator[tuple[int, dict[str, Array]]]:
    """The answer's rows of each value of a column of whole numbers."""
    order = np.argsort(answer[key], kind="stable")
    ordered = {name: values[order] for name, values in answer.items()}
    values, starts = np.unique(ordered[key], return_index=True)
    for value, start, end in zip(values, starts, [*starts[1:], len(order)], strict=False):
        yield int(value), {name: values[start:end] for name, values in ordered.items()}
