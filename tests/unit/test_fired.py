"""Which columns and rows are shown of what data checks found."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.evaluation.charts.fired import fired_chart
from core.evaluation.finding import Finding, Kind
from core.evaluation.live.fired import SHOWN_COLUMNS, SHOWN_WINDOWS, fired
from core.evaluation.rows import Rows, Task
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def window(day: int, **columns: ColumnSummary) -> WindowSummary:
    start = START + day * DAY
    return WindowSummary(start, start + DAY, 100, 100, columns=columns)


def numbers(middle: float) -> ColumnSummary:
    return ColumnSummary(ValueKind.NUMBER, "float64", 100, 0, 50, quantiles=(middle,) * len(QUANTILES), mode=2)


def half_missing() -> ColumnSummary:
    return ColumnSummary(ValueKind.TEXT, "string", 100, 50, 3, mode=30, unseen=0, top=(("EWR", 30), ("JFK", 20)))


def texts(unseen: int = 0) -> ColumnSummary:
    return ColumnSummary(
        ValueKind.TEXT, "string", 100, 0, 3, mode=60, unseen=unseen, top=(("EWR", 60), ("JFK", 40))
    )


def rows(**features: list[Any]) -> Rows:
    frame = pd.DataFrame(features, index=[f"r{i}" for i in range(len(next(iter(features.values()))))])
    at = pd.Series([START + timedelta(minutes=i) for i in range(len(frame))], index=frame.index)
    unknown = pd.Series(float("nan"), index=frame.index)
    return Rows(Task.BINARY, at, unknown, unknown, pd.Series(pd.NaT, index=frame.index), frame)


def about(*columns: str) -> Finding:
    return Finding("any", columns, Kind.DRIFT, 2.0, "It is off.")


def test_nothing_found_shows_nothing() -> None:
    assert fired([], [], window(0, n=numbers(1)), rows(n=[1.0])) == {}


def test_numbers_are_medians_of_the_last_windows_and_rows_come_from_all_of_the_window() -> None:
    past = [window(day, n=numbers(5)) for day in range(60)]
    shown = fired([about("n")], past, window(60, n=numbers(50)), rows(n=[50.0 + i for i in range(9)]))
    (series,) = shown["series"]
    assert (series["column"], series["what"], len(series["points"])) == ("n", "median", SHOWN_WINDOWS)
    assert [point["value"] for point in series["points"][-2:]] == [5, 50]
    assert [(row["id"], row["values"]) for row in shown["rows"]] == [
        ("r0", {"n": 50.0}),
        ("r4", {"n": 54.0}),
        ("r8", {"n": 58.0}),
    ]


def test_texts_never_seen_before_are_what_is_drawn_and_shown() -> None:
    now = window(1, origin=texts(unseen=20))
    shown = fired([about("origin")], [window(0, origin=texts())], now, rows(origin=["EWR", "ewr ", None, "JFK"]))
    (series,) = shown["series"]
    assert (series["what"], [point["value"] for point in series["points"]]) == ("never seen before", [0.0, 0.2])
    assert shown["rows"] == [{"id": "r1", "values": {"origin": "ewr "}}]


@pytest.mark.parametrize("check", ["missing", "missing lately"])
def test_of_missing_values_their_share_is_drawn(check: str, tmp_path: Path) -> None:
    past = [window(day, origin=texts()) for day in range(3)]
    found = [Finding(check, ("origin",), Kind.SOFT, 2.0, "origin is missing in 50% of rows, usually 0%.")]
    shown = fired(found, past, window(3, origin=half_missing()), rows(origin=["EWR", None]))
    (series,) = shown["series"]
    assert (series["what"], [point["value"] for point in series["points"]]) == ("missing", [0.0, 0.0, 0.0, 0.5])
    assert fired_chart(shown, "Flights", "today", "UTC", tmp_path / "a.png").stat().st_size
    both = fired([*found, about("origin")], past, window(3, origin=half_missing()), rows(origin=["EWR", None]))
    assert both["series"][0]["what"] == "the commonest value"


def test_the_whole_window_is_its_rows_and_a_column_that_is_gone_is_left_out() -> None:
    past, now = [window(0, gone=numbers(1))], window(1, n=numbers(1))
    shown = fired([about(), about("gone")], past, now, rows(n=[1.0]))
    assert [(each["column"], each["what"]) for each in shown["series"]] == [(None, "rows")]
    assert shown["rows"] == []


def test_a_column_that_the_log_has_and_the_summary_has_not_is_left_out() -> None:
    shown = fired([about("new", "n")], [], window(0, n=numbers(1)), rows(new=[1.0], n=[1.0]))
    assert [each["column"] for each in shown["series"]] == ["n"]
    assert shown["rows"] == [{"id": "r0", "values": {"n": 1.0}}]


@pytest.mark.parametrize("value", [None, 0.0, -1e308, 1e308])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_whatever_was_found_can_be_drawn(value: float | None, count: int, tmp_path: Path) -> None:
    starts = [(START + day * DAY).isoformat() for day in range(count)]
    points = [{"start": start, "value": 1e308, "low": None, "high": None, "missing": None} for start in starts]
    points[-1] |= {"value": value, "low": value, "high": value, "missing": 1.0}
    series = [
        {"column": name, "what": what, "points": points} for name, what in ((None, "rows"), ("$a_b", "median"))
    ]
    path = fired_chart({"series": series, "rows": []}, "Flights", "today", "UTC", tmp_path / "a.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_slice_has_a_line_of_its_own(tmp_path: Path) -> None:
    points = [{"start": START.isoformat(), "value": 1.0, "low": None, "high": None, "missing": None}]
    whole = {"column": "n", "what": "median", "points": points}
    sizes = []
    for series in (whole, whole | {"slice": "carrier is UA"}):
        path = fired_chart({"series": [series], "rows": []}, "Flights", "today", "UTC", tmp_path / "a.png")
        sizes.append(int.from_bytes(path.read_bytes()[20:24]))
    assert sizes[1] > sizes[0]


def test_of_many_columns_the_first_are_shown() -> None:
    names = [f"c{i}" for i in range(8)]
    now = window(0, **{name: numbers(1) for name in names})
    shown = fired([about(*names)], [], now, rows(**{name: [1.0] for name in names}))
    assert [each["column"] for each in shown["series"]] == names[:SHOWN_COLUMNS]
