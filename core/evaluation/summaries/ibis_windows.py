"""Rows with the index of their window and their part of it, as Ibis expressions."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from core.evaluation.prediction_log import Where
from core.evaluation.summaries.ibis_portable import epoch
from core.evaluation.summaries.ibis_slices import place_of
from core.evaluation.summaries.summary import PROFILE_PARTS
from core.evaluation.windows import Window

INSTANT = "timestamp('UTC', 6)"
AT = "at__"
TOGETHER = 24
"""Columns that are looked at together: what a query costs to write grows with all the columns that it could see."""


def column_name(index: int) -> str:
    """What the column of this index is called among those that were asked for; no name of a log is in the way."""
    return f"c{index}"


class NarrowLog:
    """The rows of some windows by few columns at a time, under `column_name`, beside AT, `w__` and `part__`.

    With `hold`, all columns that will be asked for, several windows of few columns are held by the engine once and
    for all, so that the log is scanned a single time. `all_inside` says that every row lies in the one window.
    With `slices`, that exclude each other, only their rows are there, and `w__` counts the slices of the first window,
    then those of the second, and so on.
    """

    def __init__(
        self,
        table: Any,
        at: str,
        windows: Sequence[Window],
        hold: Sequence[str] = (),
        slices: Sequence[Where] = (),
    ) -> None:
        self._table, self._at, self._windows, self._slices = table, at, windows, slices
        self.all_inside = False
        self._held: Any = None
        self._places = {name: column_name(i) for i, name in enumerate(dict.fromkeys(hold))}
        if (len(windows) > 1 or slices) and 0 < len(self._places) <= TOGETHER:
            self._held = self._scan(list(self._places)).cache()

    def of(self, names: Sequence[str]) -> Any:
        """The rows with these columns, in this order."""
        if self._held is None:
            return self._scan(names)
        named = {column_name(i): self._held[self._places[name]] for i, name in enumerate(names)}
        return self._held.select(AT, "w__", "part__", **named)

    @contextmanager
    def held(self, names: Sequence[str]) -> Iterator[Any]:
        """The same, computed once for several questions where the windows are several."""
        if self._held is not None or len(self._windows) == 1:
            yield self.of(names)
        else:
            with self._scan(names).cache() as rows:
                yield rows

    def _scan(self, names: Sequence[str]) -> Any:
        named = {column_name(i): self._table[name] for i, name in enumerate(names)}
        if self._slices:
            return self._of_slices(named)
        narrow = self._table.select(**{AT: self._table[self._at]}, **named)
        if self.all_inside:  # no column's query has to look at the instants again
            return nothing_else(narrow, AT, self._windows[0])
        return in_windows(narrow, AT, self._windows)

    def _of_slices(self, named: dict[str, Any]) -> Any:
        place = place_of(self._table, self._slices)
        placed = self._table.select(**{AT: self._table[self._at], "slice__": place}, **named)
        rows = in_windows(placed.filter(placed.slice__.notnull()), AT, self._windows)
        return rows.mutate(w__=rows.w__ * len(self._slices) + rows.slice__).drop("slice__")


def in_windows(table: Any, at: str, windows: Sequence[Window]) -> Any:
    """The rows of these windows with `w__`, the index of theirs, and `part__`, 0 to PROFILE_PARTS - 1.

    Instants without a zone are UTC. Windows of one length that follow each other are told apart by arithmetic,
    others by a join with a small table.
    """
    if len(windows) == 1:
        return _one(table, at, windows[0])
    instants = seconds(table[at])
    starts = [_epoch(window.start) for window in windows]
    lengths = {_epoch(window.end) - start for window, start in zip(windows, starts, strict=True)}
    length = lengths.pop() if len(lengths) == 1 else None
    if length is not None and all(b - a == length for a, b in pairwise(starts)):
        since = instants - starts[0]
        rows = table.filter(since >= 0, since < length * len(windows))
        since = seconds(rows[at]) - starts[0]
        index = (since / length).floor().cast("int64")
        return rows.mutate(w__=index, part__=_part(since - index * length, length))
    return _joined(table, at, windows)


def _one(table: Any, at: str, window: Window) -> Any:
    import ibis

    start, end = (ibis.literal(each.astimezone(UTC), type=INSTANT) for each in (window.start, window.end))
    instants = table[at].cast(INSTANT)
    rows = table.filter(instants >= start, instants < end)
    return nothing_else(rows, at, window)


def nothing_else(rows: Any, at: str, window: Window) -> Any:
    """The same for rows that all lie in the one window."""
    import ibis

    length = _epoch(window.end) - _epoch(window.start)
    part = _part(seconds(rows[at]) - _epoch(window.start), length)
    return rows.mutate(w__=ibis.literal(0, type="int64"), part__=part)


def _joined(table: Any, at: str, windows: Sequence[Window]) -> Any:
    import ibis

    known = ibis.memtable(
        {
            "w__": list(range(len(windows))),
            "start__": [_epoch(window.start) for window in windows],
            "end__": [_epoch(window.end) for window in windows],
        }
    )
    timed = table.mutate(s__=seconds(table[at]))
    rows = timed.inner_join(known, [timed.s__ >= known.start__, timed.s__ < known.end__])
    part = _part(rows.s__ - rows.start__, rows.end__ - rows.start__)
    return rows.mutate(part__=part).drop("s__", "start__", "end__")


def _part(since: Any, length: Any) -> Any:
    import ibis

    part = (since * PROFILE_PARTS / length).floor().cast("int64")
    return ibis.greatest(ibis.least(part, PROFILE_PARTS - 1), 0)  # a clip would work the part out six times


def seconds(column: Any) -> Any:
    """Seconds since 1970, with their fractions."""
    return epoch(column if column.type().is_timestamp() else column.cast(INSTANT))


def _epoch(at: datetime) -> float:
    return at.astimezone(UTC).timestamp()
