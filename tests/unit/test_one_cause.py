"""Columns that are off in one window: one finding each, or one for all."""

from dataclasses import replace
from datetime import UTC, datetime

from core.evaluation.checks.group import MANY, MOST_NAMED, one_cause
from core.evaluation.finding import Finding, Kind
from core.text import listed

START = datetime(2024, 3, 1, tzinfo=UTC)
OFF = Finding(
    "level", ("c",), Kind.DRIFT, 2.0, "Most values are higher.", "up", 1.0, START, "a new kind of customer"
)


def off(columns: int) -> list[Finding]:
    return [replace(OFF, columns=(f"c{i:03d}",), score=2.0 + i / 1000) for i in range(columns)]


def test_of_a_wide_log_many_columns_at_once_have_one_cause() -> None:
    [found] = one_cause(off(MANY + 1), 1_000)
    assert found.kind is Kind.UPSTREAM
    assert len(found.columns) == MANY + 1


def test_of_a_wide_log_some_columns_stand_each_for_itself() -> None:
    assert len(one_cause(off(MANY), 1_000)) == MANY


def test_of_a_narrow_log_more_than_half_of_the_columns_are_asked_for() -> None:
    assert len(one_cause(off(8), 16)) == 8
    assert len(one_cause(off(9), 16)) == 1


def test_a_sentence_names_some_of_many_columns_and_the_finding_all() -> None:
    [found] = one_cause(off(168), 300)
    assert len(found.columns) == 168
    assert f"c019 and {168 - MOST_NAMED} more." in found.reason
    assert "c020" not in found.reason


def test_names_are_listed_as_people_do() -> None:
    assert [listed(names, 3) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d", "e"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 2 more",
    ]
