"""The labelled rows that a training run may see: from the logs, and from the history before them."""

from datetime import datetime
from pathlib import Path
from typing import Any

from examples.flights.columns import FEATURES
from examples.flights.request import Data

_COLUMNS = ["id", "predicted_at", "label", "label_at", *FEATURES]


def known_rows(data: Data, known_at: datetime) -> Any:
    """Every row whose label had arrived by `known_at`, one an id, ordered by prediction time, then id.

    The history only fills the time before the log's first prediction: from then on the log is the truth,
    since it holds what the model was really given.
    """
    import pandas as pd

    parts = []
    begins = None
    if data.predictions is not None and data.labels is not None:
        logged = _logged(data.predictions, data.labels)
        begins = logged["predicted_at"].min() if len(logged) else None
        parts.append(logged)
    if data.history is not None:
        history = pd.read_parquet(data.history, columns=_COLUMNS)
        parts.append(history if begins is None else history[history["predicted_at"] < begins])
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    rows = rows[rows["label"].notna() & (rows["label_at"] <= known_at)]
    return rows.sort_values(["predicted_at", "id"], ignore_index=True)


def between(rows: Any, start: datetime, until: datetime) -> Any:
    """The rows predicted in [start, until)."""
    return rows[(rows["predicted_at"] >= start) & (rows["predicted_at"] < until)]


def _logged(predictions: Path, labels: Path) -> Any:
    """Predictions joined to their labels (missing while none came); of a flight predicted twice, the later."""
    made = _read_log(predictions, ["id", "predicted_at", *FEATURES])
    made = made.sort_values("predicted_at").drop_duplicates("id", keep="last")
    arrived = _read_log(labels, ["id", "label", "label_at"])
    arrived = arrived.sort_values("label_at").drop_duplicates("id", keep="last")
    return made.merge(arrived, on="id", how="left")


def _read_log(folder: Path, columns: list[str]) -> Any:
    import pyarrow.dataset as ds

    files = [str(path) for path in sorted(folder.glob("date=*/*.parquet"))]
    if not files:
        raise FileNotFoundError(f"no Parquet files below {folder}/date=YYYY-MM-DD/")
    return ds.dataset(files, format="parquet").to_table(columns=columns).to_pandas()
