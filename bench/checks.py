"""What the data checks find and what they leave alone, on streams with faults put in.

Each seed corrupts some column-windows of a clean stream (a cell that changes nothing is no cell), walks the stream
as if live, and counts: cells that were flagged by a notification, flagged columns that nobody corrupted, and
notifications about whole windows without a fault. What continues from the window before is not told again.

    python bench/checks.py [--streams flights weather ... | held-out] [--seeds 10] [--first-seed 100] [--others]
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.check_streams import CHOSEN, HELD_OUT, KNOWN, STREAMS
from bench.faults import NAMED, OTHERS, Fault, is_number, is_text
from bench.source import Source
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Finding
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

Cell = tuple[int, str]
SETTLED = 5
"""Windows after a real change in which it may still be told."""


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

    def _corrupt(
        self, kind: str, fault: Fault | None, window: int, column: str, rng: np.random.Generator
    ) -> dict[str, Any] | None:
        """New values of the column (of two, for a swap)."""
        rows = self.frame.iloc[self._rows[window]]
        if fault is not None:
            made = fault(rows[column], self.frame[column], rng)
            return None if made is None else {column: made}
        if kind in ("stale", "old", "mixed"):
            return self._earlier(kind, rows, window, column, rng)
        if kind.startswith("slice"):
            return self._sliced(kind, rows, column, rng)
        other = self.columns[rng.integers(len(self.columns))]
        alike = all(test(self.frame[column]) == test(self.frame[other]) for test in (is_number, is_text))
        return {column: rows[other], other: rows[column]} if alike and other != column else None

    def _earlier(
        self, kind: str, rows: Any, window: int, column: str, rng: np.random.Generator
    ) -> dict[str, Any] | None:
        """Values of an earlier window, in all rows or in half of them."""
        before = self._rows.get(window - (1 if kind == "stale" else int(rng.integers(2, 10))))
        if before is None:
            return None
        values = pd.Series(np.resize(self.frame[column].iloc[before].to_numpy(), len(rows)), index=rows.index)
        if kind == "mixed":
            values = values.where(rng.random(len(rows)) < 0.5, rows[column])
        return {column: values}

    def _sliced(self, kind: str, rows: Any, column: str, rng: np.random.Generator) -> dict[str, Any] | None:
        """Missing or one value where another column has one of its common values (a tenth of the rows at least)."""
        other = self.columns[rng.integers(len(self.columns))]
        shares = rows[other].value_counts(normalize=True)
        common = shares.index[(shares >= 0.1) & (shares <= 0.6)]
        present = rows[column].dropna()
        if other == column or not len(common) or present.empty:
            return None
        here = rows[other] == common[rng.integers(len(common))]
        instead = None if kind == "slice null" else present.iloc[rng.integers(len(present))]
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


def _same(one: Any, other: Any) -> bool:
    a, b = (values.astype(object).where(values.notna(), None).to_numpy() for values in (one, other))
    return bool((a == b).all())


def excused(source: Source, window: int) -> bool:
    """Whether what is told of this window is told with right: the stream is broken, or the world has just changed."""
    return window in source.outages or any(0 <= window - change <= SETTLED for change in source.changes)


def notifications(stream: Stream, replaced: Mapping[int, WindowSummary]) -> list[tuple[int, Finding]]:
    """What is told, walking the stream as if live."""
    reference = stream.source.reference
    checks, told, before = DataChecks.learn(stream.clean[:reference]), [], set()
    for index in range(reference, len(stream.clean)):
        summary = replaced.get(index, stream.clean[index])
        found = checks.judge(summary)
        told += [(index, f) for f in found if (f.columns, f.kind, f.direction) not in before]
        before = {(f.columns, f.kind, f.direction) for f in found}
        checks.remember(summary, found)
    return told


@dataclass
class Score:
    """Pooled over seeds."""

    cells: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    windows: int = 0

    def add(self, stream: Stream, injected: Injected) -> None:
        told = notifications(stream, injected.windows)
        flagged = {(w, column): finding for w, finding in told for column in finding.columns}
        self.cells.update(injected.cells.values())
        self.hits.update(kind for cell, kind in injected.cells.items() if cell in flagged)
        for (window, column), finding in flagged.items():
            if (window, column) not in injected.touched and not excused(stream.source, window):
                day = f"{stream.windows[window].start:%Y-%m-%d %H:%M}"
                self.false[f"{day} {column} ({finding.direction})"] += 1
        self.whole += sum(not f.columns and w not in injected.windows for w, f in told)
        self.windows += stream.source.windows - stream.source.reference

    def __str__(self) -> str:
        cells, hits, false = (sum(counter.values()) for counter in (self.cells, self.hits, self.false))
        kinds = ", ".join(f"{kind} {self.hits[kind]}/{n}" for kind, n in self.cells.items())
        return (
            f"recall {hits / max(1, cells):.3f}  precision {hits / max(1, hits + false):.3f}  "
            f"false columns a window {false / max(1, self.windows):.4f}  whole-window {self.whole}\n    {kinds}"
        )


def run(name: str, seeds: Sequence[int], kinds: Mapping[str, Fault | None], cells: int, state: Path) -> None:
    """Print one stream's figures: calm, then with faults."""
    started = time.monotonic()
    try:
        stream = Stream(STREAMS[name](state))
    except ModuleNotFoundError as error:
        print(f"{name}: left out, the package {error.name} is not installed", flush=True)
        return
    calm = notifications(stream, {})
    outages = [f"{stream.windows[w].start:%d %B}: {f.reason}" for w, f in calm if w in stream.source.outages]
    real = [w for w, _ in calm if w not in stream.source.outages and excused(stream.source, w)]
    false = [(w, f) for w, f in calm if not excused(stream.source, w)]
    windows = stream.source.windows - stream.source.reference
    told = f", and {len(real)} when the world changed" if stream.source.changes else ""
    print(f"{name}: {windows} windows, as it is: {len(false)} notifications{told}", flush=True)
    for text in outages:
        print(f"    real outage, left out: {text}")
    for window, finding in false[:8]:
        print(f"    {stream.windows[window].start:%Y-%m-%d %H:%M} {finding.kind}: {finding.reason}")
    score = Score()
    for seed in seeds:
        score.add(stream, stream.inject(seed, kinds, cells))
    print(f"  {cells} cells, {len(seeds)} seeds: {score}")
    for text, count in score.false.most_common(8):
        print(f"    false {count}x {text}")
    print(f"  {time.monotonic() - started:.0f} s", flush=True)


HALVES = {"known": list(KNOWN), "chosen": list(CHOSEN), "held-out": list(HELD_OUT)}
"""Streams by how much the checks have seen of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", nargs="+", choices=[*STREAMS, *HALVES], default=["known"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--others", action="store_true", help="faults that the rules do not name")
    parser.add_argument("--state", type=Path, default=Path(".goldilocks") / "bench")
    given = parser.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    for name in [name for each in given.streams for name in HALVES.get(each, [each])]:
        run(name, seeds, OTHERS if given.others else NAMED, given.cells, given.state)


if __name__ == "__main__":
    main()
