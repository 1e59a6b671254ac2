"""Rows that come after their window was summarised: added once, said once, and nobody is called for them."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core.config.load import Config
from core.db.database import Database
from core.evaluation import summary_store as store
from core.evaluation.live import summarised
from core.evaluation.live.senses import Senses
from core.evaluation.live.summarised import Watched, summarise
from core.evaluation.summaries.plan import Plan
from core.evaluation.summaries.summary import WindowSummary
from core.evaluation.windows import Window
from tests.evaluation_support import DAY, MIDNIGHT, groups, posts, run, workshop
from tests.fakes_log import Arrived, FakeLog, Made
from workflows.late import add_late
from workflows.ports import Workshop

DAYS, EACH = 6, 80
MORNING = timedelta(hours=8)


def made(config: Config, day: int, count: int, part: str, seed: int = 1) -> list[Made]:
    rng = random.Random(f"{day}{part}{seed}")
    rows = []
    for i in range(count):
        row: dict[str, Any] = dict.fromkeys(config.pipeline("flights").predictions.features, 1.0)
        row |= {
            "carrier": rng.choice(["EV", "UA"]),
            "temp": rng.gauss(50, 9) if i % 9 else None,
            "dest": f"D{i % 7}",
        }
        at = MIDNIGHT + day * DAY + rng.random() * DAY
        rows.append(Made(f"{day}-{part}-{i}", at, "1", 0.2, 0, row, part))
    return rows


def log_of(config: Config, rows: Iterable[Made]) -> FakeLog:
    rows = list(rows)
    labels = [Arrived(each.id, 0, each.predicted_at + timedelta(hours=1)) for each in rows]
    return FakeLog(rows, labels, config.pipeline("flights").predictions.features)


def usual(config: Config, days: int = DAYS) -> list[Made]:
    return [each for day in range(days) for each in made(config, day, EACH, f"day {day}")]


async def two_days(database: Database, config: Config, data: Path) -> tuple[FakeLog, Workshop]:
    """A log of three days of which two are evaluated."""
    log = log_of(config, usual(config, 3))
    tools = workshop(database, config, data, log)
    await run(tools, 0)
    await run(tools, 1)
    return log, tools


def window(day: int) -> Window:
    return Window(MIDNIGHT + day * DAY, MIDNIGHT + (day + 1) * DAY)


def stored(database: Database, day: int) -> WindowSummary:
    with database.read() as session:
        row = store.get_summary(session, "flights", window(day).start)
        assert row is not None
        return WindowSummary.from_json(row.summary)


def anew(database: Database, log: FakeLog, day: int) -> WindowSummary:
    """The summary of all rows that there are, made at once."""
    with database.read() as session:
        plan = store.summary_plan(session, "flights")
    assert plan is not None
    [parts] = log.parts([window(day)])
    return log.watch(Plan.from_json(plan), [window(day)], parts)[0]


def insist_alike(one: WindowSummary, other: WindowSummary) -> None:
    """Counts exactly, the rest within what sketches promise."""
    assert (one.rows, one.ids, one.profile) == (other.rows, other.ids, other.profile)
    assert one.columns.keys() == other.columns.keys()
    for name, column in one.columns.items():
        alone = other.columns[name]
        for figure in (
            "rows",
            "nulls",
            "failures",
            "infinite",
            "histogram",
            "shares",
            "top",
            "unseen",
            "between",
            "low",
            "high",
        ):
            assert getattr(column, figure) == getattr(alone, figure), (name, figure)
        assert column.distinct == pytest.approx(alone.distinct, rel=0.02, abs=1)
        if alone.mean is not None:
            assert column.mean == pytest.approx(alone.mean, rel=1e-9)


@pytest.mark.slow_on_postgres
async def test_late_rows_are_added_and_said_and_nobody_is_called(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log = log_of(config, usual(config))
    tools = workshop(database, config, tmp_path, log)
    for day in range(DAYS - 1):
        await run(tools, day)
    log.made += [*made(config, 1, 40, "late"), *made(config, 3, 2, "late")]
    with database.read() as session:
        before = len(groups(session))
    found = await run(tools, DAYS - 1)
    late = found.summary["late"]
    assert late["text"] == (
        "42 rows came after their 2 windows were judged, most of them 40 of Sat 9 Feb (33% of that day's rows). "
        "The summaries have them now; what was said then stands, and nobody is called for it."
    )
    assert [(each["rows"], each["before"]) for each in late["windows"]] == [(40, EACH), (2, EACH)]
    for day in range(DAYS):
        insist_alike(stored(database, day), anew(database, log, day))
    with database.read() as session:
        assert len(groups(session)) == before
        assert posts(session, "page") == []


@pytest.mark.slow_on_postgres
async def test_a_repeated_run_adds_nothing_and_says_the_same(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log, tools = await two_days(database, config, tmp_path)
    log.made += made(config, 0, 25, "late")
    first = await run(tools, 2)
    pipeline, at = config.pipeline("flights"), MIDNIGHT + 3 * DAY + MORNING
    for _ in range(2):
        add_late(database, log, pipeline, window(2), at)
    again = await run(workshop(database, config, tmp_path, log), 2)
    assert again.id == first.id
    assert stored(database, 0).rows == EACH + 25
    with database.read() as session:
        (sketch,) = store.late_rows(session, "flights", MIDNIGHT)
        assert [each["rows"] for each in sketch[1]] == [25]
    assert (await run(tools, 2)).summary["late"]["windows"][0]["rows"] == 25


class Dies:
    """A database that is gone after so many transactions."""

    def __init__(self, database: Database, writes: int) -> None:
        self.read, self._database, self._left = database.read, database, writes

    @contextmanager
    def write(self) -> Iterator[Session]:
        if not self._left:
            raise ConnectionError("killed")
        self._left -= 1
        with self._database.write() as session:
            yield session


@pytest.mark.slow_on_postgres
async def test_a_run_that_dies_half_way_adds_the_rest_next_time(
    database: Database, config: Config, tmp_path: Path
) -> None:
    log, tools = await two_days(database, config, tmp_path)
    log.made += [*made(config, 0, 25, "late"), *made(config, 1, 7, "late")]
    pipeline, at = config.pipeline("flights"), MIDNIGHT + 3 * DAY + MORNING
    with pytest.raises(ConnectionError):
        add_late(Dies(database, 1), log, pipeline, window(2), at)  # type: ignore[arg-type]
    assert [stored(database, day).rows for day in (0, 1)] == [EACH + 25, EACH]
    found = await run(tools, 2)
    assert [stored(database, day).rows for day in (0, 1)] == [EACH + 25, EACH + 7]
    assert [each["rows"] for each in found.summary["late"]["windows"]] == [25, 7]


class Overtaken(FakeLog):
    """While this log is read, another run does the same work."""

    other: Any = None

    def watch(self, plan: Plan, windows: Any, parts: Any, *, sketch: bool = False) -> list[WindowSummary]:
        if self.other is not None:
            work, self.other = self.other, None
            work()
        return super().watch(plan, windows, parts, sketch=sketch)


async def test_of_two_runs_at_once_one_adds_the_rows(database: Database, config: Config, tmp_path: Path) -> None:
    log = log_of(config, usual(config, 2))
    await run(workshop(database, config, tmp_path, log), 0)
    log.made += made(config, 0, 25, "late")
    pipeline, at = config.pipeline("flights"), MIDNIGHT + 2 * DAY + MORNING
    slow = Overtaken(log.made, log.arrived, log.features)
    slow.other = lambda: add_late(database, log, pipeline, window(1), at)
    add_late(database, slow, pipeline, window(1), at)
    assert stored(database, 0).rows == EACH + 25


@pytest.mark.slow_on_postgres
async def test_parts_that_are_written_together_count_once(
    database: Database, config: Config, tmp_path: Path
) -> None:
    """A writer puts its small files of a day into one, and one more row with them."""
    log = log_of(config, usual(config, 2))
    tools = workshop(database, config, tmp_path, log)
    await run(tools, 0)
    more = made(config, 0, 1, "one more")
    log.made = [replace(each, part="together") for each in [*log.made, *more]]
    found = await run(tools, 1)
    assert stored(database, 0).rows == EACH + 1
    assert found.summary["late"]["text"].startswith(
        "1 row came after Fri 8 Feb was judged (1.2% of that day's rows)."
    )


@pytest.mark.slow_on_postgres
async def test_the_next_days_parts_are_no_late_rows(database: Database, config: Config, tmp_path: Path) -> None:
    tools = workshop(database, config, tmp_path, log_of(config, usual(config, 3)))
    found = [await run(tools, day) for day in range(3)]
    assert [each.summary["late"] for each in found] == [None] * 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4])
async def test_in_whatever_pieces_rows_come_the_summary_is_the_same(
    database: Database, config: Config, tmp_path: Path, seed: int
) -> None:
    """The rows of four days, each in one of five batches by chance; a run after each batch."""
    rng = np.random.default_rng(seed)
    every = [replace(each, part=f"batch {rng.integers(5)}") for each in usual(config, 4)]
    log = log_of(config, [])
    pipeline, tools = config.pipeline("flights"), workshop(database, config, tmp_path, log)
    tools.senses["flights"] = Senses(pipeline)
    for batch in range(5):
        log.made = [each for each in every if each.part <= f"batch {batch}"]
        if batch < 3:
            await run(tools, batch)
        add_late(database, log, pipeline, window(3), at(batch))
    for day in range(3):
        insist_alike(stored(database, day), anew(database, log, day))


def at(batch: int) -> datetime:
    return MIDNIGHT + 4 * DAY + timedelta(hours=batch)


def test_old_windows_take_no_more_rows(database: Database, config: Config, tmp_path: Path) -> None:
    with database.write() as session:
        for day in (0, 40):
            store.keep_sketch(session, "flights", window(day).start, b"x", b"y")
        store.forget_sketches(session, "flights", window(5).start)
    with database.read() as session:
        assert store.get_sketch(session, "flights", window(0).start) is None
        assert store.get_sketch(session, "flights", window(40).start) is not None


def test_windows_that_nobody_reads_any_more_lose_their_summaries(database: Database) -> None:
    with database.write() as session:
        for day in (*range(5), 8):
            store.keep_summary(session, "flights", window(day).start, {}, [])
            store.keep_slice_summary(session, "flights", "origin=JFK", window(day).start, 1, {}, [])
        store.keep_summary(session, "other", window(0).start, {}, [])
        store.forget_summaries(session, "flights", window(6).start, most=3)
    with database.read() as session:
        left = store.summaries(session, "flights", window(9).start, 99)
        assert [row.window_start for row in left] == [window(day).start for day in (2, 3, 4, 8)]
        rows = store.slice_rows(session, "flights", window(0).start, window(9).start)
        assert list(rows["origin=JFK"]) == [window(day).start for day in (2, 3, 4, 8)]
        assert store.get_summary(session, "other", window(0).start) is not None


def test_a_large_past_is_summarised_in_parts_and_comes_to_the_same(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, pipeline = log_of(config, usual(config, 5)), config.pipeline("flights")
    plan, whole = summarise(log, pipeline, Watched(), window(4))
    asked: list[int] = []
    watch = log.watch

    def counted(plan: Plan, windows: Any, parts: Any, *, sketch: bool = False) -> list[WindowSummary]:
        asked.append(len(windows))
        return watch(plan, windows, parts, sketch=sketch)

    monkeypatch.setattr(log, "watch", counted)
    monkeypatch.setattr(summarised, "HELD_ROWS", 2 * EACH)
    again, parted = summarise(log, pipeline, Watched(), window(4))
    assert again == plan
    assert [each.summary.as_json() for each in parted] == [each.summary.as_json() for each in whole]
    assert [each.parts for each in parted] == [each.parts for each in whole]
    assert len(asked) >= 3, "two days at a time"
