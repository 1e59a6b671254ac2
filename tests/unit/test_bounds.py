"""Bounds that people set, and types that change: each is told with what it was held against."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.bounds import ColumnBounds
from core.config.load import ConfigError, load_bounds
from core.evaluation.checks.bounds import judge_bounds
from core.evaluation.checks.schema import retyped
from core.evaluation.finding import Kind
from core.evaluation.summaries.summary import ColumnSummary, ValueKind, WindowSummary

START = datetime(2024, 3, 1, tzinfo=UTC)


def window(**columns: ColumnSummary) -> WindowSummary:
    return WindowSummary(START, START + timedelta(days=1), 100, 100, columns=columns)


def number(low: float, high: float, nulls: int = 0, type: str = "float64") -> ColumnSummary:
    return ColumnSummary(ValueKind.NUMBER, type, 100, nulls, 50, low=low, high=high, mean=low)


def text(*top: tuple[str, int]) -> ColumnSummary:
    return ColumnSummary(ValueKind.TEXT, "string", 100, 100 - sum(n for _, n in top), len(top), top=top)


def said(summary: WindowSummary, **bounds: ColumnBounds) -> list[str]:
    return [found.reason for found in judge_bounds(summary, bounds)]


def test_each_bound_stands_in_its_sentence() -> None:
    delay = ColumnBounds(min=-120, max=3000, nulls=0.1)
    assert said(window(delay=number(-200, 3600.5, 30)), delay=delay) == [
        "delay is missing in 30% of rows; the bound is 10%.",
        "delay goes down to -200; the bound is at least -120.",
        "delay goes up to 3600.5; the bound is at most 3,000.",
    ]
    found = judge_bounds(window(delay=number(-200, 3600.5, 30)), {"delay": delay})
    assert [each.kind for each in found] == [Kind.SOFT, Kind.HARD, Kind.HARD]
    assert len({each.direction for each in found}) == 3


def test_a_bound_that_is_just_kept_is_kept() -> None:
    assert said(window(delay=number(-120, 3000, 10)), delay=ColumnBounds(min=-120, max=3000, nulls=0.1)) == []


def test_texts_that_may_not_occur_are_named() -> None:
    allowed = ColumnBounds(values=("EWR", "JFK"))
    assert said(window(origin=text(("EWR", 60), ("JFK", 30))), origin=allowed) == []
    assert said(window(origin=text(("EWR", 60), ("lga", 30))), origin=allowed) == [
        "33% of origin are none of the 2 values allowed, such as “lga”."
    ]


def test_a_column_that_is_gone_is_missing_in_every_row() -> None:
    assert said(window(), delay=ColumnBounds(nulls=0.5)) == ["delay is missing in 100% of rows; the bound is 50%."]
    assert said(window(), delay=ColumnBounds(min=0)) == []
    assert judge_bounds(WindowSummary(START, START, 0, 0), {"delay": ColumnBounds(nulls=0)}) == []


def test_bounds_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "bounds.yaml"
    file.write_text("delay: {min: -120, max: 3000, nulls: 0.1}\nflag: {values: [yes, 1, b]}\n")
    assert load_bounds(file) == {
        "delay": ColumnBounds(min=-120, max=3000, nulls=0.1),
        "flag": ColumnBounds(values=("yes", "1", "b")),
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("delay: {min: 5, max: 1}", "min is above max"),
        ("delay: {}", "no bound is given"),
        ("delay: {nulls: 7}", "less than or equal to 1"),
        ("delay: {maximum: 7}", "unknown key “maximum”"),
        ("delay: {min: .nan}", "finite"),
    ],
)
def test_bounds_that_cannot_be_name_their_line(tmp_path: Path, written: str, said: str) -> None:
    file = tmp_path / "bounds.yaml"
    file.write_text(f"# by hand\n{written}\n")
    with pytest.raises(ConfigError, match=said) as caught:
        load_bounds(file)
    assert caught.value.problems[0].line == 2


def test_a_type_that_changes_is_told_once() -> None:
    before, after = window(a=number(0, 1)), window(a=number(0, 1, type="string"))
    assert [each.reason for each in retyped(after, [before])] == [
        "a changed its type from float64 (number) to string (text)."
    ]
    assert retyped(after, [before, after]) == []


def test_whole_numbers_that_turn_into_fractions_are_no_change() -> None:
    assert retyped(window(a=number(0, 1, type="int64")), [window(a=number(0, 1, type="!float64"))]) == []
    assert retyped(window(a=number(0, 1)), []) == []
