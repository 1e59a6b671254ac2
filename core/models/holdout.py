"""Reads a trainer's held-out predictions for the gate."""

from pathlib import Path

from core.models.gate import HeldOut
from core.models.metrics import checked


class HoldoutError(ValueError):
    """The file is not the held-out predictions that were agreed; the sentence says what is wrong."""


def read_holdout(path: Path, threshold: float = 0.5) -> HeldOut:
    """The columns `label`, `score` and `champion_score` of a Parquet file; an empty file gives no rows.

    Raises HoldoutError when a column is missing, a label is neither 0 nor 1, or a score is no probability.
    """
    import pyarrow.parquet as pq

    names = ["label", "score", "champion_score"]
    missing = [name for name in names if name not in pq.read_schema(path).names]
    if missing:
        raise HoldoutError(f"{path.name} lacks {', '.join(missing)}")
    table = pq.read_table(path, columns=names)
    labels, candidate, champion = (table[name].to_numpy().astype(float) for name in names)
    if len(labels):
        try:
            checked(labels, candidate)
            checked(labels, champion)
        except ValueError as error:
            raise HoldoutError(f"{path.name}: {error}") from error
    return HeldOut(labels, candidate, champion, threshold)
