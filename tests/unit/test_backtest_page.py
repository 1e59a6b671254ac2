"""The page about a backtest: complete in itself, safe with any text, and true to the report."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from core.config.metric import Metric
from core.evaluation.backtest.html.page import page
from core.evaluation.backtest.html.plot import MOST_POINTS, band, coarse, line, scale_of, ticks, times
from core.evaluation.backtest.objective import Objective
from core.evaluation.backtest.outcome import Estimated, Realized, Severity, Told, WalkedWindow
from core.evaluation.backtest.report import BacktestReport
from core.evaluation.backtest.score import summarise
from core.evaluation.backtest.telling import scored, unestimated
from core.evaluation.finding import Finding, Kind
from core.evaluation.rows import Task
from core.evaluation.summaries.summary import QUANTILES, ColumnSummary, ValueKind, WindowSummary

BEGIN, DAY = datetime(2024, 2, 5, tzinfo=UTC), timedelta(days=1)
GOAL = Objective(Metric.ACCURACY, 0.7, True, "It was given.")
HOSTILE = "<script>alert('x')</script>"
PAGE = Told("performance", (), Severity.PAGE, 1.4, "Accuracy is estimated at 66%.", "performance", "below")
NOTE = Told("hard", (HOSTILE,), Severity.NOTIFY, 2.0, f"{HOSTILE} & more \x00", "constant", "frozen")


def window(i: int, value: float | None, *findings: Told, rows: int = 80) -> WalkedWindow:
    start = BEGIN + i * DAY
    seen = Estimated("accuracy", 0.75, 0.65, 0.85, 0.4) if i % 2 else None
    realized = None if value is None else Realized(value, 70)
    return WalkedWindow(start, start + DAY, start + DAY, rows, findings, seen, realized)


def report(*windows: WalkedWindow) -> BacktestReport:
    return BacktestReport(
        log=f"/data/{HOSTILE}.parquet",
        task=Task.BINARY,
        metric="accuracy",
        objective=GOAL,
        reference_until=BEGIN,
        window=DAY,
        evaluate_after=timedelta(),
        features=("a",),
        windows=windows,
        summary=summarise(windows, GOAL, DAY),
        notes=(f"{HOSTILE} was skipped.",),
    )


STORY = report(
    window(0, 0.9),
    window(1, 0.6, PAGE),
    window(2, 0.9, PAGE),
    window(3, 0.9),
    window(4, 0.5),
    window(5, None, NOTE, rows=0),
)


class Balance(HTMLParser):
    """Follows elements, so that one left open or closed twice is noticed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name for name, _ in attrs)
        self.seen.append(tag)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name for name, _ in attrs)
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_element_is_closed_and_no_text_becomes_one() -> None:
    found = Balance()
    found.feed(page(STORY))
    assert found.open == []
    assert "script" not in found.seen
    assert "\x00" not in page(STORY)


def test_nothing_is_fetched_from_anywhere() -> None:
    assert re.findall(r"(?:src|href|url)\s*[=(]", page(STORY)) == []
    assert "default-src 'none'" in page(STORY).replace("&#x27;", "'")


def test_right_wrong_and_silent_are_told_apart() -> None:
    text = page(STORY)
    assert text.count('class="badge right"') == 1
    assert "this page woke somebody for nothing" in text
    assert "Nobody would have heard of this window." in text


def test_a_walk_without_windows_still_has_its_page() -> None:
    assert "Nothing would have been sent." in page(report())


def test_a_short_walk_has_room_for_the_name_of_its_month_and_no_hours_beside_its_days() -> None:
    drawn = page(report(window(0, 0.9), window(1, 0.8)))
    width = re.search(r'<svg width="(\d+)"', drawn)
    assert width is not None
    assert int(width[1]) >= 34 + 60  # one column of cells would be 19 wide
    assert "5 Feb<" in drawn
    assert "00:00<" not in drawn


def test_ticks_are_round_and_inside() -> None:
    assert ticks(scale_of([0.42, 0.97], 10, 0.0, 1.0), 4) == [0.4, 0.6, 0.8, 1.0]
    assert ticks(scale_of([5.0, 5.0], 10))
    assert ticks(scale_of([float("nan")], 10))


def test_windows_without_an_estimate_are_counted_and_explained() -> None:
    gaps = [replace(window(2 * i, 0.9), unestimated="concept-drift") for i in range(2)]
    gaps.append(replace(window(4, 0.9), unestimated="labels-stopped"))
    empty = replace(window(6, None, rows=0), unestimated="no-predictions")
    told = report(*gaps, window(1, 0.9), empty)
    assert told.summary.unestimated == 3
    said = unestimated(told)
    assert said.startswith("3 windows have no estimate: 2 because labels of the days before")
    assert said.endswith("1 because labels had stopped coming.")
    assert said in page(told)
    assert said in list(scored(told))
    assert "1 window has no estimate, because" in unestimated(report(gaps[2]))
    assert unestimated(report(empty, window(1, 0.9))) == ""


def test_what_is_said_of_rows_asks_for_what_rows_need() -> None:
    empty = Finding("rows", (), Kind.HARD, 99.0, "There are no rows in this window.", "none")
    more = Finding("rows", (), Kind.SOFT, 2.0, "There are 64 rows, usually 4.", "more")
    assert "until rows come" in empty.response
    assert "came twice" in more.response
    assert "still answers" in Finding("missing", ("a",), Kind.SOFT, 2.0, "a is missing.", "missing").response
    told = Told("hard", (), Severity.NOTIFY, 99.0, empty.reason, "rows", "none", 1.0, response=empty.response)
    html = page(report(window(0, 0.9), window(1, None, told, rows=0)))
    assert "how many rows came" in html
    assert "values that cannot be right" not in html


def test_long_stretches_name_each_year_once() -> None:
    starts = [datetime(1986, 1, 1, tzinfo=UTC) + 28 * i * DAY for i in range(222)]
    named = [name for _, name in times(starts)]
    assert all(re.search(r" (19|20)\d\d$", name) for name in named)
    year = [name for _, name in times(starts[:13])]
    assert [name for name in year if "1986" in name] == year[:1]


def test_the_calendar_of_years_names_them() -> None:
    windows = [
        replace(window(0, 0.9), start=BEGIN + 28 * i * DAY, end=BEGIN + 28 * (i + 1) * DAY) for i in range(60)
    ]
    html = page(report(*windows))
    assert all(str(year) in html for year in (2025, 2026, 2027, 2028))


def test_of_very_many_windows_some_in_a_row_are_one_point_and_a_gap_stays_one() -> None:
    points = [None if 3000 <= i < 3100 else (float(i), 2.0 * i) for i in range(10 * MOST_POINTS)]
    drawn = coarse(points)
    assert len(drawn) == MOST_POINTS
    assert drawn[0] == (4.5, 9.0)
    assert [i for i, point in enumerate(drawn) if point is None] == list(range(300, 310))
    assert coarse(points[:MOST_POINTS]) == points[:MOST_POINTS]
    long, longer = ([(float(i), 1.0, 2.0) for i in range(n * MOST_POINTS)] for n in (1, 10))
    assert band(longer, "interval").count("L") == band(long, "interval").count("L")
    assert line(points, "estimate").count("M") == 2


def test_an_hourly_year_counts_every_window_also_those_that_are_not_drawn() -> None:
    hours = [window(i, 0.5 if i == 10 else 0.9) for i in range(3_200)]
    written = page(report(*hours))
    assert "Drawn are the last 3,000 of 3,200 windows" in written
    assert "Quiet <b>3,199</b>" in written
    assert "Missed, nobody called <b>1</b>" in written
    assert "Each point is the mean of 6 windows in a row" in written
    assert "Drawn are" not in page(STORY)
    assert "Each point is" not in page(STORY)


def test_a_finding_about_very_many_columns_is_headed_by_how_many_they_are() -> None:
    names = tuple(f"c{i:03d}" for i in range(21))
    written = page(
        report(window(0, 0.9, replace(NOTE, columns=names, reason="21 columns are off: c000 and more.")))
    )
    assert "<b>21 columns</b>" in written
    assert f"<b>{', '.join(names[:20])}</b>" in page(report(window(0, 0.9, replace(NOTE, columns=names[:20]))))


def test_misses_in_a_row_that_nobody_heard_of_are_told_together() -> None:
    drawn = page(report(*(window(i, each) for i, each in enumerate((0.9, 0.31, 0.42, 0.38, 0.9, 0.4)))))
    assert drawn.count('class="badge silent"') == 2
    assert "2024-02-06 to 2024-02-08" in drawn
    assert "Nobody would have heard of these 3 windows." in drawn
    assert "Accuracy came out at 31.0% to 42.0%: the objective was missed each time." in drawn
    assert "Nobody would have heard of this window." in drawn


def test_labels_that_were_all_in_leave_no_error_of_estimates() -> None:
    known = [replace(window(i, 0.9), estimate=Estimated("accuracy", 0.9, 0.9, 0.9, 1.0)) for i in range(3)]
    drawn, said = page(report(*known)), list(scored(report(*known)))
    assert "all labels were in" in drawn
    assert "e-1" not in drawn
    assert said[0] == "Every label was in when its window was evaluated, so there was nothing to estimate."


def test_a_column_of_which_only_missing_values_were_told_is_drawn_by_their_share() -> None:
    column = ColumnSummary(ValueKind.NUMBER, "float64", 100, 0, 50, quantiles=(4.0,) * len(QUANTILES))
    shown = [WindowSummary(BEGIN, BEGIN + DAY, 100, 100, columns={"age": column})]
    missing = Told("soft", ("age",), Severity.NOTIFY, 2.0, "age is missing.", "missing", "up")
    known = replace(report(window(0, 0.9, missing)), history=shown, summaries=shown)
    assert "share of rows that lack it" in page(known)
    off = replace(missing, check="level")
    both = replace(report(window(0, 0.9, missing, off)), history=shown, summaries=shown)
    assert "median and nine tenths" in page(both)


def test_without_an_objective_figures_are_written_as_ever_and_the_headline_says_so() -> None:
    told = replace(report(window(0, 0.62), window(1, 0.8123)), objective=None)
    shown = page(replace(told, summary=replace(told.summary, estimate_mae=0.10954593662839353, coverage=0.94)))
    assert "There is no objective, so nobody could be called." in shown
    assert "11.0%" in shown
    assert "0.1095" not in shown
