"""What one more day costs a pipeline with years behind it: the day itself, and rows that came late for days before.

A log of daily files of forty columns, the summaries of three years of days in a database, and a process that has been
running: it adds late rows of three days, reads what is stored, summarises the newest day to be merged later, judges it
and stores it. Everything on one thread; what estimates and slices cost comes on top (docs/evidence/ingest.md).

    python bench/late.py [--days 1095] [--columns 40] [--rows 2000] [--repeats 5]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from core.config.load import load  # noqa: E402
from core.config.pipeline import Pipeline, PredictionLog  # noqa: E402
from core.db.database import Database  # noqa: E402
from core.db.migrate import upgrade  # noqa: E402
from core.evaluation import summary_store as store  # noqa: E402
from core.evaluation.checks.data_checks import DataChecks  # noqa: E402
from core.evaluation.estimate.answer import Unknown  # noqa: E402
from core.evaluation.live.late import LATE, marks  # noqa: E402
from core.evaluation.live.senses import Look, Senses  # noqa: E402
from core.evaluation.live.summarised import Seen  # noqa: E402
from core.evaluation.log.ibis_log import IbisLog  # noqa: E402
from core.evaluation.summaries.packed import pack  # noqa: E402
from core.evaluation.summaries.summary import WindowSummary  # noqa: E402
from core.evaluation.windows import Window  # noqa: E402
from workflows import watch  # noqa: E402
from workflows.late import add_late  # noqa: E402

DAY = timedelta(days=1)
LAST = datetime(2024, 3, 1, 5, tzinfo=UTC)
"""Midnight in New York, of the first day that is measured."""
LEARNT = 60
"""Days that are really in the log; older ones are stored as copies of these."""


def pipeline(folder: Path, columns: int) -> Pipeline:
    """The example's pipeline, with a log of our own and so many features."""
    places = {"data": str(folder), "python": sys.executable, "serving": "http://127.0.0.1:9"}
    flights = load(ROOT / "examples" / "flights", places).pipeline("flights")
    names = {"id": "id", "predicted_at": "at", "version": "model", "score": "score", "prediction": "said"}
    log = PredictionLog(path=str(folder / "predictions"), features=[f"c{i}" for i in range(columns)], **names)
    return flights.model_copy(update={"predictions": log, "slices": [], "slos": [], "checks": {}})


def write(folder: Path, day: datetime, rows: int, columns: int, name: str) -> None:
    """A closed file of one day's rows: four of five columns are numbers, the others texts, a twentieth missing."""
    rng = np.random.default_rng(abs(hash((day, name))) % 2**32)
    seconds = np.sort(rng.random(rows)) * DAY.total_seconds()
    made: dict[str, Any] = {
        "id": pa.array([f"{day:%j}-{name}-{i}" for i in range(rows)]),
        "at": pa.array([day + timedelta(seconds=float(each)) for each in seconds], pa.timestamp("us", tz="UTC")),
        "model": pa.array(["1"] * rows),
        "score": pa.array(rng.random(rows)),
        "said": pa.array(rng.integers(0, 2, rows)),
    }
    for i in range(columns):
        texts = np.array([f"name {n}" for n in rng.integers(0, 12, rows)])
        values = texts if i % 5 == 4 else rng.normal(i, 1 + i % 3, rows)
        made[f"c{i}"] = pa.array(values, mask=rng.random(rows) < 0.05)
    path = folder / "predictions" / f"date={day:%Y-%m-%d}" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(made), path)


def window(day: int) -> Window:
    """The days that are measured begin with 0; those before are the past."""
    return Window(LAST + DAY * day, LAST + DAY * (day + 1))


class Warm(Senses):
    """Those of a process that has been running."""

    def knows(self, last: datetime | None, window: Window) -> bool:
        return last is not None and last < window.start


class Past:
    """A pipeline with its log, its database and its checks, as they are after so many days."""

    def __init__(self, folder: Path, days: int, columns: int, rows: int) -> None:
        self.folder, self.columns, self.rows = folder, columns, rows
        self.pipeline = pipeline(folder, columns)
        Path(self.pipeline.labels.path).mkdir(parents=True)
        for day in range(-LEARNT, 0):
            write(folder, window(day).start, rows, columns, "day")
        self.reader = IbisLog(self.pipeline.predictions, self.pipeline.labels)
        self.database = Database(f"sqlite:///{folder / 'goldilocks.db'}")
        upgrade(self.database)
        learnt = [window(day) for day in range(-LEARNT, 0)]
        self.plan = self.reader.plan(learnt)
        parts = sorted({part for each in self.reader.parts(learnt) for part in each})
        found = self.reader.watch(self.plan, learnt, parts, sketch=True)
        self.stored = [*self._copies(found, days - LEARNT), *found]
        self.checks = DataChecks.learn(self.stored[-watch.REMEMBERED :])
        self.senses = Warm(self.pipeline)
        self._store()

    def _copies(self, found: Sequence[WindowSummary], count: int) -> Iterator[WindowSummary]:
        for i in range(count):
            at = window(-LEARNT - count + i)
            yield replace(found[i % len(found)], start=at.start, end=at.end, sketch=None)

    def _store(self) -> None:
        with self.database.write() as session:
            store.keep_plan(session, self.pipeline.pipeline, self.plan.as_json(), LAST)
            for each in self.stored:
                store.keep_summary(session, self.pipeline.pipeline, each.start, each.as_json(), [])
            for each in self.stored[-LATE:]:
                if each.sketch is not None:
                    named = marks(self.reader.parts([Window(each.start, each.end)])[0])
                    store.keep_sketch(session, self.pipeline.pipeline, each.start, pack(each.sketch), named)

    def late(self, day: int) -> str:
        """Rows that came late for three of the days before this one are added."""
        add_late(self.database, self.reader, self.pipeline, window(day), window(day).end)
        with self.database.read() as session:
            found = store.late_rows(session, self.pipeline.pipeline, window(day - LATE).start)
        added = sum(
            each["rows"] for _, rows in found for each in rows if each["at"] == window(day).end.isoformat()
        )
        return f"{added} rows added to 3 days"

    def day(self, day: int) -> str:
        """What is stored is read, the newest day summarised, judged, remembered and stored."""
        with self.database.read() as session:
            seen = watch.remembered(session, self.pipeline, window(day), self.senses).seen
        now = window(day)
        [parts] = self.reader.parts([now])
        [found] = self.reader.watch(self.plan, [now], parts, sketch=True)
        findings = tuple(self.checks.judge(found))
        self.checks.remember(found, findings)
        look = Look(self.plan, (Seen(found, findings, marks(parts)),), findings, Unknown("none", "", 0.0))
        with self.database.write() as session:
            watch.keep(session, self.pipeline, look, now, now.end)
        return f"{found.rows} rows after {len(seen)} windows read, {len(findings)} findings"


def timed(name: str, work: Callable[[int], str], day: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    said = work(day)
    used = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:28} {used[0]:6.2f} s wall {used[1]:6.2f} s cpu   {said}", flush=True)
    return used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1095)
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        past = Past(Path(folder), given.days, given.columns, given.rows)
        used: dict[str, list[tuple[float, float]]] = {"late rows of three days": [], "one more day": []}
        for day in range(given.repeats):
            write(past.folder, window(day).start, given.rows, given.columns, "day")
            for back in (1, 5, 20):
                write(past.folder, window(day - back).start, given.rows // 20, given.columns, f"late {day}")
            used["late rows of three days"].append(timed("late rows of three days", past.late, day))
            used["one more day"].append(timed("one more day", past.day, day))
    for name, each in used.items():
        wall, cpu = (max(times) for times in zip(*each, strict=True))
        print(f"{name}, slowest of {given.repeats}: {wall:.2f} s wall, {cpu:.2f} s cpu")


if __name__ == "__main__":
    main()
