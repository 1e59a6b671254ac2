"""What goes on changing: a reference that grows old, a change that comes every week, and levels that go anywhere."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.checks.heard import BEGUN, Heard
from core.evaluation.checks.signals import signals
from core.evaluation.checks.strangers import more
from core.evaluation.finding import Finding
from core.evaluation.summaries.summary import WindowSummary
from tests.unit.made_windows import ROWS, Values, day, window

DAYS = 60
LATER = ("BOS", "DCA")
"""Texts that the reference does not have, and every day since does."""


def grown(index: int, later: tuple[str, str] = LATER) -> Values:
    """A day on which some share of the rows, another one each day, has texts that came after the reference."""
    rng = np.random.default_rng(index)
    share = rng.uniform(0.2, 0.9)
    known = day(index)["origin"]
    return day(index) | {"origin": np.where(rng.random(ROWS) < share, rng.choice(later, ROWS), known)}


def test_texts_that_no_window_had_are_told_beside_those_that_only_the_reference_has_not() -> None:
    checks = DataChecks.learn([window(i, grown(i)) for i in range(DAYS)])
    assert checks.judge(window(DAYS, grown(DAYS))) == []
    [finding] = checks.judge(window(DAYS, grown(DAYS, ("BOX", "DCX"))))
    assert (finding.check, finding.columns, finding.direction) == ("unheard", ("origin",), "renamed")
    assert "are values that no window before had, usually 0%" in finding.reason


def test_texts_that_are_new_every_day_are_no_news() -> None:
    def made(index: int) -> WindowSummary:
        return window(index, day(index) | {"origin": np.full(ROWS, f"V{index:04}")})

    checks = DataChecks.learn([made(i) for i in range(DAYS)])
    assert checks.judge(made(DAYS)) == []


def test_what_is_wrong_is_not_heard_and_half_a_list_of_texts_tells_nothing() -> None:
    heard, key = Heard(), ("unheard", ("origin",))
    for i in range(BEGUN):
        assert heard.strangers(window(i, day(i))) == {}
        heard.add(window(i, day(i)))
    renamed = window(BEGUN, grown(BEGUN))
    first = heard.strangers(renamed)[key].values[0]
    assert first == pytest.approx(renamed.columns["origin"].unseen / ROWS)
    heard.add(renamed, but=["origin"])
    assert heard.strangers(renamed)[key].values[0] == first
    heard.add(renamed)
    assert heard.strangers(renamed)[key].values[0] == 0
    cut = replace(renamed.columns["origin"], top=renamed.columns["origin"].top[:2])
    assert heard.strangers(replace(renamed, columns={"origin": cut})) == {}


def every_saturday(checks: DataChecks, weeks: int) -> list[list[Finding]]:
    """What is found on each Saturday, on which the sensor holds one value."""
    found = []
    for i in range(DAYS, DAYS + 7 * weeks):
        values, saturday = day(i), i % 7 == 5
        now = window(i, values | {"temp": np.full(ROWS, 47.0)} if saturday else values)
        told = checks.judge(now)
        found += [told] if saturday else []
        checks.remember(now, told)
    return found


def test_what_came_three_times_at_the_same_time_of_the_week_is_usual_then() -> None:
    found = every_saturday(DataChecks.learn([window(i, day(i)) for i in range(DAYS)]), 6)
    assert [len(each) for each in found] == [1, 1, 1, 0, 0, 0]
    assert all(finding.columns == ("temp",) for each in found for finding in each)


def anywhere(index: int, rows: int = 30) -> Values:
    """Whole numbers whose level goes up and down by hundreds of times."""
    rng = np.random.default_rng(index)
    values = day(index) | {"temp": np.floor(np.exp(rng.normal(rng.uniform(2.5, 8), 0.7, ROWS)))}
    return {name: each[:rows] for name, each in values.items()}


def test_ten_times_whole_numbers_of_any_size_are_told_by_their_ends() -> None:
    checks = DataChecks.learn([window(i, anywhere(i)) for i in range(DAYS)])
    assert [f for i in range(DAYS, DAYS + 20) for f in checks.judge(window(i, anywhere(i)))] == []
    values = anywhere(DAYS + 8)
    [finding] = checks.judge(window(DAYS + 8, values | {"temp": values["temp"] * 10}))
    assert (finding.check, finding.columns) == ("tens", ("temp",))
    assert "100% of temp are whole tens, usually" in finding.reason


def test_zeros_and_one_other_value_are_no_whole_tens() -> None:
    some_zero = day(1) | {"temp": np.where(np.arange(ROWS) < 300, 0.0, 7.0)}
    assert signals(window(0, some_zero))["tens", ("temp",)].values[0] == 0
    october = signals(window(0, day(1) | {"temp": np.full(ROWS, 10.0)}))["tens", ("temp",)]
    assert (october.values[0], october.rows) == (1, 1)
    assert ("tens", ("temp",)) not in signals(window(0, day(1) | {"temp": np.zeros(ROWS)}))


def test_a_level_that_rests_at_ten_is_no_unit() -> None:
    """A column of tenths, in which a quarter of the rows is 10.0 one day."""
    resting = day(1) | {"temp": np.where(np.arange(ROWS) % 4 == 0, 10.0, np.round(day(1)["temp"], 1))}
    assert ("tens", ("temp",)) not in signals(window(0, resting))


def test_fewer_whole_tens_are_no_news() -> None:
    assert more(np.array([0.1]), np.array([[0.5], [0.0]])).tolist() == [0.0, 0.1]
