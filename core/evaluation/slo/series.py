"""A product metric from a file: one reading for each window."""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from core.evaluation.log.prediction_log import LogError
from core.evaluation.slo.budget import Reading
from core.evaluation.windows import Window


def read_series(path: Path, windows: Sequence[Window]) -> list[Reading]:
    """The weighted mean of the points of each window; None where there is none. Values and weights that are endless are
    left out like missing ones, weights of 0 and below too.

    The file is CSV or Parquet with `at` (ISO 8601 or timestamps; without an offset UTC), `value`, and optionally
    `weight` (at least 0). LogError when it cannot be read.
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path) if path.suffix.lower() == ".csv" else pd.read_parquet(path)
        at = pd.to_datetime(frame["at"], utc=True, format="ISO8601" if frame["at"].dtype.kind in "OU" else None)
        value = pd.to_numeric(frame["value"])
        weight = pd.to_numeric(frame["weight"]) if "weight" in frame else pd.Series(1.0, index=frame.index)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LogError(
            f"{path}: this series cannot be read: {error} (it needs the columns at and value)"
        ) from error
    known = value.abs().lt(inf) & weight.gt(0) & weight.lt(inf)  # what is missing or endless is no point
    readings = []
    for window in windows:
        inside = known & at.ge(window.start) & at.lt(window.end)
        total = float(weight[inside].sum())
        mean = float((value[inside] * weight[inside]).sum()) / total if total else None
        readings.append(Reading(mean, total))
    return readings
