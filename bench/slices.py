"""How well failing slices are found: errors injected into two-attribute slices of real predictions.

Flights out of New York, 2013: a model trained on January and February, weeks from March on as the past, and for each
trial one later week in which some right predictions of one slice are turned wrong (in the trials at +30% as many as
30% of the slice's rows). The peers rank the same slices of the same weeks: by a one-sided binomial test against the
slice's own past (what SQL with GROUPING SETS gives), and by today's share of misses with a floor on size.

Beside them stands a bound that nobody can pass: what would be found if there were no weather, so that misses were
independent, each one's probability were known, and so were the size of the failure. What is missing to it is weather.
How large the slices are decides: below some 250 rows a week, +15% is often no more than a slice's own weather.

    python bench/slices.py [--trials 30] [--smallest 250] [--largest 1500] [--seed 0]
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
from scipy.stats import binom

from core.evaluation.rows import Rows, Task
from core.evaluation.slicing.counted import count
from core.evaluation.slicing.cuts import Key, learn_cuts
from core.evaluation.slicing.find import SliceFinder
from core.evaluation.slicing.losses import Loss
from core.evaluation.slicing.scale import learn_scale
from core.evaluation.slicing.tally import tally
from examples.flights import data, model
from examples.flights.columns import FEATURES

WEEK = timedelta(weeks=1)
FIRST = pd.Timestamp("2013-03-01", tz="UTC")
ATTRIBUTES = ("carrier", "origin", "dest", "part_of_day")


@dataclass(frozen=True)
class Week:
    start: pd.Timestamp
    rows: Rows


def weeks(folder: Path) -> list[Week]:
    """The labelled predictions from March on, a week each."""
    flights = data.load(folder)
    past = flights[(flights["predicted_at"] < FIRST) & flights["label"].notna()]
    flights = flights[(flights["predicted_at"] >= FIRST) & flights["label"].notna()].reset_index(drop=True)
    score = pd.Series(model.scores(model.fit(past, 0), flights))
    features = flights[list(FEATURES)].assign(part_of_day=(flights["hour"] // 4).astype(int))
    rows = Rows(
        task=Task.BINARY,
        at=flights["predicted_at"],
        prediction=(score >= 0.5).astype(float),
        label=flights["label"].astype(float),
        label_at=flights["label_at"],
        features=features,
        score=score,
    )
    count = int((rows.at.max() - FIRST) / WEEK)
    starts = [FIRST + i * WEEK for i in range(count)]
    return [Week(start, rows.between(start, start + WEEK)) for start in starts]


def inside(rows: Rows, where: Key) -> np.ndarray:
    """Which rows belong to a slice; a missing value is a value."""
    chosen = np.ones(len(rows), dtype=bool)
    for name, value in where:
        column = rows.features[name]
        chosen &= (column.isna() if value is None else column == value).to_numpy()
    return chosen


def injected(rows: Rows, where: Key, share: float, rng: np.random.Generator) -> Rows:
    """The same rows with some right predictions of the slice turned wrong."""
    chosen = np.flatnonzero(inside(rows, where) & (rows.prediction == rows.label).to_numpy())
    flipped = rng.choice(chosen, min(len(chosen), round(share * inside(rows, where).sum())), replace=False)
    prediction = rows.prediction.to_numpy().copy()
    prediction[flipped] = 1 - prediction[flipped]
    return replace(rows, prediction=pd.Series(prediction, index=rows.prediction.index))


def binomial_rank(past: list[Week], rows: Rows, where: list[Key]) -> list[Key]:
    """The peer: each slice's misses against its past rate, shrunk by fifty rows towards the whole."""
    before = [(w.rows, (w.rows.prediction != w.rows.label).to_numpy()) for w in past]
    overall = np.concatenate([misses for _, misses in before]).mean()
    misses, score = (rows.prediction != rows.label).to_numpy(), {}
    for key in where:
        now = inside(rows, key)
        old = [(inside(r, key), m) for r, m in before]
        n, k = sum(i.sum() for i, _ in old), sum((i & m).sum() for i, m in old)
        usual = (k + 50 * overall) / (n + 50)
        score[key] = binom.sf((misses & now).sum() - 1, now.sum(), usual)
    return sorted(where, key=lambda key: score[key])


def share_rank(rows: Rows, where: list[Key]) -> list[Key]:
    misses = (rows.prediction != rows.label).to_numpy()
    return sorted(where, key=lambda key: -misses[inside(rows, key)].mean() if inside(rows, key).any() else 0.0)


def bound_rank(rows: Rows, expected: np.ndarray, where: Key, share: float, others: list[Key], rng: Any) -> int:
    """The slice's rank by the likelihood ratio of the failure, in a week whose clean misses are drawn as expected."""
    missed = (rng.random(len(rows)) < expected).astype(float)
    label = pd.Series(np.where(missed == 1, 1 - rows.prediction, rows.prediction), index=rows.label.index)
    bad = injected(replace(rows, label=label), where, share, rng)
    now = (bad.prediction != bad.label).to_numpy()
    worse = np.minimum(expected + share, 0.995)
    gain = np.where(now, np.log(worse / expected), np.log((1 - worse) / (1 - expected)))
    found = {key: gain[inside(rows, key)].sum() for key in others}
    return sum(each > found[where] for each in found.values())


def expectations(all_weeks: list[Week]) -> list[np.ndarray]:
    """Of each week, the probability of each row's miss: by how sure the model was, and by the hour."""
    past = all_weeks[0].rows
    scale = learn_scale(past, learn_cuts(past.features, ATTRIBUTES))
    return [
        scale.wrong(week.rows, Loss.MISS) - tally(count(week.rows, scale), scale).cells.left for week in all_weeks
    ]


def finder(all_weeks: list[Week], until: int) -> SliceFinder:
    made = SliceFinder(ATTRIBUTES, WEEK)
    first = [w.rows for w in all_weeks[:8]]
    features = pd.concat([r.features for r in first])
    made.learn(
        replace(
            first[0],
            at=pd.concat([r.at for r in first]),
            prediction=pd.concat([r.prediction for r in first]),
            label=pd.concat([r.label for r in first]),
            label_at=pd.concat([r.label_at for r in first]),
            score=pd.concat([r.score for r in first if r.score is not None]),
            features=features,
        )
    )
    for week in all_weeks[:until]:
        made.remember(week.start.to_pydatetime(), week.rows)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--smallest", type=int, default=250, help="rows of the slice in its week, at least")
    parser.add_argument("--largest", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stream = weeks(Path(folder))
    started = time.perf_counter()
    whole, expected = finder(stream, len(stream)), expectations(stream)
    print(f"{len(stream)} weeks remembered in {time.perf_counter() - started:.1f} s")
    clean(whole, stream)
    for share in (0.30, 0.15):
        trials(whole, stream, expected, share, options)


def clean(whole: SliceFinder, stream: list[Week]) -> None:
    """What is told on the weeks as they are."""
    told = [(w.start, f) for w in stream[9:] for f in whole.judge(w.start.to_pydatetime(), w.rows) if f.worse]
    months = (len(stream) - 9) * WEEK / timedelta(days=30)
    print(f"untouched weeks: {len(told)} slices told in {months:.1f} months, {len(told) / months:.2f} a month")
    for start, found in told:
        print(f"  {start:%d %b}  {found.reason}")


def trials(
    whole: SliceFinder,
    stream: list[Week],
    expected: list[np.ndarray],
    share: float,
    options: argparse.Namespace,
) -> None:
    rng = np.random.default_rng(options.seed)
    names = ("ours", "binomial against own past", "share of misses", "bound: no weather")
    ranks: dict[str, list[int]] = {name: [] for name in names}
    lot = np.random.default_rng(options.seed + 1)
    for _ in range(options.trials):
        number = int(rng.integers(9, len(stream)))
        week = stream[number]
        known = whole.judge(week.start.to_pydatetime(), week.rows)
        fitting = {f.where for f in known if options.smallest <= f.labels < options.largest}
        pairs = sorted((key for key in fitting if len(key) == 2), key=repr)
        where = pairs[int(rng.integers(len(pairs)))]
        bad = injected(week.rows, where, share, rng)
        ours = [f.where for f in whole.judge(week.start.to_pydatetime(), bad)]
        distinct = [f.where for f in known]
        ranks["ours"].append(ours.index(where))
        ranks["binomial against own past"].append(
            binomial_rank(stream[max(0, number - 12) : number], bad, distinct).index(where)
        )
        ranks["share of misses"].append(share_rank(bad, distinct).index(where))
        ranks["bound: no weather"].append(bound_rank(week.rows, expected[number], where, share, distinct, lot))
    for name, found in ranks.items():
        first, five = np.mean(np.array(found) == 0), np.mean(np.array(found) < 5)
        print(f"+{share:.0%}  {name:28} first {first:.2f}  in the top five {five:.2f}  of {len(found)} trials")


if __name__ == "__main__":
    main()
