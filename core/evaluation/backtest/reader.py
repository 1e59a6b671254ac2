"""The rows of one window after another, read in blocks: a question to the engine costs more than a window's rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.evaluation.backtest.log import AT, BacktestLog
from core.evaluation.backtest.ports import Span
from core.evaluation.rows import Rows

BLOCK_ROWS = 150_000
"""Rows of a block, unless one window has more."""
MOST_ROWS = 200_000
"""Of one window, for metrics and estimates: more are sampled by their ids (or instants), always the same ones."""
INDEX_ROOM = 1_000_000
"""A window's rows are indexed from its start (seconds since 1970) times this, so that no two rows share an index."""


class WindowReader:
    """Reads windows in any order, fastest in the order of time; `spans` are all that will be asked for, in order.

    They follow each other without gaps. One block is held at a time.
    """

    def __init__(self, log: BacktestLog, spans: Sequence[Span]) -> None:
        self._log, self._spans = log, spans
        self._places = {start: place for place, (start, _) in enumerate(spans)}
        self._counts = self._count()
        self._block: range = range(0)
        self._rows: list[Rows] = []

    def rows(self, span: Span) -> Rows:
        """The predictions of a window with their labels, known or not by then, in an order of their own."""
        place = self._places[span[0]]
        if place not in self._block:
            self._block = self._block_from(place)
            self._rows = self._read(self._block)
        return self._rows[place - self._block.start]

    def count(self, span: Span) -> int:
        """How many predictions a window has."""
        return self._counts[self._places[span[0]]]

    @property
    def thinned(self) -> int:
        """Windows that are too large to be read as a whole."""
        return sum(count > MOST_ROWS for count in self._counts)

    def _count(self) -> list[int]:
        counts = [0] * len(self._spans)
        if self._spans:
            start, length = self._spans[0][0], self._spans[0][1] - self._spans[0][0]
            rows = self._log.between(start, self._spans[-1][1])
            since = rows[AT].epoch_seconds() - int(start.timestamp())
            places = rows.select(w=(since // int(length.total_seconds())).cast("int64"))
            for row in places.group_by("w").agg(n=places.count()).to_pyarrow().to_pylist():
                counts[row["w"]] = row["n"]
        return counts

    def _block_from(self, place: int) -> range:
        end, rows = place + 1, self._counts[place]
        while end < len(self._counts) and rows + self._counts[end] <= BLOCK_ROWS:
            rows += self._counts[end]
            end += 1
        return range(place, end)

    def _read(self, block: range) -> list[Rows]:
        first, last = self._spans[block.start], self._spans[block.stop - 1]
        parts = -(-self._counts[block.start] // MOST_ROWS) if len(block) == 1 else 1
        frame = self._log.frame(first[0], last[1], max(1, parts))
        edges = [*(self._spans[place][0] for place in block), last[1]]
        cuts = frame["at"].searchsorted(_instants(edges, frame["at"]), side="left")
        return [
            self._log.as_rows(_indexed(frame.iloc[cuts[i] : cuts[i + 1]], self._spans[place][0]))
            for i, place in enumerate(block)
        ]


def _instants(edges: Sequence[datetime], at: Any) -> Any:
    import pandas as pd

    return pd.DatetimeIndex(list(edges)).astype(at.dtype)


def _indexed(frame: Any, start: datetime) -> Any:
    import pandas as pd

    first = int(start.timestamp()) * INDEX_ROOM
    return frame.set_index(pd.RangeIndex(first, first + len(frame)))
