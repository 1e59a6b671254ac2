"""One contract over every reader of a prediction log."""

from pathlib import Path

import pytest

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.source import open_source
from core.evaluation.log.prediction_log import (
    LogError,
    PredictionLogReader,
    Tallies,
    total,
)
from core.evaluation.windows import Window
from tests.prediction_log_support import (
    DAY,
    FEATURES,
    KNOWN,
    START,
    TRACKED,
    WINDOWS,
    addressed,
    as_sorted,
    fake,
    in_spark,
    log_at,
    parts_of,
    rows,
    write,
)

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


def test_tallies_agree_with_the_plain_reading(log: PredictionLogReader) -> None:
    expected = fake(*rows()).tally(WINDOWS, KNOWN, TRACKED)
    assert expected.tracked
    assert as_sorted(log.tally(WINDOWS, KNOWN, TRACKED)) == as_sorted(expected)


def test_labels_that_had_not_arrived_are_not_known(log: PredictionLogReader) -> None:
    early = log.tally(WINDOWS, START + 2 * DAY)
    assert total(v.counts for v in early.versions if v.window == 2).labels == 0
    assert (
        0
        < total(v.counts for v in early.versions).labels
        < total(v.counts for v in log.tally(WINDOWS, KNOWN).versions).labels
    )


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


def test_of_many_rows_the_same_ones_are_read_whatever_is_asked_together(log: PredictionLogReader) -> None:
    start, end = WINDOWS[0].start, WINDOWS[-1].end
    every = log.rows(start, end, KNOWN)
    some, fewer = log.rows(start, end, KNOWN, most=150), log.rows(start, end, KNOWN, most=60)
    assert len(log.rows(start, end, KNOWN, most=len(every))) == len(every)
    assert len(every) / 4 < len(some) < len(every)
    assert set(fewer.at.index) < set(some.at.index) < set(every.at.index)
    assert some.label.equals(every.label[some.label.index])


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


@pytest.mark.slow
def test_a_table_of_spark_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    made, arrived = rows(count=20)
    write(tmp_path, made, arrived)
    address = in_spark(tmp_path)("predictions")
    for file in (tmp_path / "predictions").glob("*/*.parquet"):
        file.write_bytes(b"PAR1 half of it")
    with pytest.raises(BacktestError, match="it cannot be read"), open_source(address, tmp_path, ()):
        pass
    with pytest.raises(LogError, match="it cannot be read"):
        log_at(address, address.replace("predictions", "labels")).delays(WINDOWS[0], KNOWN)
