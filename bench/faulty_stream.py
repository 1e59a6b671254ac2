"""A stream whose windows get faults: the rows are changed, and the changed windows summarised again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import numpy as np
import pandas as pd

from bench.faults import Fault, is_number, is_text
from bench.row_faults import RowFault
from bench.source import Source
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

Cell = tuple[int, str]
"""A window and a column."""
FEWEST_ROWS = 12
"""A window of fewer rows gets no fault of rows."""
PARTLY = {"mixed": 0.5, "half of last week": 0.5, "a quarter of yesterday": 0.25}
"""The share of rows that get values of an earlier window."""
EARLIER = {"stale", "old", "resampled", *PARTLY}
"""Kinds that put an earlier window's values into the rows."""


@dataclass
class Injected:
    """Corrupted cells by kind, columns that a swap touched too, the corrupted windows' rows and their summaries."""

    cells: dict[Cell, str] = field(default_factory=dict)
    touched: set[Cell] = field(default_factory=set)
    windows: dict[int, WindowSummary] = field(default_factory=dict)
    rows: Any = None


class Stream:
    """A source with its clean windows summarised once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.frame = source.rows.assign(at=source.rows["at"].astype("datetime64[us, UTC]"))
        self.columns = [name for name in self.frame.columns if name not in ("id", "at")]
        self.windows = [
            Window(source.start + source.length * i, source.start + source.length * (i + 1))
            for i in range(source.windows)
        ]
        self._connection = ibis.duckdb.connect(threads=1)
        index = (self.frame["at"] - pd.Timestamp(source.start)) // source.length
        self._rows = {int(w): np.asarray(v) for w, v in pd.Series(np.arange(len(index))).groupby(index.to_numpy())}
        table = self._table(self.frame, "clean")
        self.plan = make_plan(table, self.columns, at="at", windows=self.windows[: source.reference])
        self.clean = summarise(table, self.plan, at="at", windows=self.windows, id="id")

    def _table(self, frame: Any, name: str) -> Any:
        self._connection.con.register("frame", frame)
        self._connection.raw_sql(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM frame")  # noqa: S608 - our own names
        return self._connection.table(name)

    def inject(self, seed: int, kinds: Mapping[str, Fault | None], cells: int) -> Injected:
        """Corrupt this many cells, one a window at most."""
        done, changes = self.corrupt(seed, kinds, cells)
        done.rows = self._restored(pd.concat(list(changes.values())))
        done.windows = self._summarised(done.rows, list(changes))
        return done

    def corrupt(self, seed: int, kinds: Mapping[str, Fault | None], cells: int) -> tuple[Injected, dict[int, Any]]:
        """The cells, and the rows of each corrupted window, in their order."""
        rng, done, changes = np.random.default_rng(seed), Injected(), {}
        names = list(kinds)
        for attempt in range(cells * 40):
            if len(done.cells) == cells:
                break
            kind = names[len(done.cells) % len(names)] if attempt < cells * 10 else names[rng.integers(len(names))]
            window = int(rng.integers(self.source.reference, self.source.windows))
            column = self.columns[rng.integers(len(self.columns))]
            if window not in self._rows or window in changes or window in self.source.outages:
                continue
            made = self._corrupt(kind, kinds[kind], window, column, rng)
            if made is not None and not _same(made[column], self.frame[column].iloc[self._rows[window]]):
                done.cells[window, column] = kind
                done.touched |= {(window, name) for name in made}
                changes[window] = self._changed(window, made)
        return done, dict(sorted(changes.items()))

    def _summarised(self, rows: Any, windows: Sequence[int]) -> dict[int, WindowSummary]:
        table = self._table(rows, "corrupted")
        found = summarise(table, self.plan, at="at", windows=[self.windows[w] for w in windows], id="id")
        return dict(zip(windows, found, strict=True))

    def without_rows(self, fault: RowFault, window: int, rng: np.random.Generator) -> WindowSummary | None:
        """The summary of a window after a fault of its rows; None where nothing changes or nothing is left."""
        if window not in self._rows or len(self._rows[window]) < FEWEST_ROWS:
            return None
        rows = self.frame.iloc[self._rows[window]]
        made = fault(rows, self.source.start + self.source.length * window, self.source.length, rng)
        if not len(made) or made["at"].tolist() == rows["at"].tolist():
            return None
        return self._summarised(made, [window])[window]

    def _corrupt(
        self, kind: str, fault: Fault | None, window: int, column: str, rng: np.random.Generator
    ) -> dict[str, Any] | None:
        """New values of the column (of two, for a swap)."""
        rows = self.frame.iloc[self._rows[window]]
        if fault is not None:
            made = fault(rows[column], self.frame[column], rng)
            return None if made is None else {column: made}
        if kind in EARLIER:
            return self._earlier(kind, rows, window, column, rng)
        if "slice" in kind or kind == "keys exchanged":
            return self._sliced(kind, rows, column, rng)
        other = self.columns[rng.integers(len(self.columns))]
        alike = all(test(self.frame[column]) == test(self.frame[other]) for test in (is_number, is_text))
        if not alike or other == column:
            return None
        if kind == "copied":
            return {column: rows[other]}
        if kind == "joined texts":
            return {column: rows[column] + "-" + rows[other]} if is_text(rows[column]) else None
        if kind == "added":
            return {column: rows[column] + rows[other]} if is_number(rows[column]) else None
        kept = rng.random(len(rows)) < (0.5 if kind == "half swapped" else 0.0)
        return {column: rows[column].where(kept, rows[other]), other: rows[other].where(kept, rows[column])}

    def _earlier(
        self, kind: str, rows: Any, window: int, column: str, rng: np.random.Generator
    ) -> dict[str, Any] | None:
        """Values of an earlier window, in all rows or in half of them."""
        back = {"stale": 1, "a quarter of yesterday": 1, "half of last week": 7}.get(kind) or int(
            rng.integers(2, 10)
        )
        before = self._rows.get(window - back)
        if before is None:
            return None
        earlier = self.frame[column].iloc[before].to_numpy()
        chosen = rng.integers(len(earlier), size=len(rows)) if kind == "resampled" else np.arange(len(rows))
        values = pd.Series(earlier[chosen % len(earlier)], index=rows.index)
        if kind in PARTLY:
            values = values.where(rng.random(len(rows)) < PARTLY[kind], rows[column])
        return {column: values}

    def _sliced(self, kind: str, rows: Any, column: str, rng: np.random.Generator) -> dict[str, Any] | None:
        """Missing or one value where another column has one of its common values (a tenth of the rows at least)."""
        other = self.columns[rng.integers(len(self.columns))]
        shares = rows[other].value_counts(normalize=True)
        common = shares.index[(shares >= 0.1) & (shares <= 0.6)]
        present = rows[column].dropna()
        plain = is_number(rows[column]) or is_text(rows[column])
        if other == column or not len(common) or present.empty or (kind == "default in a slice" and not plain):
            return None
        if kind == "keys exchanged":
            return _exchanged(rows, column, other, common) if len(common) > 1 else None
        here = _with(rows[other], common[rng.integers(len(common))])
        if kind == "ten times in a slice":
            more = rows[column] * 10 if is_number(rows[column]) else "x" + rows[column] if plain else rows[column]
            return {column: rows[column].where(~here, more)}
        if kind == "sign in a slice":
            return {column: rows[column].mask(here, -rows[column])} if is_number(rows[column]) else None
        if kind == "swapped in a slice":
            return {column: rows[column].mask(here, _turned(rows[column]))} if plain else None
        instead = {
            "slice null": None,
            "slice constant": present.iloc[rng.integers(len(present))],
            "default in a slice": 0 if is_number(rows[column]) else "default",
        }[kind]
        return {column: rows[column].astype(object).mask(here, instead)}

    def _changed(self, window: int, made: Mapping[str, Any]) -> Any:
        rows = self.frame.iloc[self._rows[window]].astype(dict.fromkeys(self.columns, object))
        return rows.assign(**{name: values.astype(object) for name, values in made.items()})

    def _restored(self, rows: Any) -> Any:
        """Object columns in their types again."""
        types = {}
        for name in self.columns:
            column = self.frame[name]
            types[name] = "float64" if is_number(column) else "string" if is_text(column) else "boolean"
        return rows.where(rows.notna(), None).astype(types)


def _turned(values: Any) -> Any:
    """The two commonest values for each other; numbers about their middle."""
    if is_number(values):
        return 2 * values.median() - values
    common = values.value_counts().index[:2]
    return values.replace(dict(zip(common, common[::-1], strict=True)))


def _exchanged(rows: Any, column: str, other: str, common: Any) -> dict[str, Any]:
    """The column's values of the two commonest of another column's values, each in the rows of the other."""
    first, second = (np.flatnonzero(_with(rows[other], value)) for value in common[:2])
    found = rows[column].to_numpy().copy()
    found[first], found[second] = found[np.resize(second, len(first))], found[np.resize(first, len(second))]
    return {column: pd.Series(found, index=rows.index)}


def _with(column: Any, value: Any) -> Any:
    """The rows of a value; missing ones have none."""
    return (column == value).fillna(False).astype(bool)


def _same(one: Any, other: Any) -> bool:
    a, b = (values.astype(object).where(values.notna(), None).to_numpy() for values in (one, other))
    return bool((a == b).all())
