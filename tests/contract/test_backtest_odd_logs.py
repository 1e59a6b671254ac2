"""Logs as they really are: each is a clear finding, a clear note or a clear error, never a crash and never silence."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from core.evaluation.backtest.errors import BacktestError
from core.evaluation.backtest.outcome import Severity
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.run import backtest_alerts
from core.evaluation.backtest.source import explained
from core.evaluation.rows import Task
from core.evaluation.storage import parquet
from tests.backtest_support import ASKED, ROWS, brief, day, log_frame, noted, read, walk, write

pytestmark = pytest.mark.no_cover  # the walk's tests reach the same lines


def flagged(report: BacktestReport, number: int) -> set[str]:
    return {c for f in report.windows[number - 35].findings for c in f.columns}


@pytest.mark.parametrize(("history", "said"), [(5, "the data of the first 2 windows"), (7, "")])
def test_a_past_that_is_too_short_is_said(tmp_path: Path, history: int, said: str) -> None:
    report = read(brief(days=history + 3), tmp_path, reference_until=f"2024-01-{history + 1:02}")
    assert len(report.windows) == 3
    assert noted(report, "takes 7 windows with rows to learn", said) == bool(said)


def test_no_row_at_all(tmp_path: Path) -> None:
    with pytest.raises(BacktestError, match="no row in it"):
        walk(log_frame().head(0), tmp_path)


def test_a_log_that_ends_in_the_middle_of_a_day(tmp_path: Path) -> None:
    """Who exports a log at three in the morning has no outage; and a day that is all there is judged as ever."""
    frame = log_frame()
    last = day(frame, 48)
    broken = frame.assign(income=frame["income"].where(~last, 5_000 + frame["income"]))
    cut = broken[~last | (frame["at"] < frame.loc[last, "at"].min() + timedelta(hours=3))]

    whole, ended = walk(broken, tmp_path), walk(cut, tmp_path)

    assert {f.severity for f in whole.windows[-1].findings if "income" in f.columns} == {Severity.NOTIFY}
    assert not noted(whole, "within its last window")
    assert flagged(ended, 48), "it is found all the same"
    assert {f.severity for f in ended.windows[-1].findings if f.columns} == {Severity.RECORD}
    assert noted(ended, "The log ends at 2024-02-18T03:02", "within its last window")


def test_no_row_after_the_reference(tmp_path: Path) -> None:
    with pytest.raises(BacktestError, match=r"--reference-until .* the log ends at 2024-02-1"):
        walk(log_frame(), tmp_path, reference_until="2025-01-01")


def test_one_class(tmp_path: Path) -> None:
    frame = brief().assign(label=0, predicted=0)
    report = read(frame, tmp_path, metric="auc")
    assert report.task is Task.BINARY
    assert all(w.realized is None for w in report.windows)


def test_a_column_that_is_all_null(tmp_path: Path) -> None:
    report = read(brief().assign(empty=np.nan, blank=None), tmp_path)
    flags = {name for window in report.windows for finding in window.findings for name in finding.columns}
    assert flags.isdisjoint({"empty", "blank"})


def test_infinite_predictions_of_a_regression(tmp_path: Path) -> None:
    frame = brief().assign(label=lambda f: f["income"] * 2, predicted=lambda f: f["income"] * 2 + 1)
    frame["predicted"] = frame["predicted"].astype(float)
    frame.loc[frame.index[-3:], "predicted"] = np.inf
    report = read(frame, tmp_path, score=None, slo="<=3.2")
    assert report.task is Task.REGRESSION
    assert report.metric == "mae"
    assert report.windows[-1].realized is not None
    assert report.windows[-1].realized.rows == ROWS - 3
    assert noted(report, "3 rows", "infinite prediction")


def test_duplicate_ids(tmp_path: Path) -> None:
    frame = brief()
    report = read(pd.concat([frame, frame[day(frame, 15)].head(8)]), tmp_path)
    assert noted(report, "8 rows", "repeat an id")
    assert report.windows[1].rows == ROWS + 8


def test_lines_of_a_csv_that_cannot_be_read(tmp_path: Path) -> None:
    path = write(brief(), tmp_path / "log.csv")
    with path.open("a") as file:
        file.write("2024-01-16,broken\n")
    report = backtest_alerts(path, **ASKED | {"reference_until": "2024-01-15"})
    assert noted(report, "1 line", "skipped")


@pytest.mark.parametrize("name", ["predicted", "label", "score"])
def test_nested_outcomes_are_refused(tmp_path: Path, name: str) -> None:
    frame = brief()
    frame[name] = [[value] for value in frame[name]]
    with pytest.raises(BacktestError, match=rf"--\w+ {name}: it holds lists, structures or bytes"):
        read(frame, tmp_path)


def test_nothing_is_cut_by_a_nested_column(tmp_path: Path) -> None:
    frame = brief().assign(tags=lambda f: [["a"]] * len(f))
    with pytest.raises(BacktestError, match="--slice-by tags: it holds lists"):
        read(frame, tmp_path, slice_by="city,tags", features="age")


@pytest.mark.parametrize(("no", "yes", "task"), [("Ham", "Spam", Task.MULTICLASS), ("spam", "spam", Task.BINARY)])
def test_predictions_that_no_label_is_ever_like(tmp_path: Path, no: str, yes: str, task: Task) -> None:
    frame = brief().assign(label="ham")
    frame["predicted"] = frame["predicted"].map({0: no, 1: yes})
    report = read(frame, tmp_path, score=None)
    assert report.task is task
    assert noted(report, "No prediction can be right", f"“{yes}”, and no label is", "such as “ham”")


def test_nothing_is_said_of_predictions_that_some_label_is_like(tmp_path: Path) -> None:
    assert not noted(read(brief(), tmp_path), "No prediction can be right")


def test_scores_that_are_no_numbers(tmp_path: Path) -> None:
    frame = brief().assign(score=lambda f: f["score"].astype(str))
    frame.loc[frame.index[:7], "score"] = "{high}"
    frame.loc[frame.index[7:9], "score"] = None
    report = read(frame, tmp_path)
    assert noted(report, "7 rows", "a score that is no number (such as “{high}”)")
    assert noted(report, "2 rows", "have no score")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"timestamp": "att"}, "--timestamp att: the log has no such column; did you mean at?"),
        ({"features": "income,agee"}, "--features agee: the log has no such column"),
        ({"slice_by": "town"}, "--slice-by town: the log has no such column"),
        ({"score": "predicted"}, "--score predicted: this column already is --prediction"),
        ({"metric": "rmse"}, "--metric: rmse does not fit a binary log"),
        ({"metric": "auc", "score": None}, "--metric: auc reads probabilities"),
        ({"metric": "acc"}, "--metric: there is no “acc”"),
        ({"slo": "<=0.75"}, "--slo: accuracy is better when higher"),
        ({"slo": ">=75"}, "--slo: “>=75” cannot be: accuracy is between 0 and 1"),
        ({"slice_by": "label"}, "--slice-by label: this column is --label, which nobody knows at the time"),
        ({"slice_by": "city,label_at"}, "--slice-by label_at: this column is --label-at"),
        ({"slo": "0.75"}, "--slo: “0.75” is no objective"),
        ({"task": "ranking"}, "--task: there is no “ranking”"),
        ({"window": "0s"}, "--window: it must be a second or longer"),
        ({"label_delay": "14d"}, "--label-at and --label-delay both say"),
        ({"label": None}, "--label-at says when labels arrive"),
        ({"reference_until": "05.02.2024"}, "--reference-until: “05.02.2024” is no instant"),
        ({"evaluate_after": "-2d"}, "--evaluate-after: an evaluation cannot come before its window starts"),
        ({"label_at": "age"}, "--label-at age: beside none of the "),
    ],
)
def test_an_option_that_cannot_be(tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BacktestError) as caught:
        read(brief(), tmp_path, **asked)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["log.parquet", "log.csv", "log.txt"])
def test_files_that_are_no_logs(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x00\xff\xfebroken\n")
    with pytest.raises(BacktestError, match=r"LOG: |no such column"):
        backtest_alerts(path, **ASKED)


def test_places_that_hold_no_log(tmp_path: Path) -> None:
    for log in (tmp_path / "none.parquet", tmp_path, f"duckdb://{tmp_path}/none.db?t", "mysql://host/db/t"):
        with pytest.raises(BacktestError, match="LOG: "):
            backtest_alerts(log, **ASKED)


def test_places_with_odd_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's name may look like a pattern, and that of temporary files like the end of a text."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "o'brien"))
    folder = tmp_path / "logs [2024] {a}*"
    for each in (folder, tmp_path / "o'brien"):
        each.mkdir()
    write(brief().assign(at=lambda f: f["at"].astype(str)), folder / "a.parquet")
    report = backtest_alerts(folder, **ASKED | {"reference_until": "2024-01-15"})
    assert [w.rows for w in report.windows] == [ROWS] * 3


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_file_that_is_called_like_a_pattern_is_read_and_not_the_one_that_fits(
    tmp_path: Path, ending: str
) -> None:
    write(brief(days=15), tmp_path / f"log1.{ending}")
    frame = brief().assign(at=lambda f: f["at"].astype(str), label_at=lambda f: f["label_at"].astype(str))
    log = write(frame, tmp_path / f"log[1].{ending}")
    report = backtest_alerts(log, **ASKED | {"reference_until": "2024-01-15"})
    assert [w.rows for w in report.windows] == [ROWS] * 3
    if ending == "parquet":
        assert parquet._read(parquet.in_memory(1), [str(log)], False).count().execute() == len(frame)


def test_a_full_disk_is_told_as_such() -> None:
    error = duckdb.IOException('IO Error: Could not write file "/tmp/x": No space left on device')
    with pytest.raises(BacktestError, match=r"No space left on device .make room there"), explained("log.csv"):
        raise error


def test_scores_in_percent(tmp_path: Path) -> None:
    frame = brief()
    told = read(frame.assign(score=frame["score"] * 100), tmp_path, "percent.parquet", score="score")
    assert noted(told, "The scores of score go up to 100; they are read as percent.")
    assert not noted(told, "outside 0 to 1")
    assert [w.estimate for w in told.windows] == [w.estimate for w in read(frame, tmp_path, score="score").windows]


def test_a_few_scores_that_are_no_probabilities_count_as_missing(tmp_path: Path) -> None:
    odd = brief().assign(score=lambda f: f["score"].where(f.index % 50 != 0, 7.5))
    report = read(odd, tmp_path, score="score")
    assert noted(report, "have a score outside 0 to 1")
    assert not noted(report, "probability of the predicted class")


def test_margins_become_probabilities_in_the_same_order(tmp_path: Path) -> None:
    frame = brief()
    odds = frame.assign(score=lambda f: np.log(f["score"] / (1 - f["score"])) * 3 + 8)
    plain, told = (read(each, tmp_path, score="score", metric="auc") for each in (frame, odds))
    assert noted(told, "The scores of score are no probabilities; a logistic curve over", "keeps their order.")
    assert not noted(told, "outside 0 to 1")
    assert not noted(told, "probability of the predicted class"), "that they are all positive says nothing"
    assert [w.realized for w in told.windows] == [w.realized for w in plain.windows]
    unknown = read(odds, tmp_path, score="score", metric="auc", label_at=None, label_delay="30d")
    assert noted(unknown, "no labels of history tell how sure they are")
