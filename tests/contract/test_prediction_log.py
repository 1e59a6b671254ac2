"""One contract over every reader of a prediction log, and what the Parquet one says about broken logs."""

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
from core.evaluation.backtest.source import open_source
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.log.prediction_log import (
    LogError,
    PredictionLogReader,
    Tallies,
    Value,
    Where,
    one_in,
    total,
)
from core.evaluation.summaries.plan import Plan
from core.evaluation.windows import Window
from tests.contract.test_summaries_engines import start_spark
from tests.fakes_log import Arrived, FakeLog, Made

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


STORES = [
    "parquet",
    "fake",
    "duckdb",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("spark", marks=pytest.mark.slow),
]


@pytest.fixture(params=STORES)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> PredictionLogReader:
    made, arrived = rows()
    if request.param == "fake":
        return fake(made, arrived)
    files = write(tmp_path, made, arrived)
    if request.param == "parquet":
        return files
    address = addressed(request.param, request, tmp_path)
    return log_at(address("predictions"), address("labels"))


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


def _sorted(tallies: Tallies) -> tuple[list[Any], ...]:
    versions = sorted(tallies.versions, key=repr)
    return versions, sorted(tallies.tracked, key=repr)


def test_tallies_agree_with_the_plain_reading(log: PredictionLogReader) -> None:
    expected = fake(*rows()).tally(WINDOWS, KNOWN, TRACKED)
    assert expected.tracked
    assert _sorted(log.tally(WINDOWS, KNOWN, TRACKED)) == _sorted(expected)


def test_labels_that_had_not_arrived_are_not_known(log: PredictionLogReader) -> None:
    early = log.tally(WINDOWS, START + 2 * DAY)
    assert total(v.counts for v in early.versions if v.window == 2).labels == 0
    assert (
        0
        < total(v.counts for v in early.versions).labels
        < total(v.counts for v in log.tally(WINDOWS, KNOWN).versions).labels
    )


def test_values_of_another_kind_match_by_what_they_say_or_nothing(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    asked: tuple[dict[str, Value], ...] = ({"x label": "2"}, {"x label": "two"}, {"x city": 7}, {"x label": 2})
    found = {index for _, index, _ in log.tally(WINDOWS, KNOWN, asked).tracked}
    assert found == {0, 3}


def test_delays_agree(log: PredictionLogReader) -> None:
    found, expected = log.delays(WINDOWS[1], KNOWN), fake(*rows()).delays(WINDOWS[1], KNOWN)
    assert (found.rows, found.labels) == (expected.rows, expected.labels)
    assert found.median == pytest.approx(expected.median, abs=0.001)
    assert found.p90 == pytest.approx(expected.p90, abs=0.001)
    assert found.longest == pytest.approx(expected.longest, abs=0.001)


def test_waits_agree(log: PredictionLogReader) -> None:
    found, expected = log.waits(WINDOWS, KNOWN), fake(*rows()).waits(WINDOWS, KNOWN)
    for mine, other in zip(found, expected, strict=True):
        for known in (True, False):
            assert sum(w.rows for w in mine if w.known is known) == sum(w.rows for w in other if w.known is known)
            hours = sum(w.rows * w.hours for w in mine if w.known is known)
            assert hours == pytest.approx(sum(w.rows * w.hours for w in other if w.known is known), rel=0.01)


def test_no_labels_no_delays(log: PredictionLogReader) -> None:
    found = log.delays(WINDOWS[2], WINDOWS[2].start)
    assert found.rows > 0
    assert (found.labels, found.median, found.p90, found.longest) == (0, None, None, None)


def test_the_most_confident_wrong_rows_of_each_day_and_class(log: PredictionLogReader) -> None:
    found = log.wrong_rows(WINDOWS, KNOWN, 3)
    assert found == fake(*rows()).wrong_rows(WINDOWS, KNOWN, 3)
    assert len(found) == 3 * 2 * 3
    assert all(row.label != row.prediction for row in found)
    assert found[0].gravity >= found[1].gravity


def test_a_window_without_predictions_is_empty(log: PredictionLogReader) -> None:
    later = Window(START + 50 * DAY, START + 51 * DAY)
    assert log.tally([later], KNOWN + 60 * DAY, TRACKED) == Tallies()
    assert log.delays(later, KNOWN + 60 * DAY).rows == 0
    assert len(log.rows(later.start, later.end, KNOWN)) == 0
    assert log.wrong_rows([later], KNOWN + 60 * DAY, 3) == []


def test_labels_may_not_have_begun_to_arrive(tmp_path: Path) -> None:
    made, _ = rows(count=50)
    counts = total(v.counts for v in write(tmp_path, made, []).tally(WINDOWS, KNOWN).versions)
    assert counts.rows > 0
    assert counts.labels == 0


def test_a_missing_folder_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"predictions: there is no such folder.*correct `path`"):
        log_in(tmp_path).plan(WINDOWS[:1])


def test_missing_labels_are_named(tmp_path: Path) -> None:
    log = write(tmp_path, *rows(count=20))
    (tmp_path / "labels").rename(tmp_path / "elsewhere")
    with pytest.raises(LogError, match=r"labels: there is no such folder for the labels"):
        log.delays(WINDOWS[0], KNOWN)


def test_an_empty_log_asks_for_the_serving_side(tmp_path: Path) -> None:
    (tmp_path / "predictions").mkdir()
    with pytest.raises(LogError, match="nothing has been logged here yet"):
        log_in(tmp_path).tally(WINDOWS, KNOWN)


def test_a_folder_with_other_partitions_is_named(tmp_path: Path) -> None:
    (tmp_path / "predictions" / "hour=3").mkdir(parents=True)
    with pytest.raises(LogError, match=r"no folder here is named date=YYYY-MM-DD \(found hour=3\)"):
        log_in(tmp_path).plan(WINDOWS[:1])


def test_a_column_that_the_log_lacks_is_named(tmp_path: Path) -> None:
    write(tmp_path, *rows(count=20))
    with pytest.raises(LogError, match=r"the column x altitude is missing \(there are: id, at, model"):
        log_in(tmp_path, [*FEATURES, "altitude"]).plan(WINDOWS[:1])


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    log = write(tmp_path, *rows(count=20))
    broken = tmp_path / "predictions" / f"date={WINDOWS[0].start:%Y-%m-%d}" / "part-9.parquet"
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"PAR1 half of it")
    with pytest.raises(LogError, match=r"cannot be read: .*part-9\.parquet.*move a broken one away"):
        log.watch(Plan(), WINDOWS[:1], parts_of(log))


def test_drafts_of_a_writer_are_left_alone(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    plan = log.plan(WINDOWS[:1])
    before = log.watch(plan, WINDOWS[:1], parts_of(log))
    day = tmp_path / "predictions" / f"date={WINDOWS[0].start:%Y-%m-%d}"
    (day / ".part-9.parquet").write_bytes(b"half of it")
    (day / "_part-9.parquet").write_bytes(b"half of it")
    (day / "part-9.parquet.draft").write_bytes(b"half of it")
    assert log.watch(plan, WINDOWS[:1], parts_of(log)) == before


def test_a_column_that_begins_in_a_later_file_is_missing_in_the_earlier_ones(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    first = sorted((tmp_path / "predictions").glob("*/*.parquet"))[0]
    pq.write_table(pq.read_table(first).drop_columns(["x amount"]), first)
    counts = total(v.counts for v in log.tally(WINDOWS, KNOWN, ({"x amount": 1.0},)).versions)
    assert counts == total(v.counts for v in fake(*rows()).tally(WINDOWS, KNOWN).versions)


def test_times_without_a_zone_are_utc(tmp_path: Path) -> None:
    made, arrived = rows()
    log = write(tmp_path, made, arrived)
    for file in (tmp_path / "predictions").glob("*/*.parquet"):
        table = pq.read_table(file)
        naive = table["at"].cast(pa.timestamp("us"))
        pq.write_table(table.set_column(table.schema.get_field_index("at"), "at", naive), file)
    expected = fake(made, arrived).tally(WINDOWS, KNOWN)
    assert _sorted(log.tally(WINDOWS, KNOWN)) == _sorted(expected)


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    from core.evaluation.storage.parquet import in_memory

    connection = in_memory(1)
    settings = connection.raw_sql(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions' OR name = 'TimeZone'"
    ).fetchall()
    assert dict(settings) == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "TimeZone": "UTC",
    }


def test_rows_are_known_as_they_were(log: PredictionLogReader) -> None:
    made, arrived = rows()
    window = WINDOWS[1]
    found = log.rows(window.start, window.end, KNOWN)
    mine = {each.id: each for each in made if window.start <= each.predicted_at < window.end}
    assert set(found.at.index) == set(mine)
    newest = {each.id: each for each in sorted(arrived, key=lambda a: a.label_at) if each.label_at <= KNOWN}
    for key, label in found.label.items():
        assert (label == newest[key].label) if key in newest else label != label
    assert list(found.features.columns) == [f"x {name}" for name in FEATURES]
    some = next(iter(mine))
    assert found.score[some] == mine[some].score
    assert found.at[some] == mine[some].predicted_at
    assert len(log.rows(START - 90 * DAY, START - 60 * DAY, KNOWN)) == 0


def test_windows_are_summarised_by_one_plan(log: PredictionLogReader) -> None:
    made, _ = rows()
    plan = log.plan(WINDOWS)
    assert list(plan.columns) == [f"x {name}" for name in FEATURES]
    empty = Window(START - 60 * DAY, START - 59 * DAY)
    summaries = log.watch(plan, [empty, *WINDOWS], parts_of(log))
    counts = [sum(w.start <= each.predicted_at < w.end for each in made) for w in (empty, *WINDOWS)]
    assert [each.rows for each in summaries] == counts
    nulls = sum(WINDOWS[0].start <= m.predicted_at < WINDOWS[0].end and m.features["city"] is None for m in made)
    assert summaries[1].columns["x city"].nulls == nulls
    assert summaries[1].ids == counts[1]


def test_rows_are_counted_and_summarised_part_by_part(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    plan, every = log.plan(WINDOWS), parts_of(log)
    whole = log.watch(plan, WINDOWS, every, sketch=True)
    assert log.counts(WINDOWS, every) == [each.rows for each in whole]
    assert log.counts(WINDOWS, []) == [0, 0, 0]
    assert [each.rows for each in log.watch(plan, WINDOWS, [], sketch=True)] == [0, 0, 0]
    halves = [[part for part in every if f"part-{i}." in part] for i in (0, 1)]
    one, other = (log.watch(plan, WINDOWS, half, sketch=True) for half in halves)
    for first, second, both in zip(one, other, whole, strict=True):
        assert 0 < first.rows < both.rows
        merged = first + second
        assert (merged.rows, merged.ids, merged.profile) == (both.rows, both.ids, both.profile)
        for name, column in both.columns.items():
            assert merged.columns[name].histogram == column.histogram
            assert merged.columns[name].nulls == column.nulls


def test_a_part_that_changes_has_another_name(tmp_path: Path) -> None:
    log = write(tmp_path, *rows())
    before = set(parts_of(log))
    first = sorted((tmp_path / "predictions").glob("*/part-0.parquet"))[1]
    pq.write_table(pq.read_table(first).slice(1), first)
    write_one_more = first.with_name("part-7.parquet")
    pq.write_table(pq.read_table(first).slice(0, 1), write_one_more)
    after = set(parts_of(log))
    assert len(after - before) == 2
    assert len(before - after) == 1
    assert before & after


def test_of_many_rows_the_same_ones_are_read_whatever_is_asked_together(log: PredictionLogReader) -> None:
    start, end = WINDOWS[0].start, WINDOWS[-1].end
    every = log.rows(start, end, KNOWN)
    some, fewer = log.rows(start, end, KNOWN, most=150), log.rows(start, end, KNOWN, most=60)
    assert len(log.rows(start, end, KNOWN, most=len(every))) == len(every)
    assert len(every) / 4 < len(some) < len(every)
    assert set(fewer.at.index) < set(some.at.index) < set(every.at.index)
    assert some.label.equals(every.label[some.label.index])


@pytest.mark.parametrize(
    ("rows", "most", "step"), [(10, None, 1), (10, 10, 1), (11, 10, 2), (40, 10, 4), (41, 10, 8), (5, 0, 8)]
)
def test_one_in_a_power_of_two_is_read(rows: int, most: int | None, step: int) -> None:
    assert one_in(rows, most) == step


def test_windows_without_any_row_are_summarised_as_empty(log: PredictionLogReader) -> None:
    plan, empty = log.plan(WINDOWS), [Window(START - i * DAY, START - (i - 1) * DAY) for i in (62, 61, 60)]
    assert [each.rows for each in log.watch(plan, empty, parts_of(log))] == [0, 0, 0]


@pytest.mark.slow
def test_a_backtest_reads_a_table_of_spark_once(tmp_path: Path) -> None:
    made, arrived = rows()
    write(tmp_path, made, arrived)
    address = in_spark(tmp_path)("predictions")
    with open_source(address, tmp_path, ()) as source:
        assert source.name == address
        assert not source.in_place
        found = source.table.order_by("id").to_pandas()
    assert found["id"].to_list() == [each.id for each in made]
    assert found["score"].to_list() == [each.score for each in made]
