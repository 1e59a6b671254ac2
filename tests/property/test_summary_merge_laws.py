"""Laws of merging: however rows are cut, their summaries together say what one summary of all of them says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from core.evaluation.summaries.ibis_plan import make_plan
from core.evaluation.summaries.ibis_summaries import summarise
from core.evaluation.summaries.merge import MergeError, merge
from core.evaluation.summaries.packed import pack, unpack
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.sketch import Different, Pieces, WindowSketch, join, smallest, unite
from core.evaluation.summaries.summary import ColumnSummary, WindowSummary
from core.evaluation.windows import Window
from tests.summaries_support import assert_quantiles

START = datetime(2024, 3, 1, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))
COLUMNS = ["amount", "level", "city", "code", "ticket"]
COUNTED = ("kind", "rows", "nulls", "failures", "infinite", "histogram", "unseen", "between", "low", "high")
ODD = [None, float("nan"), float("inf"), -float("inf"), 1e300, 1e100, -1e19, 0.0, 1e-200]
CONNECTION = ibis.duckdb.connect(threads=1)
CONNECTION.raw_sql("SET TimeZone = 'UTC'")


def made(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "at": pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 86_400_000, n), unit="ms"),
            "id": [f"r{i}" for i in range(n)],
            "amount": rng.normal(100, 20, n),
            "level": rng.integers(0, 5, n).astype(float),
            "city": rng.choice(["Oslo", "Rome", "Lima", "Zürich", ""], n),
            "code": rng.integers(0, 2000, n).astype(str) if n else np.array([], dtype=str),
            "ticket": [f"{mark}-{i}" for i, mark in enumerate(rng.choice(["ab", "AB", "12", "a_b"], n))],
        }
    )


def table(frame: pd.DataFrame) -> Any:
    typed = frame.astype(
        {"amount": "float64", "level": "float64", "city": "string", "code": "string", "ticket": "string"}
    )
    return CONNECTION.create_table("log", typed, overwrite=True)


@pytest.fixture(scope="module")
def plan() -> Plan:
    reference = made(3000, 0)
    noon = START + timedelta(hours=12)
    return make_plan(table(reference), COLUMNS, at="at", windows=[Window(START, noon), Window(noon, DAY.end)])


def summary(frame: pd.DataFrame, plan: Plan, window: Window = DAY) -> WindowSummary:
    return summarise(table(frame), plan, at="at", windows=[window], id="id", sketch=True)[0]


def side_by_side(frames: list[pd.DataFrame], plan: Plan) -> list[WindowSummary]:
    """The summary of each, in one query: each is put on a day of its own, and comes back as of the same day."""
    days = [Window(DAY.start + timedelta(days=i), DAY.end + timedelta(days=i)) for i in range(len(frames))]
    moved = [each.assign(at=each["at"] + pd.Timedelta(days=i)) for i, each in enumerate(frames)]
    rows = table(pd.concat(moved, ignore_index=True))
    found = summarise(rows, plan, at="at", windows=days, id="id", sketch=True)
    return [replace(each, start=DAY.start, end=DAY.end) for each in found]


def both(one: WindowSummary, other: WindowSummary) -> WindowSummary:
    return merge([one, other])


def finite(frame: pd.DataFrame, name: str) -> Any:
    values = pd.to_numeric(frame[name], errors="coerce").astype(float).to_numpy()
    return np.sort(values[np.abs(values) < 1e150])


def assert_same(whole: WindowSummary, merged: WindowSummary, frame: pd.DataFrame) -> None:
    assert (merged.rows, merged.ids, merged.profile) == (whole.rows, whole.ids, whole.profile)
    assert merged.columns.keys() == whole.columns.keys()
    for name, column in whole.columns.items():
        assert_same_column(column, merged.columns[name])
        if column.quantiles:
            assert_quantiles(merged.columns[name].quantiles, finite(frame, name), rows=2)


def assert_same_column(one: ColumnSummary, other: ColumnSummary) -> None:
    for name in COUNTED:
        assert getattr(one, name) == getattr(other, name), name
    assert abs(one.distinct - other.distinct) <= max(1, 0.02 * one.distinct)  # 0 and 1e-200 share a hash
    exact = one.shares.keys() - {"lowest", "highest"}
    assert {name: one.shares[name] for name in exact} == {name: other.shares[name] for name in exact}
    size = max(abs(one.low or 0.0), abs(one.high or 0.0), 1.0)
    for name in ("mean", "std"):
        wanted = getattr(one, name)
        assert getattr(other, name) == (
            wanted if wanted is None else pytest.approx(wanted, rel=1e-6, abs=1e-9 * size)
        )
    if one.kind == "text" and one.distinct <= 50:
        assert (one.top, one.mode) == (other.top, other.mode)


@given(data=st.data(), n=st.integers(0, 60), seed=st.integers(0, 10**6), parts=st.integers(2, 4))
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_any_cut_says_what_the_whole_says(data: Any, plan: Plan, n: int, seed: int, parts: int) -> None:
    frame = made(n, seed)
    for i in range(n):
        if data.draw(st.integers(0, 3)) == 0:
            frame.loc[i, "amount"] = data.draw(st.sampled_from(ODD))
    frame.loc[frame.index % 7 == 3, "city"] = None
    frame.loc[frame.index % 5 == 2, "level"] += 0.5
    frame.loc[frame.index % 9 == 4, "id"] = "again"
    cut = np.array([data.draw(st.integers(0, parts - 1)) for _ in range(n)], dtype=int)
    whole, *each = side_by_side([frame, *(frame[cut == part] for part in range(parts))], plan)
    assert_same(whole, merge(each), frame)
    assert_same(whole, merge(each[::-1]), frame)
    assert_same(whole, reduce(both, each), frame)
    assert_same(whole, both(each[0], reduce(both, each[1:])), frame)


def test_halves_of_many_rows(plan: Plan) -> None:
    frame = made(40_000, 7)
    frame["amount"] = frame["amount"].round(2)
    cut = np.random.default_rng(1).random(len(frame)) < 0.5
    merged = both(summary(frame[cut], plan), summary(frame[~cut], plan))
    for name in ("amount", "code"):
        found = merged.columns[name]
        assert found.distinct == pytest.approx(frame[name].nunique(), rel=0.02)
        assert_quantiles(found.quantiles, finite(frame, name))
    assert (merged.rows, merged.ids) == (40_000, 40_000)


def test_a_month_is_its_days(plan: Plan) -> None:
    days = [made(1500, 100 + i).assign(at=lambda f, i=i: f["at"] + pd.Timedelta(days=i)) for i in range(30)]
    frame = pd.concat(days, ignore_index=True)
    frame["amount"] += np.repeat(np.linspace(0, 60, 30), 1500)
    windows = [Window(START + timedelta(days=i), START + timedelta(days=i + 1)) for i in range(30)]
    stored = summarise(table(frame), plan, at="at", windows=windows, sketch=True)
    month = summarise(table(frame), plan, at="at", windows=[Window(START, windows[-1].end)])[0]
    for merged in (merge(stored), reduce(both, stored)):
        assert (merged.start, merged.end, merged.rows) == (START, windows[-1].end, 45_000)
        assert merged.columns["amount"].histogram == month.columns["amount"].histogram
        assert_quantiles(merged.columns["amount"].quantiles, finite(frame, "amount"))
        for name in ("amount", "code"):
            assert merged.columns[name].distinct == pytest.approx(frame[name].nunique(), rel=0.02)


def test_late_rows_are_folded_into_a_stored_window(plan: Plan) -> None:
    frame = made(2000, 5)
    late = made(40, 6).assign(id=lambda f: f["id"].where(f.index % 2 == 0, "late" + f["id"]))
    found = both(summary(frame, plan), summary(late, plan))
    assert_same(summary(pd.concat([frame, late]), plan), found, pd.concat([frame, late]))
    assert found.ids == 2020


def test_a_column_that_a_part_has_not_is_missing_there(plan: Plan) -> None:
    frame = made(300, 2)
    there = summarise(table(frame), plan, at="at", windows=[DAY], sketch=True)[0]
    gone = summarise(table(frame).drop("city"), plan, at="at", windows=[DAY], sketch=True)[0]
    assert both(there, gone).columns["city"].nulls == 300
    assert both(there, gone).columns["city"].rows == 600


def test_what_cannot_be_merged_is_said(plan: Plan) -> None:
    one = summary(made(50, 1), plan)
    with pytest.raises(MergeError, match="nothing to merge"):
        merge([])
    with pytest.raises(MergeError, match="without its sketch"):
        merge([one, WindowSummary.from_json(one.as_json())])
    other = make_plan(table(made(900, 9)), ["amount", "city"], at="at", windows=[DAY])
    with pytest.raises(MergeError, match=r"amount: .* one plan"):
        merge([one, summary(made(50, 3).assign(amount=lambda f: f["amount"].round(-2)), _coarse(other))])


def _coarse(plan: Plan) -> Plan:
    amount = plan.columns["amount"]
    return Plan({**plan.columns, "amount": replace(amount, edges=amount.edges[::2])})


@given(st.lists(st.lists(st.integers(0, 50), max_size=60), min_size=1, max_size=5))
def test_different_values_that_are_all_known_are_counted_exactly(parts: list[list[int]]) -> None:
    united = unite([smallest(len(set(part)), part) for part in parts])
    assert united == smallest(len(set().union(*parts)), sorted(set().union(*parts)))


@given(st.integers(0, 2**31), st.floats(0, 1), st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_large_sets_are_united_within_two_percent(seed: int, shared: float, thousands: int) -> None:
    rng = np.random.default_rng(seed)
    n = thousands * 1000
    hashes = rng.integers(0, 2**32, 2 * n)
    one, other = hashes[:n], hashes[n - round(shared * n) : 2 * n - round(shared * n)]
    united = unite([smallest(len(set(each)), each) for each in (one, other)])
    assert united.count == pytest.approx(len(np.union1d(one, other)), rel=0.025)
    assert united == unite([smallest(len(set(each)), each) for each in (other, one)])


def test_nothing_united_with_nothing() -> None:
    assert unite([Different(), Different()]) == Different()
    assert join([Pieces(), Pieces()]) == Pieces()


@given(n=st.integers(0, 5000), seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_a_sketch_that_was_stored_is_the_same(plan: Plan, n: int, seed: int) -> None:
    sketch = summary(made(n, seed), plan).sketch
    assert sketch is not None
    assert unpack(pack(sketch)) == sketch
    assert unpack(pack(WindowSketch())) == WindowSketch()


def test_shares_that_an_older_part_does_not_have_are_left_out(plan: Plan) -> None:
    """A summary whose makers counted fewer of them may still get rows."""
    frame = made(40, 3)
    first, second = (summary(frame[frame.index % 2 == part], plan) for part in (0, 1))
    column = first.columns["level"]
    older = replace(column, shares={name: share for name, share in column.shares.items() if name != "tens"})
    merged = merge([replace(first, columns=first.columns | {"level": older}), second]).columns["level"]
    assert merged.shares.keys() == column.shares.keys() - {"tens"}
