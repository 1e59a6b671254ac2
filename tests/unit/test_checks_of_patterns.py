"""How texts are written: names that come once each say nothing by which they are, only by their pattern."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Kind
from core.evaluation.summaries.patterns import bins, bins_of, known_patterns, patterns_of
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import CITIES, day, text, window

DAYS, ROWS = 60, 200


def tickets(index: int) -> list[str]:
    """A padded number, a date, and one in three of another office."""
    rng = np.random.default_rng(index)
    offices = np.where(rng.random(ROWS) < 1 / 3, "Rome", "Oslo Nord")
    numbers, dates = rng.integers(0, 9999, ROWS), rng.integers(1, 29, ROWS)
    three = zip(offices, numbers, dates, strict=True)
    return [f"{office} {number:06d} 2024-05-{date:02d}" for office, number, date in three]


KNOWN = known_patterns(
    np.array([each for i in range(12) for each in tickets(i)], dtype=object), np.repeat(np.arange(12), ROWS), []
)


def beside(index: int, texts: list[str]) -> WindowSummary:
    """A day with a column of such texts beside its others."""
    column = replace(text(np.array(texts)), histogram=(0,) * len(CITIES) + (len(texts),), unseen=len(texts))
    made = window(index, day(index))
    counted = np.bincount(bins_of(texts, KNOWN, []), minlength=bins(KNOWN))
    return replace(made, columns=made.columns | {"ticket": column}, patterns={"ticket": tuple(counted.tolist())})


@pytest.fixture(scope="module")
def checks() -> DataChecks:
    return DataChecks.learn([beside(i, tickets(i)) for i in range(DAYS)])


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("2013-05-01", "9999-99-99"),
        ("N12345", "A99999"),
        ("N123AB", "#"),
        ("Maria Rossi", "Aa Aa"),
        ("one of many words", "_"),
        (" Zürich\t", " Aa~"),
        ("ZÃ¼rich", "A~a"),
        ("a@b.com", "a@a.a"),
        ("", ""),
        ("x" * 39 + "1" * 9, "a9"),
    ],
)
def test_a_pattern_keeps_marks_and_digits(written: str, pattern: str) -> None:
    assert patterns_of(pa.array([written], pa.string())) == [pattern]


def test_only_what_returns_is_known() -> None:
    values = np.array(["a1", "b2", None, "c-3", "d-4", "E"], dtype=object)
    assert known_patterns(values, np.array([0, 1, 1, 0, 0, 1]), []) == ("a9",)
    assert known_patterns(values[:3], np.array([0, 1, 1]), ["a1", "b2"]) == ()  # each text is known by itself
    assert bins_of(["x9", "-", "E"], ["a9"], ["E"]).tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each[:-3],
        lambda each: each.replace("-", "/"),
        lambda each: each.replace(" 00", " "),
        lambda each: each.replace("2024-05-", "24-5-"),
        lambda each: each.replace("Oslo", "Ã\u0098slo"),
    ],
)
def test_texts_of_another_format_are_told(checks: DataChecks, change: Callable[[str], str]) -> None:
    changed = [change(each) if i % 2 else each for i, each in enumerate(tickets(DAYS))]
    (finding,) = checks.judge(beside(DAYS, changed))
    assert (finding.check, finding.columns, finding.kind) == ("pattern", ("ticket",), Kind.HARD)
    assert "of ticket are written as no value of the reference is, usually 0%." in finding.reason


def test_another_mix_of_the_known_formats_is_drift(checks: DataChecks) -> None:
    (finding,) = checks.judge(beside(DAYS, [f"Oslo Nord {each[-17:]}" for each in tickets(DAYS)]))
    assert (finding.check, finding.columns, finding.kind) == ("patterns", ("ticket",), Kind.DRIFT)
    assert finding.reason.startswith("ticket is written in another mix of formats than usual: 3")


def test_one_odd_text_is_chance(checks: DataChecks) -> None:
    assert checks.judge(beside(DAYS, [*tickets(DAYS)[:-1], "?"])) == []
    assert [f for i in range(20) for f in checks.judge(beside(DAYS, tickets(DAYS + i)))] == []
