"""Instants as logs really hold them: zones, texts, gaps, labels that come too early, a mistyped year."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.evaluation.backtest.errors import BacktestError
from tests.backtest_support import ROWS, brief, day, log_frame, noted, read, walk

pytestmark = pytest.mark.no_cover  # the walk's tests reach the same lines


def test_labels_before_predictions(tmp_path: Path) -> None:
    frame = brief()
    frame.loc[day(frame, 14), "label_at"] = frame["at"] - pd.Timedelta(hours=1)
    assert noted(read(frame, tmp_path), f"{ROWS} rows", "before the prediction")


def test_labels_without_a_time_of_arrival(tmp_path: Path) -> None:
    frame = brief()
    frame.loc[day(frame, 14), "label_at"] = pd.NaT
    report = read(frame, tmp_path)
    assert noted(report, f"{ROWS} rows", "without the time of its arrival")
    assert report.windows[0].realized is not None


def test_instants_without_a_zone(tmp_path: Path) -> None:
    frame = brief()
    for name in ("at", "label_at"):
        frame[name] = frame[name].dt.tz_localize(None)
    report = read(frame, tmp_path)
    assert noted(report, "--timestamp at", "taken as UTC")
    assert report.windows[0].rows == ROWS


def test_instants_of_another_zone(tmp_path: Path) -> None:
    frame = brief()
    frame["at"] = frame["at"].dt.tz_convert("Australia/Lord_Howe")
    report = read(frame, tmp_path, "log.csv")
    assert [w.rows for w in report.windows] == [ROWS] * 3
    assert report.windows[0].start.isoformat() == "2024-01-15T00:00:00+00:00"


def test_the_reference_in_another_zone(tmp_path: Path) -> None:
    report = read(brief(), tmp_path, reference_until="2024-01-15T01:00:00+01:00")
    assert report.windows[0].start.isoformat() == "2024-01-15T00:00:00+00:00"


def test_over_a_change_of_daylight_saving(tmp_path: Path) -> None:
    """Windows are of one length on the line of time, whatever a wall clock does."""
    frame = brief(days=92)
    frame = frame[frame["at"] >= pd.Timestamp("2024-03-14", tz="UTC")].reset_index(drop=True)
    frame["at"] = frame["at"].dt.tz_convert("Europe/Berlin")  # where clocks went forward on 31 March
    report = walk(frame, tmp_path, reference_until="2024-03-28")
    assert [w.start.isoformat() for w in report.windows] == [
        f"{each}T00:00:00+00:00" for each in ("2024-03-28", "2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01")
    ]
    assert {(w.end - w.start) for w in report.windows} == {timedelta(days=1)}
    assert {w.rows for w in report.windows} == {ROWS}


def test_texts_in_iso_8601(tmp_path: Path) -> None:
    frame = brief()
    frame["at"] = frame["at"].dt.strftime("%Y%m%dT%H%M%SZ")
    frame["label_at"] = frame["label_at"].dt.strftime("%Y-%m-%dT%H:%M:%S+0000")
    report = read(frame, tmp_path)
    assert [w.rows for w in report.windows] == [ROWS] * 3


@pytest.mark.parametrize("a_second", [1, 1_000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("name", ["log.parquet", "log.csv"])
def test_numbers_since_1970(tmp_path: Path, a_second: int, name: str) -> None:
    frame = brief()
    since = frame["at"].dt.tz_localize(None).astype("datetime64[s]").astype("int64") * a_second
    report = read(frame.assign(at=since), tmp_path, name)
    assert [w.rows for w in report.windows] == [ROWS] * 3
    assert report.windows[0].start.isoformat() == "2024-01-15T00:00:00+00:00"


def test_seconds_with_fractions(tmp_path: Path) -> None:
    frame = brief()
    frame["at"] = (frame["at"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds() + 0.25
    assert [w.rows for w in read(frame, tmp_path).windows] == [ROWS] * 3


@pytest.mark.parametrize("number", [0, 20_240_101, 20_240_101_120_000])
def test_numbers_that_may_count_anything_are_refused(tmp_path: Path, number: int) -> None:
    with pytest.raises(BacktestError, match=r"--timestamp at: .*number since 1970"):
        walk(log_frame().assign(at=number), tmp_path)


def test_other_texts_as_instants_are_refused(tmp_path: Path) -> None:
    frame = log_frame().assign(at=lambda f: f["at"].dt.strftime("%d/%m/%Y %H:%M"))
    with pytest.raises(BacktestError, match=r"--timestamp at: none of its 3,920 values \(such as “.*”\)"):
        walk(frame, tmp_path, "log.csv")


def test_missing_and_broken_instants_are_counted(tmp_path: Path) -> None:
    frame = brief().assign(at=lambda f: f["at"].astype(str))
    frame.loc[frame.index[:5], "at"] = None
    frame.loc[frame.index[5:12], "at"] = "yesterday"
    report = read(frame, tmp_path, "log.csv")
    assert noted(report, "5 rows", "without a timestamp", "skipped")
    assert noted(report, "7 rows", "yesterday", "skipped")


def test_an_instant_far_away(tmp_path: Path) -> None:
    """A mistyped century is no instant; a far year makes too many windows to mean it."""
    frame = brief()
    frame["at"] = frame["at"].astype("datetime64[us, UTC]")
    frame.loc[frame.index[-1], "at"] = pd.Timestamp("2999-01-01", tz="UTC")
    assert noted(read(frame, tmp_path), "1 row", "2999")
    frame.loc[frame.index[-1], "at"] = pd.Timestamp("2101-01-01", tz="UTC")
    with pytest.raises(BacktestError, match=r"--window: .* windows, more than"):
        read(frame, tmp_path)
