"""Make a log to try `goldilocks backtest alerts` on: `python examples/made_log.py predictions.parquet`.

Four months of churn predictions, 240 a day. Labels come after a day or so, those of wrong predictions later. On
16 March an upstream job writes income in another unit, on 23 March a quarter of the ages is missing, and from 6 to
10 April people behave the other way round. Nothing else is wrong; days differ by chance and by a little luck.
"""

import sys

import numpy as np
import pandas as pd

DAYS, A_DAY, SEED = 121, 240, 4
UNIT_CHANGES, AGES_MISSING, TURNED = 75, 82, range(96, 101)


def made_log() -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    rows = DAYS * A_DAY
    at = pd.date_range("2024-01-01", periods=rows, freq="6min", tz="UTC")
    day = np.arange(rows) // A_DAY
    log = pd.DataFrame(
        {
            "id": np.arange(rows),
            "at": at,
            "country": rng.choice(["de", "fr", "us"], rows, p=[0.3, 0.2, 0.5]),
            "device": rng.choice(["web", "ios", "android"], rows),
            "income": rng.lognormal(3.9, 0.4, rows),
            "age": rng.normal(42, 12, rows).round(),
        }
    )
    odds = 4 * np.log(log["income"] / 50) + 0.066 * (log["age"] - 42)
    log["score"] = 1 / (1 + np.exp(-odds))
    log["predicted"] = (log["score"] > 0.5).astype(int)
    luck = np.repeat(rng.normal(0, 0.35, DAYS), A_DAY)
    truth = 1 / (1 + np.exp(-(np.where(np.isin(day, list(TURNED)), -odds / 2, odds + luck))))
    log["label"] = (rng.random(rows) < truth).astype(int)
    hours = rng.exponential(np.where(log["label"] == log["predicted"], 14, 30))
    log["label_at"] = at + pd.to_timedelta(hours, "h")
    log.loc[day == UNIT_CHANGES, "income"] *= 1000
    log.loc[(day == AGES_MISSING) & (rng.random(rows) < 0.3), "age"] = np.nan
    return log


if __name__ == "__main__":
    made = made_log()
    made.to_parquet(sys.argv[1])
    sys.stdout.write(
        f"written: {sys.argv[1]}, {len(made):,} predictions in {DAYS} days, with three faults to be found\n"
    )
