"""A small prediction log, and how it is laid into each store that can hold one."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config.pipeline import LabelLog, PredictionLog
from core.db.database import Database
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.log.prediction_log import (
    PredictionLogReader,
    Tallies,
    Where,
)
from core.evaluation.windows import Window
from tests.fakes_log import Arrived, FakeLog, Made
from tests.spark import start_spark

FEATURES = ["city", "kind of thing", "label", "amount"]
"""Names that would collide with our own columns, or need quoting, if they were not kept apart."""
START = datetime(2013, 2, 8, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOWS = [Window(START + i * DAY, START + (i + 1) * DAY) for i in range(3)]
KNOWN = START + 3 * DAY + timedelta(hours=6)


def rows(seed: int = 1, count: int = 400) -> tuple[list[Made], list[Arrived]]:
    """Predictions around the windows (some outside), labels of most, some corrected later, some after KNOWN."""
    rng = random.Random(seed)
    made, arrived = [], []
    for i in range(count):
        at = START - DAY / 2 + timedelta(seconds=rng.randrange(4 * 86400))
        score = round(rng.random(), 3)
        features = {
            "city": rng.choice(["EWR", "JFK", None]),
            "kind of thing": rng.choice(["a", "b", "c'; DROP TABLE x"]),
            "label": rng.choice([1.0, 2.0, 3.0]),
            "amount": rng.choice([rng.gauss(0, 10), None]),
        }
        made.append(Made(f"p{i:04}", at, rng.choice(["1", "2"]), score, int(score >= 0.5), features))
        if rng.random() < 0.9:
            first = at + timedelta(hours=rng.uniform(1, 30))
            arrived.append(Arrived(f"p{i:04}", rng.randrange(2), first))
            if rng.random() < 0.1:
                arrived.append(Arrived(f"p{i:04}", rng.randrange(2), first + timedelta(hours=1)))
    return made, arrived


def write(folder: Path, made: Sequence[Made], arrived: Sequence[Arrived]) -> IbisLog:
    """The same rows as closed Parquet files, by day, several a day."""
    for i, chunk in enumerate([made[::2], made[1::2]]):
        for day in {m.predicted_at.date() for m in chunk}:
            part = [m for m in chunk if m.predicted_at.date() == day]
            columns: dict[str, Any] = {
                "id": pa.array([m.id for m in part]),
                "at": pa.array([m.predicted_at for m in part], pa.timestamp("us", tz="UTC")),
                "model": pa.array([m.version for m in part]),
                "score": pa.array([m.score for m in part], pa.float64()),
                "said": pa.array([m.prediction for m in part], pa.int8()),
            }
            text = ("city", "kind of thing")
            for name in FEATURES:
                values = [m.features.get(name) for m in part]
                columns[f"x {name}"] = pa.array(values, pa.string() if name in text else pa.float64())
            _write(folder / "predictions" / f"date={day}" / f"part-{i}.parquet", columns)
    for day in {a.label_at.date() for a in arrived}:
        part2 = [a for a in arrived if a.label_at.date() == day]
        known = {
            "id": pa.array([a.id for a in part2]),
            "truth": pa.array([a.label for a in part2], pa.int8()),
            "seen": pa.array([a.label_at for a in part2], pa.timestamp("us", tz="UTC")),
        }
        _write(folder / "labels" / f"date={day}" / "part-0.parquet", known)
    (folder / "labels").mkdir(exist_ok=True)
    return log_in(folder)


def _write(path: Path, columns: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def log_in(folder: Path, features: Sequence[str] = FEATURES) -> IbisLog:
    return log_at(str(folder / "predictions"), str(folder / "labels"), features)


def log_at(made: str, arrived: str, features: Sequence[str] = FEATURES) -> IbisLog:
    predictions = PredictionLog(
        path=made,
        id="id",
        predicted_at="at",
        version="model",
        score="score",
        prediction="said",
        features=[f"x {name}" for name in features],
    )
    labels = LabelLog(path=arrived, id="id", label="truth", label_at="seen")
    return IbisLog(predictions, labels)


def fake(made: Sequence[Made], arrived: Sequence[Arrived]) -> FakeLog:
    renamed = [
        Made(m.id, m.predicted_at, m.version, m.score, m.prediction, {f"x {k}": v for k, v in m.features.items()})
        for m in made
    ]
    return FakeLog(renamed, arrived, [f"x {name}" for name in FEATURES])


def addressed(store: str, request: pytest.FixtureRequest, folder: Path) -> Callable[[str], str]:
    """The files as tables of a store, and how their addresses are written."""
    if store == "spark":
        return in_spark(folder)
    return in_duckdb(folder) if store == "duckdb" else in_postgres(request, folder)


def in_spark(folder: Path) -> Callable[[str], str]:
    """The files as views of the process's session of Spark."""
    session = start_spark(folder)
    for name in ("predictions", "labels"):
        session.read.parquet(str(folder / name)).createOrReplaceTempView(name)
    return lambda table: f"pyspark://#{table}"


def in_duckdb(folder: Path) -> Callable[[str], str]:
    """The files as tables of a DuckDB file."""
    import duckdb

    with duckdb.connect(str(folder / "log.duckdb")) as connection:
        for name in ("predictions", "labels"):
            connection.sql(f"CREATE TABLE {name} AS FROM '{folder}/{name}/*/*.parquet'")
    return lambda table: f"duckdb://{folder}/log.duckdb?{table}"


def in_postgres(request: pytest.FixtureRequest, folder: Path) -> Callable[[str], str]:
    """The files as tables of a PostgreSQL database, with instants, small integers and doubles."""
    database: Database = request.getfixturevalue("postgres_database")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS ml")
        for name in ("predictions", "labels"):
            frame = pq.read_table(folder / name, partitioning=None).to_pandas()
            frame.to_sql(name, connection, schema="ml", index=False, if_exists="replace")
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return lambda table: f"{address}/ml.{table}"


def parts_of(log: PredictionLogReader) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for each in log.parts(WINDOWS) for part in each))


TRACKED: tuple[Where, ...] = ({"x city": "EWR", "x label": 2.0}, {"x city": None}, {"x city": "nowhere"})


def as_sorted(tallies: Tallies) -> tuple[list[Any], ...]:
    versions = sorted(tallies.versions, key=repr)
    return versions, sorted(tallies.tracked, key=repr)
