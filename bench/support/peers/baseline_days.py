"""What many write by hand, each day against the reference: `baseline_days.py FOLDER` writes baseline.json there.

Kolmogorov and Smirnov's test for numbers and chi squared for texts at .05, divided by the number of columns; and the
population stability index over ten bins (or the texts) from .2.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

LEVEL, STABLE, BINS = 0.05, 0.2, 10


def tested(day: Any, before: Any, number: bool, columns: int) -> bool:
    if day.empty:
        return True
    if number:
        return bool(stats.ks_2samp(day, before).pvalue < LEVEL / columns)
    table = pd.concat([day.value_counts(), before.value_counts()], axis=1).fillna(0)
    return (
        bool(stats.chi2_contingency(table.to_numpy(float)).pvalue < LEVEL / columns) if len(table) > 1 else False
    )


def unstable(day: Any, before: Any, number: bool) -> bool:
    if number:
        edges = np.unique(np.quantile(before.dropna(), np.linspace(0, 1, BINS + 1)[1:-1]))
        day, before = (
            pd.Series(np.where(rows.isna(), -1, np.searchsorted(edges, rows))) for rows in (day, before)
        )
    shares = pd.concat([rows.value_counts(normalize=True, dropna=False) for rows in (day, before)], axis=1)
    now, past = (shares.iloc[:, i].fillna(0).clip(lower=1e-4) for i in (0, 1))
    return bool(((now - past) * np.log(now / past)).sum() >= STABLE)


def main() -> None:
    folder = Path(sys.argv[1])
    reference, stream = (pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "stream"))
    columns = json.loads((folder / "columns.json").read_text())
    names = columns["numbers"] + columns["texts"]
    reference, stream = (rows.astype(dict.fromkeys(columns["numbers"], float)) for rows in (reference, stream))
    tests: dict[int, list[str]] = {}
    index: dict[int, list[str]] = {}
    for number, day in stream.groupby("day"):
        pairs = [(name, day[name], reference[name], name in columns["numbers"]) for name in names]
        tests[int(number)] = [n for n, d, b, num in pairs if tested(d.dropna(), b.dropna(), num, len(names))]
        index[int(number)] = [n for n, d, b, num in pairs if unstable(d, b, num)]
    (folder / "baseline.json").write_text(json.dumps({"KS, chi2, Bonferroni": tests, "PSI >= .2": index}))


if __name__ == "__main__":
    main()
