"""Faults of rows and of columns, through the real summaries: lost and late rows, values of another day or row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from bench.row_faults import ROWS
from core.evaluation.checks.data_checks import DataChecks
from core.evaluation.finding import Finding
from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window

START, DAY, DAYS = datetime(2024, 3, 4, tzinfo=UTC), timedelta(days=1), 40
WINDOWS = [Window(START + DAY * i, START + DAY * (i + 1)) for i in range(DAYS + 1)]
COLUMNS = ["hour", "level", "price", "net", "shop", "count"]
Day = Callable[[int], pd.DataFrame]


def day(index: int, n: int = 300) -> pd.DataFrame:
    """A day of which a column follows the clock, one wanders along it, and one is fixed by two others."""
    rng = np.random.default_rng(index)
    hour = rng.choice(24, n, p=np.linspace(1, 3, 24) / np.linspace(1, 3, 24).sum())
    seconds = np.sort(hour * 3600 + rng.integers(0, 3600, n))
    price, count = np.round(rng.lognormal(3, 0.5, n), 2), rng.integers(1, 9, n)
    return pd.DataFrame(
        {
            "id": [f"{index}-{i}" for i in range(n)],
            "at": pd.Timestamp(WINDOWS[index].start) + pd.to_timedelta(seconds, unit="s"),
            "hour": (seconds // 3600).astype(float),
            "level": np.round(50 + 8 * np.sin(seconds / 9000 + rng.uniform(0, 6)) + rng.normal(0, 0.3, n), 2),
            "price": price,
            "net": np.round(price * count, 2),
            "shop": rng.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2]),
            "count": count.astype(float),
        }
    )


def even(index: int) -> pd.DataFrame:
    """The same with three rows in every hour, as sensors write them."""
    seconds = np.repeat(np.arange(24) * 3600, 3)
    rows = day(index, len(seconds))
    return rows.assign(at=pd.Timestamp(WINDOWS[index].start) + pd.to_timedelta(seconds, unit="s"), hour=0.0)


def table(rows: pd.DataFrame) -> Any:
    typed = rows.astype({"at": "datetime64[us, UTC]", "shop": "string"})
    return ibis.duckdb.connect(threads=1).create_table("log", typed)


class Known:
    """A past of forty days, and what is found in the next one."""

    def __init__(self, made: Day) -> None:
        past = table(pd.concat([made(i) for i in range(DAYS)]))
        self.now = made(DAYS)
        self.plan = make_plan(past, COLUMNS, at="at", windows=WINDOWS[:DAYS])
        self._checks = DataChecks.learn(summarise(past, self.plan, at="at", windows=WINDOWS[:DAYS], id="id"))

    def found(self, rows: pd.DataFrame) -> list[Finding]:
        (summary,) = summarise(table(rows), self.plan, at="at", windows=WINDOWS[DAYS:], id="id")
        return self._checks.judge(summary)


@pytest.fixture(scope="module", params=[day, even], ids=["now and then", "every hour"])
def known(request: pytest.FixtureRequest) -> Known:
    return Known(request.param)


@pytest.fixture(scope="module")
def shop() -> Known:
    return Known(day)


def test_a_day_like_the_others_is_fine(known: Known) -> None:
    assert known.found(known.now) == []


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_rows_that_are_lost_repeated_or_late_are_told(known: Known, kind: str) -> None:
    rows = ROWS[kind](known.now, WINDOWS[DAYS].start, DAY, np.random.default_rng(1))
    assert known.found(rows), kind


def test_a_feed_that_stands_still_is_told_by_when_nothing_came(shop: Known) -> None:
    rows = ROWS["frozen half-way"](shop.now, WINDOWS[DAYS].start, DAY, np.random.default_rng(1))
    told = {f.check: f for f in shop.found(rows) if not f.columns}
    (finding,) = told.values()
    assert finding.check == "silence"
    assert finding.reason.startswith("No row came in 5")
    assert "to its end" in finding.reason


def test_a_clock_that_is_an_hour_off_is_told_by_the_hour_that_rows_carry(shop: Known) -> None:
    rows = ROWS["a 24th late"](shop.now, WINDOWS[DAYS].start, DAY, np.random.default_rng(1))
    assert ("hour",) in [f.columns for f in shop.found(rows)]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("net", lambda v: np.random.default_rng(3).permutation(v)),
        ("level", lambda v: np.random.default_rng(3).permutation(v)),
        ("net", lambda _v: day(DAYS - 1)["net"].to_numpy()),
        ("price", lambda _v: day(DAYS - 4)["price"].to_numpy()),
        ("price", lambda v: np.where(np.arange(len(v)) % 2, v, day(DAYS - 3)["price"])),
    ],
    ids=["shuffled", "out of order", "yesterday's", "older", "mixed with another day"],
)
def test_values_of_another_row_or_day_are_found(shop: Known, column: str, change: Callable[[Any], Any]) -> None:
    found = shop.found(shop.now.assign(**{column: change(shop.now[column].to_numpy())}))
    assert column in {name for f in found for name in f.columns}


def held(values: pd.Series, first: int, last: int) -> pd.Series:
    here = (np.arange(len(values)) >= first) & (np.arange(len(values)) < last)
    return values.mask(here, values.iloc[first])


def test_a_value_that_is_held_for_a_while_is_found_by_what_repeats_the_value_before(shop: Known) -> None:
    (finding,) = shop.found(shop.now.assign(price=held(shop.now["price"], 100, 175)))
    assert (finding.columns, finding.direction) == (("price",), "held")
    assert finding.reason == "25% of price are the same as the value before, usually 0%."


def test_what_repeats_the_value_before_is_the_same_in_whatever_order_rows_come(known: Known) -> None:
    mixed = known.now.sample(frac=1, random_state=1)
    one, other = (summaries(known.plan, rows, WINDOWS[DAYS:])[0].traces for rows in (known.now, mixed))
    assert {name: each.ties for name, each in one.items()} == {name: each.ties for name, each in other.items()}
    assert all(each.ties is not None for each in one.values())


def test_two_columns_that_fix_a_third_are_its_partners(shop: Known) -> None:
    joint = {each.column: each.partners for each in shop.plan.joint}
    assert set(joint["net"]) == {"price", "count"}


def summaries(plan: Plan, rows: pd.DataFrame, windows: list[Window]) -> list[WindowSummary]:
    return summarise(table(rows), plan, at="at", windows=windows, id="id")


def test_nothing_jumps_where_sampling_begins(shop: Known) -> None:
    many = day(0, 20_400)
    below, above = many.iloc[:19_999], many.sample(frac=1, random_state=1)
    one, other = (summaries(shop.plan, rows, WINDOWS[:1])[0] for rows in (below, above))
    assert [p.rows for p in one.pairs] == [19_999] * len(one.pairs)
    for p, q in zip(one.pairs, other.pairs, strict=True):
        assert q.rows == pytest.approx(p.rows, rel=0.05)
        assert q.excess == pytest.approx(p.excess, abs=0.05)
        assert q.together == pytest.approx(p.together, abs=0.03)


def test_a_small_window_is_taken_whole_beside_a_large_one(shop: Known) -> None:
    rows = pd.concat([day(0, 30_000), day(1)])
    both = summaries(shop.plan, rows, WINDOWS[:2])
    alone = summaries(shop.plan, rows, WINDOWS[1:2])
    assert (both[1].pairs, both[1].joint, both[1].traces) == (alone[0].pairs, alone[0].joint, alone[0].traces)
