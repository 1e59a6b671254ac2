"""Rows with the index of their window and their part of it, as Ibis expressions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from core.evaluation.log.prediction_log import Where
from core.evaluation.summaries.ibis_portable import epoch
from core.evaluation.summaries.ibis_slices import place_of
from core.evaluation.summaries.summary import PROFILE_PARTS
from core.evaluation.windows import Window

INSTANT = "timestamp('UTC', 6)"
AT = "at__"
TOGETHER, MOST_TOGETHER = 24, 48
"""Columns that are looked at together, and of how many while all their values are few: to write a query takes time by
itself, and more for each column that it could see."""


def column_name(index: int) -> str:
    """What the column of this index is called among those that were asked for; no name of a log is in the way."""
    return f"c{index}"


class NarrowLog:
    """The rows of some windows by few columns at a time, under `column_name`, beside AT, `w__` and `part__`.

    With `hold`, all columns that will be asked for, several windows of few columns are held by the engine once and
    for all, so that the log is scanned a single time. `all_inside` says that every row lies in the one window, `few`
    that its rows may be held, too.
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
        self.all_inside = self.few = False
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
        """The same, computed once for several questions where the windows are several, or have few rows."""
        if self._held is not None or (len(self._windows) == 1 and not self.few):
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

    Instants without a zone are UTC. Windows are told apart by arithmetic, in stretches of one length that follow each
    other: a join with a table of them would need the right to make one, and takes longer.
    """
    if len(windows) == 1:
        return _one(table, at, windows[0])
    runs, instants = _runs(windows), seconds(table[at])
    first, last = min(run.start for run in runs), max(run.end for run in runs)
    rows = table.filter(instants >= first, instants < last)
    instants = seconds(rows[at])
    placed = rows.mutate(
        w__=_by_run(instants, runs, lambda run: run.place(instants)),
        part__=_by_run(instants, runs, lambda run: run.part(instants)),
    )
    return placed if len(runs) == 1 else placed.filter(placed.w__.notnull())


class _Run(NamedTuple):
    """Windows of one length that follow each other, from the index `first` on; in seconds since 1970."""

    first: int
    start: float
    length: float
    many: int

    @property
    def end(self) -> float:
        return self.start + self.length * self.many

    def place(self, instants: Any) -> Any:
        return self._number(instants) + self.first

    def part(self, instants: Any) -> Any:
        since = instants - self.start
        return _part(since - self._number(instants) * self.length, self.length)

    def _number(self, instants: Any) -> Any:
        return ((instants - self.start) / self.length).floor().cast("int64")


def _runs(windows: Sequence[Window]) -> list[_Run]:
    runs: list[_Run] = []
    for index, window in enumerate(windows):
        start, length = _epoch(window.start), _epoch(window.end) - _epoch(window.start)
        if runs and (runs[-1].end, runs[-1].length) == (start, length):
            runs[-1] = runs[-1]._replace(many=runs[-1].many + 1)
        else:
            runs.append(_Run(index, start, length, 1))
    return runs


def _by_run(instants: Any, runs: Sequence[_Run], value: Callable[[_Run], Any]) -> Any:
    """A value by the run that an instant lies in; null outside of all, unless there is but one."""
    import ibis

    if len(runs) == 1:
        return value(runs[0])
    return ibis.cases(*(((instants >= run.start) & (instants < run.end), value(run)) for run in runs))


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


def _part(since: Any, length: Any) -> Any:
    import ibis

    part = (since * PROFILE_PARTS / length).floor().cast("int64")
    return ibis.greatest(ibis.least(part, PROFILE_PARTS - 1), 0)  # a clip would work the part out six times


def seconds(column: Any) -> Any:
    """Seconds since 1970, with their fractions."""
    return epoch(column if column.type().is_timestamp() else column.cast(INSTANT))


def _epoch(at: datetime) -> float:
    return at.astimezone(UTC).timestamp()
