"""Made-up flights in the shape of the prepared frame, whose lateness follows from the wind."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from examples.flights.columns import FRAME_SCHEMA


def flights(count: int, start: datetime, *, per_hour: int = 20, landing_hours: float = 6.0, seed: int = 0) -> Any:
    """`count` flights from `start` on, all landed: late when the wind is above 20, plus some noise."""
    random = np.random.default_rng(seed)
    hours = pd.to_timedelta(np.arange(count) // per_hour, unit="h")
    predicted_at = pd.Series(pd.Timestamp(start) + hours)
    wind = random.uniform(0, 40, count)
    late = (wind + random.normal(0, 8, count) > 25).astype(int)
    frame = pd.DataFrame(
        {
            "id": [f"{start:%Y%m%d}-XX{number:05d}-JFK" for number in range(count)],
            "predicted_at": predicted_at,
            "label": pd.array(late, dtype="Int8"),
            "label_at": predicted_at + pd.to_timedelta(landing_hours + late, unit="h"),
            "carrier": random.choice(["AA", "UA", "B6"], count),
            "origin": random.choice(["JFK", "EWR", "LGA"], count),
            "dest": random.choice(["LAX", "ORD", "MIA", "SJU"], count),
            "wind_speed": wind,
        }
    )
    rest = [name for name in FRAME_SCHEMA.names if name not in frame.columns]
    return frame.assign(**{name: random.normal(size=count) for name in rest})[FRAME_SCHEMA.names]
