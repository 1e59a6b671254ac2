"""What the data checks find and what they leave alone, on streams with faults put in.

Each seed corrupts some column-windows of a clean stream (a cell that changes nothing is no cell), walks the stream
as if live, and counts: cells that were flagged by a notification, flagged columns that nobody corrupted, and
notifications about whole windows without a fault. What continues from the window before is not told again.

    python bench/checks.py [--streams flights weather ... | held-out | fresh] [--seeds 10] [--first-seed 100]
        [--kinds named | others | unheard | later | new | everyday | written-after | rows] [--alone]
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.check_streams import CHOSEN, FRESH, HELD_OUT, KNOWN, STREAMS
from bench.everyday_faults import EVERYDAY
from bench.faults import NAMED, OTHERS, Fault
from bench.faulty_stream import Injected, Stream
from bench.later_faults import LATER
from bench.new_faults import NEW
from bench.row_faults import ROWS
from bench.source import Source
from bench.unheard_faults import UNHEARD
from bench.written_after_faults import WRITTEN_AFTER
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Finding
from core.evaluation.summaries.summary import WindowSummary

SETTLED = 5
"""Windows after a real change in which it may still be told."""


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

    def add_alone(
        self,
        window: int,
        injected: Injected,
        found: Sequence[Finding],
        before: Set[tuple[object, ...]],
        clean: Sequence[Finding],
    ) -> None:
        """One window, whose clean rows would have had other findings."""
        told = [f for f in found if (f.columns, f.kind, f.direction) not in before]
        flagged = {column for f in told for column in f.columns}
        as_it_is = {column for f in clean for column in f.columns}
        for (where, column), kind in injected.cells.items():
            if where == window:
                self.cells[kind] += 1
                self.hits[kind] += column in flagged
        touched = {column for where, column in injected.touched if where == window}
        self.false.update(flagged - touched - as_it_is)
        self.whole += sum(not f.columns for f in told) > sum(not f.columns for f in clean)
        self.windows += 1

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


def run_alone(name: str, seeds: Sequence[int], kinds: Mapping[str, Fault | None], cells: int, state: Path) -> None:
    """Print one stream's figures with each fault alone in an otherwise clean walk: what a fault that is found takes out
    of the usual, or one that is not puts into it, does not touch the next."""
    stream = Stream(STREAMS[name](state))
    score, faulty = Score(), dict[int, list[Injected]]()
    for seed in seeds:
        injected = stream.inject(seed, kinds, cells)
        for window in injected.windows:
            faulty.setdefault(window, []).append(injected)
    checks, before = DataChecks.learn(stream.clean[: stream.source.reference]), set[tuple[object, ...]]()
    for index in range(stream.source.reference, len(stream.clean)):
        clean = checks.judge(stream.clean[index])
        for injected in faulty.get(index, []):
            score.add_alone(index, injected, checks.judge(injected.windows[index]), before, clean)
        before = {(f.columns, f.kind, f.direction) for f in clean}
        checks.remember(stream.clean[index], clean)
    print(f"{name}, each fault alone, {cells} cells, {len(seeds)} seeds: {score}")
    for text, count in score.false.most_common(8):
        print(f"    false {count}x {text}", flush=True)


def run_rows(name: str, seeds: Sequence[int], state: Path) -> None:
    """Print how many of a stream's windows are told of when their rows are lost, repeated or late: one window for
    each kind and seed, in an otherwise clean walk. Windows of which anything is told as they are do not count."""
    stream = Stream(STREAMS[name](state))
    told, cells, hits = {w for w, _ in notifications(stream, {})}, Counter[str](), Counter[str]()
    faulty: dict[int, list[tuple[str, WindowSummary]]] = {}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        for kind, fault in ROWS.items():
            window = int(rng.integers(stream.source.reference, stream.source.windows))
            summary = None if window in told else stream.without_rows(fault, window, rng)
            if summary is not None:
                faulty.setdefault(window, []).append((kind, summary))
    checks = DataChecks.learn(stream.clean[: stream.source.reference])
    for index in range(stream.source.reference, len(stream.clean)):
        for kind, summary in faulty.get(index, []):
            cells[kind] += 1
            hits[kind] += bool(checks.judge(summary))
        checks.remember(stream.clean[index], checks.judge(stream.clean[index]))
    kinds = ", ".join(f"{kind} {hits[kind]}/{n}" for kind, n in cells.items())
    print(f"{name}: told {sum(hits.values())} of {sum(cells.values())}\n    {kinds}", flush=True)


KINDS: dict[str, Mapping[str, Fault | None]] = {
    "named": NAMED,
    "others": OTHERS,
    "unheard": UNHEARD,
    "later": LATER,
    "new": NEW,
    "everyday": EVERYDAY,
    "written-after": WRITTEN_AFTER,
}
"""Column faults: the five of the claim, those that no rule names, and five lists that came later, one after the
other, each measured before anything was changed for it."""
HALVES = {"known": list(KNOWN), "chosen": list(CHOSEN), "held-out": list(HELD_OUT), "fresh": list(FRESH)}
"""Streams by how much the checks have seen of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", nargs="+", choices=[*STREAMS, *HALVES], default=["known"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--kinds", choices=[*KINDS, "rows"], default="named", help="faults that are put in")
    parser.add_argument(
        "--others", action="store_const", const="others", dest="kinds", help="short for --kinds others"
    )
    parser.add_argument("--alone", action="store_true", help="each fault in an otherwise clean walk")
    parser.add_argument("--state", type=Path, default=Path(".goldilocks") / "bench")
    given = parser.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    for name in [name for each in given.streams for name in HALVES.get(each, [each])]:
        if given.kinds == "rows":
            run_rows(name, seeds, given.state)
        elif given.alone:
            run_alone(name, seeds, KINDS[given.kinds], given.cells, given.state)
        else:
            run(name, seeds, KINDS[given.kinds], given.cells, given.state)


if __name__ == "__main__":
    main()
