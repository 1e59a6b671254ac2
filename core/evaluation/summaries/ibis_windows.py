"""Rows with the index of their window and their part of it, as Ibis expressions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from core.evaluation.summaries.ibis_portable import epoch
from core.evaluation.summaries.summary import PROFILE_PARTS
from core.evaluation.windows import Window

INSTANT = "timestamp('UTC', 6)"


def in_windows(table: Any, at: str, windows: Sequence[Window]) -> Any:
    """The rows of these windows with `w__`, the index of theirs, and `part__`, 0 to PROFILE_PARTS - 1.

    Instants without a zone are UTC. Windows of one length that follow each other are told apart by arithmetic,
    others by a join with a small table.
    """
    if len(windows) == 1:
        return _one(table, at, windows[0])
    seconds = _seconds(table[at])
    starts = [_epoch(window.start) for window in windows]
    lengths = {_epoch(window.end) - start for window, start in zip(windows, starts, strict=True)}
    length = lengths.pop() if len(lengths) == 1 else None
    if length is not None and all(b - a == length for a, b in pairwise(starts)):
        since = seconds - starts[0]
        rows = table.filter(since >= 0, since < length * len(windows))
        since = _seconds(rows[at]) - starts[0]
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
    part = _part(_seconds(rows[at]) - _epoch(window.start), length)
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
    timed = table.mutate(s__=_seconds(table[at]))
    rows = timed.inner_join(known, [timed.s__ >= known.start__, timed.s__ < known.end__])
    part = _part(rows.s__ - rows.start__, rows.end__ - rows.start__)
    return rows.mutate(part__=part).drop("s__", "start__", "end__")


def _part(since: Any, length: Any) -> Any:
    import ibis

    part = (since * PROFILE_PARTS / length).floor().cast("int64")
    return ibis.greatest(ibis.least(part, PROFILE_PARTS - 1), 0)  # a clip would work the part out six times


def _seconds(column: Any) -> Any:
    """Seconds since 1970, with their fractions."""
    return epoch(column if column.type().is_timestamp() else column.cast(INSTANT))


def _epoch(at: datetime) -> float:
    return at.astimezone(UTC).timestamp()
