"""Side by side on the flights out of New York: Evidently, NannyML and tests by hand, each in an environment of its own.

The checks: March and April are the reference, May to December come by day, with column-days corrupted as in
`bench/checks.py`. A peer that compares with a reference is given its defaults; a day's flagged columns are its alert.
The estimate: each day's accuracy before any label, by NannyML's CBPE and by ours. What cannot be installed here is
left out, and said.

    python bench/peers.py [--peers evidently,nannyml,baseline] [--seeds 1] [--every 4] [--parts checks,estimate]
        [--days 92] [--minutes 10]
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from bench.check_streams import STREAMS  # noqa: E402
from bench.checks import notifications  # noqa: E402
from bench.faults import NAMED, is_text  # noqa: E402
from bench.faulty_stream import Injected, Stream  # noqa: E402
from bench.support.environments import PEERS, Missing, ask, python_of  # noqa: E402

Flagged = Mapping[int, list[str]]


@dataclass
class Tally:
    """Pooled over seeds: corrupted cells and those flagged, flagged columns that nobody corrupted, days with any."""

    cells: int = 0
    hits: int = 0
    false: int = 0
    alerts: int = 0
    days: int = 0
    seconds: float = 0.0

    def add(self, flagged: Flagged, injected: Injected, days: list[int], seconds: float) -> None:
        cells = {cell for cell in injected.cells if cell[0] in set(days)}
        told = {(day, column) for day in days for column in flagged.get(day, [])}
        self.cells += len(cells)
        self.hits += len(cells & told)
        self.false += len(told - injected.touched)
        self.alerts += sum(bool(flagged.get(day)) for day in days)
        self.days += len(days)
        self.seconds += seconds

    def __str__(self) -> str:
        recall, precision = self.hits / max(1, self.cells), self.hits / max(1, self.hits + self.false)
        return (
            f"{recall:6.2f} {precision:9.3f} {self.false / max(1, self.days):16.3f} "
            f"{self.alerts:6} of {self.days} {self.seconds:9.1f} s"
        )


def write(folder: Path, stream: Stream, injected: Injected, days: list[int]) -> None:
    """The reference and the days to judge, as Parquet, with the names of the columns."""
    index = ((stream.frame["at"] - pd.Timestamp(stream.source.start)) // stream.source.length).to_numpy()
    clean = ~np.isin(index, list(injected.windows))
    rows = stream._restored(stream.frame[clean].astype(dict.fromkeys(stream.columns, object)))
    rows = pd.concat([rows, injected.rows]).sort_values("at", kind="stable")
    rows["day"] = (rows["at"] - pd.Timestamp(stream.source.start)) // stream.source.length
    rows["at"] = rows["at"].dt.tz_localize(None)
    rows[rows["day"] < stream.source.reference].to_parquet(folder / "reference.parquet")
    rows[rows["day"].isin(days)].to_parquet(folder / "stream.parquet")
    texts = [name for name in stream.columns if is_text(stream.frame[name])]
    names = {"numbers": [name for name in stream.columns if name not in texts], "texts": texts}
    (folder / "columns.json").write_text(json.dumps(names))


def ours(stream: Stream, injected: Injected) -> Flagged:
    found: dict[int, list[str]] = {}
    for day, finding in notifications(stream, injected.windows):
        found.setdefault(day, []).extend(finding.columns)
    return found


def checks(peers: Mapping[str, Path], given: argparse.Namespace) -> None:
    stream = Stream(STREAMS["flights"](given.state))
    every = [d for d in range(stream.source.reference, stream.source.windows) if d not in stream.source.outages]
    tallies: dict[str, Tally] = {}
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        injected = stream.inject(seed, NAMED, 40)
        days = every[seed % given.every :: given.every]
        began = time.perf_counter()
        flagged = ours(stream, injected)
        tallies.setdefault("goldilocks", Tally()).add(flagged, injected, days, time.perf_counter() - began)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), stream, injected, days)
            for name, python in peers.items():
                began = time.perf_counter()
                answers = asked(name, python, Path(folder))
                seconds = time.perf_counter() - began
                for title, by_day in answers.items():
                    flagged = {int(day): columns for day, columns in by_day.items()}
                    tallies.setdefault(title, Tally()).add(flagged, injected, days, seconds)
    print(f"{'checks':22} recall precision  false columns/day  alert days      wall")
    for title, tally in tallies.items():
        print(f"{title:22} {tally}", flush=True)


def asked(name: str, python: Path, folder: Path) -> dict[str, dict[str, list[str]]]:
    """A peer's flagged columns by day, by the name under which they are told."""
    try:
        answer = ask(name, python, folder)
    except Missing as reason:
        print(f"{name}: left out, it failed: {reason}", flush=True)
        return {}
    if answer.get("unread"):
        print(f"{name} cannot read {answer['unread']} wholly null columns; they count as flagged", flush=True)
    return {f"{name} defaults": answer["flagged"]} if "flagged" in answer else answer


def estimate(python: Path | None, most: int, minutes: float) -> None:
    """Each day's accuracy with no labels of the day: CBPE beside ours, and beside the past's mean.

    The first `most` days; CBPE, which samples for its bounds, is given so many `minutes`.
    """
    from threadpoolctl import threadpool_limits

    from bench import estimates
    from examples.flights import data

    warnings.filterwarnings("ignore", message=".*Found unknown categories.*")
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        rows = estimates.stream(data.load(Path(folder)), "trees", "dropped")
        began = time.perf_counter()
        truth, columns, _ = estimates.walk(rows, "UTC", made_only=False, most=most)
        answers = {f"{who}, {when}": column for (when, who), column in columns.items() if who == "goldilocks"}
        for simple in ("past mean", "seven days"):
            answers[simple] = columns["no labels", simple]
        print(f"estimates of {len(truth)} days in {time.perf_counter() - began:.0f} s", flush=True)
        if python is not None:
            try:
                answers["NannyML CBPE"] = cbpe(python, rows, Path(folder), most, minutes)
            except Missing as reason:
                print(f"NannyML CBPE: left out: {reason}", flush=True)
    print(f"{'estimate':24} {'MAE':>6} {'bias':>7} {'days':>5}   days under 60%: precision, recall")
    for name, column in answers.items():
        told = np.array(column.bad) >= 0.5 if not np.isnan(column.bad).all() else np.array([])
        print(f"{name:24} {scored(np.array(column.value), np.array(truth), told)}")


def scored(value: Any, truth: Any, told: Any) -> str:
    miss, worse = (value - truth)[~np.isnan(value)], truth < 0.60
    line = f"{np.abs(miss).mean():6.4f} {miss.mean():+7.4f} {len(miss):5}"
    if told.size:
        right = (told & worse).sum()
        line += f" {right / max(1, told.sum()):16.2f} {right / max(1, worse.sum()):10.2f}   ({told.sum()} told)"
    return line


def cbpe(python: Path, rows: Any, folder: Path, most: int, minutes: float) -> Any:
    """NannyML's estimates as a column of the bench; its own alerts are its word on bad days."""
    from bench.estimates import Column, days

    at = rows.at.dt.tz_convert("UTC").dt.tz_localize(None)
    frame = pd.DataFrame({"at": at, "score": rows.score, "prediction": rows.prediction, "label": rows.label})
    windows = list(days("UTC"))[:most]
    frame["day"] = (frame["at"] - pd.Timestamp(windows[0].start).tz_localize(None)) // pd.Timedelta(days=1)
    reference = frame[(frame["day"] < 0) & frame["label"].notna()]
    reference.to_parquet(folder / "reference.parquet")
    frame[frame["day"].between(0, len(windows) - 1)].to_parquet(folder / "stream.parquet")
    (folder / "columns.json").write_text("{}")
    told = ask("nannyml", python, folder, minutes)["estimates"]
    column = Column()
    for number in range(len(windows)):
        value, alert = told.get(str(number), (np.nan, np.nan))
        column.add(value, bad=float(alert))
    return column


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--every", type=int, default=4, help="judge each so many-th day only")
    parser.add_argument("--parts", default="checks,estimate")
    parser.add_argument("--days", type=int, default=92, help="days of the estimate, from the first of May on")
    parser.add_argument("--minutes", type=float, default=10.0, help="after which CBPE is left out")
    parser.add_argument("--state", type=Path, default=Path(".goldilocks") / "bench")
    given = parser.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)
    peers: dict[str, Path] = {}
    for name in filter(None, given.peers.split(",")):
        try:
            peers[name] = python_of(name, (given.state / "peers").absolute())
        except Missing as reason:
            print(f"{name}: left out, its environment cannot be made here: {reason}", flush=True)
    if "checks" in given.parts:
        checks(peers, given)
    if "estimate" in given.parts:
        estimate(peers.get("nannyml"), given.days, given.minutes)


if __name__ == "__main__":
    main()
