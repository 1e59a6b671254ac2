"""How well a day's accuracy is known before its labels are: flights out of New York, May to December, day by day.

A model trained on January and February predicts every flight three hours ahead; March and April are the past. At
the start of each day, at 16:00 and at 18:00 the accuracy that the day will have is estimated, from the labels in by
then and nothing later. Beside the estimator: the past's mean, the mean of the last seven days, and the labels that
are in. With `--streams`, other streams instead (bench/estimate_streams.py, bench/estimate_more_streams.py): each
window is looked at before any of its labels is in, when half of them are, and when most are.

    python bench/estimates.py [--models trees,linear | all] [--cancelled dropped,late] [--days local,utc] [--made-only]
                              [--every 3]
    python bench/estimates.py --streams all|public [--every 2] [--seeds 1]
"""

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from bench.estimate_models import KINDS, predicted  # noqa: E402
from bench.estimate_more_streams import MORE_STREAMS  # noqa: E402
from bench.estimate_public import PUBLIC_STREAMS  # noqa: E402
from bench.estimate_risks import causes, reliability, told_of  # noqa: E402
from bench.estimate_streams import STREAMS  # noqa: E402
from bench.estimate_walk import LEADS as LEADS_OF_STREAMS  # noqa: E402
from bench.estimate_walk import Walked  # noqa: E402
from bench.estimate_walk import walk as walk_stream  # noqa: E402
from core.evaluation.estimate.answer import Estimate, Measure  # noqa: E402
from core.evaluation.estimate.estimator import Estimator  # noqa: E402
from core.evaluation.rows import Rows, Task  # noqa: E402
from core.evaluation.windows import Window  # noqa: E402
from examples.flights import data  # noqa: E402

warnings.filterwarnings("ignore", message=".*Found unknown categories.*")

DAY = timedelta(days=1)
LEADS = {"no labels": 0, "16 h": 16, "18 h": 18}
BAD_DAY = 0.60
NEW_YORK = "America/New_York"
EVERY_STREAM = {**STREAMS, **MORE_STREAMS}
NAMED = {**EVERY_STREAM, **PUBLIC_STREAMS}
LATE_LABEL = timedelta(hours=6)
"""After its scheduled landing a cancelled flight counts as late, under the policy that counts it."""


@dataclass
class Column:
    """One estimator's answers at one hour, day by day; NaN where it gave none."""

    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)

    def add(self, value: float, low: float = np.nan, high: float = np.nan, bad: float = np.nan) -> None:
        for series, number in ((self.value, value), (self.low, low), (self.high, high), (self.bad, bad)):
            series.append(number)


def stream(frame: pd.DataFrame, kind: str, cancelled: str) -> Rows:
    """The predictions from March on, of a model trained before."""
    frame = frame.assign(label=frame["label"].astype(float))
    if cancelled == "late":
        missing = frame["label"].isna()
        landing = frame["predicted_at"] + timedelta(hours=3) + pd.to_timedelta(frame["sched_minutes"], unit="min")
        frame.loc[missing, "label"] = 1.0
        frame.loc[missing, "label_at"] = landing[missing] + LATE_LABEL
    begin = pd.Timestamp("2013-03-01", tz=NEW_YORK)
    taught = frame[(frame["predicted_at"] < begin) & frame["label"].notna()]
    later = frame[frame["predicted_at"] >= begin].reset_index(drop=True)
    return predicted(kind, taught, later)


def days(zone: str) -> Iterator[Window]:
    """24-hour windows from the first of May in this zone on, as a backtest counts them."""
    start = pd.Timestamp("2013-05-01", tz=zone).tz_convert("UTC").to_pydatetime()
    while start < datetime(2014, 1, 1, tzinfo=UTC):
        if start + DAY <= datetime(2014, 1, 1, 6, tzinfo=UTC):
            yield Window(start, start + DAY)
        start += DAY


def accuracy(rows: Rows) -> float:
    known = rows.where(rows.labelled)
    return float((known.label == known.prediction).mean()) if len(known) else np.nan


def walk(
    rows: Rows, zone: str, made_only: bool, most: int = 245, every: int = 1
) -> tuple[list[float], dict[tuple[str, str], Column], float]:
    """Truth of the middle one of `every` so many of the first `most` days, every column, and the seconds of an ordinary
    day."""
    estimator, truth, columns, seconds = Estimator(Task.BINARY, Measure.ACCURACY, DAY), [], {}, []
    past: list[float] = []
    for window in islice(days(zone), every // 2, most, every):
        new = every if past else 61 + every // 2  # days since the last one that was looked at
        past += [
            accuracy(rows.between(window.start - DAY * k, window.start - DAY * (k - 1))) for k in range(new, 0, -1)
        ]
        day = rows.between(window.start, window.end)
        before = rows.between(window.start - DAY * (3 + new if truth else new), window.start)
        began = time.perf_counter()
        for name, lead in LEADS.items():
            now = window.start + timedelta(hours=lead)
            seen = day.where(day.at <= now) if made_only and lead else day
            estimator.learn(before, now)  # after the first day only what is new, or may have got a label since
            answer = estimator.estimate(window, seen, now)
            mine = columns.setdefault((name, "goldilocks"), Column())
            if isinstance(answer, Estimate):
                mine.add(answer.value, answer.low, answer.high, answer.probability_below(BAD_DAY))
            else:
                mine.add(np.nan)
            columns.setdefault((name, "past mean"), Column()).add(float(np.mean(past[:61])))
            columns.setdefault((name, "seven days"), Column()).add(float(np.mean(past[-7:])))
            columns.setdefault((name, "labels in"), Column()).add(accuracy(day.known(now)))
        seconds.append(time.perf_counter() - began)
        truth.append(accuracy(day))
    return truth, columns, float(np.mean(seconds))


def report(title: str, truth: list[float], columns: dict[tuple[str, str], Column], seconds: float) -> None:
    worse_days, told_how = sum(value < BAD_DAY for value in truth), "bad days: precision, recall"
    print(f"\n{title}: {len(truth)} days, {worse_days} under {BAD_DAY:.0%}, {seconds:.2f} s a day")
    print(f"{'':22} {'MAE':>6} {'bias':>7} {'none':>5} {'covers':>7} {'width/MAE':>10} {told_how:>28}")
    real = np.array(truth)
    stated = [chance for (_, name), column in columns.items() if name == "goldilocks" for chance in column.bad]
    for (when, name), column in columns.items():
        value, low, high, bad = (
            np.array(series) for series in (column.value, column.low, column.high, column.bad)
        )
        miss = (real - value)[~np.isnan(value)]
        error = np.abs(miss).mean() if len(miss) else np.nan
        bias = -miss.mean() if len(miss) else np.nan
        line = f"{when:10} {name:11} {error:6.4f} {bias:+7.4f} {np.isnan(value).sum():5}"
        if name == "goldilocks":
            inside = ((low <= real) & (real <= high))[~np.isnan(value)].mean()
            line += f" {inside:7.3f} {np.nanmean(high - low) / error:10.2f}"
            told, worse = bad >= 0.5, real < BAD_DAY
            precision, recall = (
                (told & worse).sum() / max(told.sum(), 1),
                (told & worse).sum() / max(worse.sum(), 1),
            )
            line += f" {precision:20.2f} {recall:7.2f}"
        print(line, flush=True)
    told = reliability(stated, [value < BAD_DAY for value in truth] * len(LEADS))
    print("the stated chance of a bad day, at all hours, and how often it came:", *told, sep="\n", flush=True)


def streamed(name: str, every: int, seeds: range) -> list[Walked]:
    """One line for each share of labels: ours, the best simple way in hindsight, and the misses that were told."""
    walks = []
    for lead, share in LEADS_OF_STREAMS.items():
        pooled = [walk_stream(NAMED[name](seed), share, every) for seed in seeds]
        walks += pooled
        real = np.concatenate([each.truth for each in pooled])
        found = {way: np.concatenate([each.answers[way].value for each in pooled]) for way in pooled[0].answers}
        low, high = (
            np.concatenate([getattr(w.answers["goldilocks"], end) for w in pooled]) for end in ("low", "high")
        )
        known = ~np.isnan(found["goldilocks"]) & ~np.isnan(real)
        errors = {way: float(np.nanmean(np.abs(value - real)[known])) for way, value in found.items()}
        mine = errors.pop("goldilocks")
        best = min((way for way in errors if not np.isnan(errors[way])), key=errors.__getitem__)
        width = float(np.mean((high - low)[known]))
        inside = float(np.mean(((low <= real) & (real <= high))[known]))
        bias = float(np.mean((found["goldilocks"] - real)[known]))
        print(
            f"{name:18} {lead:5} {known.sum():4} windows  MAE {mine:8.4f}  bias {bias:+8.4f}  covers {inside:.2f}  "
            f"width/MAE {width / max(mine, 1e-12):4.1f}  best simple {errors[best]:8.4f} ({best})  "
            f"{told_of(pooled)}  {causes(pooled)}",
            flush=True,
        )
    return walks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="trees,linear")
    parser.add_argument("--cancelled", default="dropped,late")
    parser.add_argument("--days", default="local,utc")
    parser.add_argument(
        "--streams", default="", help="other streams: all, first, more, public, or some with semicolons between"
    )
    parser.add_argument(
        "--every", type=int, default=1, help="look at each so many-th day, of other streams window, only"
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--made-only", action="store_true", help="only the predictions already made at each hour")
    options = parser.parse_args()
    if options.streams:
        sets = {"all": EVERY_STREAM, "first": STREAMS, "more": MORE_STREAMS, "public": PUBLIC_STREAMS}
        names = list(sets.get(options.streams) or options.streams.split(";"))
        seeds = range(1, options.seeds + 1)
        walks = [each for name in names for each in streamed(name, options.every, seeds)]
        stated, missed = [r for w in walks for r in w.risk], [m for w in walks for m in w.missed]
        print("\nthe stated chance of a miss, and how often it came:", *reliability(stated, missed), sep="\n")
        return
    zones = {"local": NEW_YORK, "utc": "UTC"}
    with tempfile.TemporaryDirectory() as folder:
        frame = data.load(Path(folder))
        for kind in KINDS if options.models == "all" else options.models.split(","):
            for cancelled in options.cancelled.split(","):
                rows = stream(frame, kind, cancelled)
                for day in options.days.split(","):
                    title = f"{kind}, cancelled flights {cancelled}, {day} days"
                    report(
                        title + (", predictions made" if options.made_only else ""),
                        *walk(rows, zones[day], options.made_only, every=options.every),
                    )


if __name__ == "__main__":
    main()
