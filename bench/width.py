"""What a column more costs a whole backtest: `goldilocks backtest alerts` on logs of ever more columns.

Every log has the same rows, labels that come a day or two later, and the same mixture of columns: numbers that say
something about the outcome and numbers that do not, counts, flags, texts of few and of thousands of values, some of
them missing. On one day half of the columns are empty, on another every number is ten times what it was: a log on which
nothing happens hides what an outage costs. Each backtest is a process of its own on one thread; its processor time is
given beside that of the narrowest log, which is the measure: twice the columns, at most twice the time.

    python bench/width.py [--widths 20,100,300,1000] [--days 60] [--rows 200]
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
EMPTY, TIMES_TEN = 0.75, 0.85
"""Where in the log, as a share of its days, half of the columns are empty, and every number is ten times as large."""
ASKED = {
    "--timestamp": "at",
    "--prediction": "prediction",
    "--score": "score",
    "--label": "label",
    "--label-at": "label_at",
    "--id": "id",
}


def write_log(path: Path, columns: int, days: int, rows: int) -> None:
    """A log of so many features, the same for the same numbers."""
    import pandas as pd

    rng, total = np.random.default_rng(columns), days * rows
    seconds = np.sort(rng.integers(0, 86_400, (days, rows)), axis=1) + np.arange(days)[:, None] * 86_400
    at = pd.Timestamp(START) + pd.to_timedelta(seconds.ravel(), unit="s")
    causes = rng.normal(size=(total, 4))
    odds = causes @ np.array([1.0, -0.8, 0.5, 0.3])
    score = 1 / (1 + np.exp(-(odds + rng.normal(0, 0.3, total))))
    day = np.repeat(np.arange(days), rows)
    features = {f"f{i:04d}": _feature(rng, causes, i, day, days) for i in range(columns)}
    pd.DataFrame(
        {
            "id": np.arange(total),
            "at": at,
            **features,
            "score": score,
            "prediction": (score > 0.5).astype(int),
            "label": (rng.random(total) < 1 / (1 + np.exp(-odds))).astype(int),
            "label_at": at + pd.to_timedelta(4 + rng.exponential(20, total), unit="h").floor("s"),
        }
    ).to_parquet(path, index=False)


def _feature(rng: np.random.Generator, causes: Any, place: int, day: Any, days: int) -> Any:
    """One column of ten kinds in turn, a quarter of them with values missing."""
    import pandas as pd

    kind, n = place % 10, len(causes)
    if kind < 4:
        values: Any = causes[:, kind] * rng.uniform(0.1, 1) + rng.normal(place, 1, n)
    elif kind < 8:
        values = (
            np.round(rng.lognormal(2, 1, n), 2),
            rng.poisson(3 + place % 7, n).astype(float),
            rng.normal(5, 2, n),
            (rng.random(n) < 0.2).astype(float),
        )[kind - 4]
    else:
        different = 3_000 if kind == 9 else 3 + place % 12
        values = np.array([f"item {i}" for i in range(different)])[rng.integers(0, different, n)]
    column = pd.Series(values)
    if kind < 8:
        column = column.where(day != int(TIMES_TEN * days), column * 10)
    missing = rng.random(n) < (0.1 if place % 4 == 1 else 0.0)
    return column.mask(missing | ((place % 2 == 0) & (day == int(EMPTY * days))))


def measured(columns: int, days: int, rows: int) -> dict[str, Any]:
    """One backtest: its processor seconds, its peak of memory, and what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        log, told, page = (Path(folder) / name for name in ("log.parquet", "told.json", "page.html"))
        write_log(log, columns, days, rows)
        until = (START + DAY * (days // 2)).isoformat()
        asked = [each for pair in ASKED.items() for each in pair]
        command = [sys.executable, "-m", "bot", "backtest", "alerts", str(log), *asked, "--reference-until", until]
        command += ["--json", str(told), "--html", str(page)]
        one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=one_thread)  # noqa: S603 - our own
        findings = sum(len(window["findings"]) for window in json.loads(told.read_text())["windows"])
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "cpu": used.ru_utime + used.ru_stime,
            "peak_mb": used.ru_maxrss / 1024,
            "findings": findings,
            "page_kb": page.stat().st_size / 1024,
        }


def in_own_process(columns: int, days: int, rows: int) -> dict[str, Any]:
    """`measured` in a process that has no other children, whose usage would be added to this one's."""
    size = ["--one", str(columns), "--days", str(days), "--rows", str(rows)]
    done = subprocess.run([sys.executable, __file__, *size], check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", default="20,100,300,1000")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one, given.days, given.rows)))
        return
    widths, found = [int(width) for width in given.widths.split(",")], []
    for width in widths:
        found.append(in_own_process(width, given.days, given.rows))
        cpu, first = found[-1]["cpu"], found[0]["cpu"]
        told = f"{found[-1]['peak_mb']:7.0f} MB {found[-1]['findings']:5} findings {found[-1]['page_kb']:6.0f} KB page"
        beside = f"{width / widths[0]:6.1f} x the columns, {cpu / first:6.1f} x the time"
        print(f"{width:5} columns {cpu:8.1f} s cpu {told} {beside}", flush=True)
    if len(widths) > 1:
        slope = np.polyfit(np.log(widths), np.log([each["cpu"] for each in found]), 1)[0]
        last = math.log(found[-1]["cpu"] / found[-2]["cpu"]) / math.log(widths[-1] / widths[-2])
        print(
            f"grows with columns as columns^{slope:.2f}, between the last two as columns^{last:.2f} (1: in line)"
        )


if __name__ == "__main__":
    main()
