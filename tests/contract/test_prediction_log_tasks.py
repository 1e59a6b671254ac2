"""The reader's contract for each task: classes as numbers, texts and names, and numbers; with scores and without."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config.metric import Metric, Task, fitting
from core.config.pipeline import LabelLog, PredictionLog
from core.evaluation.formulas import value_of
from core.evaluation.live.measured import Asked, measure_windows
from core.evaluation.log.ibis_log import IbisLog
from core.evaluation.log.prediction_log import LogError, PredictionLogReader, Tallies, Where, total
from tests.fakes_log import Arrived, FakeLog, Made
from tests.prediction_log_support import DAY, KNOWN, START, WINDOWS, in_duckdb, in_postgres
from tests.prediction_log_support import rows as binary_rows

STORES = ["parquet", "duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
SLICES: tuple[Where, ...] = ({"city": "EWR"}, {"city": None})


def rows(task: Task, seed: int = 2) -> tuple[list[Made], list[Arrived]]:
    """Those of the binary contract, with what this task predicts."""
    rng, names = random.Random(seed), ["cat", "dog", "owl"]
    made, arrived = binary_rows(seed)
    outcome = {
        Task.BINARY: lambda: rng.randrange(2),
        Task.MULTICLASS: lambda: rng.choice(names),
        Task.REGRESSION: lambda: round(rng.gauss(20, 6), 2),
    }[task]
    told = [
        Made(
            m.id,
            m.predicted_at,
            m.version,
            None if task is Task.REGRESSION else m.score,
            outcome(),
            {"city": m.features["city"]},
        )
        for m in made
    ]
    return told, [Arrived(a.id, outcome(), a.label_at) for a in arrived]


def kept(folder: Path, made: Sequence[Made], arrived: Sequence[Arrived], **types: Any) -> None:
    """As one Parquet file a day; `types` are those of `said` and `truth`."""
    scored = any(m.score is not None for m in made)
    for day in {m.predicted_at.date() for m in made}:
        part = [m for m in made if m.predicted_at.date() == day]
        columns: dict[str, Any] = {
            "id": pa.array([m.id for m in part]),
            "at": pa.array([m.predicted_at for m in part], pa.timestamp("us", tz="UTC")),
            "model": pa.array([m.version for m in part]),
            "said": pa.array([m.prediction for m in part], types.get("said")),
            "city": pa.array([m.features["city"] for m in part], pa.string()),
        } | ({"score": pa.array([m.score for m in part], pa.float64())} if scored else {})
        _write(folder / "predictions" / f"date={day}" / "part-0.parquet", columns)
    for day in {a.label_at.date() for a in arrived}:
        came = [a for a in arrived if a.label_at.date() == day]
        known = {
            "id": pa.array([a.id for a in came]),
            "truth": pa.array([a.label for a in came], types.get("truth")),
            "seen": pa.array([a.label_at for a in came], pa.timestamp("us", tz="UTC")),
        }
        _write(folder / "labels" / f"date={day}" / "part-0.parquet", known)


def _write(path: Path, columns: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def opened(made: str, arrived: str, task: Task, classes: Sequence[str] | None = None) -> IbisLog:
    score = None if task is Task.REGRESSION else "score"
    names = {"id": "id", "predicted_at": "at", "version": "model", "prediction": "said"}
    predictions = PredictionLog(path=made, score=score, features=["city"], **names)
    labels = LabelLog(path=arrived, id="id", label="truth", label_at="seen")
    return IbisLog(predictions, labels, 1, task, classes)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=list(Task))
def task(request: pytest.FixtureRequest) -> Task:
    found: Task = request.param
    return found


@pytest.fixture
def log(request: pytest.FixtureRequest, tmp_path: Path, store: str, task: Task) -> PredictionLogReader:
    kept(tmp_path, *rows(task))
    if store == "parquet":
        return opened(str(tmp_path / "predictions"), str(tmp_path / "labels"), task)
    address = in_duckdb(tmp_path) if store == "duckdb" else in_postgres(request, tmp_path)
    return opened(address("predictions"), address("labels"), task)


def fake(task: Task) -> FakeLog:
    return FakeLog(*rows(task), ["city"], task)


def _sorted(tallies: Tallies) -> tuple[list[Any], ...]:
    return sorted(tallies.versions, key=repr), sorted(tallies.tracked, key=repr)


def test_every_store_reads_a_task_as_the_plain_reading_does(log: PredictionLogReader, task: Task) -> None:
    plain, window = fake(task), WINDOWS[1]
    assert _sorted(log.tally(WINDOWS, KNOWN, SLICES)) == _sorted(plain.tally(WINDOWS, KNOWN, SLICES))
    mine, other = (each.rows(window.start, window.end, KNOWN) for each in (log, plain))
    other = other.where(other.at.notna())
    assert mine.task is task
    assert mine.prediction.sort_index().tolist() == other.prediction.sort_index().tolist()
    known = mine.label.dropna().sort_index()
    assert known.to_dict() == other.label.dropna().sort_index().to_dict()
    assert (mine.score is None) is (task is Task.REGRESSION)
    assert list(log.rows(window.start, window.end, KNOWN, ()).features.columns) == []


def test_the_gravest_mistakes_of_every_task(log: PredictionLogReader, task: Task) -> None:
    found = log.wrong_rows(WINDOWS, KNOWN, 3)
    assert found == fake(task).wrong_rows(WINDOWS, KNOWN, 3)
    kinds = {Task.BINARY: 2, Task.MULTICLASS: 3, Task.REGRESSION: 2}[task]
    assert len(found) == len(WINDOWS) * kinds * 3
    assert all(first.gravity >= second.gravity for first, second in zip(found[::3], found[1::3], strict=False))


def test_metrics_of_windows_and_slices_are_those_of_their_rows(log: PredictionLogReader, task: Task) -> None:
    tallies = log.tally(WINDOWS, KNOWN, SLICES)
    read = [log.rows(window.start, window.end, KNOWN) for window in WINDOWS]
    for metric in fitting(task):
        asked = [Asked(where, metric) for where in SLICES]
        figures = measure_windows(log, WINDOWS, tallies, KNOWN, metric, asked)
        for index, rows in enumerate(read):
            value, labels = value_of(metric, rows)
            found = figures.whole[index]
            assert (found.value, found.labels) == (pytest.approx(value), labels), metric
            value, labels = value_of(metric, rows.where(rows.features["city"] == "EWR"))
            slice = figures.slices[index, 0]
            assert (slice.value, slice.labels) == (pytest.approx(value), labels), metric


def test_no_label_has_come_yet(log: PredictionLogReader, task: Task) -> None:
    early = START - 3 * DAY
    assert total(v.counts for v in log.tally(WINDOWS, early).versions).labels == 0
    metric = Metric.MAE if task is Task.REGRESSION else Metric.F1
    assert not measure_windows(log, WINDOWS, log.tally(WINDOWS, early), early, metric).whole
    later = log.rows(START + 60 * DAY, START + 61 * DAY, KNOWN)
    assert (len(later), later.task) == (0, task)


@pytest.mark.parametrize(
    ("said", "truth", "classes"),
    [
        (["on time", "late"], ["on time", "late"], ("on time", "late")),
        ([0, 1], ["on time", "late"], ("on time", "late")),
        ([False, True], [0.0, 1.0], None),
        (["0", "1"], ["0.0", "1.0"], None),
    ],
)
def test_two_classes_may_be_written_in_many_ways(
    said: list[Any], truth: list[Any], classes: Sequence[str] | None, tmp_path: Path
) -> None:
    made, arrived = rows(Task.BINARY)
    told = [Made(m.id, m.predicted_at, m.version, m.score, said[int(m.prediction)], m.features) for m in made]
    kept(tmp_path, told, [Arrived(a.id, truth[int(a.label)], a.label_at) for a in arrived])
    log = opened(str(tmp_path / "predictions"), str(tmp_path / "labels"), Task.BINARY, classes)
    assert _sorted(log.tally(WINDOWS, KNOWN, SLICES)) == _sorted(fake(Task.BINARY).tally(WINDOWS, KNOWN, SLICES))
    assert log.wrong_rows(WINDOWS, KNOWN, 2) == fake(Task.BINARY).wrong_rows(WINDOWS, KNOWN, 2)


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_a_value_that_no_class_has_is_named(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made, arrived = rows(Task.BINARY)
    kept(
        tmp_path,
        made,
        [Arrived(a.id, "perhaps" if i == 9 else str(a.label), a.label_at) for i, a in enumerate(arrived)],
    )
    if store == "parquet":
        log = opened(str(tmp_path / "predictions"), str(tmp_path / "labels"), Task.BINARY)
    else:
        address = in_duckdb(tmp_path) if store == "duckdb" else in_postgres(request, tmp_path)
        log = opened(address("predictions"), address("labels"), Task.BINARY)
    with pytest.raises(LogError, match=r"a prediction or label “perhaps” is neither 0 nor 1.*declare both names"):
        log.tally(WINDOWS, KNOWN)


def test_numbers_that_are_none_count_as_unknown(tmp_path: Path) -> None:
    made, arrived = rows(Task.REGRESSION)
    kept(tmp_path, made, [Arrived(a.id, float("inf"), a.label_at) for a in arrived[:20]] + arrived[20:])
    log = opened(str(tmp_path / "predictions"), str(tmp_path / "labels"), Task.REGRESSION)
    counts = total(v.counts for v in log.tally(WINDOWS, KNOWN).versions)
    plain = total(v.counts for v in fake(Task.REGRESSION).tally(WINDOWS, KNOWN).versions)
    assert plain.labels - 20 <= counts.labels < plain.labels
