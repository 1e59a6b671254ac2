"""How long a whole check takes: five million rows of twenty columns, a day after a long past, and a thousand columns.

Everything runs on one thread, each part in a process of its own that reports its wall and CPU seconds and its peak
memory. Beside the check, in the same run, plain DuckDB answers what a hand-written profile would ask of the same
columns: nulls, moments, seven exact quantiles, histograms and the twenty commonest values.

    python bench/speed.py [--rows 5000000] [--days 730] [--widths 100,250,500,1000] [--parts whole,increment,wide]
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402

from bench.support.rows import write_long, write_wide  # noqa: E402

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PAST_DAYS, PAST_ROWS = 60, 5_000
WIDE_DAYS, WIDE_ROWS = 20, 20_000
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BARS = 32


def connect() -> Any:
    import ibis

    connection = ibis.duckdb.connect(threads=1)
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def windows(days: int, first: int = 0) -> list[Any]:
    from core.evaluation.windows import Window

    return [Window(START + DAY * i, START + DAY * (i + 1)) for i in range(first, first + days)]


def prepared(past: Any, days: int) -> tuple[Any, Any]:
    """A plan and checks that know the past's days."""
    from core.evaluation.checks.data_checks import DataChecks
    from core.evaluation.summaries.ibis_plan import make_plan
    from core.evaluation.summaries.ibis_summaries import summarise

    columns = [name for name in past.columns if name not in ("id", "at")]
    plan = make_plan(past, columns, at="at", windows=windows(days))
    return plan, DataChecks.learn(summarise(past, plan, at="at", windows=windows(days)))


def whole(folder: Path, rows: int) -> Iterator[Callable[[], str]]:
    """One window of all the rows: summarised and judged, without and with what it takes to merge it later."""
    from core.evaluation.summaries.ibis_summaries import summarise

    write_long(folder / "past.parquet", START, PAST_DAYS, PAST_ROWS, seed=1)
    write_long(folder / "log.parquet", START + DAY * PAST_DAYS, 1, rows, seed=2)
    plan, checks = prepared(connect().read_parquet(folder / "past.parquet"), PAST_DAYS)
    log = connect().read_parquet(folder / "log.parquet")

    for sketch in (False, True):

        def check(sketch: bool = sketch) -> str:
            found = summarise(log, plan, at="at", windows=windows(1, PAST_DAYS), sketch=sketch)
            return f"{found[0].rows} rows, {len(found[0].columns)} columns, {len(checks.judge(found[0]))} findings"

        yield check


def plain(folder: Path, rows: int) -> Iterator[Callable[[], str]]:
    """What a hand-written profile asks of DuckDB about the same file."""
    write_long(folder / "log.parquet", START + DAY * PAST_DAYS, 1, rows, seed=2)
    connection = connect()
    log = connection.read_parquet(folder / "log.parquet", table_name="log")
    names = [name for name in log.columns if name != "at"]
    numbers = [name for name in names if log[name].type().is_numeric()]

    def profile() -> str:
        run = connection.con.execute
        asked = ", ".join(_measures(name, name in numbers) for name in names)
        one = run(f"SELECT count(*), {asked} FROM log").fetchone()  # noqa: S608 - our own names
        for name in names:
            run(f"SELECT {name}, count(*) n FROM log GROUP BY 1 ORDER BY n DESC LIMIT 20").fetchall()  # noqa: S608
        for name in numbers:
            low, high = run(f"SELECT min({name}), max({name}) FROM log").fetchone()  # noqa: S608
            bar = f"floor(({name} - {low}) / {(high - low) / BARS})"
            run(f"SELECT {bar}, count(*) FROM log GROUP BY 1").fetchall()  # noqa: S608
        return f"{one[0]} rows, {len(names)} columns"

    yield profile


def _measures(name: str, number: bool) -> str:
    nulls = f"count({name})"
    if not number:
        return nulls
    return f"{nulls}, avg({name}), stddev({name}), quantile_cont({name}, {list(QUANTILES)})"


def increment(folder: Path, days: int) -> Iterator[Callable[[], str]]:
    """One more day after a long past in the same file: summarised to be merged, judged and remembered."""
    from core.evaluation.summaries.ibis_summaries import summarise

    write_long(folder / "log.parquet", START, days + 5, 2_000, seed=3)
    log = connect().read_parquet(folder / "log.parquet")
    plan, checks = prepared(log, days)
    for day in range(5):

        def check(day: int = day) -> str:
            found = summarise(log, plan, at="at", windows=windows(1, days + day), sketch=True)[0]
            findings = checks.judge(found)
            checks.remember(found, findings)
            return f"{found.rows} rows after {days + day} days, {len(findings)} findings"

        yield check


def wide(folder: Path, columns: int) -> Iterator[Callable[[], str]]:
    """Many columns: planned, summarised by day, learnt from all days but the last, which is judged."""
    from core.evaluation.checks.data_checks import DataChecks
    from core.evaluation.summaries.ibis_plan import make_plan
    from core.evaluation.summaries.ibis_summaries import summarise

    write_wide(folder / "log.parquet", START, WIDE_DAYS, WIDE_ROWS // WIDE_DAYS, columns)
    log = connect().read_parquet(folder / "log.parquet")
    names = [name for name in log.columns if name != "at"]

    def check() -> str:
        plan = make_plan(log, names, at="at", windows=windows(WIDE_DAYS - 1))
        found = summarise(log, plan, at="at", windows=windows(WIDE_DAYS))
        findings = DataChecks.learn(found[:-1]).judge(found[-1])
        return f"{len(found[-1].columns)} columns, {sum(w.rows for w in found)} rows, {len(findings)} findings"

    yield check


PARTS = {"whole": whole, "plain": plain, "increment": increment, "wide": wide}


def measured(part: str, size: int) -> None:
    """Run one part in this process; print each step's seconds and the peak of memory as JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        for step in PARTS[part](Path(folder), size):
            wall, cpu = time.perf_counter(), time.process_time()
            said = step()
            used = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
            print(json.dumps({**used, "peak_mb": peak_mb(), "said": said}), flush=True)


def peak_mb() -> float:
    """The most memory that this process ever held, in megabytes, whatever its parent held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_own_process(part: str, size: int) -> list[dict[str, Any]]:
    command = [sys.executable, __file__, "--one", part, "--size", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very file
    return [json.loads(line) for line in done.stdout.splitlines()]


def say(name: str, step: dict[str, Any]) -> None:
    print(
        f"{name:24} {step['wall']:7.2f} s wall {step['cpu']:7.2f} s cpu {step['peak_mb']:7.0f} MB   {step['said']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--widths", default="100,250,500,1000")
    parser.add_argument("--parts", default="whole,increment,wide")
    parser.add_argument("--one", choices=list(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return measured(given.one, given.size)
    parts = given.parts.split(",")
    if "whole" in parts:
        [ours, mergeable], [theirs] = in_own_process("whole", given.rows), in_own_process("plain", given.rows)
        say("whole check", ours)
        say("the same, to be merged", mergeable)
        say("plain DuckDB", theirs)
        print(f"{'ratio':24} {ours['wall'] / theirs['wall']:7.2f} wall   {ours['cpu'] / theirs['cpu']:7.2f} cpu")
    if "increment" in parts:
        steps = in_own_process("increment", given.days)
        say("one more day, slowest", max(steps, key=lambda step: float(step["wall"])))
    if "wide" in parts:
        widths = [int(width) for width in given.widths.split(",")]
        cpu = [_wide(width) for width in widths]
        if len(widths) > 1:
            slope = np.polyfit([math.log(w) for w in widths], [math.log(c) for c in cpu], 1)[0]
            print(f"{'grows with columns as':24} columns^{slope:.2f} (1: in line, 2: with their square)")
    return None


def _wide(width: int) -> float:
    [step] = in_own_process("wide", width)
    say(f"{width} columns", step)
    return float(step["cpu"])


if __name__ == "__main__":
    main()
