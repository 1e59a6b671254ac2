"""Which columns say again what they said before."""

from datetime import UTC, datetime, timedelta

from core.evaluation.checks.echo import DETAILED, repetitions
from core.evaluation.summaries.summary import ColumnSummary, TraceSummary, ValueKind, WindowSummary

START = datetime(2024, 1, 1, tzinfo=UTC)
PRINTS, OTHERS = tuple(range(40)), tuple(range(100, 140))


def window(distinct: int, prints: tuple[int, ...]) -> WindowSummary:
    column = ColumnSummary(ValueKind.NUMBER, "float64", 200, 0, distinct)
    traces = {"rate": TraceSummary(prints=prints)}
    return WindowSummary(START, START + timedelta(days=1), 200, 200, columns={"rate": column}, traces=traces)


def shares(distinct: int, prints: tuple[int, ...], before: tuple[int, ...]) -> list[float]:
    past = [window(distinct, before).traces, window(distinct, OTHERS).traces]
    return [float(signal.values[0]) for signal in repetitions(window(distinct, prints), past).values()]


def test_the_window_that_has_most_in_common_counts() -> None:
    assert shares(150, PRINTS, PRINTS) == [1.0]
    assert shares(150, PRINTS, tuple(range(200, 240))) == [0.0]


def test_one_value_a_day_is_the_same_again_by_chance() -> None:
    assert shares(DETAILED - 1, PRINTS, PRINTS) == []
    assert shares(DETAILED, PRINTS, PRINTS) == [1.0]
