"""The columns that the trainer, the serving app and the logs agree on.

Every feature is known three hours before departure: the timetable, the plane that is planned, and the
weather last observed at the origin by then. Nothing of the flight itself (its delay, its time in the air)
is among them.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pyarrow as pa

PLANNING_LEAD = timedelta(hours=3)
"""A prediction is made this long before the full hour in which the flight is scheduled to leave."""

LATE_AFTER_MINUTES = 15
"""A flight is late (label 1) when it lands more than this many minutes after its schedule."""

CATEGORICAL = ("carrier", "origin", "dest")
TIMETABLE = ("distance", "hour", "weekday", "sched_minutes", "plane_age", "seats")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
NUMERIC = TIMETABLE + WEATHER
FEATURES = CATEGORICAL + NUMERIC

UTC_TIME = pa.timestamp("us", tz="UTC")

_FEATURE_FIELDS = [pa.field(name, pa.string()) for name in CATEGORICAL] + [
    pa.field(name, pa.float64()) for name in NUMERIC
]

PREDICTION_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("predicted_at", UTC_TIME, nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("prediction", pa.int8(), nullable=False),
        *_FEATURE_FIELDS,
    ]
)
"""One row of the prediction log. A fixed schema, so that a column that is empty in one file keeps its type."""

LABEL_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        pa.field("label_at", UTC_TIME, nullable=False),
    ]
)
"""One row of the label log."""

FRAME_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("predicted_at", UTC_TIME, nullable=False),
        pa.field("label", pa.int8()),
        pa.field("label_at", UTC_TIME),
        *_FEATURE_FIELDS,
    ]
)
"""One flight of the prepared frame; label and label_at are null when the flight never landed."""


def as_features(frame: Any) -> Any:
    """The feature columns of a data frame, in the model's order and types (missing values stay missing)."""
    missing = missing_features(frame.columns)
    if missing:
        raise ValueError(f"features missing: {', '.join(missing)}; this model needs {', '.join(FEATURES)}")
    features = frame.loc[:, list(FEATURES)].copy()
    for name in CATEGORICAL:
        features[name] = features[name].astype(object)
    for name in NUMERIC:
        features[name] = features[name].astype(float)
    return features


def missing_features(names: Iterable[str]) -> list[str]:
    """Which features are not among these column names, in the model's order."""
    present = set(names)
    return [name for name in FEATURES if name not in present]
